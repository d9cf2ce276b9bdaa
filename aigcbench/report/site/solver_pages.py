"""The page of a solver: what it is, where it stands, all its runs; and the list of solvers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aigcbench.report import columns, formats
from aigcbench.report.board import Board, Standing
from aigcbench.report.columns import metric_title
from aigcbench.report.site import addresses
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.docstrings import docstring_of
from aigcbench.report.site.failures import failures_of, troubles_of
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.runs import InstanceFacts, Run
from aigcbench.report.site.sections import Section
from aigcbench.score import Metric
from aigcbench.solver import FAMILIES


@dataclass(frozen=True)
class Place:
    """One standing of a solver, and where it stands."""

    section: Section
    board: Board
    standing: Standing


@dataclass(frozen=True)
class RunGroup:
    """A solver's runs on the instances of one formulation, by scenario and instance."""

    formulation: str
    primary: Metric
    runs: tuple[Run, ...]

    @property
    def metric(self) -> str:
        """The score's name."""
        return metric_title(self.primary)

    @property
    def unit(self) -> str:
        """Of the score."""
        return self.primary.unit

    @property
    def up(self) -> bool:
        """Whether a higher score is better."""
        return self.primary.direction == "up"

    @property
    def several(self) -> bool:
        """Whether parameters, seeds or limits tell runs on an instance apart."""
        return len({(run.label, run.seeds, run.limits) for run in self.runs}) > 1

    @cached_property
    def decimals(self) -> dict[str, int]:
        """That the scores of each scenario are shown with."""
        scenarios = dict.fromkeys(run.scenario for run in self.runs)
        return {
            name: formats.decimals_for(run.score for run in self.runs if run.scenario == name) for name in scenarios
        }


@dataclass(frozen=True)
class Entry:
    """One line of the list of solvers."""

    solver: str
    family: str
    information: str
    summary: str
    boards: int
    leads: int


def solver_pages(
    renderer: Renderer,
    content: SiteContent,
    sections: Sequence[Section],
    instances: Sequence[InstanceFacts],
    instance_pages: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Address and HTML of every solver's page and of their list."""
    places = _places(sections)
    groups = _run_groups(instances)
    entries = []
    for solver, own in content.results.groupby("solver", sort=True):
        name, head = str(solver), own.iloc[0]
        card = content.cards.get(name)
        description = docstring_of(card) if card else "It is not among the solvers of this installation."
        page = addresses.solver_page(name)
        runs = [run for group in groups.get(name, []) for run in group.runs]
        yield (
            page,
            renderer.render(
                "solver.html",
                page,
                solver=name,
                card=card,
                description=description,
                family=str(head["family"]),
                information=str(head["information"]),
                classes=columns.CLASSES,
                places=places.get(name, []),
                groups=groups.get(name, []),
                failures=failures_of(own),
                troubles=troubles_of(runs, content.schedules) if content.schedules else [],
                instance_pages=instance_pages,
            ),
        )
        stands = places.get(name, [])
        entries.append(
            Entry(
                solver=name,
                family=str(head["family"]),
                information=str(head["information"]),
                summary=card.summary if card else "",
                boards=len(stands),
                leads=sum(place.standing in place.board.leaders for place in stands),
            )
        )
    page = "solvers/index.html"
    present = {entry.family for entry in entries}
    families = [name for name in FAMILIES if name in present] + sorted(present.difference(FAMILIES))
    yield page, renderer.render("solvers.html", page, entries=entries, families=families)


def _places(sections: Sequence[Section]) -> dict[str, list[Place]]:
    places: dict[str, list[Place]] = {}
    for section in sections:
        for board in section.boards:
            for standing in board.standings:
                places.setdefault(standing.solver, []).append(Place(section, board, standing))
    return places


def _run_groups(instances: Sequence[InstanceFacts]) -> dict[str, list[RunGroup]]:
    """Of each solver, its runs by formulation."""
    runs: dict[tuple[str, str], list[Run]] = {}
    metrics: dict[str, Metric] = {}
    for instance in instances:
        metrics[instance.formulation] = instance.headline.primary
        for run in sorted(instance.runs, key=lambda run: (run.label, run.seeds, run.limits)):
            runs.setdefault((run.solver, instance.formulation), []).append(run)
    groups: dict[str, list[RunGroup]] = {}
    for (solver, formulation), own in runs.items():
        groups.setdefault(solver, []).append(RunGroup(formulation, metrics[formulation], tuple(own)))
    return groups
