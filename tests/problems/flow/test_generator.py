"""The generator draws from the declared distributions; seeds are fixed, so each outcome is too."""

import numpy as np
import pytest
from scipy import stats

from aigcbench.errors import InputError
from aigcbench.problems.flow import generator, model
from aigcbench.scenario import scenario_named, scenario_names

SIGNIFICANCE = 1e-3
PAPER = scenario_named("flow/paper")


def pooled(name, array, count=10):
    """One array over the first training instances of a scenario."""
    return np.concatenate([scenario_named(name).instance(seed, "train")[array] for seed in range(count)])


@pytest.mark.parametrize(("array", "low", "high"), [("flow_rate", 1, 20), ("flow_deadline", 0.1, 1)])
def test_requirements_are_uniform(array, low, high):
    """Rate and delay requirements are uniform over the paper's intervals (Kolmogorov-Smirnov)."""
    assert stats.kstest(pooled("flow/paper", array), stats.uniform(low, high - low).cdf).pvalue > SIGNIFICANCE


def test_data_follow_from_the_requirements():
    """Data are a uniform share of what the required rate sends within the required delay."""
    data, rate, deadline = (pooled("flow/paper", f"flow_{name}") for name in ("data", "rate", "deadline"))
    assert stats.kstest(data / rate / deadline, stats.uniform(0.3, 0.3).cdf).pvalue > SIGNIFICANCE


def test_work_depends_on_the_type():
    """Types and priorities are equally likely, and each type's work is uniform over its own interval."""
    types, work, priority = (pooled("flow/paper", f"flow_{name}") for name in ("type", "work", "priority"))
    for kind, (low, high) in enumerate([(1, 4), (10, 40), (40, 100)]):
        assert stats.kstest(work[types == kind], stats.uniform(low, high - low).cdf).pvalue > SIGNIFICANCE
    assert stats.chisquare(np.bincount(types)).pvalue > SIGNIFICANCE
    assert stats.chisquare(np.bincount(priority)[1:]).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("name", "mean"), [("paper", 1000), ("x2", 2000), ("x3", 3000), ("x4", 4000)])
def test_arrivals_per_slot_are_poisson(name, mean):
    """Slots have Poisson numbers of flows at the scenario's rate (dispersion and count within 4 standard deviations)."""
    counts = np.bincount(pooled(f"flow/{name}", "flow_slot"), minlength=1000)
    assert abs(counts.sum() - 10 * mean) < 4 * np.sqrt(10 * mean)
    dispersion = counts.var() / counts.mean()
    assert abs(dispersion - 1) < 4 * np.sqrt(2 / 999)


def test_bursts_modulate_the_rate():
    """In the bursty scenario the mean number of flows is the paper's, and its variance far above a Poisson law's."""
    drawn = [scenario_named("flow/bursty").instance(seed, "train")["flow_slot"] for seed in range(200)]
    lengths = np.array([len(slots) for slots in drawn])
    assert abs(lengths.mean() - 1000) < 4 * lengths.std() / np.sqrt(200)
    seconds = np.array([np.bincount(slots // 100, minlength=10) for slots in drawn])
    assert 3 < seconds.var() / seconds.mean() < 100


def test_burst_lengths_are_geometric():
    """Bursts and calms last as long on average as the scenario says, and cover their shares of the slots."""
    burst = scenario_named("flow/bursty").parameters["burst"]
    states = generator._in_burst(10**6, burst, np.random.default_rng(0))
    changes = np.flatnonzero(np.diff(states.astype(int)))
    assert states.mean() == pytest.approx(0.25, abs=0.01)
    assert len(states) / (len(changes) / 2) == pytest.approx(400, rel=0.05)


@pytest.mark.parametrize("flows", [100, 250, 500, 750, 1000, 1250, 1500, 1750, 2000])
def test_points_of_the_figures(flows):
    """The scenarios of Figs. 5 and 6 have exactly their number of flows, spread over the whole horizon."""
    slots = scenario_named(f"flow/flows-{flows}").instance(0, "train")["flow_slot"]
    assert len(slots) == flows
    assert stats.kstest((slots + 0.5) / 1000, "uniform").pvalue > SIGNIFICANCE


def test_fleets_are_fixed_or_drawn():
    """The paper preset has one fleet for all its instances, the one of its stated seed; the mixed preset draws uniform ones."""
    fleets = [PAPER.instance(seed)["gateway_capacity"] for seed in range(3)]
    stated = np.random.Generator(np.random.PCG64(7)).uniform(50, 200, 8).round(1)
    assert all((fleet == stated).all() for fleet in fleets)
    assert stats.kstest(pooled("flow/mixed", "gateway_capacity", 40), stats.uniform(50, 150).cdf).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("name", [name for name in scenario_names() if name.startswith("flow/")])
def test_every_scenario_draws_sound_instances(name):
    """Each scenario's instances pass the formulation's own validation, and equal seeds give equal instances."""
    instance = scenario_named(name).instance(0, "train")
    model.validate(instance, name)
    assert instance.sha256 == scenario_named(name).instance(0, "train").sha256


def test_large_preset():
    """The large preset has 10^6 flows within 5 standard deviations, over 1000 gateways."""
    instance = scenario_named("flow/large").instance(0, "train")
    assert abs(len(instance["flow_slot"]) - 1e6) < 5e3
    assert len(instance["gateway_capacity"]) == 1000


def test_at_least_one_flow():
    """An instance without any flow is never drawn: it would have no score."""
    parameters = dict(PAPER.parameters) | {"flows_per_user_slot": 0.0}
    assert len(generator.generate(parameters, PAPER.fleet, np.random.default_rng(0))[1]["flow_slot"]) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"surplus": 1}, "unknown key 'surplus'"),
        ({"users": 0}, "users"),
        ({"users": 10**9, "flows_per_user_slot": 1.0}, "too large"),
        ({"flow_rate_mbit_s": {"low": 5, "high": 1}}, "at least low = 5"),
        ({"flow_rate_mbit_s": {"low": 0, "high": 1}}, "flow_rate_mbit_s.low: 0.0"),
        ({"flow_rate_mbit_s": 3}, "flow_rate_mbit_s: missing or not a table"),
        ({"flow_work_gflop": [{"low": 1, "high": 4}]}, "a list of 3 tables"),
        ({"level_rate": []}, "level_rate: missing or not a list"),
        ({"level_units": [1, 2]}, "level_units: length 2"),
        ({"level_units": [1.5, 2, 4]}, "whole numbers"),
        ({"burst": 3}, "burst: not a table"),
        ({"burst": {"rate_factor": 5, "burst_slots": 0, "calm_slots": 3}}, "burst.burst_slots"),
        ({"gateways": 3}, "fleet: 8 gateways"),
    ],
)
def test_bad_scenarios_are_refused(parameters, message):
    """A parameter that makes no sense is named with its place."""
    with pytest.raises(InputError) as caught:
        generator.validate_scenario(dict(PAPER.parameters) | parameters, PAPER.fleet, "file")
    assert message in str(caught.value)
    assert str(caught.value).startswith("file: ")
