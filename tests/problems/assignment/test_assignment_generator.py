"""The generator draws from the declared distributions; seeds are fixed, so each outcome is too."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from aigcbench.problems.assignment import generator
from aigcbench.scenario import scenario_named

SIGNIFICANCE = 1e-3


def instances(name, count):
    """The first instances of a scenario."""
    return [scenario_named(name).instance(seed) for seed in range(count)]


def assert_uniform(values, grid):
    """The values are those of the grid, each equally likely (chi-square)."""
    expected = np.round(np.arange(grid["low"], grid["high"] + grid["step"] / 2, grid["step"]), 10)
    assert set(np.unique(values)) <= set(expected)
    observed = [(values == value).sum() for value in expected]
    assert len(values) >= 10 * len(expected)
    assert stats.chisquare(observed).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("name", ["assignment/asp-paper", "assignment/orchestration-paper"])
def test_task_steps(name):
    """Steps are uniform over the scenario's grid, and run times follow from them."""
    scenario, drawn = scenario_named(name), instances(name, 10)
    steps = np.concatenate([instance["task_steps"] for instance in drawn])
    assert_uniform(steps, scenario.parameters["task_steps"])
    runtime = np.concatenate([instance["task_runtime"] for instance in drawn])
    np.testing.assert_allclose(runtime, 60 * (0.001 * steps**2 + 2.5 * steps - 14), rtol=1e-14)


def test_task_types():
    """Types are uniform, and independent of the steps."""
    drawn = instances("assignment/orchestration-paper", 10)
    kinds, steps = (np.concatenate([instance[name] for instance in drawn]) for name in ("task_type", "task_steps"))
    assert_uniform(kinds, {"low": 0, "high": 3, "step": 1})
    table = [[((kinds == kind) & (steps == step)).sum() for step in np.unique(steps)] for kind in range(4)]
    assert stats.chi2_contingency(table).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(
    ("array", "column", "grid"),
    [
        ("server_capacity", None, "server_capacity"),
        ("utility_line", 0, "utility_ax"),
        ("utility_line", 1, "utility_ay"),
        ("utility_line", 2, "utility_bx"),
        ("utility_line", 3, "utility_by"),
        ("type_quality", None, "type_quality"),
    ],
)
@pytest.mark.parametrize("name", ["assignment/asp-mixed", "assignment/orchestration-mixed"])
def test_drawn_fleets(name, array, column, grid):
    """Every quantity of a drawn fleet is uniform over its grid."""
    drawn = [instance[array] for instance in instances(name, 60)]
    values = np.concatenate([(fleet if column is None else fleet[:, column]).ravel() for fleet in drawn])
    parameters = scenario_named(name).parameters[grid]
    if parameters["low"] == parameters["high"]:
        assert (values == parameters["low"]).all()
    else:
        assert_uniform(values, parameters)


@pytest.mark.parametrize("name", ["assignment/asp", "assignment/orchestration"])
def test_fleets_are_fixed_or_drawn(name):
    """A paper preset has one fleet for all its instances, a mixed preset another one each time."""
    for preset, distinct in (("paper", 1), ("mixed", 5)):
        fleets = {instance["utility_line"].tobytes() for instance in instances(f"{name}-{preset}", 5)}
        assert len(fleets) == distinct


@pytest.mark.parametrize(
    ("scenario", "episode"),
    [("assignment/asp-paper", "asp-tablev-random"), ("assignment/orchestration-paper", "orchestration-random-seed0")],
)
def test_paper_fleet_is_the_public_codes(golden, scenario, episode):
    """The fixed fleet and the scales of a paper preset are those of the recorded episodes."""
    ours, theirs = scenario_named(scenario).instance(0), golden(episode).instance
    for name in ("server_capacity", "service_server", "utility_line", "type_quality"):
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert ours.parameters == theirs.parameters


def test_arrivals_are_a_sorted_uniform_sample():
    """The first task arrives at 0; the others are uniform over the horizon (Kolmogorov-Smirnov), sorted, in whole seconds."""
    drawn = [instance["task_arrival"] for instance in instances("assignment/asp-paper", 30)]
    assert all(arrival[0] == 0 and np.all(np.diff(arrival) >= 0) for arrival in drawn)
    pooled = np.concatenate([arrival[1:] for arrival in drawn])
    np.testing.assert_array_equal(pooled, np.floor(pooled))
    assert stats.kstest(pooled / 1e6, "uniform").pvalue > SIGNIFICANCE


@pytest.mark.parametrize("mean", [0.0, 0.3, 5.0, 8.0, 12.7, 100.0, 1000.0])
def test_number_of_arrivals_is_poisson(mean):
    """Besides the task at 0 there are Poisson many (chi-square against the law, tails pooled)."""
    parameters = dict(scenario_named("assignment/asp-paper").parameters)
    parameters |= {"arrival_rate_per_s": mean / 1e6, "horizon_s": 1e6}
    fleet, rng = scenario_named("assignment/asp-paper").fleet, np.random.default_rng(11)
    counts = np.array([len(generator.generate(parameters, fleet, rng)[1]["task_arrival"]) - 1 for _ in range(1500)])
    edges = np.unique(stats.poisson.ppf([0.02, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.98], mean))
    cumulative = np.concatenate([[0.0], stats.poisson.cdf(edges, mean), [1.0]])
    expected = np.diff(cumulative) * len(counts)
    observed = np.diff([0, *((counts <= edge).sum() for edge in edges), len(counts)])
    assert observed[expected < 1e-6].sum() == 0
    likely = expected >= 1e-6
    if likely.sum() > 1:
        assert stats.chisquare(observed[likely], expected[likely]).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("name", ["assignment/asp-large", "assignment/orchestration-large"])
def test_large_presets(name):
    """A large preset has 10^6 tasks within 5 standard deviations on 10^4 servers, and needs little memory beyond its arrays."""
    tracemalloc.start()
    instance = scenario_named(name).instance(0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert abs(len(instance["task_arrival"]) - 1e6) < 5 * 1e3 + 1
    assert len(instance["server_capacity"]) == 10_000
    assert peak < 3 * sum(array.nbytes for array in instance.arrays.values())
