"""The flow environments against Gymnasium's and Stable-Baselines3's checkers, the simulator and the checker."""

import doctest
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from aigcbench.errors import InputError
from aigcbench.problems.flow import env as env_module
from aigcbench.problems.flow import model
from aigcbench.problems.flow.env import FlowEnv, FlowVectorEnv
from aigcbench.problems.flow.episode import FlowEpisode
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

ID = "aigcbench.environments:aigcbench/Flow-v0"
VARIANTS = [(scenario, level) for scenario in ("flow/tiny", "flow/x2") for level in ("paper", "online", "informed")]


def play(env, rng):
    """Play one episode at random: actions, rewards, the last info and all observations."""
    actions, rewards, observations = [], [], [env.reset()[0]]
    ended = False
    while not ended:
        actions.append(int(rng.integers(env.action_space.n)))
        observation, reward, ended, _, info = env.step(actions[-1])
        rewards.append(reward)
        observations.append(observation)
    return actions, rewards, info, observations


def drawn_instance(name):
    """The instance that an episode's info names."""
    scenario, seed = name.split("#train")
    return scenario_named(scenario).instance(int(seed), "train")


def decisions_of(actions, instance):
    """Decisions that belong to a list of actions: the last action rejects."""
    n_actions = model.n_actions(instance)
    return np.array([action if action < n_actions else -1 for action in actions])


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_checkers_are_content(scenario, observation):
    """Gymnasium's own checker and that of Stable-Baselines3 find nothing, not even a warning."""
    baselines = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(ID, scenario=scenario, observation=observation).unwrapped)
        baselines.check_env(FlowEnv(scenario, observation))


def test_stable_baselines_trains_unchanged():
    """DQN trains on the environment as it is and returns actions of its space."""
    baselines = pytest.importorskip("stable_baselines3")
    env = gymnasium.make(ID, scenario="flow/tiny")
    learner = baselines.DQN("MlpPolicy", env, seed=0, device="cpu", learning_starts=50, policy_kwargs={"net_arch": [8]})
    learner.learn(100)
    action, _ = learner.predict(env.reset(seed=1)[0], deterministic=True)
    assert env.action_space.contains(action[()])


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_observations_lie_in_the_space(scenario, observation):
    """Every observation, the terminal one too, is float32 and within honest bounds."""
    env = FlowEnv(scenario, observation)
    env.reset(seed=5)
    assert all(env.observation_space.contains(row) for row in play(env, np.random.default_rng(0))[3])


@pytest.mark.parametrize("scenario", ["flow/tiny", "flow/x3"])
def test_episode_equals_the_checker(scenario):
    """The outcome and the sum of rewards equal what the independent checker says of the decisions."""
    env = FlowEnv(scenario)
    env.reset(seed=11)
    actions, rewards, info, _ = play(env, np.random.default_rng(1))
    instance = drawn_instance(info["instance"])
    judged = score(instance, decisions_of(actions, instance))
    assert sum(rewards) == pytest.approx(judged["reward"], abs=1e-9)
    assert info["weighted_completion_rate"] == pytest.approx(judged.primary, abs=1e-12)


def test_observation_is_the_scaled_physical_one():
    """The vector is the harness's observation in physical units over the model's scale."""
    env = FlowEnv("flow/mixed", "informed")
    env.reset(seed=3)
    actions, _, info, observations = play(env, np.random.default_rng(2))
    instance = drawn_instance(info["instance"])
    scale = model.scale_of(instance, model.layout_of(instance))
    episode = FlowEpisode(instance, "informed")
    for observation, decision in zip(observations[:-1], decisions_of(actions, instance), strict=True):
        np.testing.assert_allclose(observation, episode.vector / scale, rtol=1e-6)
        episode.step(decision)


@pytest.mark.parametrize("scenario", ["flow/tiny", "flow/mixed"])
def test_batch_equals_single_environments(scenario):
    """Row n of a batch gives, step by step and over resets, exactly what a single environment of its seed gives."""
    n_envs = 3
    envs = FlowVectorEnv(n_envs, scenario, "informed")
    singles = [FlowEnv(scenario, "informed") for _ in range(n_envs)]
    rng = np.random.default_rng(3)
    rows, _ = envs.reset(seed=20)
    np.testing.assert_array_equal(rows, [env.reset(seed=20 + n)[0] for n, env in enumerate(singles)])
    n_ended = 0
    for _ in range(2200):
        actions = rng.integers(envs.single_action_space.n, size=n_envs)
        rows, rewards, terminations, _, infos = envs.step(actions)
        for n, env in enumerate(singles):
            row, reward, ended, _, info = env.step(actions[n])
            assert (reward, ended) == (rewards[n], terminations[n])
            if ended:
                n_ended += 1
                assert {key: infos["final_info"][key][n] for key in info} == info
                row, _ = env.reset()
            np.testing.assert_array_equal(rows[n], row)
    assert n_ended >= n_envs


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_mask_allows_what_meets_the_deadline(scenario, observation):
    """The mask, told from any observation, is where the informed delay lies within the deadline; rejecting is always allowed."""
    seeing, told = FlowVectorEnv(1, scenario, observation), FlowEnv(scenario, "informed")
    layout = model.layout_of(scenario_named(scenario).instance(0, "train"))
    rows, _ = seeing.reset(seed=9)
    truth, _ = told.reset(seed=9)
    rng = np.random.default_rng(5)
    limited = 0
    for _ in range(500):
        allowed = seeing.action_mask(rows)[0]
        in_time = layout["delay"].of(truth) <= layout["flow_deadline"].of(truth)
        np.testing.assert_array_equal(allowed, [*in_time, True])
        limited += 0 < in_time.sum() < len(in_time)
        action = rng.choice(np.flatnonzero(allowed))
        rows, _, _, _, _ = seeing.step(np.array([action]))
        truth, _, ended, _, _ = told.step(action)
        if ended:
            truth, _ = told.reset()
    assert limited > 50


def test_last_action_rejects():
    """The action after the last level rejects: half the priority and the imbalance are lost, and nothing is taken."""
    env = FlowEnv("flow/x4")
    assert env.action_space.n == 25
    before, _ = env.reset(seed=1)
    after, reward, _, _, _ = env.step(24)
    assert reward == pytest.approx(-0.5 * 3 * before[4])
    np.testing.assert_array_equal(after[8:], before[8:])


@pytest.mark.parametrize("action", [-1, 25])
def test_illegal_actions_are_refused(action):
    """An action outside the space raises."""
    env = FlowEnv()
    env.reset(seed=1)
    with pytest.raises(InputError, match=r"0\.\.24"):
        env.step(action)


def test_docstring_snippets_run():
    """The snippets in the environments' specifications give what they show."""
    assert doctest.testmod(env_module).failed == 0
