"""The page that holds the results against what the papers print."""

from __future__ import annotations

from aigcbench.report.reproduction.catalogue import papers
from aigcbench.report.reproduction.comparison import compare_papers
from aigcbench.report.reproduction.verdict import RULE
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.rendering import Renderer

PAGE = "reproduction.html"


def reproduction_page(renderer: Renderer, content: SiteContent) -> str:
    """The page as HTML."""
    return renderer.render(PAGE, PAGE, papers=compare_papers(papers(), content.results), rule=RULE)
