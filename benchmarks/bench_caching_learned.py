"""Speed of T2DRL in one thread: slot decisions over the number of users (Table 3), and updates. A step is one of them."""

import itertools

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.observation import Observation
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.caching.model import context_of
from aigcbench.scenario import scenario_named
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

USERS = {10: "caching/paper"} | {users: f"caching/users-{users}" for users in (12, 14, 16, 18)}
STATES = ("paper", "shared")
LEARNERS = ("t2drl", "t2drl-ddpg")


def turns_of(learner, scenario: str):
    """A learner in training, its environments started."""
    torch.set_num_threads(1)
    environments = task_named(scenario).environments(*learner.environment_batch(), 1)
    turns = learner.turns(environments, torch.Generator().manual_seed(0))
    turns.restart()
    return turns


def learner_of(name: str, **parameters):
    """A learner with these parameters."""
    card = find_solver(name)
    return getattr(load_module(card.location), card.class_name)(**parameters)


@pytest.mark.parametrize("users", USERS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", LEARNERS)
def test_slot_decision(throughput, name, state, users):
    """The shares of one slot, from untrained networks."""
    learner = learner_of(name, state=state)
    policy = learner.policy(turns_of(learner, USERS[users]).weights())
    instance = scenario_named(USERS[users]).instance(0)
    context, episode = context_of(instance, "online"), CachingEpisode(instance, "online")
    policy.reset(context, np.random.default_rng(0))
    seen = Observation(episode.vector, context.layout)
    episode.step(policy.act(seen))
    throughput(lambda: [policy.act(seen) for _ in range(200)], 200)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", LEARNERS)
def test_update(throughput, name, state):
    """One slot of 64 environments with an update of actor and critic."""
    turns = turns_of(learner_of(name, state=state, warm_up=64), USERS[10])
    share = itertools.count()
    for _ in range(4):
        turns.turn(next(share) / 1e6)
    throughput(lambda: [turns.turn(next(share) / 1e6) for _ in range(11)], 11)
