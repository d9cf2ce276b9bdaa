"""Take the pictures of the leaderboard that README and documentation show.

Usage: python docs/screenshots.py SITE [IMAGES]
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COLOURS = 200
SCENARIO = "assignment/asp-paper.html"
WIDE, MEDIUM, PHONE = (1280, 1000), (1200, 800), (390, 844)


def overview(page: Page) -> None:
    """Nothing is to be done."""


def table(page: Page) -> None:
    """Begin with the first table's scenario, and show an explanation."""
    page.locator("#online th.primary button").focus()
    page.wait_for_selector("#tip:not([hidden])")


def figures(page: Page) -> None:
    """Go to the figures and wait until those in sight are drawn."""
    page.evaluate("document.getElementById('figures').scrollIntoView({ behavior: 'instant' })")
    page.wait_for_selector(".chart[data-drawn]")
    page.wait_for_function("document.querySelectorAll('.chart[data-drawn]').length > 1")


PICTURES: dict[str, tuple[str, tuple[int, int], str, Any]] = {
    "leaderboard": ("index.html", WIDE, "light", overview),
    "leaderboard-table": (SCENARIO, MEDIUM, "light", table),
    "leaderboard-figures": (SCENARIO, WIDE, "light", figures),
    "leaderboard-phone": ("index.html", PHONE, "light", overview),
    "leaderboard-dark": (SCENARIO, MEDIUM, "dark", overview),
}
"""By file name: page, size, colours, and what to do before the picture is taken."""


def take(site: Path, images: Path) -> None:
    """Write every picture of a site into a folder."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (address, (width, height), colours, prepare) in PICTURES.items():
            page: Any = browser.new_page(viewport={"width": width, "height": height}, color_scheme=colours)
            page.goto(f"{site.resolve().as_uri()}/{address}")
            prepare(page)
            page.screenshot(path=images / f"{name}.png")
            _shrink(images / f"{name}.png")
            page.close()
        browser.close()


def _shrink(path: Path) -> None:
    """Write a picture anew with a palette: a third of the bytes, and nothing to be seen of it."""
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent / "images")
