"""The page of a scenario: a table for each information class, figures, failures, instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from aigcbench.errors import InputError
from aigcbench.problems.problem import problem_named
from aigcbench.report import columns, formats
from aigcbench.report.columns import Column
from aigcbench.report.judging import LIMITS
from aigcbench.report.site.charts import Chart
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.downloads import RESULTS_FILES, STANDINGS_FILES
from aigcbench.report.site.failures import failures_of
from aigcbench.report.site.leads import lead_of
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.runs import InstanceFacts
from aigcbench.report.site.sections import Section
from aigcbench.report.terminal import notes
from aigcbench.scenario import scenario_named, scenario_names
from aigcbench.solver import FAMILIES


def scenario_page(
    renderer: Renderer,
    content: SiteContent,
    sections: Sequence[Section],
    instances: Sequence[InstanceFacts],
    charts: Sequence[Chart],
    instance_pages: Mapping[str, str],
) -> str:
    """One scenario's page as HTML.

    Parameters
    ----------
    sections, instances, charts
        Of this scenario.
    """
    head = sections[0].head
    boards = [board for section in sections for board in section.boards]
    rows = content.results[content.results["scenario"] == head.scenario]
    present = {standing.family for board in boards for standing in board.standings}
    primary = head.headline.primary
    return renderer.render(
        "scenario.html",
        sections[0].page,
        scenario=head.scenario,
        formulation=head.formulation,
        summary=_summary(head.scenario) or problem_named(head.formulation).summary,
        sections=sections,
        classes=columns.CLASSES,
        lead_of=lead_of,
        notes=notes,
        families=[name for name in FAMILIES if name in present] + sorted(present.difference(FAMILIES)),
        chooser=_chooser(sections),
        verified=_verified(sections, rows, content.verified),
        charts=charts,
        failures=failures_of(rows),
        instances=instances,
        instance_pages=instance_pages,
        instance_decimals=formats.decimals_for([instance.bound for instance in instances]),
        unit=primary.unit,
        up=primary.direction == "up",
        legend=columns.legend_of(boards),
        standings_files=STANDINGS_FILES,
        results_files=RESULTS_FILES,
    )


def _summary(scenario: str) -> str:
    """What the catalogue says about a scenario, ``""`` if it is not there."""
    try:
        return scenario_named(scenario).summary.rstrip(".") if scenario in scenario_names() else ""
    except InputError:
        return ""


def _chooser(sections: Sequence[Section]) -> list[Column]:
    """All columns of the page, each once."""
    found: dict[str, Column] = {}
    for section in sections:
        for board in section.boards:
            for column in columns.columns_of(board, section.boards):
                found.setdefault(column.key, column)
    return list(found.values())


def _verified(sections: Sequence[Section], rows: pd.DataFrame, verified: pd.Series) -> set[tuple[int, str, str]]:
    """Section, class and label of the solvers all of whose rows are verified."""
    verified_rows = rows.assign(verified=verified)
    found = set()
    for section in sections:
        for board in section.boards:
            limits = zip(LIMITS, (board.wall_limit_s, board.memory_limit_mb, board.threads))
            own = verified_rows[verified_rows["information"] == board.information]
            for name, value in limits:
                own = own[own[name] == value]
            whole = own.groupby("label")["verified"].all()
            found |= {(section.number, board.information, str(label)) for label in whole.index[whole]}
    return found
