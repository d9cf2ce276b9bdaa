"""What the solvers of a submission declare, and whether its rows call them so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aigcbench.card import SolverCard
from aigcbench.discovery import catalogue, describe_apart
from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell
from aigcbench.instance import Instance
from aigcbench.solver import Limits
from aigcbench.submissions.finding import Finding
from aigcbench.submissions.row import Row, describe, trained_on
from aigcbench.submissions.text import LABEL

_LIMITS = Limits()


class Declarations:
    """The cards of solvers by name: those of the catalogue, and of solver files that came along.

    Parameters
    ----------
    files
        Solver files that may be executed, each in a process of its own, to ask what they declare.

    Raises
    ------
    InputError
        For a file that is no solver module, or that takes a name which is taken.
    """

    def __init__(self, files: list[Path]) -> None:
        self._own: dict[str, SolverCard] = {}
        for file in files:
            for card in describe_apart(str(file.resolve())):
                if card.name in self._own or card.name in catalogue()[0]:
                    raise InputError(str(file), f"solver '{card.name}' exists already", "a name of its own")
                self._own[card.name] = card

    def card(self, solver: str) -> SolverCard | None:
        """The card of a solver, None where it is not known."""
        return self._own.get(solver) or catalogue()[0].get(solver)

    def is_own(self, solver: str) -> bool:
        """Whether a solver came with the submission."""
        return solver in self._own

    def findings(self, row: Row, instance: Instance) -> Iterator[Finding]:
        """What a row says of its solver that is not so; what a solver that is not known says of itself must at least fit together."""
        card, where = self.card(row["solver"]), describe(row)
        named = LABEL.fullmatch(row["label"])
        if named is None or named.group(1) != row["solver"]:
            yield Finding("solver", where, f"label of {row['solver']}", f"{row['solver']}, with its parameters")
        if row["information"] == "clairvoyant" and row["training_seed"] is not None:
            yield Finding("solver", where, "a trained planner", "a training seed for a learned policy only")
        if card is None:
            return
        for name in ("family", "information"):
            if row[name] != getattr(card, name):
                yield Finding(
                    "solver", where, f"{name} '{row[name]}'", f"'{getattr(card, name)}' as {card.name} declares"
                )
        if (card.kind == "learner") != (row["training_seed"] is not None):
            yield Finding(
                "solver", where, f"training seed {row['training_seed']}", "one for a learner and for nothing else"
            )
        try:
            label = Cell.of(card, row["parameters"], instance, 0, _LIMITS, trained_on=trained_on(row)).label
        except InputError as error:
            yield Finding("solver", where, error.wrong, error.expected)
            return
        if row["label"] != label:
            yield Finding("solver", where, "another label", label)
