"""The denoising actor of training."""

import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.diffusion import EMBEDDING, DenoisingActor  # noqa: E402
from aigcbench.learning.schedule import reverse_process, step_embedding  # noqa: E402


def make(prediction: str, noise: str, generator) -> DenoisingActor:
    return DenoisingActor(6, 4, 16, "mish", reverse_process(5, prediction, noise), generator)


def test_chain_is_the_papers_update_written_out(generator):
    """The chain equals eqs. 10, 11 and 14 with the network of Table I fed the concatenation of x, t and s."""
    actor = make("noise", "code", generator)
    process = actor.process
    observation, noise = torch.randn(9, 6, generator=generator), actor.draw_noise(9, generator)
    mish = torch.nn.functional.mish
    x = noise[0]
    for k, t in enumerate(range(5, 0, -1)):
        embedding = torch.from_numpy(step_embedding(process.step[k : k + 1], EMBEDDING)).expand(9, -1)
        time = actor.step_second(mish(actor.step_first(embedding)))
        units = mish(actor.second(mish(actor.first(torch.cat([x, time, observation], dim=1)))))
        epsilon = torch.tanh(actor.last(units))
        x_0 = float(process.estimate_x[k]) * x + float(process.estimate_output[k]) * epsilon
        x = float(process.mean_x[k]) * x + float(process.mean_estimate[k]) * x_0
        if t > 1:
            x = x + float(process.noise[k]) * noise[k + 1]
    torch.testing.assert_close(actor(observation, noise), x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("prediction", ["noise", "clipped-noise", "start"])
def test_every_weight_gets_a_gradient(prediction, generator):
    """The reparameterised chain can be differentiated with respect to all weights, those of the step embedding too."""
    actor = make(prediction, "paper", generator)
    actor(torch.randn(9, 6, generator=generator), actor.draw_noise(9, generator)).square().sum().backward()
    assert all(bool(parameter.grad.abs().sum() > 0) for parameter in actor.parameters())


def test_noise_decides_the_sample(generator):
    """Equal noise gives equal samples and other noise others."""
    actor = make("noise", "paper", generator)
    observation, noise = torch.randn(9, 6, generator=generator), actor.draw_noise(9, generator)
    assert torch.equal(actor(observation, noise), actor(observation, noise.clone()))
    assert not torch.allclose(actor(observation, noise), actor(observation, actor.draw_noise(9, generator)))
