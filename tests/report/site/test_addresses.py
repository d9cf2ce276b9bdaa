"""Where pages lie."""

import pytest

from aigcbench.report.site import addresses


def test_names_of_the_catalogue_are_kept():
    """What is a good file name already stays readable."""
    assert addresses.scenario_page("assignment/asp-paper") == "assignment/asp-paper.html"
    assert addresses.solver_page("d2sac-fast") == "solvers/d2sac-fast.html"
    digest = "f" * 64
    assert addresses.instance_pages([("flow/x2", "flow/x2#train7", digest)]) == {digest: "flow/x2/train7.html"}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "", ".", "..", "CON", "<b>", "A", "ä", "x" * 300, "index", "a\0"]
)
def test_other_names_cannot_lead_astray(name):
    """Any text becomes one plain file name that no other text has."""
    slug = addresses.slug(name)
    assert addresses.SAFE.fullmatch(slug)
    assert ".." not in slug
    assert len(slug) <= 80
    assert addresses.slug(name + " ") != slug


def test_scenarios_stay_below_the_top():
    """No scenario lies where the site's own files do."""
    for scenario in ("data/results", "assets/site", "solvers/x", "../x", "plain", "a/b/c/d/e/f"):
        page = addresses.scenario_page(scenario)
        assert page.split("/")[0] not in ("assets", "data", "solvers")
        assert ".." not in page


def test_instances_of_one_name_are_told_apart():
    """Two versions of an instance get a part of their hash."""
    pages = addresses.instance_pages([("a/b", "a/b#0", "1" * 64), ("a/b", "a/b#0", "2" * 64)])
    assert sorted(pages.values()) == ["a/b/0-111111111111.html", "a/b/0-222222222222.html"]


def test_numbers_sort_as_numbers():
    """The tenth instance comes after the ninth."""
    names = ["x#10", "x#9", "x#train1", "x#0"]
    assert sorted(names, key=addresses.natural) == ["x#0", "x#9", "x#10", "x#train1"]
