"""Learned prices: what is learned from trials, and the policy that it makes."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.problems.assignment.bidding.experience import UtilityGrid, demand_seen, try_at_random, utility_seen
from aigcbench.problems.assignment.model import utility_table
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import task_named

SMALL = "assignment/asp-100"


class Run:
    """A `TrainingRun` whose validation prefers later rules."""

    saved = None

    def __init__(self):
        self.reports, self.validated = [], 0

    def validate(self, weights):
        self.validated += 1
        return float(self.validated)

    def report(self, metrics):
        self.reports.append(metrics)

    def cpu_seconds(self):
        return 0.0


def trained(solver, scenario, seed=0, **parameters):
    learner = solver("learned-prices")(**{"environments": 8, "episodes": 2, "generations": 6} | parameters)
    environments = task_named(scenario).environments(*learner.environment_batch(), 3)
    run = Run()
    return learner, learner.train(environments, Budget(), np.random.default_rng(seed), run), run


@pytest.mark.parametrize("scenario", [SMALL, "assignment/orchestration-paper"])
def test_trials_tell_utilities_and_demand(scenario):
    """Every kind that was tried where it fits has its true utility, and episodes begin anew after each end."""
    environments = task_named(scenario).environments(8, "online", 1)
    context = environments.unwrapped.operator_context()
    trials = try_at_random(environments, context, 2, np.random.default_rng(0))
    grid, instance = utility_seen(trials, context), scenario_named(scenario).instance(0, "validation")
    fleet = instance["utility_line"], instance["type_quality"], instance.parameters["quality_weight"]
    steps, types = trials.steps[trials.fits], trials.type[trials.fits]
    known = np.arange(len(steps)), trials.service[trials.fits]
    found, expected = grid.of(steps, types)[known], utility_table(*fleet, steps, types)[known]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    demand = demand_seen(trials, 2, context["horizon_s"])
    assert len(demand.first) == 17
    assert all((np.diff(demand.arrival[a:b]) >= 0).all() for a, b in zip(demand.first, demand.first[1:]))
    assert demand.arrival.max() <= context["horizon_s"]


def test_grid_is_linear_between_what_it_knows():
    """Steps between two known ones yield what lies between, those beyond the ends what the ends yield."""
    grid = UtilityGrid(np.array([10.0, 20.0]), np.array([[[1.0, 4.0], [3.0, 0.0]]]))
    found = grid.of(np.array([0.0, 10.0, 15.0, 20.0, 30.0]), np.zeros(5, np.int64))
    assert found.tolist() == [[1.0, 4.0], [1.0, 4.0], [2.0, 2.0], [3.0, 0.0], [3.0, 0.0]]


def test_training_is_deterministic_and_returns_what_validates_best(solver):
    """Equal seeds give equal weights, all finite; another seed gives others."""
    weights = [trained(solver, SMALL, seed)[1] for seed in (0, 0, 1)]
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not np.array_equal(weights[0]["prices"], weights[2]["prices"])
    assert all(np.isfinite(array).all() for array in weights[0].values())


def test_prices_beat_the_informed_prophet_in_overload(solver, play):
    """At three times the load it gains more than a tenth of what the prophet earns, seeing less."""
    learner, weights, run = trained(solver, "assignment/asp-stress3", environments=16, episodes=1)
    assert [report["updates"] for report in run.reports] == [1, 2, 3, 4, 5, 6]
    instance = scenario_named("assignment/asp-stress3").instance(0, "validation")
    ours, prophets = (
        score(instance, play(policy, instance).decisions)["utility"]
        for policy in (learner.policy(weights), solver("prophet")())
    )
    assert ours > 1.05 * prophets


def test_fleets_that_are_drawn_cannot_be_learned(solver):
    """Where every instance has a fleet of its own there is nothing to know in advance."""
    with pytest.raises(InputError, match="a fixed fleet"):
        trained(solver, "assignment/asp-tiny")
