"""Noisy layers, distributions of returns, and the compiled dueling network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning import dueling_forward  # noqa: E402
from aigcbench.learning.distributional import DuelingDistribution, NoisyLinear, projected  # noqa: E402

SUPPORT = torch.linspace(-2.0, 2.0, 5)


def test_noise_perturbs_each_weight(generator):
    """A layer with noise is the layer whose weights are moved by the product of the noise of their input and output."""
    layer = NoisyLinear(6, 4, 0.5, generator)
    x, (of_inputs, of_outputs) = torch.randn(9, 6, generator=generator), layer.draw_noise(generator)
    weight = layer.weight + layer.weight_deviation * torch.outer(of_outputs, of_inputs)
    bias = layer.bias + layer.bias_deviation * of_outputs
    torch.testing.assert_close(layer(x, (of_inputs, of_outputs)), x @ weight.T + bias)
    torch.testing.assert_close(layer(x, None), x @ layer.weight.T + layer.bias)


def test_what_lies_between_points_is_shared():
    """Mass moves to both neighbours in proportion to nearness; what lies beyond the ends counts as the ends."""
    certain = torch.eye(5)[[2, 2, 4, 0]]
    found = projected(certain, torch.tensor([0.25, 1.0, 1.5, 0.0]), torch.tensor([1.0, 0.0, 1.0, 0.5]), SUPPORT)
    expected = [[0, 0, 0.75, 0.25, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 1, 0, 0, 0]]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32))


def test_projection_keeps_the_mean_within_the_support(generator):
    """Probabilities sum to 1 and their mean is moved like a return."""
    probabilities = torch.rand(20, 5, generator=generator).softmax(dim=1)
    found = projected(probabilities, torch.full((20,), 0.3), torch.full((20,), 0.8), SUPPORT)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(20))
    torch.testing.assert_close(found @ SUPPORT, 0.3 + 0.8 * (probabilities @ SUPPORT))


@pytest.mark.parametrize("activation", ["mish", "silu", "relu"])
def test_compiled_means_agree_with_torch(activation, generator):
    """Expected returns agree to 1e-5 of their size."""
    network = DuelingDistribution(7, 4, 16, activation, 11, 0.5, generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= 3.0
    shown = torch.randn(30, 7, generator=generator)
    expected = (network(shown, None).exp() @ torch.linspace(-3.0, 5.0, 11)).detach().numpy()
    section = dueling_forward.pack_dueling(
        {name: value.detach().numpy() for name, value in network.named_parameters()}, activation, -3.0, 5.0
    )
    found = np.stack([dueling_forward.expected_returns(section, one.numpy()) for one in shown])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
