"""The papers' figures as data."""

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.plan import load_plan
from aigcbench.problems.problem import problem_named
from aigcbench.report.reproduction.catalogue import SCHEMA, figures_named, load_paper, papers
from aigcbench.scenario import scenario_named

COLUMNS = {"training_cpu_seconds", "decision_p50_s"}
PAPER = f"""\
schema = "{SCHEMA}"
title = "A paper"
source = "Its table"
formulation = "assignment"

[[figures]]
name = "one"
printed_in = "Table I"
title = "Reward"
text = "As printed."
scenarios = ["assignment/asp-tiny"]
metric = "reward"
values = [{{ solver = "random", published = 3 }}]
"""


def figures():
    """Every shipped figure with its paper."""
    return [pytest.param(paper, figure, id=figure.name) for paper in papers() for figure in paper.figures]


@pytest.mark.parametrize(("paper", "figure"), figures())
def test_every_claim_can_be_measured_by_its_plan(paper, figure):
    """Scenarios, metrics and solvers of each claim exist, are of the paper's formulation, and are in the figure's plan."""
    claims = [claim for claim in (*figure.values, *figure.orders) if claim.solver]
    assert bool(claims) == bool(figure.plan)
    if not claims:
        return
    plan = load_plan(figure.plan)
    planned = {entry.card.label(entry.card.validated(entry.parameters)) for entry in plan.solvers}
    metrics = {metric.name for metric in problem_named(paper.formulation).metrics} | COLUMNS
    for claim in claims:
        assert {scenario_named(name).formulation for name in claim.scenarios} == {paper.formulation}
        assert set(claim.scenarios) <= set(plan.scenarios)
        assert claim.metric in metrics
        assert {claim.solver, claim.against or claim.solver} <= planned


def test_names_are_unique():
    """A name means one figure or one paper."""
    names = [paper.name for paper in papers()] + [figure.name for paper in papers() for figure in paper.figures]
    assert len(set(names)) == len(names)


def test_numbers_without_anything_of_ours_say_why():
    """What nothing here corresponds to has a reason."""
    assert all(value.solver or value.reason for paper in papers() for fig in paper.figures for value in fig.values)


def test_figures_by_name():
    """A paper's name means all its figures; an unknown one is refused with those that there are."""
    assert [figure.name for figure in figures_named("adsac")] == ["adsac-utility", "adsac-crashes"]
    assert figures_named("d2sac-table3")[0].printed_in == "Table III"
    with pytest.raises(InputError, match="d2sac-table3"):
        figures_named("table-99")


def test_a_figure_is_data(tmp_path):
    """A file of a few lines is a paper with a figure."""
    path = tmp_path / "mine.toml"
    path.write_text(PAPER)
    paper = load_paper(path)
    (value,) = paper.figures[0].values
    assert (paper.name, value.name, value.published, value.statistic) == ("mine", "random", 3.0, "mean")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('metric = "reward"', "", "no metric"),
        ('printed_in = "Table I"', "", "printed_in"),
        ('title = "Reward"', "", "title"),
        ("published", "publishd", "publishd"),
        ('solver = "random",', 'solver = "random", statistic = "median",', "median"),
    ],
)
def test_mistakes_are_named(tmp_path, old, new, word):
    """A wrong file is refused with what is wrong."""
    path = tmp_path / "mine.toml"
    path.write_text(PAPER.replace(old, new))
    with pytest.raises(InputError, match=word):
        load_paper(path)
