"""Tests of what all assignment heuristics share: both forms decide alike, golden episodes, determinism."""

import numpy as np
import pytest

from aigcbench.scenario import scenario_named

COMPILED = ("random", "round-robin", "crash-avoid", "prophet")
SCENARIOS = ("asp-paper", "asp-mixed", "orchestration-paper", "orchestration-stress3")


@pytest.fixture(params=SCENARIOS)
def instance(request):
    """An instance of each kind: fixed and drawn fleets, one and four services a server, light and heavy load."""
    return scenario_named(f"assignment/{request.param}").instance(0)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_form_decides_as_act_does(solver, play, play_compiled, instance, name):
    """Stepping `act` and running `decide` in the kernel give the same services."""
    stepped = play(solver(name)(), instance, seed=3)
    np.testing.assert_array_equal(play_compiled(solver(name)(), instance, seed=3)["service"], stepped.actions)


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("reject_allowed", [True, False])
def test_both_forms_agree_on_rejection(assignment_instance, solver, play, play_compiled, name, reject_allowed):
    """The two forms agree when no server has room, whether or not rejection is allowed."""
    crowded = assignment_instance(
        capacity=[10, 30],
        service_server=[0, 1, 1],
        utility_line=[[0.0, 0.0, 40.0, 1.0], [0.0, 0.0, 40.0, 0.5], [5.0, 0.0, 20.0, 0.8]],
        type_quality=[[0.1, 0.4], [0.2, 0.1], [0.0, 0.3]],
        tasks=[(float(k), 5 + 7 * (k % 6), 9.0, k % 2) for k in range(60)],
        reject_allowed=reject_allowed,
    )
    stepped = play(solver(name)(), crowded)
    np.testing.assert_array_equal(play_compiled(solver(name)(), crowded)["service"], stepped.actions)
    may_reject = reject_allowed and name in ("crash-avoid", "prophet")
    assert (stepped.actions == -1).any() == may_reject


@pytest.mark.parametrize("name", [*COMPILED, "learned-greedy"])
def test_equal_seeds_give_equal_decisions(solver, play, name):
    """A policy that is reset with the same seed decides the same again."""
    instance, policy = scenario_named("assignment/orchestration-paper").instance(1), solver(name)()
    first = play(policy, instance, seed=5)
    np.testing.assert_array_equal(play(policy, instance, seed=5).actions, first.actions)


@pytest.mark.parametrize(
    ("name", "episode"),
    [
        ("round-robin", "asp-tablev-round_robin"),
        ("crash-avoid", "asp-tablev-crash_avoid"),
        ("crash-avoid", "orchestration-crash_avoid-seed0"),
        ("prophet", "asp-tablev-prophet"),
        ("prophet", "orchestration-prophet-seed0"),
    ],
)
def test_decides_as_the_public_code(golden_episode, solver, play, name, episode):
    """Services and rewards equal those of the papers' public code, task by task."""
    golden = golden_episode(episode)
    played = play(solver(name)(), golden.instance)
    assigned = len(golden.services)
    np.testing.assert_array_equal(played.actions[:assigned], golden.services)
    np.testing.assert_allclose(played.rewards[:assigned], golden.rewards, rtol=0, atol=1e-9)
