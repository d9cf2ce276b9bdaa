"""The multi-agent view of offloading against the one-by-one environment and the checker."""

import doctest

import numpy as np
import pytest
from gymnasium.error import ResetNeeded

from aigcbench.errors import InputError
from aigcbench.problems.offloading import stations
from aigcbench.problems.offloading.env import OffloadingEnv
from aigcbench.problems.offloading.stations import StationsEnv


@pytest.mark.parametrize("observation", ["paper", "online"])
@pytest.mark.parametrize("scenario", ["offloading/tiny", "offloading/light10"])
def test_slots_equal_the_one_by_one_environment(scenario, observation):
    """Over two episodes, every task's observation and delay are those of a single environment that takes the same actions."""
    env, rng = StationsEnv(2, scenario, observation), np.random.default_rng(3)
    singles = [OffloadingEnv(scenario, observation) for _ in range(2)]
    tasks = env.reset(seed=8)
    rows = [single.reset(seed=8 + n)[0] for n, single in enumerate(singles)]
    shape = (2, env.n_stations, env.n_tasks)
    assert tasks.observations.shape == (*shape, env.observation_length)
    n_ended = 0
    while n_ended < 2:
        actions = rng.integers(env.n_stations, size=shape)
        delays, following, ended, info = env.step(actions)
        assert (delays[~tasks.mask] == 0).all()
        assert (tasks.observations[~tasks.mask] == 0).all()
        for n, single in enumerate(singles):
            for b, m in np.argwhere(tasks.mask[n]):
                np.testing.assert_array_equal(tasks.observations[n, b, m], rows[n])
                rows[n], reward, over, _, outcome = single.step(actions[n, b, m])
                assert reward == -delays[n, b, m]
            assert over == ended
            if ended:
                assert info["mean_delay"][n] == outcome["mean_delay"]
                rows[n] = single.reset()[0]
        n_ended += ended
        tasks = following


def test_seeds_make_episodes_reproducible():
    """Equal seeds give equal slots; without a seed the sequence goes on."""
    env = StationsEnv(2, "offloading/paper")
    first = env.reset(seed=4)
    assert not np.array_equal(env.reset().observations, first.observations)
    np.testing.assert_array_equal(env.reset(seed=[4, 5]).observations, first.observations)


def test_what_was_handed_out_may_be_changed():
    """A caller that writes into its mask does not change which tasks are placed."""
    env, twin = StationsEnv(1, "offloading/tiny"), StationsEnv(1, "offloading/tiny")
    env.reset(seed=1).mask[...] = False
    twin.reset(seed=1)
    actions = np.zeros((1, 3, 2), np.int64)
    np.testing.assert_array_equal(env.step(actions)[0], twin.step(actions)[0])


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (np.zeros((1, 3, 2)), r"integers \(1, 3, 2\)"),
        (np.zeros((1, 3), np.int64), r"integers \(1, 3, 2\)"),
        (np.full((1, 3, 2), 3), r"actions\[0, 0, 0\]: 3; expected a station 0\.\.2"),
        (np.full((1, 3, 2), -1), r"expected a station"),
    ],
)
def test_illegal_actions_are_refused(actions, words):
    """Actions of another dtype, shape or range are refused with their place."""
    env = StationsEnv(1, "offloading/tiny")
    env.reset(seed=1)
    with pytest.raises(InputError, match=words):
        env.step(actions)


def test_actions_of_no_task_are_ignored():
    """Where the mask is false anything may stand."""
    env = StationsEnv(1, "offloading/tiny")
    mask = env.reset(seed=1).mask
    assert not mask.all()
    delays = env.step(np.where(mask, 0, 99))[0]
    assert (delays > 0).sum() == mask.sum()


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"num_envs": 0}, "num_envs"),
        ({"observation": "informed"}, "paper, online"),
        ({"scenario": "offloading/live"}, "live_queues"),
        ({"split": "test"}, "harness"),
    ],
)
def test_bad_keywords_are_refused(keywords, words):
    """Live queues, exact delays and test seeds are not for stations that decide apart."""
    with pytest.raises(InputError, match=words):
        StationsEnv(**keywords)


def test_step_needs_a_reset():
    """Stepping before the first reset raises."""
    with pytest.raises(ResetNeeded):
        StationsEnv(1, "offloading/tiny").step(np.zeros((1, 3, 2), np.int64))


def test_docstring_snippet_runs():
    """The snippet in the specification gives what it shows."""
    assert doctest.testmod(stations).failed == 0
