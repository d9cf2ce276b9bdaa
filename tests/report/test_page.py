"""The leaderboard page and the files beside it."""

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from aigcbench.report.leaderboard import boards_of
from aigcbench.report.page import build_page, write_leaderboard
from aigcbench.report.plot import axis_of

META = {"command": "aigcbench run plan.toml && echo '<done>'", "machine": "<b>box</b>"}
VOID = {"meta", "link", "input", "line", "circle"}


class Outline(HTMLParser):
    """Collects elements and complains about tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.elements = [], []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_hostile_names_are_text(realistic):
    """Markup in labels, families, details and meta is escaped; the page's own script is the only one."""
    page = build_page(realistic, META)
    tags = [tag for tag, _ in Outline(page).elements]
    assert tags.count("script") == 1
    assert "img" not in tags
    for text in ("<script>alert(1)</script>", "<i>heuristic</i>", "<img src=x", "<b>box</b>", "'<done>'"):
        assert text not in page
        assert text in html.unescape(page)


def test_nothing_is_loaded_from_anywhere(realistic):
    """The page has no external address, and only links to its anchors and the files beside it."""
    page = build_page(realistic, META)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    links = {attributes["href"] for tag, attributes in Outline(page).elements if "href" in attributes}
    assert links == {"data:,", "#boards", "#scenario-1", "standings.csv", "standings.json"}
    assert not [attributes for _, attributes in Outline(page).elements if "src" in attributes]


def test_sorted_right_at_first_sight(realistic):
    """Rows come best first, and the headings say so to a screen reader."""
    page = build_page(realistic, META)
    elements = Outline(page).elements
    for board in boards_of(realistic):
        places = [page.index(f'data-value="{html.escape(s.label)}"') for s in board.standings]
        assert places == sorted(places)
    primary = [a["aria-sort"] for tag, a in elements if tag == "th" and a.get("class") == "primary"]
    assert primary == ["descending"] * 3


def test_every_heading_is_explained_for_mouse_and_keyboard(realistic):
    """Each sort button has a title and points to an entry of the legend."""
    elements = Outline(build_page(realistic, META)).elements
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    buttons = [attributes for tag, attributes in elements if tag == "button"]
    assert buttons
    assert all(button["title"] and button["aria-describedby"] in ids for button in buttons)


def test_the_reader_is_told_the_rules_and_the_failures(realistic):
    """Limits, bound, failure rule, failure details and the command stand on the page."""
    page = html.unescape(build_page(realistic, META))
    for text in (
        "60.0 s",
        "4.00 GB",
        "prices",
        "counts as the worst",
        "11/12",
        "torch is not installed",
        META["command"],
    ):
        assert text in page


def test_the_same_input_gives_the_same_bytes(realistic, tmp_path):
    """Page, CSV and JSON are byte-identical, whatever the order of rows."""
    shuffled = realistic.sample(frac=1.0, random_state=1)
    first = write_leaderboard(realistic, tmp_path / "first" / "site", META).parent
    second = write_leaderboard(shuffled, tmp_path / "second", META).parent
    names = sorted(path.name for path in first.iterdir())
    assert names == ["index.html", "standings.csv", "standings.json"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_csv_and_json_carry_the_standings(realistic, tmp_path):
    """Both hold every standing; what is unknown is empty or null."""
    write_leaderboard(realistic, tmp_path, META)
    flat = pd.read_csv(tmp_path / "standings.csv")
    boards = json.loads((tmp_path / "standings.json").read_text())["boards"]
    assert len(flat) == sum(len(board["standings"]) for board in boards) == 7
    best = boards[0]["standings"][0]
    assert (flat["label"][0], flat["primary"][0]) == (best["label"], best["primary"]["value"])
    assert boards[2]["standings"][0]["decision_p50_s"] is None


def test_a_page_without_results(realistic):
    """An empty store still gives a sound page."""
    assert "No finished runs yet" in build_page(realistic.iloc[:0], {})


def test_a_page_on_which_nobody_has_a_score(table):
    """Failures alone, without bounds and without metric columns, still give a sound page."""
    results = table(("a", 0, None, {"bound": np.nan}), ("b", 0, None, {"bound": np.nan, "status": "skipped"}))
    bare = results.drop(columns=[name for name in results if name.startswith("metric.")])
    page = Outline(build_page(bare, {})).elements
    assert any(attributes.get("id") == "failures-title" for _, attributes in page)


def test_axis_runs_from_random_to_the_bound(realistic):
    """Random stands left, the bound right, better scores further right, and far worse ones are clipped."""
    boards = boards_of(realistic)
    axis = axis_of(boards)
    assert axis.reference < axis.place(70.0) < axis.place(90.0) < axis.bound
    assert axis.place(boards[0].reference) == axis.reference
    dots = [axis.mark(standing.primary).dot for standing in boards[0].standings[:3]]
    assert dots == sorted(dots, reverse=True)
    assert axis.place(-1e9) == axis.place(axis.worst)


def test_axis_without_references_spans_the_means(table):
    """Without a bound there are no reference marks, and the best is at the right end."""
    results = table(("a", 0, 10.0, {"bound": np.nan}), ("b", 0, 30.0, {"bound": np.nan}))
    axis = axis_of(boards_of(results))
    assert (axis.worst, axis.best, axis.reference, axis.bound) == (10.0, 30.0, None, None)
