"""The exported program: read back by another solver, its optimum is that of the instance."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.optimization.model_file import FORMATS
from aigcbench.problems.offloading import named_program as exports
from aigcbench.problems.offloading.checker import check
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def optimum_of_file(program, suffix, folder):
    """Optimum (as a mean delay) and chosen column names of the written file, by HiGHS."""
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
    return (-objective if suffix == "lp" else objective), names


@pytest.mark.parametrize("suffix", ["mps", "lp"])
@pytest.mark.parametrize("seed", range(8))
def test_optimum_is_that_of_brute_force(seed, suffix, random_instance, brute_force, tmp_path):
    """Both formats, on instances with empty slots, idle stations and slow transmission; the chosen names are its decisions."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, int(rng.integers(1, 4)), int(rng.integers(1, 5)), 3)
    while len(instance["task_work"]) > 9:
        instance = random_instance(rng, 3, 3, 3)
    optimum, names = optimum_of_file(problem_of(instance).integer_program(instance), suffix, tmp_path)
    assert optimum == pytest.approx(-brute_force(instance), abs=1e-6)
    pairs = [name.removeprefix("task").split("_station") for name in names if name.startswith("task")]
    station = np.zeros(len(instance["task_work"]), np.int64)
    for task, chosen in pairs:
        station[int(task)] = int(chosen)
    assert len(pairs) == len(station)
    assert check(instance, station)["mean_delay"] == pytest.approx(optimum, abs=1e-6)


def test_golden_optimum(brute_forced, tmp_path):
    """The public code's brute-forced optimum is the program's."""
    instance, optimum = brute_forced
    found, _ = optimum_of_file(exports.named_program(instance), "mps", tmp_path)
    assert found == pytest.approx(optimum["mean_delay"], abs=1e-7)


def test_too_large_for_text():
    """Instances of paper size are refused before anything is built."""
    with pytest.raises(InputError, match="tasks x stations; expected at most 300000"):
        exports.named_program(scenario_named("offloading/paper").instance(0))
