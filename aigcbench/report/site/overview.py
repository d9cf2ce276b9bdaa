"""The first page: who leads everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aigcbench.problems.problem import problem_named
from aigcbench.report import columns
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.downloads import FORMATS
from aigcbench.report.site.failures import failures_of
from aigcbench.report.site.leads import lead_of
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.sections import Section


@dataclass(frozen=True)
class Group:
    """The sections of one formulation."""

    name: str
    sections: tuple[Section, ...]

    @property
    def summary(self) -> str:
        """What the formulation is about."""
        return problem_named(self.name).summary

    @property
    def metric_title(self) -> str:
        """The score's name."""
        return columns.metric_title(self.sections[0].head.headline.primary)

    @property
    def metric(self) -> str:
        """What the score measures."""
        primary = self.sections[0].head.headline.primary
        return f"{primary.description} ({primary.unit})" if primary.unit else primary.description

    @property
    def up(self) -> bool:
        """Whether a higher score is better."""
        return self.sections[0].head.headline.primary.direction == "up"


def overview_page(
    renderer: Renderer, content: SiteContent, sections: Sequence[Section], instance_pages: Mapping[str, str]
) -> str:
    """The overview as HTML."""
    grouped = groupby(sections, key=lambda section: section.head.formulation)
    return renderer.render(
        "overview.html",
        "index.html",
        groups=[Group(name, tuple(members)) for name, members in grouped],
        classes=columns.CLASSES,
        lead_of=lead_of,
        failures=failures_of(content.results),
        instance_pages=instance_pages,
        download_formats=FORMATS,
        runs=len(content.results),
        solvers=content.results["label"].nunique(),
        scenarios=content.results["scenario"].nunique(),
    )
