"""What every formulation's environments have to keep: Gymnasium's contract, batches equal to single ones, seeds, refusals.

A formulation takes part by having environments and a scenario whose name ends in ``tiny``.
"""

import copy
import importlib
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from aigcbench.environments import environment_ids
from aigcbench.errors import InputError
from aigcbench.problems.environment import BatchedEnvironment
from aigcbench.scenario import scenario_names

OBSERVATIONS = ("paper", "online", "informed")
FORMULATIONS = {name.removeprefix("aigcbench/").removesuffix("-v0").lower(): name for name in environment_ids()}
TINY = [name for name in scenario_names() if name.endswith("tiny") and name.split("/")[0] in FORMULATIONS]
VARIANTS = [(scenario, observation) for scenario in TINY for observation in OBSERVATIONS]


def single(scenario, observation="paper", split="train"):
    """The single environment of a scenario, without Gymnasium's wrappers."""
    return _made(scenario, "Env")(scenario=scenario, observation=observation, split=split)


def batch(n, scenario, observation="paper", split="train"):
    """The batched environment of a scenario."""
    return _made(scenario, "VectorEnv")(n, scenario=scenario, observation=observation, split=split)


def _made(scenario, suffix):
    name = FORMULATIONS[scenario.split("/")[0]]
    return getattr(importlib.import_module(environment_ids()[name]), name.split("/")[1].removesuffix("-v0") + suffix)


def sampled(space, n, seed=0):
    """``n`` random elements of a space, the same every time."""
    space = copy.deepcopy(space)
    space.seed(seed)
    return [space.sample() for _ in range(n)]


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_gymnasium_checker_is_content(scenario, observation):
    """Gymnasium's own checker finds nothing, not even a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module_and_id = f"aigcbench.environments:{FORMULATIONS[scenario.split('/')[0]]}"
        check_env(gymnasium.make(module_and_id, scenario=scenario, observation=observation).unwrapped)


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_stable_baselines_checker_is_content(scenario, observation):
    """Stable-Baselines3's checker finds nothing, but that it would rather have shares from -1 to 1."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "We recommend you to use a symmetric and normalized Box action space")
        checker.check_env(single(scenario, observation))


@pytest.mark.parametrize(("scenario", "observation"), VARIANTS)
def test_batch_equals_single_environments(scenario, observation):
    """Row n of a batch gives, step by step and over resets, exactly what a single environment of its seed gives."""
    n_envs = 3
    envs = batch(n_envs, scenario, observation)
    singles = [single(scenario, observation) for _ in range(n_envs)]
    rows, _ = envs.reset(seed=20)
    np.testing.assert_array_equal(rows, [env.reset(seed=20 + n)[0] for n, env in enumerate(singles)])
    n_ended = 0
    for actions in sampled(envs.action_space, 150):
        rows, rewards, terminations, truncations, infos = envs.step(actions)
        assert not truncations.any()
        assert envs.observation_space.contains(rows)
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


@pytest.mark.parametrize("scenario", TINY)
def test_same_step_autoreset_is_declared_and_marked(scenario):
    """The metadata name the autoreset mode, and the infos mark exactly the rows that ended."""
    envs = batch(3, scenario)
    assert isinstance(envs, BatchedEnvironment)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    envs.reset(seed=2)
    for actions in sampled(envs.action_space, 100):
        _, _, terminations, _, infos = envs.step(actions)
        if terminations.any():
            for mask in ("_final_obs", "_final_info"):
                np.testing.assert_array_equal(infos[mask], terminations)
            np.testing.assert_array_equal(infos["final_info"]["_instance"], terminations)
        else:
            assert infos == {}


@pytest.mark.parametrize("scenario", TINY)
def test_arrays_handed_out_are_never_overwritten(scenario):
    """Observations, rewards and terminations that a learner keeps stay as they were."""
    envs = batch(2, scenario, "online")
    kept = [envs.reset(seed=1)[0]]
    copies = [kept[0].copy()]
    for actions in sampled(envs.action_space, 30):
        arrays = envs.step(actions)[:4]
        kept.extend(arrays)
        copies.extend(array.copy() for array in arrays)
    for array, copied in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(array, copied)


@pytest.mark.parametrize("scenario", TINY)
def test_seeds_make_episodes_reproducible(scenario):
    """Equal seeds give equal rows, a list seeds each row alone, and without seeds the sequence goes on."""
    envs = batch(3, scenario, "informed")
    first, _ = envs.reset(seed=7)
    assert not np.array_equal(first[0], first[1])
    later, _ = envs.reset()
    again, _ = envs.reset(seed=[7, 8, 9])
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(envs.reset(seed=[None, 8, None])[0], [later[0], first[1], later[2]])


@pytest.mark.parametrize("scenario", TINY)
def test_validation_split_draws_other_instances(scenario):
    """The validation split is open to learners, and its instances are named as such."""
    env = single(scenario, split="validation")
    env.reset(seed=1)
    for action in sampled(env.action_space, 1000):
        _, _, ended, _, info = env.step(action)
        if ended:
            break
    assert info["instance"].startswith(f"{scenario}#validation")


@pytest.mark.parametrize("scenario", TINY)
@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"split": "test"}, "harness"),
        ({"split": "tests"}, "train, validation"),
        ({"observation": "all"}, "paper, online"),
    ],
)
def test_bad_keywords_are_refused_in_one_line(scenario, keywords, words):
    """Test seeds and unknown names are refused, with what is expected instead."""
    for make in (single, lambda *arguments, **named: batch(2, *arguments, **named)):
        with pytest.raises(InputError, match=words):
            make(scenario, **keywords)


@pytest.mark.parametrize("scenario", TINY)
def test_scenarios_of_another_formulation_are_refused(scenario):
    """An environment plays its own formulation's scenarios only."""
    other = next(name for name in scenario_names() if name.split("/")[0] != scenario.split("/")[0])
    with pytest.raises(InputError, match=f"expected {scenario.split('/')[0]}"):
        _made(scenario, "Env")(scenario=other)


@pytest.mark.parametrize("scenario", TINY)
def test_bad_resets_are_refused(scenario):
    """Wrong numbers of seeds or environments and unknown reset options raise instead of being ignored."""
    envs = batch(2, scenario)
    with pytest.raises(InputError, match="one for each"):
        envs.reset(seed=[1])
    with pytest.raises(InputError, match="reset_mask"):
        envs.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(InputError, match="num_envs"):
        batch(0, scenario)


@pytest.mark.parametrize("scenario", TINY)
def test_step_needs_a_reset(scenario):
    """Stepping before the first reset or after the end raises instead of reading beyond the episode."""
    env, envs = single(scenario), batch(2, scenario)
    (action,), (actions,) = sampled(env.action_space, 1), sampled(envs.action_space, 1)
    with pytest.raises(ResetNeeded):
        env.step(action)
    with pytest.raises(ResetNeeded):
        envs.step(actions)
    env.reset(seed=1)
    ended = False
    while not ended:
        ended = env.step(action)[2]
    with pytest.raises(ResetNeeded):
        env.step(action)


@pytest.mark.parametrize("name", sorted(FORMULATIONS.values()))
def test_registered_ids_make_both_kinds(name):
    """The registered id makes the single and the batched environment with equal spaces."""
    module_and_id = f"aigcbench.environments:{name}"
    env, envs = gymnasium.make(module_and_id), gymnasium.make_vec(module_and_id, num_envs=2)
    assert env.observation_space == envs.single_observation_space
    assert env.action_space == envs.single_action_space
