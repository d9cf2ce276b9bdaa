"""Speed of caching: simulator, environments, generator, checker. A step is one frame or slot decision unless stated."""

import numpy as np
import pytest

from aigcbench.problems.caching import model, simulator
from aigcbench.problems.caching.amender import amend_cache, amend_shares
from aigcbench.problems.caching.env import CachingEnv, CachingVectorEnv
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.problem import problem_named, score
from aigcbench.scenario import scenario_named

SCENARIOS = ("caching/paper", "caching/users-18", "caching/large")
BATCH = 256
BATCH_STEPS = 110  # one paper episode, so that each row is reset once a call


def decisions_of(instance):
    """Legal random decisions."""
    rng = np.random.default_rng(0)
    frames, slots, users, models = model.sizes_of(instance)
    storage_gb, least = instance.parameters["storage_gb"], instance.parameters["minimum_share"]
    cached = amend_cache(rng.random((frames, models)), instance["model_storage"], storage_gb)
    hit = np.take_along_axis(cached[:, None], instance["request"], -1) > 0
    bandwidth, steps = amend_shares(*rng.random((2, frames, slots, users)), hit, least, "ours")
    return {"cache": cached.astype(np.int64), "bandwidth": bandwidth, "steps": steps}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_slot_cost(throughput, scenario):
    """Cost of one slot's decisions, as a genetic algorithm asks for; a step is one slot."""
    instance = scenario_named(scenario).instance(0)
    decisions, state = decisions_of(instance), simulator.single_state(instance, 0)
    cached, bandwidth, steps = decisions["cache"][0], decisions["bandwidth"][0, 0], decisions["steps"][0, 0]

    def slots() -> None:
        for _ in range(100):
            simulator.slot_cost(state, 0, 0, 0, cached, bandwidth, steps)

    throughput(slots, 100)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("information", ["online", "informed"])
def test_episode(throughput, scenario, information):
    """One episode as the harness steps it."""
    instance = scenario_named(scenario).instance(0)
    decisions = decisions_of(instance)
    frames, slots, users, models = model.sizes_of(instance)
    actions = np.zeros((frames, slots + 1, models + 2 * users))
    actions[:, 0, :models] = decisions["cache"]
    actions[:, 1:, models:] = np.concatenate([decisions["bandwidth"], decisions["steps"]], axis=-1)
    actions = actions.reshape(-1, models + 2 * users)

    def play() -> None:
        episode = CachingEpisode(instance, information)
        for action in actions:
            episode.step(action)

    throughput(play, problem_named("caching").n_requests(instance))


@pytest.mark.parametrize("observation", ["paper", "informed"])
@pytest.mark.parametrize("scenario", ["caching/paper", "caching/users-18", "caching/mixed"])
def test_vector_env(throughput, scenario, observation):
    """A batch of 256 environments, amending and drawing new instances included."""
    envs = CachingVectorEnv(BATCH, scenario, observation)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).random((BATCH, *envs.single_action_space.shape), np.float32)

    def steps() -> None:
        for _ in range(BATCH_STEPS):
            envs.step(actions)

    throughput(steps, BATCH_STEPS * BATCH)


def test_env(throughput):
    """A single environment, amending and drawing new instances included."""
    env = CachingEnv()
    env.reset(seed=0)
    action = np.full(env.action_space.shape, 0.5, np.float32)

    def steps() -> None:
        for _ in range(BATCH_STEPS):
            if env.step(action)[2]:
                env.reset()

    throughput(steps, BATCH_STEPS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_generator(throughput, scenario):
    """Drawing one instance; a step is one request of it."""
    drawn = scenario_named(scenario)
    throughput(lambda: drawn.instance(0, "train"), drawn.instance(0, "train")["request"].size)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_check(throughput, scenario):
    """Every metric from random decisions; a step is one request."""
    instance = scenario_named(scenario).instance(0)
    decisions = decisions_of(instance)
    throughput(lambda: score(instance, decisions), instance["request"].size)
