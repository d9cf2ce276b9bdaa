"""The assignment environments against Gymnasium's and Stable-Baselines3's checkers, the simulator and the checker."""

import doctest
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from aigcbench.errors import InputError
from aigcbench.problems.assignment import env as env_module
from aigcbench.problems.assignment import model, simulator
from aigcbench.problems.assignment.env import AssignmentEnv, AssignmentVectorEnv
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named

ID = "aigcbench.environments:aigcbench/Assignment-v0"
SCENARIOS = ("assignment/asp-tiny", "assignment/asp-paper", "assignment/asp-stress2", "assignment/orchestration-mixed")
VARIANTS = [(scenario, observation) for scenario in SCENARIOS for observation in ("paper", "online", "informed")]


def play(env: AssignmentEnv, rng: np.random.Generator) -> tuple[list[int], list[float], dict, list[np.ndarray]]:
    """Play one episode at random: actions, rewards, the last info and all observations."""
    actions, rewards, observations = [], [], [env.reset()[0]]
    ended = False
    while not ended:
        actions.append(int(rng.integers(env.action_space.n)))
        observation, reward, ended, truncated, info = env.step(actions[-1])
        assert not truncated
        rewards.append(reward)
        observations.append(observation)
    return actions, rewards, info, observations


def drawn_instance(name: str):
    """The instance that an episode's info names."""
    scenario, seed = name.split("#train")
    return scenario_named(scenario).instance(int(seed), "train")


def services_of(actions: list[int], n_services: int) -> np.ndarray:
    """Decisions that belong to a list of actions: the action after the last service rejects."""
    return np.array([action if action < n_services else -1 for action in actions])


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_gymnasium_checker_is_content(scenario, observation):
    """Gymnasium's own checker finds nothing, not even a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(ID, scenario=scenario, observation=observation).unwrapped)


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_stable_baselines_checker_is_content(scenario, observation):
    """Stable-Baselines3's checker finds nothing, not even a warning."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checker.check_env(AssignmentEnv(scenario, observation))


@pytest.mark.parametrize("algorithm", ["DQN", "PPO"])
def test_stable_baselines_trains_unchanged(algorithm):
    """DQN and PPO train on the environment as they are and return actions of its space."""
    baselines = pytest.importorskip("stable_baselines3")
    env = gymnasium.make(ID, scenario="assignment/asp-tiny")
    settings = {"DQN": {"learning_starts": 50}, "PPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 2}}[algorithm]
    learner = getattr(baselines, algorithm)(
        "MlpPolicy", env, seed=0, device="cpu", policy_kwargs={"net_arch": [16]}, **settings
    )
    learner.learn(256)
    action, _ = learner.predict(env.reset(seed=1)[0], deterministic=True)
    assert env.action_space.contains(action[()])


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_observations_lie_in_the_space(scenario, observation):
    """Every observation, the terminal one too, is float32 and within honest bounds."""
    env = AssignmentEnv(scenario, observation)
    env.reset(seed=5)
    observations = play(env, np.random.default_rng(0))[3]
    assert all(env.observation_space.contains(row) for row in observations)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_episode_equals_replay_and_checker(scenario):
    """Rewards equal the simulator's replay, and the outcome equals what the independent checker says of the decisions."""
    env = AssignmentEnv(scenario)
    env.reset(seed=11)
    actions, rewards, info, _ = play(env, np.random.default_rng(1))
    instance = drawn_instance(info["instance"])
    services = services_of(actions, len(instance["service_server"]))
    replayed = np.zeros(len(services))
    utility = simulator.replay(simulator.single_state(instance, 0), 0, services, replayed)
    np.testing.assert_allclose(rewards, replayed, rtol=0, atol=1e-12)
    assert info["utility"] == pytest.approx(utility, abs=1e-12)
    judged = score(instance, services)
    assert sum(rewards) == pytest.approx(judged["reward"], abs=1e-9)
    assert (info["utility"], info["crashes"]) == pytest.approx((judged["utility"], judged["server_crashes"]), abs=1e-9)


def test_observation_is_the_scaled_physical_one():
    """The vector is the harness's observation in physical units over the model's scale, utilities included."""
    env = AssignmentEnv("assignment/orchestration-mixed", "informed")
    env.reset(seed=3)
    actions, _, info, observations = play(env, np.random.default_rng(2))
    instance = drawn_instance(info["instance"])
    layout = model.layout_of(instance)
    scale = model.scale_of(instance, layout)
    episode = simulator.AssignmentEpisode(instance, "informed")
    for task, action in enumerate(actions):
        np.testing.assert_array_equal(observations[task], (episode.vector / scale).astype(np.float32))
        episode.step(action)
    utility = np.stack([layout["utility"].of(row) for row in observations[:-1]])
    np.testing.assert_allclose(utility, model.utilities(instance), rtol=1e-6)


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_batch_equals_single_environments(scenario, observation):
    """Row n of a batch gives, step by step and over resets, exactly what a single environment of its seed gives."""
    n_envs = 4
    envs = AssignmentVectorEnv(n_envs, scenario, observation)
    singles = [AssignmentEnv(scenario, observation) for _ in range(n_envs)]
    rng = np.random.default_rng(3)
    rows, _ = envs.reset(seed=20)
    np.testing.assert_array_equal(rows, [env.reset(seed=20 + n)[0] for n, env in enumerate(singles)])
    n_ended = 0
    for _ in range(2200 if "stress2" in scenario else 1800):
        actions = rng.integers(envs.single_action_space.n, size=n_envs)
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


def test_batch_grows_with_its_episodes():
    """Episodes longer than any array so far are played to their end, and their neighbours are not disturbed."""
    envs = AssignmentVectorEnv(3, "assignment/asp-tiny")
    room = envs._slots.state.arrival.shape[1]
    envs.reset(seed=0)
    returns, lengths, longest = np.zeros(3), np.zeros(3, dtype=int), 0
    taken: list[list[int]] = [[], [], []]
    rng = np.random.default_rng(4)
    for _ in range(300):
        actions = rng.integers(3, size=3)
        _, rewards, terminations, _, infos = envs.step(actions)
        returns += rewards
        lengths += 1
        for n in range(3):
            taken[n].append(int(actions[n]))
        for n in np.flatnonzero(terminations):
            instance = drawn_instance(infos["final_info"]["instance"][n])
            judged = score(instance, np.array(taken[n]))
            assert (returns[n], infos["final_info"]["utility"][n]) == pytest.approx(
                (judged["reward"], judged["utility"]), abs=1e-9
            )
            longest = max(longest, lengths[n])
            returns[n], lengths[n], taken[n] = 0, 0, []
    assert longest > room


def test_arrays_handed_out_are_never_overwritten():
    """Observations, rewards and terminations that a learner keeps stay as they were."""
    envs = AssignmentVectorEnv(2, "assignment/asp-tiny", "online")
    kept = [envs.reset(seed=1)[0]]
    copies = [kept[0].copy()]
    for _ in range(30):
        arrays = envs.step(np.zeros(2, dtype=np.int64))[:4]
        kept.extend(arrays)
        copies.extend(array.copy() for array in arrays)
    for array, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_same_step_autoreset_is_declared_and_marked():
    """The metadata name the autoreset mode, and the infos mark exactly the rows that ended."""
    envs = AssignmentVectorEnv(3, "assignment/asp-tiny")
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    envs.reset(seed=2)
    for _ in range(40):
        _, _, terminations, _, infos = envs.step(np.zeros(3, dtype=np.int64))
        if terminations.any():
            for mask in ("_final_obs", "_final_info"):
                np.testing.assert_array_equal(infos[mask], terminations)
            np.testing.assert_array_equal(infos["final_info"]["_utility"], terminations)
        else:
            assert infos == {}


def test_seeds_make_episodes_reproducible():
    """Equal seeds give equal rows, a list seeds each row alone, and without seeds the sequence goes on."""
    envs = AssignmentVectorEnv(3, "assignment/asp-mixed", "informed")
    first, _ = envs.reset(seed=7)
    assert not np.array_equal(first[0], first[1])
    later, _ = envs.reset()
    again, _ = envs.reset(seed=[7, 8, 9])
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(envs.reset(seed=[None, 8, None])[0], [later[0], first[1], later[2]])


def test_last_action_rejects_where_the_scenario_allows_it():
    """With rejection there is one more action; it yields nothing and changes no server."""
    env = AssignmentEnv("assignment/asp-stress2")
    assert env.action_space.n == 21
    before, _ = env.reset(seed=1)
    after, reward, _, _, _ = env.step(20)
    assert reward == 0.0
    np.testing.assert_array_equal(after[2:], before[2:])


def test_validation_split_draws_other_instances():
    """The validation split is open to learners, and its instances are named as such."""
    env = AssignmentEnv("assignment/asp-tiny", split="validation")
    env.reset(seed=1)
    assert "#validation" in play(env, np.random.default_rng(0))[2]["instance"]


@pytest.mark.parametrize("kind", [AssignmentEnv, AssignmentVectorEnv])
@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"split": "test"}, "harness"),
        ({"split": "tests"}, "train, validation"),
        ({"observation": "clairvoyant"}, "paper, online, informed"),
        ({"scenario": "assignment/asp-papr"}, "asp-paper"),
    ],
)
def test_bad_keywords_are_refused_in_one_line(kind, keywords, words):
    """Test seeds and unknown names are refused, with what is expected instead."""
    with pytest.raises(InputError, match=words):
        kind(**keywords)


@pytest.mark.parametrize("action", [-1, 20, 10**6])
def test_illegal_actions_are_refused(action):
    """An action outside the space raises and leaves single and batched episodes as they were."""
    env, envs = AssignmentEnv(), AssignmentVectorEnv(2)
    env.reset(seed=1)
    envs.reset(seed=1)
    with pytest.raises(InputError, match=r"0\.\.19"):
        env.step(action)
    with pytest.raises(InputError, match=r"actions\[1\]"):
        envs.step(np.array([0, action]))
    row = env.step(0)[0]
    np.testing.assert_array_equal(envs.step(np.array([0, 0]))[0][0], row)


@pytest.mark.parametrize("actions", [np.zeros(3, dtype=np.int64), np.zeros(2), np.zeros((2, 1), dtype=np.int64)])
def test_batches_of_another_shape_or_dtype_are_refused(actions):
    """Actions must be one whole number for each environment."""
    envs = AssignmentVectorEnv(2)
    envs.reset(seed=1)
    with pytest.raises(InputError, match=r"integers \(2,\)"):
        envs.step(actions)


def test_bad_resets_are_refused():
    """Wrong numbers of seeds or environments and unknown reset options raise instead of being ignored."""
    envs = AssignmentVectorEnv(2)
    with pytest.raises(InputError, match="one for each"):
        envs.reset(seed=[1])
    with pytest.raises(InputError, match="reset_mask"):
        envs.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(InputError, match="num_envs"):
        AssignmentVectorEnv(0)


def test_step_needs_a_reset():
    """Stepping before the first reset or after the end raises instead of reading beyond the episode."""
    env, envs = AssignmentEnv("assignment/asp-tiny"), AssignmentVectorEnv(2, "assignment/asp-tiny")
    with pytest.raises(ResetNeeded):
        env.step(0)
    with pytest.raises(ResetNeeded):
        envs.step(np.zeros(2, dtype=np.int64))
    play(env, np.random.default_rng(0))
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_docstring_snippets_run():
    """The snippets in the environments' specifications give what they show."""
    assert doctest.testmod(env_module).failed == 0
