"""The pages as text: escaped, linked, complete, the same for the same results."""

import base64
import gzip
import html
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import PurePosixPath
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aigcbench.problems.incident import Incident
from aigcbench.report.leaderboard import boards_of
from aigcbench.report.site.builder import write_site
from aigcbench.report.site.content import SiteContent

VOID = {"meta", "link", "input", "line", "circle", "br"}
ENDED_BY = {"td": {"td", "th"}, "th": {"td", "th"}, "tr": {"td", "th", "tr"}}
"""What ends when an element begins."""
HOSTILE = "<script>alert(1)</script>"


class Outline(HTMLParser):
    """Collects elements and complains about tags that do not close, but for cells and rows, which need not."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.elements = [], []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        while self.stack and self.stack[-1] in ENDED_BY.get(tag, ()):
            self.stack.pop()
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.stack[-1] in ENDED_BY["tr"] and self.stack[-1] != tag:
            self.stack.pop()
        assert self.stack.pop() == tag


@pytest.fixture(scope="module")
def pages(site):
    """Text and elements of every page by its address."""
    found = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    return {page: (text, Outline(text).elements) for page, text in found.items()}


@pytest.fixture(scope="module")
def board_page(pages):
    """Text and elements of the scenario's page."""
    return pages["assignment/asp-paper.html"]


def test_pages_have_readable_names(pages):
    """Scenarios, instances and solvers lie where one would look for them."""
    assert {"index.html", "method.html", "solvers/index.html", "solvers/d2sac.html"} <= set(pages)
    assert {"assignment/asp-paper.html", "assignment/asp-paper/0.html", "assignment/asp-paper/11.html"} <= set(pages)
    assert all(re.fullmatch(r"[a-z0-9/.-]+", page) for page in pages)


def test_hostile_names_are_text(pages, board_page):
    """Markup in labels, families, details, cards and meta is escaped on every page."""
    for text, elements in pages.values():
        assert "img" not in {tag for tag, _ in elements}
        assert not {name for _, attributes in elements for name in attributes if name.startswith("on")}
        for hostile in (HOSTILE, "<i>heuristic</i>", "<img src=x", "<b>box</b>", "</script> noise", "<each>"):
            assert hostile not in text
    assert HOSTILE in html.unescape(board_page[0])
    assert "<img src=x onerror=alert(2)>" in html.unescape(board_page[0])


def test_scripts_are_our_own(pages):
    """Each page has the line that sets colours, the shared file, and packed data; nothing else."""
    for page, (_, elements) in pages.items():
        scripts = [attributes for tag, attributes in elements if tag == "script"]
        code = [attributes for attributes in scripts if attributes.get("type") != "text/plain"]
        assert code == [{}, {"src": f"{'../' * page.count('/')}assets/site.js", "defer": None}]


def test_figures_are_packed_json(board_page):
    """A figure's data holds any label, and none can end the element that it lies in."""
    blocks = re.findall(r'<script type="text/plain">([A-Za-z0-9+/=]*)</script>', board_page[0])
    assert len(blocks) > 2
    assert any(HOSTILE in json.dumps(json.loads(zlib.decompress(base64.b64decode(block)))) for block in blocks)


def test_every_link_leads_somewhere(site, pages):
    """All addresses are relative, and files and anchors that they name are there."""
    for page, (_, elements) in pages.items():
        for tag, attributes in elements:
            address = attributes.get("href") or attributes.get("src") or ""
            if not address or address == "data:,":
                continue
            assert not re.match(r"[a-z]+:|//|/", address), (page, tag, address)
            file, _, anchor = address.partition("#")
            target = _joined(page, file) if file else page
            assert (site / target).is_file(), (page, address)
            if anchor:
                assert anchor in {own.get("id") for _, own in pages[target][1]}, (page, address)


def test_nothing_is_loaded_from_anywhere(site):
    """Neither pages nor style nor behaviour name an address outside."""
    for path in [*site.rglob("*.html"), site / "assets/site.css", site / "assets/site.js"]:
        text = re.sub(r'"\$schema":"[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?:|@import|url\(", text), path


def test_sorted_right_at_first_sight(content, board_page):
    """Rows come best first, and the headings say so to a screen reader."""
    text, elements = board_page
    for board in boards_of(content.results):
        places = [text.index(f">{html.escape(s.label)}</a>") for s in board.standings]
        assert places == sorted(places)
    primary = [own["aria-sort"] for tag, own in elements if tag == "th" and own.get("data-column") == "primary"]
    assert primary == ["descending"] * 3


def test_every_heading_is_explained_and_named(pages):
    """Each sort button has an explanation, each heading a scope; each table is named."""
    for _, elements in pages.values():
        headings = [attributes for tag, attributes in elements if tag == "th"]
        assert all(heading.get("scope") in ("col", "row") for heading in headings)
        buttons = [attributes for tag, attributes in elements if tag == "button" and "id" not in attributes]
        assert all(button["data-tip"] for button in buttons)


def test_ids_are_unique(pages):
    """No page has an id twice."""
    for page, (_, elements) in pages.items():
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids)), page


def test_the_reader_is_told_limits_failures_and_what_was_verified(board_page, pages):
    """Limits, bound, failures with their detail, the rules, the command and the mark stand where they belong."""
    text = html.unescape(board_page[0])
    for words in ("60.0 s", "4.00 GB", "prices", "11/12", "torch is not installed"):
        assert words in text
    assert text.count('class="verified"') == 1
    assert "counts as the worst" in pages["method.html"][0]
    assert "aigcbench run plan.toml && echo '<done>'" in html.unescape(pages["index.html"][0])


def test_a_solver_page_says_what_it_is_and_what_went_wrong(pages):
    """Summary, reference, parameters with their meaning, and the diagnosis of every failed run."""
    text = html.unescape(pages["solvers/d2sac.html"][0])
    for words in ("Denoises </script> noise.", "Du et al. <2024>", "units of <each> layer", "hidden=256"):
        assert words in text
    assert "onerror=alert(2)" in html.unescape(pages["solvers/round-robin.html"][0])


def test_an_instance_page_has_bound_and_every_run(content, pages):
    """The bound with its method, and one row per solver that ran."""
    text, elements = pages["assignment/asp-paper/3.html"]
    assert "prices" in text
    runs = [own for tag, own in elements if tag == "tr" and own.get("class", "").startswith("series-")]
    assert len(runs) == content.results["label"].nunique()


def test_the_same_results_give_the_same_bytes(content, site, tmp_path):
    """Every file is byte-identical, whatever the order of rows."""
    shuffled = SiteContent(**(vars(content) | {"results": content.results.sample(frac=1.0, random_state=1)}))
    second = write_site(shuffled, tmp_path / "a" / "b").parent
    names = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    assert sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file()) == names
    assert [name for name in names if (site / name).read_bytes() != (second / name).read_bytes()] == []


def test_a_page_is_as_long_as_there_are_solvers(without_charts, table, tmp_path):
    """Ten times the runs are no more rows on the boards, and a page that is hardly heavier but for its list of instances."""
    sizes = []
    for instances in (10, 100):
        rng = np.random.default_rng(3)
        cells = [(f"s{s}", i, s + rng.normal()) for s in range(8) for i in range(instances)]
        page = write_site(SiteContent(table(*cells)), tmp_path / str(instances)).parent / "assignment/asp-paper.html"
        text = page.read_text(encoding="utf-8")
        boards, _, rest = text.partition('<section id="instances"')
        assert boards.count("data-family=") == 8
        sizes.append((len(boards), rest.count("<tr>") - 1))
    assert sizes[1][0] < 1.1 * sizes[0][0]
    assert sizes[1][1] - sizes[0][1] == 90


def test_a_site_without_results(without_charts, realistic, tmp_path):
    """An empty table still gives a sound page."""
    page = write_site(SiteContent(realistic.iloc[:0]), tmp_path)
    assert "No finished runs yet" in page.read_text(encoding="utf-8")


def test_a_site_on_which_nobody_has_a_score(without_charts, table, tmp_path):
    """Failures alone, without bounds and without metric columns, still give sound pages."""
    results = table(("a", 0, None, {"bound": np.nan}), ("b", 0, None, {"bound": np.nan, "status": "skipped"}))
    bare = results.drop(columns=[name for name in results if name.startswith("metric.")])
    write_site(SiteContent(bare), tmp_path)
    for path in tmp_path.rglob("*.html"):
        assert Outline(path.read_text(encoding="utf-8")).elements


def test_a_solver_page_says_which_task_crashed_what(without_charts, realistic, tmp_path):
    """Constraint, task, place and amount of the worst crash on the first instance of each scenario; markup in them is text."""
    crash = Incident("server capacity", 7, "task 412 on server 3", "17 steps wanted, <b>4</b> free")
    schedules = SimpleNamespace(specification=lambda sha256, key: None, incidents=lambda sha256, key: [crash])
    write_site(SiteContent(realistic, schedules=schedules), tmp_path)
    text = (tmp_path / "solvers/prophet.html").read_text(encoding="utf-8")
    assert text.count("task 412 on server 3") == 1
    for words in ("server capacity", ">7<", "17 steps wanted, &lt;b&gt;4&lt;/b&gt; free"):
        assert words in text
    assert "task 412" not in (tmp_path / "solvers/torch-solver.html").read_text(encoding="utf-8")


def test_the_overview_begins_with_the_scenario_that_most_solvers_ran(without_charts, table, tmp_path):
    """One line per formulation, with the best over all scenarios beside it."""
    levels = {"random": 20.0, "good": 60.0, "picky": 90.0}
    cells = [(label, n, level + n, {"bound": 100.0}) for n in range(6) for label, level in levels.items()]
    wide = table(*cells).assign(scenario="assignment/wide")
    narrow = table(*[cell for cell in cells if cell[0] != "picky"]).assign(scenario="assignment/narrow")
    narrow["instance_sha256"] += "-narrow"
    page = write_site(SiteContent(pd.concat([narrow, wide], ignore_index=True)), tmp_path).read_text(encoding="utf-8")
    glance = page[page.index('id="who-leads"') : page.index('id="every-scenario"')]
    assert "assignment/wide" in glance
    assert "assignment/narrow" not in glance
    assert ">picky</a>" in glance
    assert "all 2 scenarios: <b>good</b>" in glance


def test_two_limits_stand_on_one_page(without_charts, table, tmp_path):
    """Boards under other limits are sections of the scenario's page, with names of their own."""
    results = table(*[("a", 0, 1.0), ("a", 1, 2.0), ("a", 0, 3.0, {"wall_limit_s": 10.0})])
    write_site(SiteContent(results), tmp_path)
    text = (tmp_path / "assignment/asp-paper.html").read_text(encoding="utf-8")
    assert 'id="online"' in text
    assert 'id="online-2"' in text
    ids = [own["id"] for _, own in Outline(text).elements if "id" in own]
    assert len(ids) == len(set(ids))


def test_pandas_is_not_needed_to_read_the_data(site):
    """The rows as JSON: names of columns, and a list for each row."""
    document = json.loads(gzip.decompress((site / "data/results.json.gz").read_bytes()))
    assert set(document) == {"columns", "data"}
    assert len(document["data"]) == len(pd.read_parquet(site / "data/results.parquet"))


def _joined(page, address):
    """Where a relative address leads to."""
    parts = list(PurePosixPath(page).parent.parts)
    for part in PurePosixPath(address).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
