"""The first page: who leads everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aigcbench.problems.problem import problem_named
from aigcbench.report import columns
from aigcbench.report.overall import OverallBoard, overall_boards_of
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.downloads import RESULTS_FILES, STANDINGS_FILES
from aigcbench.report.site.failures import failures_of
from aigcbench.report.site.leads import lead_of
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.sections import Section


@dataclass(frozen=True)
class Group:
    """The sections of one formulation, and its boards over all scenarios."""

    name: str
    sections: tuple[Section, ...]
    overall: tuple[OverallBoard, ...]

    @property
    def main(self) -> Section:
        """The section on which most solvers are ranked: what speaks for the formulation at first sight."""
        return max(self.sections, key=lambda section: section.ranked)

    def overall_of(self, information: str) -> OverallBoard | None:
        """All scenarios together under the limits of the main one.

        None where there is only one, or nobody who ran them all is better than the reference solver.
        """
        limits = self.main.limits_key
        boards = (board for board in self.overall if board.information == information and board.limits_key == limits)
        board = next(boards, None)
        if board is None or len(board.scenarios) == 1 or board.best is None:
            return None
        return board if board.best.normalised.value > 0.0 else None

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
    overall = overall_boards_of(content.results)
    groups = [
        Group(name, tuple(members), tuple(board for board in overall if board.formulation == name))
        for name, members in grouped
    ]
    return renderer.render(
        "overview.html",
        "index.html",
        groups=groups,
        overall=[board for board in overall if len(board.scenarios) > 1],
        classes=columns.CLASSES,
        lead_of=lead_of,
        failures=failures_of(content.results),
        instance_pages=instance_pages,
        standings_files=STANDINGS_FILES,
        results_files=RESULTS_FILES,
        runs=len(content.results),
        submissions=content.results["submission"].nunique() if "submission" in content.results else 0,
        solvers=content.results["label"].nunique(),
        scenarios=content.results["scenario"].nunique(),
    )
