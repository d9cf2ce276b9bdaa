"""Integer programs as MPS and LP text, read back by HiGHS and CBC."""

import subprocess

import numpy as np
import pytest

from aigcbench.optimization.linear import LinearProgramBuilder
from aigcbench.optimization.model_file import FORMATS, NamedProgram


@pytest.fixture
def program():
    """Every kind of row, bound and column; the optimum is 7.3 at x = 2, y = 1.5, z = 0, loose = -0.5, fixed = 0."""
    builder = LinearProgramBuilder()
    builder.add_columns(1, 2.9, np.inf, integer=True)
    builder.add_columns(4, np.array([1.0, 0.0, 0.0, 5.0]), np.array([4.0, 1.0, np.inf, 0.0]), integer=False)
    builder.add_row([(0, 1.0)], -np.inf, 2.7)
    builder.add_row([(1, 1.0), (3, 1.0)], 1.0, 1.0)
    builder.add_row([(0, -1.0), (1, 2.0)], 0.25, 1.0)
    builder.add_row([(3, 1.0)], -2.0, np.inf)
    builder.add_row([], -np.inf, 1.0)
    builder.add_row([(2, 1.0)], -np.inf, np.inf)
    linear = builder.build()
    linear.lower[3] = -np.inf
    columns, rows = ["x", "y", "z", "loose", "fixed"], ["r0", "balance", "ranged", "r3", "empty", "unlimited"]
    return NamedProgram("small", ("A comment.",), linear, columns, rows)


def highs_optimum(path):
    """Column names, values and objective of a file by HiGHS."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    values = dict(zip(solver.getLp().col_names_, solver.getSolution().col_value, strict=True))
    return values, solver.getInfo().objective_function_value


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_highs_reads_it_back(program, suffix, tmp_path):
    """The optimum and its place, by column names, are the program's."""
    path = tmp_path / f"small.{suffix}"
    path.write_text(FORMATS[suffix](program))
    values, objective = highs_optimum(path)
    assert {name: value for name, value in values.items() if name != "z"} == pytest.approx(
        {"x": 2.0, "y": 1.5, "loose": -0.5, "fixed": 0.0}
    )
    assert objective == pytest.approx(-7.3 if suffix == "mps" else 7.3)


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_cbc_reads_it_back(program, suffix, tmp_path):
    """Another family of solvers gives the same value, whichever way it optimises by default."""
    import pulp

    path, solution = tmp_path / f"small.{suffix}", tmp_path / "solution.txt"
    path.write_text(FORMATS[suffix](program))
    command = [pulp.apis.PULP_CBC_CMD.pulp_cbc_path, str(path), "solve", "solution", str(solution), "quit"]
    subprocess.run(command, check=True, capture_output=True)
    rows = [line.split() for line in solution.read_text().splitlines()[1:]]
    values = {row[1]: float(row[2]) for row in rows if row[1] in ("x", "y")}
    assert values == {"x": 2.0, "y": 1.5}


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_numbers_keep_every_bit(program, suffix):
    """A coefficient that has no short decimal form is written out in full; whole numbers are written short."""
    program.linear.objective[0] = 0.1 + 0.2
    text = FORMATS[suffix](program)
    assert "0.30000000000000004" in text
    assert ".0 " not in text


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_lines_are_short(suffix):
    """A row over many columns spans several lines, since readers limit their length."""
    builder = LinearProgramBuilder()
    columns = builder.add_columns(100, 1 / 3, 1.0, integer=True)
    builder.add_row([(int(column), 1 / 3) for column in columns], -np.inf, 1.0)
    names = [f"column_number{k}" for k in columns]
    text = FORMATS[suffix](NamedProgram("long", (), builder.build(), names, ["only"]))
    assert max(map(len, text.splitlines())) < 255
