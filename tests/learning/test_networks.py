"""Networks, masked distributions, optimisation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning import masking, networks, optimization, snapshot  # noqa: E402

SIZES = (5, 16, 16, 4)


def test_initial_weights_depend_on_the_generator_alone():
    """Equal generators give equal networks whatever torch's global one does, which is left as it was."""
    before = torch.random.get_rng_state()
    one = networks.MLP(SIZES, "silu", torch.Generator().manual_seed(1))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(99)
    other = networks.MLP(SIZES, "silu", torch.Generator().manual_seed(1))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_initial_weights_are_torchs_own_distribution(generator):
    """Weights and biases are uniform within 1 / sqrt(inputs)."""
    layer = networks.linear(100, 400, generator)
    assert float(layer.weight.detach().abs().max()) == pytest.approx(0.1, rel=1e-3)
    assert float(layer.weight.detach().std()) == pytest.approx(0.1 / np.sqrt(3), rel=0.02)


def test_twins_are_two_networks_of_their_own(generator):
    """Each half gives what a network with its weights gives, and the lower one is the least."""
    twins = networks.TwinQ(SIZES, "mish", generator)
    observation = torch.randn(7, 5, generator=generator)
    values = twins(observation)
    for which in range(2):
        x = observation
        for depth, (weight, bias) in enumerate(zip(twins.weights, twins.biases, strict=True)):
            x = x @ weight[which] + bias[which]
            x = torch.nn.functional.mish(x) if depth < 2 else x
        torch.testing.assert_close(values[which], x)
    assert not torch.allclose(values[0], values[1])
    assert torch.equal(twins.least(observation), torch.minimum(values[0], values[1]))


def test_forbidden_actions_get_no_probability_and_no_gradient():
    """A mask leaves the distribution over the allowed actions as if there were no others; entropies stay finite."""
    scores = torch.tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
    allowed = torch.tensor([[True, False, True, False]])
    log_policy = masking.masked(scores, allowed).log_softmax(dim=1)
    torch.testing.assert_close(log_policy.exp()[0, [0, 2]], scores[0, [0, 2]].softmax(0))
    entropy = -(log_policy.exp() * log_policy).sum()
    entropy.backward()
    assert torch.isfinite(entropy)
    assert scores.grad is not None
    assert scores.grad[0, [1, 3]].tolist() == [0.0, 0.0]


def test_samples_follow_the_probabilities(generator):
    """Sampled actions have the frequencies of the policy, uniform ones those of the mask."""
    probabilities = torch.tensor([0.1, 0.0, 0.6, 0.3]).repeat(20_000, 1)
    counts = np.bincount(masking.sample(probabilities, generator), minlength=4) / 20_000
    np.testing.assert_allclose(counts, [0.1, 0.0, 0.6, 0.3], atol=0.02)
    allowed = torch.tensor([True, False, True, True]).repeat(20_000, 1)
    counts = np.bincount(masking.uniform(20_000, 4, allowed, generator), minlength=4) / 20_000
    np.testing.assert_allclose(counts, [1 / 3, 0.0, 1 / 3, 1 / 3], atol=0.02)


def test_targets_follow_slowly(generator):
    """A soft update moves every parameter by tau of the way (eq. 31), and targets take no gradients."""
    online = networks.MLP(SIZES, "relu", generator)
    target = optimization.frozen_copy(online)
    with torch.no_grad():
        for parameter in online.parameters():
            parameter += 1.0
    before = [parameter.clone() for parameter in target.parameters()]
    optimization.soft_update(target, online, 0.25)
    for old, new in zip(before, target.parameters(), strict=True):
        torch.testing.assert_close(new, old + 0.25)
        assert not new.requires_grad


def test_snapshots_restore_networks_and_optimisers(generator):
    """A restored network with its optimiser takes the same next step as the original."""
    networks_and_optimisers = []
    for seed in (1, 2):
        network = networks.MLP(SIZES, "silu", torch.Generator().manual_seed(seed))
        networks_and_optimisers.append((network, optimization.adam(network, 1e-2)))
    batches = torch.randn(3, 8, 5, generator=generator)
    (one, of_one), (other, of_other) = networks_and_optimisers
    for batch in batches[:2]:
        optimization.descend(of_one, one(batch).square().mean())
    snapshot.restore_module(other, snapshot.module_arrays(one))
    snapshot.restore_optimizer(of_other, snapshot.optimizer_arrays(of_one))
    for network, optimizer in networks_and_optimisers:
        optimization.descend(optimizer, network(batches[2]).square().mean())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_gradients_are_scaled_down_to_their_norm(generator):
    """`descend` with a maximum norm leaves a gradient of that norm."""
    network = networks.MLP(SIZES, "relu", generator)
    optimization.descend(optimization.adam(network, 0.0), 1e4 * network(torch.ones(1, 5)).sum(), maximum_norm=0.5)
    norm = torch.cat([parameter.grad.flatten() for parameter in network.parameters()]).norm()
    assert float(norm) == pytest.approx(0.5, rel=1e-4)
