"""Compiled forward passes against torch, with the same noise."""

import numpy as np
import pytest

from aigcbench.learning import forward
from aigcbench.learning.decisions import chain_policy, network_policy
from aigcbench.learning.schedule import reverse_process

torch = pytest.importorskip("torch")
N_OBSERVATION, N_ACTIONS, HIDDEN = 43, 20, 64
ACTIVATIONS = ("mish", "silu", "relu")
EVERYTHING = np.ones(N_ACTIONS, dtype=np.bool_)


def network_of(kind: str, activation: str, generator):
    """A network of `aigcbench.learning.networks` with weights large enough to bend its activations."""
    from aigcbench.learning import networks

    network = getattr(networks, kind)((N_OBSERVATION, HIDDEN, HIDDEN, N_ACTIONS), activation, generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= 3.0
    return network


def weights_of(name: str, module) -> dict[str, np.ndarray]:
    return {f"{name}.{key}": value.detach().numpy() for key, value in module.named_parameters()}


def actor_of(activation: str, process, generator):
    from aigcbench.learning.diffusion import DenoisingActor

    return DenoisingActor(N_OBSERVATION, N_ACTIONS, HIDDEN, activation, process, generator)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_network_agrees_with_torch(activation, generator):
    """Outputs agree to 1e-5 of their size."""
    network = network_of("MLP", activation, generator)
    observations = torch.randn(50, N_OBSERVATION, generator=generator)
    expected = network(observations).detach().numpy()
    layers = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in network.layers]
    found = forward.mlp(forward.pack_mlp(layers, activation), observations.numpy())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("prediction", ["noise", "clipped-noise", "start"])
@pytest.mark.parametrize(("steps", "noise_scale", "chains"), [(5, "paper", 1), (3, "code", 8), (1, "paper", 3)])
def test_chain_agrees_with_torch(activation, prediction, steps, noise_scale, chains, generator):
    """x_0 agrees to 1e-5 of its size, given the same noise."""
    process = reverse_process(steps, prediction, noise_scale)
    actor = actor_of(activation, process, generator)
    observation = torch.randn(N_OBSERVATION, generator=generator)
    noise = actor.draw_noise(chains, generator)
    expected = actor(observation.expand(chains, -1), noise).detach().numpy()
    weights = {name: value.detach().numpy() for name, value in actor.named_parameters()}
    section = forward.pack_chain(forward.chain_layers(weights, process, activation), process, activation, chains)
    found = forward.chain(section, observation.numpy(), noise.numpy())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))


def test_critics_choose_among_the_actions_of_the_chains(generator):
    """By its critics a decision is the best by their lower value among what the chains, drawn alike, propose."""
    process = reverse_process(5, "noise", "code")
    actor, critic = actor_of("silu", process, generator), network_of("TwinQ", "silu", generator)
    weights = weights_of("actor", actor) | weights_of("critic", critic)
    policy = chain_policy(weights, process, "silu", 6, True, masked=True)
    own = {name.removeprefix("actor."): value for name, value in weights.items() if name.startswith("actor.")}
    section = forward.pack_chain(forward.chain_layers(own, process, "silu"), process, "silu", 6)
    several = 0
    for seed in range(20):
        observation = torch.randn(N_OBSERVATION, generator=generator)
        noise = np.empty((5, 6, N_ACTIONS), np.float32)
        forward.fill_normal(np.array([seed], np.uint64), noise.reshape(-1))
        proposed = np.unique(forward.chain(section, observation.numpy(), noise).argmax(axis=1))
        values = critic.least(observation[None]).detach().numpy()[0]
        expected = proposed[values[proposed].argmax()]
        random = np.array([seed], np.uint64)
        assert forward.choose_by_chain(observation.numpy(), EVERYTHING, policy._network, random) == expected
        several += len(proposed) > 1
    assert several > 0


def test_network_policy_takes_the_best_allowed_action(generator):
    """The choice is the argmax of the outputs among those that the mask allows."""
    network = network_of("MLP", "silu", generator)
    policy = network_policy(weights_of("q", network), "q", "silu", masked=True)
    rng = np.random.default_rng(3)
    for observation in torch.randn(20, N_OBSERVATION, generator=generator):
        allowed = rng.random(N_ACTIONS) < 0.3
        allowed[rng.integers(N_ACTIONS)] = True
        outputs = network(observation[None]).detach().numpy()[0]
        expected = np.where(allowed, outputs, -np.inf).argmax()
        chosen = forward.choose_by_network(observation.numpy(), allowed, policy._network, np.zeros(1, np.uint64))
        assert chosen == expected


def test_drawn_noise_is_standard_normal():
    """Mean, variance and tails of a large draw are those of the standard normal distribution, and draws go on."""
    random, drawn = np.array([1], np.uint64), np.empty(200_001, np.float32)
    forward.fill_normal(random, drawn)
    assert drawn.mean() == pytest.approx(0.0, abs=0.01)
    assert drawn.std() == pytest.approx(1.0, abs=0.01)
    assert (np.abs(drawn) > 1.96).mean() == pytest.approx(0.05, abs=0.003)
    again = np.empty_like(drawn)
    forward.fill_normal(random, again)
    assert abs(np.corrcoef(drawn, again)[0, 1]) < 0.01
