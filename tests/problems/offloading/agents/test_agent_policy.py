"""Compiled decisions of agents against torch."""

import numpy as np
import pytest

from aigcbench.agents import agents_of
from aigcbench.discovery import find_solver, load_module
from aigcbench.learning import forward
from aigcbench.observation import Observation
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

torch = pytest.importorskip("torch")

from aigcbench.learning.state import LearningState  # noqa: E402
from aigcbench.problems.offloading.agents.policy import CHAIN_HEAD, MEMORY, chain_policy  # noqa: E402

LEARNERS = ("lad-ts", "d2sac-ts", "sac-ts", "dqn-ts", "lad-ts-shared")


def learner_of(name, **parameters):
    """A learner with these parameters."""
    card = find_solver(name)
    return getattr(load_module(card.location), card.class_name)(**parameters)


def trained(name, n_stations, **parameters):
    """A learner, its untrained algorithm, and the policy of its weights."""
    learner = learner_of(name, **parameters)
    n = 1 if learner.shared else n_stations
    n_observation = n_stations + (5 if learner.observation == "online" else 2)
    algorithm = learner.algorithm(n, n_observation, n_stations, torch.Generator().manual_seed(3))
    return learner, algorithm, learner.policy(LearningState(algorithm).weights())


@pytest.mark.parametrize("output", ["linear", "tanh", "softmax"])
@pytest.mark.parametrize("noise", ["half", "code"])
def test_chain_agrees_with_torch(output, noise):
    """Each agent's x_0 is that of its row of the stacked chains, given the same start and noise."""
    _, algorithm, policy = trained("lad-ts", 4, output=output, noise=noise)
    generator = torch.Generator().manual_seed(5)
    observation = torch.randn(4, 1, 6, generator=generator)
    start = torch.randn(4, 1, 4, generator=generator)
    drawn = algorithm.actor.draw_noise(1, generator)
    expected = algorithm.actor(observation, start, drawn).detach().numpy()
    for agent, network in enumerate(policy._networks):
        section = network[CHAIN_HEAD + MEMORY * 4 :]
        whole = torch.cat([start[None], drawn])[:, agent].numpy()
        found = forward.chain(section, observation[agent, 0].numpy(), np.ascontiguousarray(whole))
        np.testing.assert_allclose(found, expected[agent], rtol=0, atol=1e-5 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("name", LEARNERS)
def test_compiled_form_decides_as_act_does(name):
    """Both forms give the same decisions, station by station, on a tiny instance."""
    instance = scenario_named("offloading/tiny").instance(0, "validation")
    problem = problem_of(instance)
    context = problem.context(instance, "online")
    _, _, policy = trained(name, context.n_actions)
    policy.prepare()
    agents = agents_of(policy, context, np.random.default_rng(4))
    forms = [agent.compiled() for agent in agents]
    decisions = problem.run_compiled(
        instance, "online", forms[0][0], np.stack([state for _, state in forms]).astype(float)
    )
    agents = agents_of(policy, context, np.random.default_rng(4))
    episode = problem.episode(instance, "online")
    observation = Observation(np.empty(context.observation_length), context.layout)
    while not episode.done:
        observation.vector[:] = episode.vector
        episode.step(agents[episode.agent].act(observation))
    np.testing.assert_array_equal(episode.decisions()["station"], decisions["station"])


def test_memory_holds_the_latent_of_each_task_of_a_slot():
    """The m-th task of a slot starts from what the m-th task of the slot before left."""
    learner, algorithm, _ = trained("lad-ts", 3, chain_steps=1)
    policy = chain_policy(LearningState(algorithm).weights(), learner)
    instance = scenario_named("offloading/tiny").instance(0, "validation")
    context = problem_of(instance).context(instance, "online")
    policy.reset(context, np.random.default_rng(1))
    start = policy._state.shape[0] - policy._network.shape[0]
    memory = policy._state[start + CHAIN_HEAD : start + CHAIN_HEAD + MEMORY * 3].reshape(MEMORY, 3)
    vector = np.ones(context.observation_length)
    slot = context.layout["slot"].start
    for number, task in ((0, 0), (0, 1), (1, 0)):
        vector[slot] = number
        before = memory.copy()
        policy.act(Observation(vector, context.layout))
        if (number, task) == (0, 0):
            continue
        changed = np.flatnonzero((memory != before).any(axis=1))
        assert changed.tolist() == [task]
        seen = torch.from_numpy((vector / context.scale)[:5]).float().reshape(1, 1, -1).expand(3, -1, -1)
        latent = torch.from_numpy(before[task]).float().reshape(1, 1, -1).expand(3, -1, -1)
        x_0 = algorithm.actor(seen, latent, algorithm.actor.draw_noise(1, torch.Generator()))[0, 0]
        np.testing.assert_allclose(memory[task], x_0.softmax(dim=-1).detach(), atol=1e-5)
