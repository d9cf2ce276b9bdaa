"""The bound on caching's cost: tight where frames are solved, valid where they are not."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.instance import Instance
from aigcbench.problems.caching import bound as caching_bound
from aigcbench.problems.caching.bound import bound, generous_terms
from aigcbench.problems.caching.checker import check, delays
from aigcbench.problems.caching.frame.search import SearchLimits
from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.problems.caching.model import validate
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def decisions_of(instance, terms):
    """The optimum of every frame of the terms, as decisions."""
    storage, capacity = instance["model_storage"], instance.parameters["storage_gb"]
    frames = [optimal_frame(terms, frame, storage, capacity) for frame in range(terms.request.shape[0])]
    return {name: np.stack([getattr(frame, name) for frame in frames]) for name in ("cache", "bandwidth", "steps")}


@pytest.mark.parametrize("name", ["tiny", "paper", "users-18", "calibrated", "repaint", "mixed", "hard-deadline"])
def test_optimum_attains_the_bound(name):
    """The bound is the cost of the best decisions, just below it."""
    instance = scenario_named(f"caching/{name}").instance(1)
    proven = bound(instance, 30.0)
    cost = check(instance, decisions_of(instance, terms_of(instance)))["cost"]
    assert proven.method == "exact-frames"
    assert proven.value <= cost == pytest.approx(proven.value, rel=1e-6)


def test_tolerances_do_not_beat_the_bound():
    """Decisions that use the checker's tolerances to the full cost less than the optimum, but not less than the bound."""
    instance = scenario_named("caching/calibrated").instance(2)
    terms, cost = terms_of(instance), {}
    wide = terms._replace(deadline=terms.deadline + 1e-9, total_steps=terms.total_steps * (1 + 9e-10))
    for name, given in (("strict", terms), ("wide", wide)):
        decisions = decisions_of(instance, given)
        decisions["steps"] *= given.total_steps / terms.total_steps
        if name == "wide":
            decisions["bandwidth"] *= 1 + 9e-10
            decisions["steps"] = np.where(decisions["steps"] == 0.0, -1e-9, decisions["steps"])
        cost[name] = check(instance, decisions)["cost"]
    assert bound(instance, 30.0).value < cost["wide"] < cost["strict"]
    assert generous_terms(terms).deadline > wide.deadline


@pytest.mark.parametrize("seed", range(3))
def test_bound_without_time_still_holds(monkeypatch, seed):
    """A search that is cut at once bounds by prices, below the optimum and not by much."""
    monkeypatch.setattr(caching_bound, "FIRST_LIMITS", SearchLimits(nodes=0, caches=1))
    instance = scenario_named("caching/mixed").instance(seed)
    proven, exact = bound(instance, 0.0), check(instance, decisions_of(instance, terms_of(instance)))["cost"]
    assert exact * 0.97 < proven.value <= exact


def test_formulation_offers_the_bound():
    """The formulation's own entry gives it."""
    instance = scenario_named("caching/tiny").instance(0)
    problem_of(instance).prepare_bound()
    assert problem_of(instance).bound(instance, 5.0) == bound(instance, 5.0)


def one_user(quality, time, gain=1e-9, output=0.0, **scalars):
    """An instance of two frames of one slot, each with one request without input for the only model."""
    scales = ("max_skewness", "max_data_mb", "max_steps", "max_quality", "max_step_s", "max_start_s")
    parameters = dict(scenario_named("caching/tiny").instance(0).parameters) | dict.fromkeys(scales, 1000.0)
    parameters |= {"delay_weight": 0.7, "deadline_penalty": 10.0, "storage_gb": 3.0, "total_steps": 1000.0} | scalars
    arrays = {
        "model_storage": np.array([1.0]),
        "model_output": np.array([output]),
        "model_quality": np.array([quality]),
        "model_time": np.array([time]),
        "skewness": np.zeros(2),
        "popularity_state": np.zeros(2, np.int64),
        "request": np.zeros((2, 1, 1), np.int64),
        "input_size": np.zeros((2, 1, 1)),
        "gain": np.full((2, 1, 1), gain),
    }
    instance = Instance("caching", "custom", 0, "test", 0, parameters, arrays)
    validate(instance, "instance")
    return instance


@pytest.mark.parametrize("gain", [1e-9, 3e-10, 7e-8])
@pytest.mark.parametrize("output", [0.0, 0.3])
@pytest.mark.parametrize("cached", [0, 1])
def test_a_deadline_that_is_met_exactly(gain, output, cached):
    """Where nothing is sent and no step taken, a delay equal to the deadline is in time, as the checker has it; a hair more is late."""
    storage = 3.0 if cached else 0.5
    loose = one_user([10.0, 50.0, 20.0, 50.0], [0.18, 1.0], gain, output, storage_gb=storage, slot_s=100.0)
    decisions = {"cache": np.full((2, 1), cached), "bandwidth": np.ones((2, 1, 1)), "steps": np.zeros((2, 1, 1))}
    delay = float(delays(loose, decisions)[0, 0, 0])
    for slot_s, late in ((delay, 0.0), (np.nextafter(delay, 0.0), 1.0)):
        instance = replace(loose, parameters=dict(loose.parameters) | {"slot_s": slot_s})
        given = check(instance, decisions)
        if cached:  # the cloud is slower, and no better
            optimum = optimal_frame(terms_of(instance), 0, instance["model_storage"], storage)
            assert optimum.cost == pytest.approx(given["cost"], rel=1e-9)
        planned = check(instance, decisions_of(instance, terms_of(instance)))
        assert planned["deadline_miss_rate"] == given["deadline_miss_rate"] == late
        assert bound(instance, 5.0).value <= planned["cost"] <= given["cost"] * (1 + 1e-9)


def test_quality_that_falls_at_once():
    """Quality that falls from 100 to 0 within a thousandth of a step lets sums of large terms cancel; the bound has room for it."""
    scalars = {"delay_weight": 1e-6, "slot_s": 5.0, "deadline_penalty": 0.0, "minimum_share": 1e-8, "uplink_mhz": 0.001}
    instance = one_user([10.0, 100.0, 10.001, 0.0], [0.0, 1.0], **scalars, storage_gb=2.0)
    requests = {
        "request": np.zeros((2, 2, 3), np.int64),
        "gain": np.array([[[1e-16, 1e-9, 1e-13], [1e-16, 1.0, 1e-16]], [[1e-12, 1e-9, 1e-13], [1e-13, 1e-9, 1e-13]]]),
        "input_size": np.array([[[5.0, 5.0, 5.0], [0.0, 0.5, 0.0]], [[0.0, 0.0, 0.0], [5.0, 5.0, 5.0]]]),
    }
    instance = replace(instance, arrays=dict(instance.arrays) | requests)
    cost = check(instance, decisions_of(instance, terms_of(instance)))["cost"]
    assert 0.9 * cost < bound(instance, 5.0).value <= cost
