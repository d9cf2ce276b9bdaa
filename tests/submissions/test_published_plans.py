"""The plans of the published leaderboard."""

import pytest

from aigcbench.content import content_directory
from aigcbench.discovery import catalogue
from aigcbench.harness.checkpoints import checkpoint_paths, shipped_folder
from aigcbench.harness.plan import load_plan, plan_names

PLANS = {name: load_plan(name) for name in plan_names() if name.startswith("v1-")}


def test_every_solver_is_published():
    """Every solver that ships stands in a plan of every formulation that it solves; a learner in those that it was trained for."""
    root = str(content_directory("solvers"))
    published = {(name.split("-")[1], entry.card.name) for name, plan in PLANS.items() for entry in plan.solvers}
    paths = checkpoint_paths(shipped_folder())
    trained = {(path.parts[-3], path.name.partition("-seed")[0].partition("[")[0]) for path in paths}
    formulations = {formulation for formulation, _ in published}
    ships = {
        (formulation, card.name)
        for card in catalogue()[0].values()
        for formulation in formulations
        if card.location.startswith(root) and card.solves(formulation)
        if card.kind != "learner" or (formulation, card.name) in trained
    }
    assert ships - published == set()


def test_one_set_of_limits():
    """All plans have the same limits, so that their rows stand on the same boards, and one scenario's plans the same instances first."""
    assert len({plan.limits for plan in PLANS.values()}) == 1
    assert all(plan.instances == tuple(range(len(plan.instances))) for plan in PLANS.values())
    assert all(plan.seeds == (0,) for plan in PLANS.values())


@pytest.mark.parametrize("formulation", ["assignment", "offloading", "flow"])
def test_the_reference_is_among_them(formulation):
    """The solver whose score is the zero of the normalised score runs where the others do."""
    assert "random" in {entry.card.name for entry in PLANS[f"v1-{formulation}-policies"].solvers}
