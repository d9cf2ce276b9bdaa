"""Templates with what all pages need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from aigcbench.report import columns, formats
from aigcbench.report.site import addresses
from aigcbench.solver import INFORMATION

HERE = Path(__file__).parent
TITLE = "AIGCBench leaderboard"
SERIES = {name: number for number, name in enumerate(INFORMATION, start=1)}
"""Colour number of each information class in the style sheet."""


class Renderer:
    """Fills templates.

    Parameters
    ----------
    meta
        As `SiteContent` has it.
    """

    def __init__(self, meta: Mapping[str, str]) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters["prose"] = prose
        self._environment.globals.update(
            addresses=addresses,
            columns=columns,
            formats=formats,
            series=SERIES,
            site_title=meta.get("title", TITLE),
            command=meta.get("command", ""),
            meta={key: value for key, value in meta.items() if key not in ("title", "command")},
        )

    def render(self, template: str, page: str, **values: Any) -> str:
        """The HTML of a page that lies at ``page``."""
        return self._environment.get_template(template).render(page=page, top=addresses.to_top(page), **values)


def prose(text: str) -> Markup:
    """A docstring as paragraphs: escaped, words in backticks set as code."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]
    marked = [re.sub(r"``?([^`]+)``?", r"<code>\1</code>", str(escape(part))) for part in paragraphs if part]
    return Markup("\n".join(f"<p>{part}</p>" for part in marked))  # every part is escaped above
