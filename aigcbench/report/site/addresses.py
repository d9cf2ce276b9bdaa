"""Where the pages lie: readable file names, the same for the same results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

SAFE = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
RESERVED = frozenset({"assets", "data", "scenarios", "solvers", "index", "method", "reproduction"})
"""What the site itself has at its top."""


def slug(text: str) -> str:
    """A text as a file name: itself if it is one, else its letters and digits and a hash that tells it from others."""
    if SAFE.fullmatch(text) and text not in RESERVED and ".." not in text and len(text) <= 80:
        return text
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return "-".join(filter(None, (readable, sha256(text.encode("utf-8", "replace")).hexdigest()[:8])))


def scenario_page(scenario: str) -> str:
    """E.g. ``assignment/asp-paper.html``."""
    return f"{_scenario_path(scenario)}.html"


def solver_page(solver: str) -> str:
    """E.g. ``solvers/d2sac.html``."""
    return f"solvers/{slug(solver)}.html"


def instance_pages(instances: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The page of each instance by its sha256, e.g. ``assignment/asp-paper/7.html``.

    Parameters
    ----------
    instances
        Scenario, name and sha256. Instances that share a name (of two versions of a scenario) get a part of their hash.
    """
    by_name: dict[tuple[str, str], list[str]] = {}
    for scenario, name, digest in sorted(set(instances)):
        by_name.setdefault((scenario, name), []).append(digest)
    pages = {}
    for (scenario, name), digests in by_name.items():
        stem = slug(name.rpartition("#")[2] or name)
        for digest in digests:
            mark = f"-{digest[:12]}" if len(digests) > 1 else ""
            pages[digest] = f"{_scenario_path(scenario)}/{stem}{mark}.html"
    return pages


def data_file(scenario: str, ending: str) -> str:
    """E.g. ``data/assignment/asp-paper.csv``."""
    return f"data/{_scenario_path(scenario)}.{ending}"


def to_top(page: str) -> str:
    """From a page to the top of the site: ``""``, ``../`` ..."""
    return "../" * page.count("/")


def natural(text: str) -> Sequence[tuple[int, str]]:
    """Sort key under which ``#10`` comes after ``#9``."""
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in re.split(r"(\d+)", text)]


def _scenario_path(scenario: str) -> str:
    parts = scenario.split("/")
    return "/".join(map(slug, parts)) if len(parts) == 2 else f"scenarios/{slug(scenario)}"
