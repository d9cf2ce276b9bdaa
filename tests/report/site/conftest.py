"""A site of synthetic results with hostile names, and a browser to look at it."""

import shutil

import numpy as np
import pytest

from aigcbench.card import ParameterCard, SolverCard
from aigcbench.report.site.builder import write_site
from aigcbench.report.site.content import SiteContent

META = {"command": "aigcbench run plan.toml && echo '<done>'", "machine": "<b>box</b>"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CARD = SolverCard(
    name="d2sac",
    kind="learner",
    family="diffusion",
    formulations=("*",),
    information="online",
    summary="Denoises </script> noise.",
    reference="Du et al. <2024>",
    version=1,
    parameters=(ParameterCard("hidden", "int", 128, "units of <each> layer", minimum=1.0),),
    location="/nowhere/d2sac.py",
    class_name="D2SAC",
    source_sha256="0" * 64,
)


def content_of(results, **given):
    """Results with a card, and with anytime curves of the planners."""
    planners = results[results["information"] == "clairvoyant"]
    curves = {
        key: np.array([[0.5, 0.8 * score], [2.0, score]])
        for key, score in zip(planners["key"], planners["metric.utility"])
        if score == score
    }
    return SiteContent(results, **({"incumbents": curves, "meta": META, "cards": {"d2sac": CARD}} | given))


@pytest.fixture(scope="session")
def content(realistic):
    """The content of a site; every row of the prophet is verified."""
    return content_of(realistic.assign(verified=realistic["label"] == "prophet"))


@pytest.fixture(scope="session")
def site(content, tmp_path_factory):
    """The folder of a whole site."""
    return write_site(content, tmp_path_factory.mktemp("site")).parent


@pytest.fixture
def without_charts(monkeypatch):
    """Sites are built without figures, which take seconds."""
    monkeypatch.setattr("aigcbench.report.site.builder.charts_of", lambda *_: [])


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests are skipped where none is installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser is installed ({', '.join(BROWSERS)})")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, site):
    """Opens pages of the site; at the end none may have complained, or asked for anything but the site's own files."""
    contexts, complaints, foreign = [], [], []

    def go(page, **settings):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **settings)
        contexts.append(context)
        tab = context.new_page()
        tab.on(
            "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("requestfailed", lambda request: complaints.append(request.url))
        tab.on("request", lambda request: foreign.append(request.url) if _is_foreign(request.url, site) else None)
        tab.goto(f"{site.as_uri()}/{page}")
        return tab

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
    assert foreign == []


def _is_foreign(url, site):
    return not url.startswith((site.as_uri(), "data:", "blob:"))
