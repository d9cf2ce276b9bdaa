"""The site in a real browser: what a reader can do with mouse, keyboard and address bar."""

import pytest

pytestmark = pytest.mark.heavy
PAGE = "assignment/asp-paper.html"
NAMES = "#online tbody tr:not([hidden]) .name"


def names(tab):
    """Solvers of the first table that are to be seen, from the top."""
    return tab.locator(NAMES).all_inner_texts()


def test_sort_by_click_and_by_keyboard(visit):
    """The first click sorts best first, the second turns it around; Enter does the same; the heading says so."""
    tab = visit(PAGE)
    best_first = names(tab)
    heading = tab.locator("#online th.primary")
    assert heading.get_attribute("aria-sort") == "descending"
    heading.get_by_role("button").click()
    assert names(tab) == [*best_first[-2::-1], "torch-solver"]  # which has no score
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").focus()
    tab.keyboard.press("Enter")
    assert names(tab) == best_first
    tab.locator("#online th.solver button").first.click()
    assert names(tab) == sorted(best_first)
    assert heading.get_attribute("aria-sort") == "none"


def test_values_that_are_missing_come_last_either_way(visit):
    """A failed solver has no decision time; it stays at the end."""
    tab = visit(PAGE)
    column = "#online td.latency"
    for _ in range(2):
        tab.locator("#online th.latency button").click()
        values = tab.locator(column).evaluate_all("cells => cells.map(cell => cell.dataset.value)")
        filled = [value for value in values if value]
        assert values[: len(filled)] == filled


def test_filter_by_text_and_family(visit):
    """Rows that do not match go, empty boards too; how many are left is told."""
    tab = visit(PAGE)
    tab.get_by_label("Filter").fill("d2sac hidden=256")
    assert [name[:5] for name in names(tab)] == ["d2sac"]
    assert tab.locator("#clairvoyant").is_hidden()
    counts = tab.locator("#row-count")
    assert counts.inner_text() == "1 of 7 rows"
    assert counts.get_attribute("aria-live") == "polite"
    tab.get_by_label("Filter").fill("")
    tab.get_by_label("Family").select_option("<i>heuristic</i>")
    assert tab.locator(".filterable tbody tr:not([hidden])").count() == 1
    tab.get_by_role("button", name="Reset").click()
    assert tab.locator(".filterable tbody tr:not([hidden])").count() == 7


def test_choose_columns(visit):
    """A column that is ticked off goes from heading and rows of every table."""
    tab = visit(PAGE)
    tab.get_by_text("Columns", exact=True).click()
    box = tab.locator("input[value=gap]")
    shown = box.is_checked()
    box.set_checked(not shown)
    cells = tab.locator(".board th.gap, .board td.gap")
    assert cells.count() == 3 + 7
    assert {cells.nth(n).is_visible() for n in range(cells.count())} == {not shown}


def test_the_address_brings_back_what_was_chosen(visit):
    """Sort, filter and columns stand in the address; another reader who opens it sees the same."""
    tab = visit(PAGE)
    tab.locator("#online th.latency button").click()
    tab.get_by_label("Filter").fill("r")
    tab.get_by_text("Columns", exact=True).click()
    tab.locator("input[value=crash]").uncheck()
    seen, address = names(tab), tab.url.partition("#")[2]
    assert "sort=online:latency:ascending" in address
    other = visit(f"{PAGE}#{address}")
    assert names(other) == seen
    assert other.get_by_label("Filter").input_value() == "r"
    assert other.locator("#online th.latency").get_attribute("aria-sort") == "ascending"
    assert other.locator("#online th.crash").is_hidden()


def test_a_broken_address_is_no_harm(visit):
    """Columns and tables that are not there, and markup, are left alone."""
    tab = visit(f"{PAGE}#sort=nobody:x:up,online:<b>:ascending&columns=<i>&family=none&filter=%3Cscript%3E")
    assert tab.locator(".filterable tbody tr:not([hidden])").count() == 1


def test_headings_are_explained_on_hover_and_on_focus(visit):
    """Pointer and keyboard both show the explanation; Escape takes it away."""
    tab = visit(PAGE)
    tip = tab.get_by_role("tooltip")
    tab.locator("#online th.primary button").hover()
    assert "higher is better" in tip.inner_text()
    tab.mouse.move(0, 0)
    assert tip.is_hidden()
    tab.locator("#online th.latency button").focus()
    assert "decision" in tip.inner_text().lower()
    tab.keyboard.press("Escape")
    assert tip.is_hidden()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(visit, system):
    """Colours follow the system until the reader chooses; the choice holds on the next page, and charts follow."""
    tab = visit(PAGE, color_scheme=system)
    ground = "getComputedStyle(document.body).backgroundColor"
    first = tab.evaluate(ground)
    tab.locator("#figures").scroll_into_view_if_needed()
    tab.locator(f".chart[data-drawn={system}]").first.wait_for()
    tab.locator("#theme").click()
    assert tab.evaluate(ground) != first
    other = {"light": "dark", "dark": "light"}[system]
    tab.locator(f".chart[data-drawn={other}]").first.wait_for()
    chosen = tab.evaluate(ground)
    with tab.expect_navigation():
        tab.get_by_role("link", name="Leaderboard", exact=True).first.click()
    assert tab.evaluate(ground) == chosen


def test_figures_are_drawn_and_saved(visit):
    """Every figure becomes a picture, and can be had as SVG and PNG from the browser."""
    tab = visit(PAGE)
    charts = tab.locator(".chart")
    assert charts.count() > 2
    for n in range(charts.count()):
        charts.nth(n).scroll_into_view_if_needed()
        charts.nth(n).locator("svg.marks").wait_for()
    for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with tab.expect_download() as download:
            charts.first.locator(f"[data-save={kind}]").click()
        assert download.value.suggested_filename.endswith(f".{kind}")
        assert download.value.path().read_bytes().startswith(start)


def test_hostile_names_do_nothing(visit):
    """A label with a script in it is read as text, on the page and in the charts; nobody has called alert."""
    tab = visit(PAGE)
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    assert "<script>alert(1)</script>" in tab.locator("#clairvoyant").inner_text()
    tab.get_by_label("Filter").fill("<script>")
    assert tab.locator(".filterable tbody tr:not([hidden])").count() == 1


@pytest.mark.parametrize(
    "page",
    ["index.html", PAGE, "assignment/asp-paper/3.html", "solvers/d2sac.html", "solvers/index.html", "method.html"],
)
def test_fits_on_a_phone(visit, page):
    """No page scrolls sideways at 360 pixels."""
    tab = visit(page)
    tab.set_viewport_size({"width": 360, "height": 740})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_reaches_everything_in_order(visit):
    """The first Tab offers to skip to the content; what has the focus can be seen."""
    tab = visit(PAGE)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "content"
    tab.keyboard.press("Tab")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_tables_are_there_without_scripts(visit):
    """Who has switched scripts off still reads every row."""
    tab = visit(PAGE, java_script_enabled=False)
    assert tab.locator(".filterable tbody tr").count() == 7
