"""What a submission says of itself, and the plan that its rows make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from aigcbench.errors import InputError, one_line
from aigcbench.instance import parse_document
from aigcbench.schema import refuse_unknown
from aigcbench.solver import Limits
from aigcbench.submissions.text import ADDRESS, SCENARIO, SLUG, matching, plain_text, printable

SCHEMA = "aigcbench-submission/1"
KEYS = ("schema", "name", "author", "summary", "address", "plan", "environments")
PLAN_KEYS = ("scenarios", "instances", "seeds", "training_seeds", "limits")
SUMMARY_LENGTH = 300
MAXIMUM_COUNT = 1000
MAXIMUM_CELLS = 100_000
MAXIMUM_ENVIRONMENTS = 100
MAXIMUM_ENVIRONMENT_BYTES = 4000


@dataclass(frozen=True)
class DeclaredPlan:
    """What every solver of a submission has run, whole: nothing can be picked from it.

    Parameters
    ----------
    scenarios
        Names; a solver runs on all of them whose formulation it solves.
    instances, seeds, training_seeds
        Numbers of test instances of each scenario, of seeds, and of a learner's trainings; each counts from 0.
    limits
        The same for every row.
    """

    scenarios: tuple[str, ...]
    instances: int
    seeds: int
    training_seeds: int
    limits: Limits


@dataclass(frozen=True)
class Metadata:
    """The content of ``submission.json``.

    Parameters
    ----------
    name
        Of the submission and its folder.
    author, summary, address
        Who answers for it, what it is in a line, and where there is more (may be empty).
    plan
        What was run.
    environments
        The machines that its rows were measured on.
    """

    name: str
    author: str
    summary: str
    address: str
    plan: DeclaredPlan
    environments: tuple[Mapping[str, Any], ...]

    def to_bytes(self) -> bytes:
        """The file, the same for the same content."""
        plan = asdict(self.plan) | {"limits": self.plan.limits.identity}
        document = {"schema": SCHEMA} | asdict(self) | {"plan": plan}
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Metadata:
        """Read what a stranger wrote; `InputError` for anything but a sound file."""
        document = parse_document(data, SCHEMA, where)
        refuse_unknown(document, KEYS, where)
        environments = _list(document.get("environments"), MAXIMUM_ENVIRONMENTS, f"{where}: environments")
        address = document.get("address", "")
        return cls(
            name=matching(SLUG, document.get("name"), f"{where}: name", "lower case letters, digits and dashes"),
            author=plain_text(document.get("author"), f"{where}: author", 100),
            summary=plain_text(document.get("summary"), f"{where}: summary", SUMMARY_LENGTH),
            address=matching(ADDRESS, address, f"{where}: address", "an https address, or none") if address else "",
            plan=_plan(document.get("plan"), f"{where}: plan"),
            environments=tuple(
                _environment(item, f"{where}: environments[{k}]") for k, item in enumerate(environments)
            ),
        )


def _plan(value: Any, where: str) -> DeclaredPlan:
    if not isinstance(value, dict):
        raise InputError(where, one_line(ascii(value), 60), f"a table of {', '.join(PLAN_KEYS)}")
    refuse_unknown(value, PLAN_KEYS, where)
    names = _list(value.get("scenarios"), 200, f"{where}.scenarios")
    scenarios = tuple(matching(SCENARIO, name, f"{where}.scenarios", "names of scenarios") for name in names)
    if not scenarios or list(scenarios) != sorted(set(scenarios)):
        raise InputError(f"{where}.scenarios", "none, or out of order", "each once, in alphabetical order")
    counts = {key: _count(value.get(key), f"{where}.{key}") for key in ("instances", "seeds", "training_seeds")}
    cells = len(scenarios) * counts["instances"] * counts["seeds"] * max(counts["training_seeds"], 1)
    if not 0 < cells <= MAXIMUM_CELLS:
        raise InputError(where, f"{cells} cells for each solver", f"1 to {MAXIMUM_CELLS}")
    limits = value.get("limits")
    if not isinstance(limits, dict) or set(limits) != {"wall_seconds", "memory_mb", "threads"}:
        raise InputError(f"{where}.limits", one_line(ascii(limits), 60), "wall_seconds, memory_mb and threads")
    if not all(type(number) in (int, float) for number in limits.values()):
        raise InputError(f"{where}.limits", one_line(ascii(limits), 60), "numbers")
    try:
        return DeclaredPlan(scenarios, **counts, limits=Limits(**limits))
    except InputError as error:
        raise InputError(f"{where}.{error.where}", error.wrong, error.expected) from None


def _count(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value <= MAXIMUM_COUNT:
        raise InputError(where, one_line(ascii(value), 40), f"a whole number from 0 to {MAXIMUM_COUNT}")
    return value


def _list(value: Any, longest: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > longest:
        raise InputError(where, one_line(ascii(value), 60), f"a list of at most {longest} entries")
    return value


def _environment(value: Any, where: str) -> Mapping[str, Any]:
    """Versions and machine: short texts and numbers, at most one table deep."""
    if not isinstance(value, dict) or len(orjson.dumps(value)) > MAXIMUM_ENVIRONMENT_BYTES:
        raise InputError(where, one_line(ascii(value), 60), "a small table of versions and machine")
    for key, item in value.items():
        printable(key, where, 60)
        for name, leaf in (item if isinstance(item, dict) else {"": item}).items():
            printable(name, f"{where}.{key}", 60)
            if type(leaf) not in (int, float):
                _refuse_markup(printable(leaf, f"{where}.{key}", 200), f"{where}.{key}")
    return value


def _refuse_markup(text: str, where: str) -> None:
    if set(text) & set("<>"):
        raise InputError(where, one_line(text, 60), "no angle brackets")
