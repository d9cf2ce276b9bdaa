"""T2DRL's networks, training and decisions on a tiny scenario."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.errors import InputError
from aigcbench.observation import Observation
from aigcbench.problems.caching.amender import amend_shares
from aigcbench.problems.caching.model import context_of
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import play, task_named

torch = pytest.importorskip("torch")

from aigcbench.problems.caching.two_timescale.networks import Amender, SlotState  # noqa: E402

TINY = scenario_named("caching/tiny")
SMALL = {"environments": 8, "hidden": 16, "critic_hidden": 16, "batch": 16, "warm_up": 60, "validations": 2}
LEARNERS = ("t2drl", "t2drl-ddpg")


class QuietRun:
    """A `TrainingRun` that remembers reports and saved states."""

    def __init__(self, saved: Mapping[str, np.ndarray] | None = None) -> None:
        self.saved, self.reports, self.states = saved, [], []

    def report(self, metrics):
        self.reports.append(dict(metrics))

    def validate(self, weights):
        return 0.0

    def save(self, state):
        self.states.append({name: np.array(array) for name, array in state.items()})

    def cpu_seconds(self):
        return 0.0


def learner_of(name: str, **parameters: Any):
    """A learner with small networks."""
    card = find_solver(name)
    return getattr(load_module(card.location), card.class_name)(**SMALL | parameters)


def train(learner, run=None, seed: int = 0):
    """Weights after training on the tiny scenario."""
    environments = task_named("caching/tiny").environments(*learner.environment_batch(), 5)
    return learner.train(environments, Budget(), np.random.default_rng(seed), run or QuietRun())


@pytest.mark.parametrize("amender", ["paper", "ours"])
def test_training_amends_as_decisions_do(amender):
    """Shares that the critic learns from are those of the benchmark's amender, apart from the minimum share of the band."""
    wishes, hit = np.random.default_rng(1).random((20, 2, 6)), np.random.default_rng(2).random((20, 6)) < 0.5
    found = Amender(amender == "paper", 0.5)(torch.from_numpy(wishes), torch.from_numpy(hit.astype(float))).numpy()
    bandwidth, steps = amend_shares(wishes[:, 0], 0.5 * wishes[:, 1], hit, 0.0, amender)
    assert found[:, 0] == pytest.approx(bandwidth)
    assert found[:, 1] == pytest.approx(steps)


class GivenNoise:
    """A generator whose normal numbers are given beforehand."""

    def __init__(self, noise: np.ndarray) -> None:
        self._noise = iter(noise)

    def standard_normal(self, shape, dtype):
        return next(self._noise).reshape(shape)


@pytest.mark.parametrize("state", ["paper", "joint", "shared"])
@pytest.mark.parametrize("prediction", ["noise", "start"])
def test_decisions_are_the_trained_networks(state, prediction):
    """From the same noise the compiled chain gives the shares of the torch actor."""
    learner = learner_of("t2drl", state=state, prediction=prediction, updates=5)
    environments = task_named("caching/tiny").environments(*learner.environment_batch(), 5)
    turns = learner.turns(environments, torch.Generator().manual_seed(1))
    actor, encoder = turns._networks.actor, turns._encoder
    policy = learner.policy(turns.weights())
    context = context_of(TINY.instance(0, "train"), "online")
    policy.reset(context, np.random.default_rng(0))
    vector = np.random.default_rng(3).random(context.observation_length) * context.scale
    context.layout["is_frame"].of(vector)[...] = 0.0
    seen = (vector / context.scale).astype(np.float32)[None]
    features = torch.from_numpy(encoder.slot(seen))
    noise = torch.randn(5, encoder.groups, actor.network.n_actions, generator=torch.Generator().manual_seed(2))
    actor.network.draw_noise = lambda n, generator: noise
    hit = torch.from_numpy(encoder.hits(seen).astype(np.float32))
    expected = actor(SlotState(features, hit), None).detach().numpy().reshape(2, -1)
    policy._rng = GivenNoise(noise.numpy())
    bandwidth, steps = policy.allocate(Observation(vector, context.layout))
    assert bandwidth == pytest.approx(expected[0], rel=1e-3, abs=2e-4)
    assert steps == pytest.approx(expected[1], rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", LEARNERS)
def test_killed_and_resumed_equals_undisturbed(name):
    """A training that goes on from a saved state returns what the undisturbed one does."""
    learner, undisturbed = learner_of(name, updates=60, saves=3, caches="item", gamma=0.5), QuietRun()
    expected = train(learner, undisturbed)
    assert len(undisturbed.states) == 2
    resumed = train(learner, QuietRun(undisturbed.states[0]), seed=9)
    assert all(np.array_equal(resumed[key], expected[key]) for key in expected)


def test_punishes_overfull_caches_and_decides_legally():
    """Unmasked, caches that do not fit are tried and punished (eq. 32), and the policy's are legal all the same."""
    learner = learner_of("t2drl-ddpg", masked=False, centred=False, updates=40)
    run = QuietRun()
    weights = train(learner, run)
    instance = TINY.instance(0, "validation")
    decisions = play(learner.policy(weights), instance, "online", np.random.default_rng(0))
    assert np.isfinite(score(instance, decisions)["cost"])
    assert max(report.get("q_loss", 0.0) for report in run.reports) > 1000.0


@pytest.mark.parametrize("name", LEARNERS)
def test_a_few_updates_beat_random_caching_and_equal_shares(name):
    """After some hundred updates the cost on validation instances is below that of RCARS."""
    task = task_named("caching/tiny")
    learner = learner_of(name, updates=250, warm_up=500, batch=32, learning_rate=3e-3)
    card = find_solver("rcars")
    rcars = getattr(load_module(card.location), card.class_name)()
    assert task.validate(learner.policy(train(learner)), "online") > task.validate(rcars, "online")


def test_shared_networks_fit_any_number_of_users_and_joint_ones_their_own():
    """Networks for 10 users decide for 12 where each user has its turn; one over all users refuses."""
    twelve = scenario_named("caching/users-12").instance(0, "validation")
    for state in ("shared", "joint"):
        learner = learner_of("t2drl-ddpg", state=state)
        environments = task_named("caching/paper").environments(2, "online", 5)
        policy = learner.policy(learner.turns(environments, torch.Generator().manual_seed(1)).weights())
        if state == "shared":
            score(twelve, play(policy, twelve, "online", np.random.default_rng(0)))
        else:
            with pytest.raises(InputError, match="as many as in its training"):
                policy.reset(context_of(twelve, "online"), np.random.default_rng(0))
