"""The offloading environments against the simulator and the checker; what all environments share is tested apart."""

import doctest

import gymnasium
import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.problems.offloading import env as env_module
from aigcbench.problems.offloading import model, simulator
from aigcbench.problems.offloading.env import OffloadingEnv, OffloadingVectorEnv
from aigcbench.problems.offloading.episode import OffloadingEpisode
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

SCENARIOS = ("offloading/tiny", "offloading/light10", "offloading/live", "offloading/mixed")


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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_episode_equals_replay_and_checker(scenario):
    """Rewards equal the simulator's replay, and the outcome equals what the independent checker says of the decisions."""
    env = OffloadingEnv(scenario)
    env.reset(seed=11)
    actions, rewards, info, _ = play(env, np.random.default_rng(1))
    instance = drawn_instance(info["instance"])
    replayed = np.zeros(len(actions))
    mean_delay = simulator.replay(simulator.single_state(instance, 0), 0, np.array(actions), replayed)
    np.testing.assert_allclose(rewards, replayed, rtol=0, atol=1e-12)
    assert info["mean_delay"] == pytest.approx(mean_delay, abs=1e-12)
    judged = score(instance, np.array(actions))
    assert (info["mean_delay"], -np.mean(rewards)) == pytest.approx((judged["mean_delay"],) * 2, abs=1e-9)


@pytest.mark.parametrize("scenario", ["offloading/light10", "offloading/live"])
def test_observation_is_the_scaled_physical_one(scenario):
    """The vector is the harness's observation in physical units over the model's scale, exact delays included."""
    env = OffloadingEnv(scenario, "informed")
    env.reset(seed=3)
    actions, rewards, info, observations = play(env, np.random.default_rng(2))
    instance = drawn_instance(info["instance"])
    layout = model.layout_of(instance)
    scale = model.scale_of(instance, layout)
    episode = OffloadingEpisode(instance, "informed")
    for task, action in enumerate(actions):
        np.testing.assert_allclose(observations[task], (episode.vector / scale).astype(np.float32), rtol=1e-6)
        told = layout["delay"].of(observations[task])[action] * scale[layout["delay"].start]
        assert told == pytest.approx(-rewards[task], rel=1e-5)
        episode.step(action)


@pytest.mark.parametrize("observation", ["paper", "online", "informed"])
@pytest.mark.parametrize("scenario", ["offloading/paper", "offloading/stress3", "offloading/mixed"])
def test_overload_stays_within_the_space(scenario, observation):
    """Even when one station gets everything, every observation is within its bounds."""
    env = OffloadingEnv(scenario, observation)
    env.reset(seed=5)
    ended = False
    while not ended:
        row, _, ended, _, _ = env.step(0)
    assert env.observation_space.contains(row)


def test_batch_grows_with_its_episodes(tmp_path):
    """Episodes with more tasks than any array so far had room for are played to their end, as the checker judges."""
    path = tmp_path / "varied.toml"
    head = 'schema = "aigcbench-scenario/1"\nversion = 1\nsummary = "Varied"\nextends = "offloading/tiny"\n'
    path.write_text(head + "[parameters]\nslots = 1\ntasks = { low = 1, high = 20 }\n")
    envs = OffloadingVectorEnv(3, str(path))
    room = envs._slots.state.work.shape[1]
    envs.reset(seed=0)
    taken: list[list[int]] = [[], [], []]
    longest, rng = 0, np.random.default_rng(4)
    for _ in range(600):
        actions = rng.integers(3, size=3)
        _, _, terminations, _, infos = envs.step(actions)
        for n in range(3):
            taken[n].append(int(actions[n]))
        for n in np.flatnonzero(terminations):
            seed = int(infos["final_info"]["instance"][n].removeprefix("custom/varied#train"))
            judged = score(scenario_named(str(path)).instance(seed, "train"), np.array(taken[n]))
            assert infos["final_info"]["mean_delay"][n] == pytest.approx(judged["mean_delay"], abs=1e-9)
            longest = max(longest, len(taken[n]))
            taken[n] = []
    assert longest > room


@pytest.mark.parametrize("action", [-1, 3, 10**6])
def test_illegal_actions_are_refused(action):
    """An action outside the space raises and leaves single and batched episodes as they were."""
    env, envs = OffloadingEnv("offloading/tiny"), OffloadingVectorEnv(2, "offloading/tiny")
    env.reset(seed=1)
    envs.reset(seed=1)
    with pytest.raises(InputError, match=r"0\.\.2"):
        env.step(action)
    with pytest.raises(InputError, match=r"actions\[1\]"):
        envs.step(np.array([0, action]))
    row = env.step(0)[0]
    np.testing.assert_array_equal(envs.step(np.array([0, 0]))[0][0], row)


def test_stable_baselines_trains_unchanged():
    """PPO trains on the environment as it is and returns actions of its space."""
    baselines = pytest.importorskip("stable_baselines3")
    env = gymnasium.make("aigcbench.environments:aigcbench/Offloading-v0", scenario="offloading/tiny")
    settings = {"n_steps": 64, "batch_size": 32, "n_epochs": 2, "policy_kwargs": {"net_arch": [16]}}
    learner = baselines.PPO("MlpPolicy", env, seed=0, device="cpu", **settings)
    learner.learn(256)
    action, _ = learner.predict(env.reset(seed=1)[0], deterministic=True)
    assert env.action_space.contains(action[()])


def test_docstring_snippets_run():
    """The snippets in the environments' specifications give what they show."""
    assert doctest.testmod(env_module).failed == 0
