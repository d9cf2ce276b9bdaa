"""The exported program of flow instances: read back by another solver, its optimum bounds every score."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.optimization.model_file import FORMATS
from aigcbench.problems.flow import named_program as named
from aigcbench.problems.flow.bound import bound
from aigcbench.problems.flow.exhaustive import best_sequence
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def optimum_of_file(program, suffix, folder):
    """Optimum (as a maximum) of the written file, by HiGHS."""
    import highspy

    path = folder / f"model.{suffix}"
    path.write_text(FORMATS[suffix](program))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    objective = solver.getInfo().objective_function_value
    return objective if suffix == "lp" else -objective


@pytest.mark.parametrize("suffix", ["mps", "lp"])
@pytest.mark.parametrize("seed", range(6))
def test_optimum_is_between_the_best_score_and_the_bound(seed, suffix, tmp_path):
    """Whole flows bound the score at least as well as the linear relaxation does."""
    instance = scenario_named("flow/tiny").instance(seed)
    optimum = optimum_of_file(problem_of(instance).integer_program(instance), suffix, tmp_path)
    assert best_sequence(instance)[0] - 1e-7 <= optimum <= bound(instance, 60.0).value + 1e-7


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_no_flow_can_be_completed(suffix, flow_instance, tmp_path):
    """An instance whose flows have no column still gives a file that reads back."""
    program = named.named_program(flow_instance([8.0], [(0, 2.0, 1.0, 40.0, 1.0, 2)]))
    assert optimum_of_file(program, suffix, tmp_path) == pytest.approx(0.0)


def test_names_are_unique():
    """Each column and row has a name of its own that every format takes."""
    program = named.named_program(scenario_named("flow/paper").instance(0))
    for names in (program.columns, program.rows):
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)
    assert program.linear.matrix.shape == (len(program.rows), len(program.columns))
    assert np.isclose(
        program.linear.objective.max(), 3 / scenario_named("flow/paper").instance(0)["flow_priority"].sum()
    )


def test_too_large(monkeypatch):
    """An instance of too many flows is refused before anything is built."""
    monkeypatch.setattr(named, "MAXIMUM_MODES", 100)
    monkeypatch.setattr(named, "knapsack_model", None)
    with pytest.raises(InputError, match="at most 100 for an export"):
        named.named_program(scenario_named("flow/paper").instance(0))
