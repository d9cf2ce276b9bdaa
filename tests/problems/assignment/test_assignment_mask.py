"""The mask of assignment against the simulator's own rule."""

import gymnasium
import numpy as np
import pytest

import aigcbench.environments  # noqa: F401  (registers)
from aigcbench.problems.assignment import mask, model
from aigcbench.scenario import scenario_named

SCENARIOS = (
    "assignment/asp-tiny",
    "assignment/asp-paper",
    "assignment/asp-stress2",
    "assignment/asp-mixed",
    "assignment/orchestration-mixed",
)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("observation", ["paper", "online", "informed"])
def test_allowed_is_what_would_not_crash(scenario, observation):
    """A service is allowed exactly where its server has room, told from float32 observations over whole episodes.

    Rejecting always is, and everything where nothing has room and nothing may be rejected.
    """
    n_envs, rng, n_full = 6, np.random.default_rng(0), 0
    environments = gymnasium.make_vec(
        "aigcbench/Assignment-v0", num_envs=n_envs, scenario=scenario, observation=observation
    ).unwrapped
    observations, _ = environments.reset(seed=4)
    n_services = len(environments._slots.template["service_server"])
    for _ in range(400):
        state = environments._slots.state
        steps = state.steps[np.arange(n_envs), state.current]
        has_room = (state.used + steps[:, None] <= state.capacity)[:, state.service_server]
        rejects = np.ones((n_envs, environments.single_action_space.n - n_services), dtype=bool)
        expected = np.concatenate([has_room, rejects], axis=1)
        n_full += int((~expected).any())
        expected[~expected.any(axis=1)] = True
        allowed = environments.action_mask(observations)
        np.testing.assert_array_equal(allowed, expected)
        choice = rng.random(allowed.shape) * allowed
        observations = environments.step(choice.argmax(axis=1))[0]
    assert n_full > 0


def test_everything_is_allowed_where_nothing_has_room():
    """A task that fits nowhere may go anywhere if it cannot be rejected, and is to be rejected if it can."""
    for scenario, expected in (
        ("assignment/asp-paper", [True] * 20),
        ("assignment/asp-stress2", [False] * 20 + [True]),
    ):
        instance = scenario_named(scenario).instance(0, "validation")
        context = model.context_of(instance, "online")
        observation = np.ones((1, context.observation_length), dtype=np.float32)
        context.layout["free_steps"].of(observation)[:] = 0.0
        allowed = np.zeros((1, len(expected)), dtype=np.bool_)
        mask.allow(observation, mask.mask_table(context), allowed)
        assert allowed[0].tolist() == expected
