"""The slot solver against independent solvers, the checker, and random decisions."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.problems.caching.checker import check
from aigcbench.problems.caching.slot.solver import optimal_slot

AGREEMENT = 1e-5  # relative, of the optima of SLSQP, which may break constraints a little
SCIP_TOLERANCE = 1e-5  # relative: SCIP may break its constraints by 1e-6 each


def assert_enumeration_agrees(case, enumerated_cost):
    """The solver's cost is the best of all modes."""
    *_, cost = optimal_slot(case.instance, 0, 0, case.cache)
    assert cost == pytest.approx(enumerated_cost(case), rel=AGREEMENT)


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_the_enumeration_of_all_modes(random_case, enumerated_cost, seed):
    """On slots of two to three users the cost is that of the best of all modes, each solved on its own."""
    rng = np.random.default_rng(seed)
    assert_enumeration_agrees(random_case(rng, int(rng.integers(2, 4))), enumerated_cost)


@pytest.mark.heavy
@pytest.mark.parametrize("block", range(50))
def test_equal_to_the_enumeration_of_all_modes_on_500_slots(random_case, enumerated_cost, block):
    """The same on 50 blocks of 10 slots, of two to four users."""
    for seed in range(10 * block, 10 * block + 10):
        rng = np.random.default_rng([7, seed])
        assert_enumeration_agrees(random_case(rng, int(rng.choice([2, 3, 4], p=[0.3, 0.6, 0.1]))), enumerated_cost)


def assert_no_worse_than_scip(case, scip_cost, seconds):
    """The solver's cost is at most SCIP's, and not below what SCIP proves."""
    *_, cost = optimal_slot(case.instance, 0, 0, case.cache)
    theirs, bound = scip_cost(case, seconds)
    assert cost <= theirs * (1 + SCIP_TOLERANCE)
    assert cost >= bound * (1 - SCIP_TOLERANCE)


@pytest.mark.parametrize("seed", range(5))
def test_no_worse_than_scip(random_case, scip_cost, seed):
    """On slots of three users SCIP's global optimum is no better."""
    pytest.importorskip("pyscipopt")
    rng = np.random.default_rng([1, seed])
    assert_no_worse_than_scip(random_case(rng, 3), scip_cost, 5.0)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(60))
def test_no_worse_than_scip_at_paper_size(random_case, scip_cost, seed):
    """On slots of ten users SCIP finds nothing better in 5 s, nor does it refute the cost."""
    pytest.importorskip("pyscipopt")
    rng = np.random.default_rng([2, seed])
    assert_no_worse_than_scip(random_case(rng, 10, models=10), scip_cost, 5.0)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_the_checker_confirms_the_cost(random_case, seed, users):
    """The shares are feasible, use no steps that gain nothing, and cost what the solver says."""
    case = random_case(np.random.default_rng(seed), users)
    bandwidth, steps, cost = optimal_slot(case.instance, 0, 0, case.cache)
    decisions = {"cache": case.cache[None], "bandwidth": bandwidth[None, None], "steps": steps[None, None]}
    metrics = check(case.instance, decisions)
    assert metrics["cost"] == pytest.approx(cost, rel=1e-9)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(2, 8))
def test_nothing_near_the_optimum_is_better(random_case, seed, users):
    """Neither random shares nor small shifts of the optimal ones cost less."""
    rng = np.random.default_rng(seed)
    case = random_case(rng, users)
    bandwidth, steps, cost = optimal_slot(case.instance, 0, 0, case.cache)
    cached = case.cache[case.instance["request"][0, 0]] == 1
    least = float(case.instance.parameters["minimum_share"])
    for size in (1.0, 0.3, 0.03, 1e-3, 1e-5):
        shares = least + (1 - users * least) * mixed(rng, (bandwidth - least) / (1 - users * least), size)
        taken = np.where(cached, mixed(rng, np.append(steps, 1 - steps.sum()), size)[:-1], 0.0)
        decisions = {"cache": case.cache[None], "bandwidth": shares[None, None], "steps": taken[None, None]}
        assert check(case.instance, decisions)["cost"] >= cost * (1 - 1e-9)


def mixed(rng, shares, size):
    """Shares of a whole, moved by ``size`` towards random ones."""
    return (1 - size) * np.maximum(shares, 0) + size * rng.dirichlet(np.ones(len(shares)))


@pytest.mark.parametrize(
    "extreme",
    [
        {"delay_weight": 0.0},
        {"delay_weight": 1.0},
        {"deadline_penalty": 0.0},
        {"total_steps": 0.0},
        {"total_steps": 1e9},
        {"uplink_mhz": 1e-3},
        {"uplink_mhz": 1e5},
        {"slot_s": 1e-9},
        {"slot_s": 1e9},
        {"minimum_share": 0.1},
        {"user_power_dbm": -60.0},
    ],
    ids=lambda extreme: "-".join(map(str, next(iter(extreme.items())))),
)
def test_extreme_scenarios(random_case, extreme):
    """Where one of the scenario's numbers is at the end of its range, the cost is confirmed and random shares cost no less."""
    for seed in range(10):
        rng = np.random.default_rng([3, seed])
        case = random_case(rng, 1 + seed, **extreme)
        assert_not_beaten(case, rng)


@pytest.mark.parametrize("change", ["no-data", "no-step-time", "no-quality-to-gain", "flat-from-the-start"])
def test_extreme_requests(random_case, change):
    """The same for requests without data, and models whose steps cost nothing, gain nothing, or gain from the first one."""
    for seed in range(10):
        rng = np.random.default_rng([4, seed])
        case = random_case(rng, 6)
        arrays = {name: array.copy() for name, array in case.instance.arrays.items()}
        if change == "no-data":
            arrays["input_size"][0, 0, ::2] = 0.0
        elif change == "no-step-time":
            arrays["model_time"][:, 0] = 0.0
        elif change == "no-quality-to-gain":
            arrays["model_quality"][:, 3] = arrays["model_quality"][:, 1]
        else:
            arrays["model_quality"][:, 0] = 0.0
        assert_not_beaten(dataclasses.replace(case, instance=dataclasses.replace(case.instance, arrays=arrays)), rng)


def assert_not_beaten(case, rng):
    """The checker confirms the solver's cost, and no random shares cost less."""
    bandwidth, steps, cost = optimal_slot(case.instance, 0, 0, case.cache)
    users, least = len(bandwidth), float(case.instance.parameters["minimum_share"])
    cached = case.cache[case.instance["request"][0, 0]] == 1
    decisions = {"cache": case.cache[None], "bandwidth": bandwidth[None, None], "steps": steps[None, None]}
    assert check(case.instance, decisions)["cost"] == pytest.approx(cost, rel=1e-9)
    for size in (1.0, 0.1, 1e-3):
        free = 1 - users * least
        shares = np.full(users, least)
        if free > 0:
            shares += free * mixed(rng, (bandwidth - least) / free, size)
        taken = np.where(cached, mixed(rng, np.append(steps, 1 - steps.sum()), size)[:-1], 0.0)
        decisions |= {"bandwidth": shares[None, None], "steps": taken[None, None]}
        assert check(case.instance, decisions)["cost"] >= cost * (1 - 1e-9)
