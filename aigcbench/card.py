"""Solver cards: what a solver declares, as plain data that can cross a process boundary."""

from __future__ import annotations

import dataclasses
import math
import sys
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aigcbench.errors import InputError, one_line
from aigcbench.schema import Field, refuse_unknown
from aigcbench.solver import FAMILIES, INFORMATION, Learner, Planner, Policy, Solver

KINDS: dict[str, type[Solver]] = {"policy": Policy, "planner": Planner, "learner": Learner}
PARAMETER_TYPES = {"bool": bool, "int": int, "float": float, "str": str}
NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


@dataclass(frozen=True)
class ParameterCard:
    """One solver parameter; ``type`` is a key of `PARAMETER_TYPES`, infinite ranges are None."""

    name: str
    type: str
    default: Any
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def validate(self, value: Any, where: str) -> Any:
        """The value in the parameter's type, or `InputError`."""
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        field = Field(self.name, PARAMETER_TYPES[self.type], self.unit, self.description, low, high)
        value = field.validate(value, f"{where}: {self.name}")
        if self.choices and value not in self.choices:
            raise InputError(f"{where}: {self.name}", repr(value), f"one of {', '.join(self.choices)}")
        return value

    def parse(self, text: str, where: str) -> Any:
        """The value that a command line's text means."""
        try:
            if self.type == "bool":
                return {"true": True, "false": False}[text.lower()]
            return PARAMETER_TYPES[self.type](text)
        except (KeyError, ValueError):
            expected = "true or false" if self.type == "bool" else self.type
            raise InputError(f"{where}: {self.name}", one_line(repr(text), 60), expected) from None


@dataclass(frozen=True)
class SolverCard:
    """What a solver declares, and where its code is.

    Parameters
    ----------
    kind
        ``policy``, ``planner`` or ``learner``.
    location, class_name
        A file path or a module name, and the class in it.
    source_sha256
        Hash of the file's bytes.
    """

    name: str
    kind: str
    family: str
    formulations: tuple[str, ...]
    information: str
    summary: str
    reference: str
    version: int
    parameters: tuple[ParameterCard, ...]
    location: str
    class_name: str
    source_sha256: str

    def solves(self, formulation: str) -> bool:
        """Whether the solver takes instances of a formulation."""
        return formulation in self.formulations or "*" in self.formulations

    def validated(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter, as given or by default; raise `InputError` for unknown names and bad values."""
        where = f"solver {self.name}"
        known = [parameter.name for parameter in self.parameters]
        if given and not known:
            raise InputError(where, f"parameter '{one_line(next(iter(given)), 60)}'", "none: it has no parameters")
        refuse_unknown(given, known, where)
        return {p.name: p.validate(given.get(p.name, p.default), where) for p in self.parameters}

    def parsed(self, assignments: list[str]) -> dict[str, Any]:
        """Parameters from ``name=value`` texts of a command line."""
        known = {parameter.name: parameter for parameter in self.parameters}
        values: dict[str, Any] = {}
        for text in assignments:
            name, equals, value = text.partition("=")
            if not equals:
                raise InputError("--param", one_line(repr(text), 60), "name=value")
            if name in values:
                raise InputError("--param", f"'{one_line(name, 60)}' is given twice", "each parameter once")
            values[name] = known[name].parse(value, f"solver {self.name}") if name in known else value
        return self.validated(values)

    def label(self, parameters: Mapping[str, Any]) -> str:
        """The solver's name with the parameters that are not at their defaults."""
        changed = [f"{p.name}={parameters[p.name]}" for p in self.parameters if parameters[p.name] != p.default]
        return f"{self.name}[{','.join(changed)}]" if changed else self.name

    def to_json(self) -> dict[str, Any]:
        """The card as JSON-able data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SolverCard:
        """Read what `to_json` gave (after a round trip, where tuples became lists)."""
        parameters = tuple(ParameterCard(**(item | {"choices": tuple(item["choices"])})) for item in data["parameters"])
        return cls(**(dict(data) | {"parameters": parameters, "formulations": tuple(data["formulations"])}))


def card_of(solver: type[Solver], location: str, source_sha256: str) -> SolverCard:
    """Write a class's card; raise `InputError` where its declaration breaks the contract."""
    where = f"{location}: class {solver.__name__}"
    kind = next((kind for kind, base in KINDS.items() if issubclass(solver, base)), None)
    formulations = solver.formulations
    checks = [
        ("base class", kind is not None, solver.__mro__[1].__name__, "Policy, Planner or Learner"),
        ("name", _is_name(solver.name), solver.name, "lower case letters, digits, dots and dashes, at most 60"),
        ("family", solver.family in FAMILIES, solver.family, f"one of {', '.join(FAMILIES)}"),
        ("formulations", _is_names(formulations), formulations, "a tuple of formulation names, or ('*',)"),
        ("information", getattr(solver, "information", None) in INFORMATION, getattr(solver, "information", None),
         f"one of {', '.join(INFORMATION)}"),
        ("version", type(solver.version) is int and solver.version > 0, solver.version, "a whole number above 0"),
    ]  # fmt: skip
    for what, fine, found, expected in checks:
        if not fine:
            raise InputError(f"{where}: {what}", one_line(repr(found), 80), expected)
    if (kind == "planner") != (solver.information == "clairvoyant"):
        raise InputError(
            f"{where}: information", repr(solver.information), "'clairvoyant' for a Planner and for nothing else"
        )
    return SolverCard(
        name=solver.name,
        kind=str(kind),
        family=solver.family,
        formulations=tuple(formulations),
        information=solver.information,
        summary=_summary_of(solver),
        reference=one_line(solver.reference),
        version=solver.version,
        parameters=tuple(_parameter_cards(solver, where)),
        location=location,
        class_name=solver.__name__,
        source_sha256=source_sha256,
    )


def _parameter_cards(solver: type[Solver], where: str) -> list[ParameterCard]:
    hints = typing.get_type_hints(solver)
    names = {kind: name for name, kind in PARAMETER_TYPES.items()}
    cards = []
    for item in dataclasses.fields(typing.cast(Any, solver)):
        if hints[item.name] not in names:
            raise InputError(f"{where}: parameter {item.name}", str(hints[item.name]), "bool, int, float or str")
        if item.default is dataclasses.MISSING:
            raise InputError(f"{where}: parameter {item.name}", "no default", "a default")
        details = dict(item.metadata)
        for key in ("minimum", "maximum"):
            details[key] = None if abs(details.get(key, math.inf)) == math.inf else float(details[key])
        details.setdefault("description", "")
        card = ParameterCard(item.name, names[hints[item.name]], item.default, **details)
        card.validate(card.default, where)
        cards.append(card)
    return cards


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= 60 and set(name) <= NAME_LETTERS


def _is_names(names: Any) -> bool:
    return isinstance(names, tuple) and bool(names) and all(name == "*" or _is_name(name) for name in names)


def _summary_of(solver: type[Solver]) -> str:
    """The first paragraph of the class's own docstring, or else of its module's."""
    text = solver.__dict__.get("__doc__") or ""
    if not text or text.startswith(f"{solver.__name__}("):  # the line that dataclass writes by itself
        text = getattr(sys.modules.get(solver.__module__), "__doc__", None) or ""
    return one_line(text.strip().split("\n\n")[0], 200)
