"""Tests of the caching programs: piecewise-linear, in modes, nonlinear, and with names."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.optimization.constraint import WholeObjective, constraint_model, solve_constraints
from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.milp import solve_integer
from aigcbench.optimization.model_file import FORMATS
from aigcbench.problems.caching import named_program as named
from aigcbench.problems.caching.frame.solver import optimal_frame
from aigcbench.problems.caching.linear import cache_model, options_of
from aigcbench.problems.caching.modes import mode_model
from aigcbench.problems.caching.nonlinear import solve_nonlinear
from aigcbench.problems.caching.slot.terms import terms_of
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

PIECEWISE, CELLS = 0.005, 0.03  # how far below the optimum the programs' optima may be, relative


def frame_of(scenario, seed):
    """Terms, storage and capacity of an instance."""
    instance = scenario_named(f"caching/{scenario}").instance(seed)
    return terms_of(instance), instance["model_storage"], float(instance.parameters["storage_gb"])


def test_tangents_touch_the_upload_time():
    """The slope is that of the upload time, by finite differences."""
    terms, _, _ = frame_of("tiny", 0)
    options = options_of(terms, range(1))
    share = np.geomspace(1e-3, 0.9, len(options.snr))
    difference = (options.upload_time(share * (1 + 1e-6)) - options.upload_time(share * (1 - 1e-6))) / (2e-6 * share)
    np.testing.assert_allclose(options.upload_slope(share), difference, rtol=1e-6)


@pytest.mark.parametrize(("scenario", "seed"), [("tiny", 0), ("tiny", 1), ("tiny", 2), ("tiny", 3), ("paper", 0)])
def test_piecewise_linear_optimum_is_just_below_the_cost(scenario, seed):
    """The program's optimum bounds the frame's cost, to half a percent."""
    terms, storage, capacity = frame_of(scenario, seed)
    solution = solve_integer(cache_model(terms, range(1), storage, capacity).linear, "highs", Deadline(120.0), 1)
    cost = optimal_frame(terms, 0, storage, capacity).cost
    assert solution.optimal
    assert (1 - PIECEWISE) * cost <= -solution.bound <= cost * (1 + 1e-9)


@pytest.mark.parametrize(("scenario", "seed"), [("tiny", 0), ("tiny", 1), ("tiny", 2), ("tiny", 3), ("paper", 0)])
def test_modes_bound_the_cost(scenario, seed):
    """The optimum over modes bounds the frame's cost, to a few percent."""
    terms, storage, capacity = frame_of(scenario, seed)
    program = mode_model(terms, 0, storage, capacity)
    model, variables = constraint_model(program.linear)
    objective = WholeObjective(program.linear.objective, terms.request[0].size)
    solution = solve_constraints(model, variables, objective, Deadline(120.0), 1, 0)
    cost = optimal_frame(terms, 0, storage, capacity).cost
    assert solution.optimal
    assert (1 - CELLS) * cost <= -solution.bound <= cost * (1 + 1e-9)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(3))
def test_scip_agrees(seed):
    """The paper's equations as they stand have the same optimum, to SCIP's tolerances."""
    pytest.importorskip("pyscipopt")
    terms, storage, capacity = frame_of("tiny", seed)
    cache, bound = solve_nonlinear(terms, 0, storage, capacity, Deadline(60.0))
    best = optimal_frame(terms, 0, storage, capacity)
    assert (1 - 0.01) * best.cost <= bound <= best.cost * (1 + 1e-5)
    np.testing.assert_array_equal(cache, best.cache)


@pytest.mark.parametrize("suffix", ["mps", "lp"])
@pytest.mark.parametrize("seed", range(2))
def test_optimum_of_the_file_is_below_any_cost(seed, suffix, tmp_path):
    """Read back by another solver, the exported optimum is no higher than the exact one, and near it."""
    import highspy

    instance = scenario_named("caching/tiny").instance(seed)
    path = tmp_path / f"model.{suffix}"
    path.write_text(FORMATS[suffix](problem_of(instance).integer_program(instance)))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    optimum = solver.getInfo().objective_function_value * (-1 if suffix == "lp" else 1)
    terms, storage, capacity = frame_of("tiny", seed)
    cost = np.mean([optimal_frame(terms, frame, storage, capacity).cost for frame in range(2)])
    assert (1 - PIECEWISE) * cost <= optimum <= cost + 1e-6


def test_names_are_unique():
    """Each column and row has a name of its own that every format takes."""
    program = named.named_program(scenario_named("caching/mixed").instance(0))
    for names in (program.columns, program.rows):
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)
    assert program.linear.matrix.shape == (len(program.rows), len(program.columns))


def test_too_large(monkeypatch):
    """An instance of too many requests is refused before anything is built."""
    monkeypatch.setattr(named, "MAXIMUM_REQUESTS", 100)
    monkeypatch.setattr(named, "terms_of", None)
    with pytest.raises(InputError, match="at most 100 for an export"):
        named.named_program(scenario_named("caching/paper").instance(0))
