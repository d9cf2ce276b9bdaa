"""The exported program: read back by another solver, its optimum is that of the instance."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.optimization.model_file import FORMATS
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

TINY = [("asp-tiny", 2), ("asp-tiny", 7), ("orchestration-tiny", 0), ("orchestration-tiny", 5)]


def with_rejection(instance, allowed):
    """The instance with rejection allowed or not."""
    return replace(instance, parameters=dict(instance.parameters) | {"reject_allowed": allowed})


def optimum_of_file(program, suffix, folder):
    """Optimum (as a maximum) and chosen column names of the written file, by HiGHS."""
    import highspy

    path = folder / f"model.{suffix}"
    path.write_text(FORMATS[suffix](program))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    values = np.array(solver.getSolution().col_value)
    names = [solver.getLp().col_names_[k] for k in np.flatnonzero(values > 0.5)]
    objective = solver.getInfo().objective_function_value
    return (objective if suffix == "lp" else -objective), names


@pytest.mark.parametrize("suffix", ["mps", "lp"])
@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(("scenario", "seed"), TINY)
def test_optimum_is_that_of_brute_force(scenario, seed, allowed, suffix, brute_force, tmp_path):
    """Both formats, with rejection and (small enough for the model of crashes) without."""
    instance = with_rejection(scenario_named(f"assignment/{scenario}").instance(seed), allowed)
    program = problem_of(instance).integer_program(instance)
    assert optimum_of_file(program, suffix, tmp_path)[0] == pytest.approx(brute_force(instance), abs=1e-7)


def test_names_are_decisions(tmp_path):
    """The tasks and services in the names of the columns that are 1 are decisions of the optimal score."""
    instance = with_rejection(scenario_named("assignment/orchestration-tiny").instance(3), True)
    problem = problem_of(instance)
    optimum, names = optimum_of_file(problem.integer_program(instance), "lp", tmp_path)
    decisions = np.full(problem.n_requests(instance), -1, np.int64)
    for name in names:
        if name.startswith("task"):
            task, service = name.removeprefix("task").split("_service")
            decisions[int(task)] = int(service)
    assert problem.check(instance, {"service": decisions})["utility"] == pytest.approx(optimum)


@pytest.mark.parametrize("allowed", [False, True])
def test_names_are_unique_and_plain(allowed):
    """Every column and row has a name of its own that both formats can carry."""
    instance = with_rejection(scenario_named("assignment/asp-tiny").instance(1), allowed)
    program = problem_of(instance).integer_program(instance)
    for names in (program.columns, program.rows):
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)
    assert program.linear.matrix.shape == (len(program.rows), len(program.columns))


def test_the_notes_tell_a_relaxation():
    """Beyond the size of the crash model an instance without rejection is only bounded, and the file says so."""
    paper = scenario_named("assignment/asp-paper").instance(0)
    assert any("may not be reached" in note for note in problem_of(paper).integer_program(paper).notes)
    stress = scenario_named("assignment/asp-stress2").instance(0)
    assert not any("may not be reached" in note for note in problem_of(stress).integer_program(stress).notes)


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_nothing_fits(suffix, assignment_instance, tmp_path):
    """A fleet without capacity, where no task has a column, still gives a file that reads back."""
    instance = assignment_instance([0, 0], [0, 1], [[0.0, 0.0, 1.0, 1.0]] * 2, [[0.5], [0.25]], [(0.0, 5, 1.0, 0)])
    program = problem_of(instance).integer_program(instance)
    assert optimum_of_file(program, suffix, tmp_path)[0] == pytest.approx(0.0)


def test_a_name_from_a_file_cannot_break_the_format(assignment_instance):
    """Line breaks and blanks in a scenario's name do not reach the file."""
    instance = assignment_instance([5], [0], [[0.0, 0.0, 1.0, 1.0]], [[0.5]], [(0.0, 5, 1.0, 0)])
    program = problem_of(instance).integer_program(replace(instance, scenario="a b\nENDATA é"))
    assert program.name == "a_b_ENDATA___0"
    assert not any("\n" in note for note in program.notes)


def test_too_large():
    """An instance of too many tasks is refused before anything is built."""
    instance = scenario_named("assignment/asp-paper").instance(0)
    arrays = {name: np.tile(instance[name], 60) for name in ("task_steps", "task_runtime", "task_type")}
    arrays["task_arrival"] = np.sort(np.tile(instance["task_arrival"], 60))
    large = replace(instance, arrays=dict(instance.arrays) | arrays)
    with pytest.raises(InputError, match="at most 1000000 for an export"):
        problem_of(large).integer_program(large)
