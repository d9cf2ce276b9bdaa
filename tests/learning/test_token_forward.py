"""Networks with attention: compiled decisions against torch, other fleets, and the variant across the batch."""

import numpy as np
import pytest

from aigcbench.learning import forward
from aigcbench.learning.decisions import without_attention
from aigcbench.learning.names import prefixed, under
from aigcbench.learning.schedule import reverse_process
from aigcbench.learning.token_forward import TokenPolicy, pack_tokens, token_chain
from aigcbench.learning.tokens import TokenLayout
from aigcbench.problems.assignment.tokens import token_layout
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

torch = pytest.importorskip("torch")

WIDTH, HEADS = 16, 2
SCENARIO = "assignment/orchestration-tiny"


def layout_of(n_servers: int, each: int, n_task: int = 3) -> TokenLayout:
    """An observation of a task, then capacity and free share of each server, then the clock."""
    servers = n_task + np.arange(2 * n_servers).reshape(n_servers, 2)
    task = np.array([*range(n_task), n_task + 2 * n_servers])
    return TokenLayout(task, servers, np.repeat(np.arange(n_servers), each))


def actor_of(layout: TokenLayout, activation: str, process, generator):
    """A token network with weights large enough to bend its activations."""
    from aigcbench.learning.attention import TokenActor

    actor = TokenActor(layout, WIDTH, HEADS, activation, process, generator)
    with torch.no_grad():
        for parameter in actor.parameters():
            parameter *= 2.0
    return actor


def arrays_of(module) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in module.named_parameters()}


@pytest.mark.parametrize("activation", ["silu", "relu", "mish"])
@pytest.mark.parametrize(("steps", "prediction", "chains"), [(5, "start", 3), (2, "clipped-noise", 1), (1, "noise", 2)])
def test_token_chain_agrees_with_torch(activation, steps, prediction, chains, generator):
    """x_0 agrees to 1e-5 of its size, given the same noise."""
    layout, process = layout_of(4, 3), reverse_process(steps, prediction, "code")
    actor = actor_of(layout, activation, process, generator)
    observation = torch.rand(12, generator=generator)
    noise = actor.draw_noise(chains, generator)
    expected = actor(observation.expand(chains, -1), noise).detach().numpy()
    section = pack_tokens(arrays_of(actor), layout, process, activation, HEADS, chains)
    found = token_chain(section, observation.numpy(), noise.numpy())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))


def test_logits_follow_their_services(generator):
    """Services of one kind on servers in one state get equal logits from equal noise, and a change elsewhere reaches them."""
    layout, process = layout_of(4, 3), reverse_process(2, "start")
    actor = actor_of(layout, "silu", process, generator)
    with torch.no_grad():
        actor.service[3:6] = actor.service[:3]
    observation = torch.rand(1, 12, generator=generator)
    observation[:, 5:7] = observation[:, 3:5]
    noise = actor.draw_noise(1, generator)
    noise[..., 3:6] = noise[..., :3]
    x_0 = actor(observation, noise)[0]
    torch.testing.assert_close(x_0[:3], x_0[3:6])
    observation[:, -2] += 0.5
    assert not torch.equal(actor(observation, noise)[0, :3], x_0[:3])


def test_a_fleet_twice_as_large_repeats_the_kinds(generator):
    """A policy decides on twice as many servers, whose services are of the kinds that it knows: by symmetry the copies' logits agree."""
    process, small, large = reverse_process(2, "start"), layout_of(4, 3), layout_of(8, 3)
    actor = actor_of(small, "silu", process, generator)
    observation = np.empty(20, np.float32)
    observation[small.task[:-1]] = observation[-1] = 0.5
    observation[large.servers] = np.tile(torch.rand(4, 2, generator=generator).numpy(), (2, 1))
    noise = np.tile(actor.draw_noise(1, generator).numpy(), (1, 1, 2))
    section = pack_tokens(arrays_of(actor), large, process, "silu", HEADS, 1)
    x_0 = token_chain(section, observation, noise)[0]
    np.testing.assert_allclose(x_0[:12], x_0[12:], atol=1e-6)
    assert np.ptp(x_0) > 0


def test_trained_on_one_fleet_it_decides_on_another(generator):
    """Observations of a scenario with more servers are read, and decisions are legal."""
    scenarios = [scenario_named(name) for name in (SCENARIO, "assignment/orchestration-paper")]
    instances = [scenario.instance(0, "validation") for scenario in scenarios]
    contexts = [problem_of(instance).context(instance, "online") for instance in instances]
    layouts = [token_layout(context) for context in contexts]
    assert len(layouts[0].servers) < len(layouts[1].servers)
    process = reverse_process(2, "start")
    larger = contexts[1]
    n_task = len(layouts[1].task)
    trained = TokenLayout(np.arange(n_task), n_task + np.arange(6).reshape(3, 2), np.repeat(np.arange(3), 4))
    weights = prefixed("actor", arrays_of(actor_of(trained, "silu", process, generator)))
    policy = TokenPolicy(weights, token_layout, process, "silu", HEADS, 2, masked=True)
    policy.prepare()
    policy.reset(larger, np.random.default_rng(0))
    decisions = problem_of(instances[1]).run_compiled(
        instances[1], "online", policy.compiled()[0], policy.compiled()[1][np.newaxis]
    )
    (actions,) = decisions.values()
    assert actions.min() >= 0
    assert len(np.unique(actions)) > 1


def test_across_the_batch_samples_depend_on_their_neighbours(generator):
    """With attention across the batch a sample's logits change with another sample; alone they are those of the folded network."""
    from aigcbench.learning.attention import BatchAttentionActor

    process = reverse_process(3, "start")
    actor = BatchAttentionActor(6, 4, 16, 2, "mish", process, generator)
    observation, noise = torch.rand(2, 6, generator=generator), actor.draw_noise(2, generator)
    alone = actor(observation[:1], noise[:, :1]).detach().numpy()
    assert np.abs(actor(observation, noise).detach().numpy()[:1] - alone).max() > 1e-4
    folded = under("actor", without_attention(prefixed("actor", arrays_of(actor))))
    layers = forward.chain_layers(folded, process, "mish")
    section = forward.pack_chain(layers, process, "mish")
    found = forward.chain(section, observation[0].numpy(), noise[:, :1].numpy())
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-5)
