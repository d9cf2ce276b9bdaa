"""Speed of the site of a store of 100,000 rows: how long it takes to write, and a browser to show its pages."""

import shutil
import time

import pytest

from aigcbench.report.site.builder import write_site
from aigcbench.report.site.content import SiteContent
from benchmarks.bench_report import synthetic_incumbents, synthetic_results

PAGES = ("index.html", "assignment/synthetic-00.html", "assignment/synthetic-00/0.html", "solvers/random.html")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site's folder, and the processor time that it took to write it."""
    results = synthetic_results()
    content = SiteContent(results, synthetic_incumbents(results))
    start = time.process_time()
    folder = write_site(content, tmp_path_factory.mktemp("site")).parent
    return folder, time.process_time() - start


@pytest.fixture(scope="module")
def tab(built):
    """A page of a headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no browser is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("page", PAGES)
def test_load(benchmark, built, tab, page):
    """From the request to the end of the load event, tables sorted and filtered by then."""
    folder, cpu_seconds = built
    benchmark.extra_info["site_cpu_seconds"] = round(cpu_seconds, 1)
    benchmark.pedantic(tab.goto, ((folder / page).as_uri(),), rounds=5, warmup_rounds=1)
