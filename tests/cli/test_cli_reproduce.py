"""``aigcbench reproduce``."""

import pytest

from aigcbench.report.reproduction import catalogue
from aigcbench.report.reproduction.catalogue import SCHEMA, load_paper

PAPER = """\
schema = "%s"
title = "A paper"
source = "Its table"
formulation = "assignment"

[[figures]]
name = "tiny-table"
printed_in = "Table I"
title = "Utility"
text = "On two tiny instances."
plan = "%s"
scenarios = ["assignment/asp-tiny"]
metric = "utility"
values = [{ solver = "prophet", published = 5 }, { solver = "random", published = 2 }]
orders = [{ better = "prophet", worse = "random" }]
"""


@pytest.fixture
def tiny_paper(tmp_path, plan_file, monkeypatch):
    """The only paper there is, whose figure the tiny plan measures."""
    path = tmp_path / "tiny.toml"
    path.write_text(PAPER % (SCHEMA, plan_file))
    paper = load_paper(path)
    monkeypatch.setattr(catalogue, "papers", lambda: (paper,))


def test_list(cli):
    """Every paper with its figures."""
    answer = cli("reproduce", "--list")
    assert answer.code == 0
    assert "lad-ts-fig7b" in answer.out
    assert "Table III" in answer.out


def test_a_figure_is_run_and_compared(cli, tiny_paper, tmp_path):
    """Rows are made once, compared with what is printed, and the report can be had as Markdown."""
    store, report = tmp_path / "r.sqlite", tmp_path / "report.md"
    answer = cli("reproduce", "tiny-table", "--store", store)
    assert answer.code == 0
    assert "Table I: Utility" in answer.out
    assert "2 instances" in answer.out
    assert cli("reproduce", "--store", store).out == answer.out
    assert cli("reproduce", "tiny", "--no-run", "--store", store).out == answer.out
    assert cli("reproduce", "--store", store, "--markdown", report).code == 0
    assert "| prophet | 5 |" in report.read_text()


def test_bad_input(cli, tmp_path):
    """Unknown figures and missing stores are one line."""
    cli("reproduce", "fig-99", "--store", tmp_path / "r.sqlite").assert_refused("fig-99", "d2sac-table3")
    cli("reproduce", "--store", tmp_path / "none.sqlite").assert_refused("none.sqlite", "no such file")
