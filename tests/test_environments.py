"""Registration with Gymnasium: ids, laziness, and Gymnasium's own wrappers."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from aigcbench import environments
from aigcbench.problems.problem import problems

IDS = sorted(environments.environment_ids())


def test_ids_follow_the_formulations():
    """Every id names a formulation, and assignment has one."""
    assert "aigcbench/Assignment-v0" in IDS
    assert {name.removeprefix("aigcbench/").removesuffix("-v0").lower() for name in IDS} <= set(problems())


@pytest.mark.parametrize("name", IDS)
def test_make_gives_a_single_and_a_batched_environment(name):
    """`make` and `make_vec` build both classes with their defaults, and the two have the same spaces."""
    env, envs = gymnasium.make(name), gymnasium.make_vec(name, num_envs=3)
    assert env.observation_space == envs.single_observation_space
    assert env.action_space == envs.single_action_space
    assert envs.num_envs == 3
    observations, _ = envs.reset(seed=1)
    np.testing.assert_array_equal(observations[0], env.reset(seed=1)[0])
    assert envs.observation_space.contains(observations)
    assert envs.observation_space.contains(envs.step(envs.action_space.sample())[0])


def test_the_id_alone_registers():
    """In a fresh interpreter ``module:id`` is all it takes, and registering by itself loads no formulation."""
    program = (
        "import sys, gymnasium, aigcbench.environments\n"
        "assert 'numba' not in sys.modules\n"
        "gymnasium.make('aigcbench.environments:aigcbench/Assignment-v0')\n"
        "gymnasium.make_vec('aigcbench/Assignment-v0', num_envs=2)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=120)


def test_registering_twice_is_harmless():
    """A second registration neither warns nor replaces anything."""
    before = gymnasium.registry["aigcbench/Assignment-v0"]
    environments.register()
    assert gymnasium.registry["aigcbench/Assignment-v0"] is before


def test_episode_statistics_wrapper_understands_the_batch():
    """Gymnasium's statistics wrapper counts each episode once, with its whole return."""
    envs = RecordEpisodeStatistics(
        gymnasium.make_vec("aigcbench/Assignment-v0", num_envs=3, scenario="assignment/asp-tiny")
    )
    envs.reset(seed=4)
    returns, recorded = np.zeros(3), 0
    for _ in range(50):
        _, rewards, terminations, _, infos = envs.step(np.zeros(3, dtype=np.int64))
        returns += rewards
        for n in np.flatnonzero(terminations):
            assert infos["episode"]["r"][n] == pytest.approx(returns[n])
            returns[n] = 0
            recorded += 1
    assert recorded > 3
