"""The caching environments against Gymnasium's and Stable-Baselines3's checkers, the simulator and the checker."""

import doctest
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from aigcbench.errors import InputError, InvalidDecisions
from aigcbench.observation import Observation
from aigcbench.problems.caching import env as env_module
from aigcbench.problems.caching import model
from aigcbench.problems.caching.env import CachingEnv, CachingVectorEnv
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.caching.frames import OVERFULL_PENALTY, FrameEnv, SlotEnv
from aigcbench.problems.caching.policy import CachingPolicy, equal_shares, joint_policy
from aigcbench.scenario import scenario_named

ID = "aigcbench.environments:aigcbench/Caching-v0"
SCENARIOS = ("caching/tiny", "caching/paper", "caching/mixed", "caching/storage-32")
VARIANTS = [(scenario, observation) for scenario in SCENARIOS for observation in ("paper", "online", "informed")]


class RandomCache(CachingPolicy):
    """Caches one model drawn at random, shares everything out equally."""

    information = "informed"

    def reset(self, context, rng):
        self.rng = rng

    def choose_cache(self, observation):
        models = len(observation.cache)
        return np.arange(models) == self.rng.integers(models)

    def allocate(self, observation):
        return equal_shares(observation)


def play(env, rng):
    """Play one episode at random: actions, rewards, the last info and all observations."""
    actions, rewards, observations = [], [], [env.reset()[0]]
    ended = False
    while not ended:
        actions.append(rng.random(env.action_space.shape, np.float32))
        observation, reward, ended, truncated, info = env.step(actions[-1])
        assert not truncated
        rewards.append(reward)
        observations.append(observation)
    return actions, rewards, info, observations


def drawn_instance(name):
    """The instance that an episode's info names."""
    scenario, seed = name.split("#train")
    return scenario_named(scenario).instance(int(seed), "train")


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_gymnasium_checker_is_content(scenario, observation):
    """Gymnasium's own checker finds nothing, not even a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(ID, scenario=scenario, observation=observation).unwrapped)


@pytest.mark.parametrize(
    "make", [CachingEnv, lambda s: FrameEnv(RandomCache(), s), lambda s: SlotEnv(RandomCache(), s)]
)
def test_stable_baselines_checker_is_content(make):
    """Stable-Baselines3's checker finds nothing but that shares are no symmetric actions."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "We recommend you to use a symmetric and normalized Box action space")
        checker.check_env(make("caching/tiny"))


@pytest.mark.parametrize("algorithm", ["DDPG", "PPO"])
def test_stable_baselines_trains_unchanged(algorithm):
    """DDPG and PPO train on the environment as they are and return actions of its space."""
    baselines = pytest.importorskip("stable_baselines3")
    env = gymnasium.make(ID, scenario="caching/tiny", observation="online")
    settings = {
        "DDPG": {"learning_starts": 20, "batch_size": 16, "buffer_size": 100},
        "PPO": {"n_steps": 32, "batch_size": 32, "n_epochs": 1},
    }[algorithm]
    learner = getattr(baselines, algorithm)(
        "MlpPolicy", env, seed=0, device="cpu", policy_kwargs={"net_arch": [16]}, **settings
    )
    learner.learn(64)
    action, _ = learner.predict(env.reset(seed=1)[0], deterministic=True)
    assert env.action_space.contains(action)


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_observations_lie_in_the_space(scenario, observation):
    """Every observation, the terminal one too, is float32 and within honest bounds."""
    env = CachingEnv(scenario, observation)
    env.reset(seed=5)
    observations = play(env, np.random.default_rng(0))[3]
    assert all(env.observation_space.contains(row) for row in observations)


@pytest.mark.parametrize("amender", ["paper", "ours"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_outcome_is_the_sum_of_rewards(scenario, amender):
    """Any numbers in [0, 1] are played; the outcome's cost is minus the mean slot reward, frame decisions earn nothing."""
    env = CachingEnv(scenario, amender=amender)
    env.reset(seed=11)
    _, rewards, info, _ = play(env, np.random.default_rng(1))
    frames, slots, _, _ = model.sizes_of(drawn_instance(info["instance"]))
    table = np.reshape(rewards, (frames, slots + 1))
    assert not table[:, 0].any()
    assert info["cost"] == pytest.approx(-table[:, 1:].mean(), abs=1e-9)
    assert 0 <= info["deadline_miss_rate"] <= 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_legal_actions_are_played_as_they_are(scenario):
    """Without an amender an environment plays what the harness's episode plays, and shows what that shows, scaled."""
    env = CachingEnv(scenario, "informed", amender="none")
    shown, _ = env.reset(seed=3)
    instance = env._slots.scenario.instance(int(gymnasium.utils.seeding.np_random(3)[0].integers(2**63 - 1)), "train")
    layout, policy = model.layout_of(instance), RandomCache()
    scale = model.scale_of(instance, layout)
    policy.reset(model.context_of(instance, "informed"), np.random.default_rng(0))
    episode = CachingEpisode(instance, "informed")
    while not episode.done:
        np.testing.assert_array_equal(shown, (episode.vector / scale).astype(np.float32))
        action = policy.act(env_observation(episode, layout))
        shown, reward, ended, _, info = env.step(action)
        assert reward == episode.step(action)
    assert ended
    assert info["instance"] == instance.name


def env_observation(episode, layout):
    """The named view of an episode's observation."""
    return Observation(episode.vector, layout)


@pytest.mark.parametrize(("scenario", "observation"), [VARIANTS[0], VARIANTS[4], VARIANTS[8]])
def test_batch_equals_single_environments(scenario, observation):
    """Row n of a batch gives, step by step and over resets, exactly what a single environment of its seed gives."""
    n_envs = 3
    envs = CachingVectorEnv(n_envs, scenario, observation)
    singles = [CachingEnv(scenario, observation) for _ in range(n_envs)]
    rng = np.random.default_rng(3)
    rows, _ = envs.reset(seed=20)
    np.testing.assert_array_equal(rows, [env.reset(seed=20 + n)[0] for n, env in enumerate(singles)])
    n_ended = 0
    for _ in range(230):
        actions = rng.random(envs.action_space.shape, np.float32)
        rows, rewards, terminations, truncations, infos = envs.step(actions)
        assert not truncations.any()
        for n, env in enumerate(singles):
            row, reward, ended, _, info = env.step(actions[n])
            assert (reward, ended) == (rewards[n], terminations[n])
            if ended:
                n_ended += 1
                np.testing.assert_array_equal(infos["final_obs"][n], row)
                assert {key: infos["final_info"][key][n] for key in info} == info
                row, _ = env.reset()
            np.testing.assert_array_equal(rows[n], row)
    assert n_ended > 0


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.full(10, 1.5, np.float32), r"actions\[0, 0\]: 1.5; expected a number in \[0, 1\]"),
        (np.full(10, np.nan, np.float32), "nan"),
        (np.zeros(9, np.float32), r"shape \(1, 9\); expected floats \(1, 10\)"),
        (np.zeros(10, np.int64), "int64"),
    ],
)
def test_actions_outside_the_space_are_refused(action, message):
    """Numbers outside [0, 1], other shapes and other dtypes raise."""
    env = CachingEnv("caching/tiny")
    env.reset(seed=1)
    with pytest.raises(InputError, match=message):
        env.step(action)


def test_without_an_amender_illegal_actions_raise():
    """What breaks a rule is refused with the rule, the place and the amount."""
    env = CachingEnv("caching/tiny", amender="none")
    env.reset(seed=1)
    with pytest.raises(InvalidDecisions, match=r"frame 0: .* GB cached") as caught:
        env.step(np.ones(10, np.float32))
    assert caught.value.constraint == "storage"


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: CachingEnv(**k),
        lambda **k: CachingVectorEnv(2, **k),
        lambda **k: FrameEnv(RandomCache(), **k),
        lambda **k: SlotEnv(RandomCache(), **k),
    ],
)
@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"split": "test"}, "harness"),
        ({"observation": "clairvoyant"}, "paper, online, informed"),
        ({"amender": "theirs"}, "paper, ours, none"),
        ({"scenario": "assignment/asp-tiny"}, "formulation assignment"),
    ],
)
def test_bad_keywords_are_refused_in_one_line(make, keywords, words):
    """Test seeds and unknown names are refused, with what is expected instead."""
    with pytest.raises(InputError, match=words):
        make(**keywords)


def test_docstring_snippets_run():
    """The snippets in the environments' specifications give what they show."""
    assert doctest.testmod(env_module).failed == 0


@pytest.mark.parametrize("scenario", ["caching/tiny", "caching/mixed"])
def test_two_levels_play_the_same_episode(scenario):
    """The same policy costs the same as a joint policy, as caches given to FrameEnv, and as shares given to SlotEnv."""
    frames_env, slots_env = FrameEnv(RandomCache(), scenario), SlotEnv(RandomCache(), scenario, amender="none")
    frames_env.reset(seed=8)
    chosen, rewards, ended = [], [], False
    while not ended:
        wishes = np.zeros(frames_env.action_space.shape, np.float32)
        wishes[len(chosen) % len(wishes)] = 1
        chosen.append(int(wishes.argmax()))
        _, reward, ended, _, info = frames_env.step(wishes)
        rewards.append(reward)
    assert -np.mean(rewards) == pytest.approx(info["cost"], abs=1e-9)

    class Scheduled(RandomCache):
        def choose_cache(self, observation):
            return np.arange(len(observation.cache)) == chosen[int(observation.frame)]

    slots_env = SlotEnv(joint_policy(Scheduled(), RandomCache()), scenario, amender="none")
    slots_env.reset(seed=8)
    slot_rewards, ended = [], False
    while not ended:
        shares = np.concatenate(equal_shares(slots_env._view))
        _, reward, ended, _, slot_info = slots_env.step(shares)
        slot_rewards.append(reward)
    assert slot_info == info
    assert -np.mean(slot_rewards) == pytest.approx(info["cost"], abs=1e-9)
    np.testing.assert_allclose(np.reshape(slot_rewards, (len(rewards), -1)).mean(axis=1), rewards, rtol=0, atol=1e-9)


def test_overfull_caches_are_amended_and_punished():
    """A cache that does not fit is cut down to one that does, and costs Xi where that is asked for (eq. 32)."""
    rewards = []
    for penalty in (0.0, OVERFULL_PENALTY):
        env = FrameEnv(RandomCache(), "caching/tiny", amender="paper", overfull_penalty=penalty)
        env.reset(seed=2)
        rewards.append(env.step(np.ones(4, np.float32))[1])
    assert rewards[0] - rewards[1] == pytest.approx(100.0)
    env = FrameEnv(RandomCache(), "caching/tiny", amender="none")
    env.reset(seed=2)
    with pytest.raises(InvalidDecisions, match="GB cached"):
        env.step(np.ones(4, np.float32))
