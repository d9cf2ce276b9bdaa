"""The checker: a case worked out by hand, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.caching.checker import check


def test_a_slot_worked_out_by_hand(two_users):
    """Every metric of the two users is what the equations give on paper: G is 40.5 and 20.25, the penalty 10 for the first."""
    metrics = check(*two_users)
    assert metrics == pytest.approx(
        {
            "cost": (50.5 + 20.25) / 2,
            "mean_delay": (21 + 10.5) / 2,
            "p95_delay": 10.5 + 0.95 * 10.5,
            "deadline_miss_rate": 0.5,
            "mean_quality": 45.0,
            "mean_g": (40.5 + 20.25) / 2,
            "hit_ratio": 0.5,
            "storage_used": 0.5,
        },
        rel=1e-12,
    )


@pytest.mark.parametrize(("steps", "quality"), [(0, 100), (10, 100), (15, 80), (30, 20), (40, 20)])
def test_quality_curve(two_users, steps, quality):
    """The total variation at the edge is flat up to A1 steps, falls along a line to A3, and is flat again."""
    instance, decisions = two_users
    decisions["steps"] = np.array([[[steps / 40, 0.0]]])
    assert check(instance, decisions)["mean_quality"] == pytest.approx((quality + 30) / 2, rel=1e-12)


def test_a_delay_of_just_the_slot_is_in_time(two_users):
    """18 steps make 20 s exactly, which is no miss; any more is."""
    instance, decisions = two_users
    decisions["steps"] = np.array([[[0.45 - 1e-12, 0.0]]])
    assert check(instance, decisions)["deadline_miss_rate"] == 0.0
    decisions["steps"] = np.array([[[0.45 + 1e-12, 0.0]]])
    assert check(instance, decisions)["deadline_miss_rate"] == 0.5


@pytest.mark.parametrize(
    ("name", "change", "constraint", "message"),
    [
        ("cache", [[2, 0]], "cache-bit", "frame 0, model 0: 2; expected 0 or 1"),
        ("cache", [[-1, 0]], "cache-bit", "frame 0, model 0: -1;"),
        ("cache", [[1, 1]], "storage", "frame 0: 5; expected at most 4 GB"),
        ("cache", [[1, 0, 0]], "length", "decisions.cache: shape (1, 3); expected shape (1, 2)"),
        ("cache", [[0, 0]], "uncached-steps", "frame 0, slot 0, user 0: 0.5; expected no steps"),
        ("bandwidth", [[[0.75, 0.25 + 2e-9]]], "bandwidth-sum", "frame 0, slot 0: 1.000000002;"),
        ("bandwidth", [[[0.75, 5e-5]]], "minimum-share", "frame 0, slot 0, user 1: 5e-05; expected a bandwidth share"),
        ("bandwidth", [[[np.nan, 0.5]]], "finite", "frame 0, slot 0, user 0: nan;"),
        ("bandwidth", [[0.75, 0.25]], "length", "decisions.bandwidth: shape (1, 2)"),
        ("steps", [[[-2e-9, 0.0]]], "negative-steps", "frame 0, slot 0, user 0: -2e-09;"),
        ("steps", [[[0.5, 0.1]]], "uncached-steps", "frame 0, slot 0, user 1: 0.1;"),
        ("steps", [[[1.1, 0.0]]], "steps-sum", "frame 0, slot 0: 1.1;"),
        ("steps", [[[np.inf, 0.0]]], "finite", "frame 0, slot 0, user 0: inf;"),
    ],
)
def test_infeasible_decisions_are_refused(two_users, name, change, constraint, message):
    """One change names its constraint, its place and its amount."""
    instance, decisions = two_users
    with pytest.raises(InvalidDecisions) as caught:
        check(instance, decisions | {name: np.array(change)})
    assert caught.value.constraint == constraint
    assert str(caught.value).startswith(message)


def test_rounding_is_no_offence(two_users):
    """Shares and sums may be off by a billionth."""
    instance, decisions = two_users
    decisions["bandwidth"] = np.array([[[0.75, 0.25 + 5e-10]]])
    decisions["steps"] = np.array([[[1.0 + 5e-10, -5e-10]]])
    assert np.isfinite(check(instance, decisions)["cost"])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2), st.integers(0, 3), st.integers(0, 4), st.floats(2e-9, 1.0))
def test_any_place_is_found(caching_instance, frame, slot, user, amount):
    """An excess anywhere is refused with its own frame, slot and user."""
    requests = [[[(0, 5.0, 1e-9)] * 5] * 4] * 3
    instance = caching_instance([(2.0, 5.0, 60, 110, 170, 28, 0.18, 5.74)], requests)
    decisions = {"cache": np.ones((3, 1), np.int64), "bandwidth": np.full((3, 4, 5), 0.2), "steps": np.zeros((3, 4, 5))}
    check(instance, decisions)
    for name, sign, place in (
        ("bandwidth", 1, f"frame {frame}, slot {slot}:"),
        ("steps", -1, f"slot {slot}, user {user}:"),
    ):
        changed = decisions[name].copy()
        changed[frame, slot, user] += sign * amount
        with pytest.raises(InvalidDecisions, match=place):
            check(instance, decisions | {name: changed})
