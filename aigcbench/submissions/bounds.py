"""Published bounds: ``bounds.csv``, proven bounds of the leaderboard's instances, which no score may pass."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aigcbench.best_known import BestKnown
from aigcbench.errors import InputError, one_line
from aigcbench.instance import Instance, read_file, write_file
from aigcbench.problems.problem import Bound, problem_named
from aigcbench.scenario import scenario_named
from aigcbench.score import primary_metric
from aigcbench.submissions.text import SCENARIO, SHA256, WORD, matching

COLUMNS = ("instance", "instance_sha256", "bound", "method")


@dataclass(frozen=True)
class PublishedBound:
    """A bound with the instance that it holds for."""

    instance: str
    bound: Bound


def load_bounds(path: Path) -> dict[str, PublishedBound]:
    """Published bounds by sha256 of their instance; `InputError` for a table that does not hold together."""
    bounds: dict[str, PublishedBound] = {}
    try:
        reader = csv.reader(io.StringIO(read_file(path).decode("utf-8"), newline=""), strict=True)
        if tuple(next(reader, ())) != COLUMNS:
            raise InputError(str(path), "other columns", ", ".join(COLUMNS))
        for row in reader:
            where = f"{path}: line {reader.line_num}"
            sha256, bound = _read(row, where)
            if sha256 in bounds:
                raise InputError(where, f"a second bound of {bound.instance}", "one for each instance")
            bounds[sha256] = bound
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"cannot be read ({error})", "a table of bounds") from None
    return bounds


def save_bounds(path: Path, bounds: Mapping[str, PublishedBound]) -> None:
    """Write the table, by name of the instance; numbers keep every bit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sha256, item in sorted(bounds.items(), key=lambda entry: _place(entry[1].instance)):
        writer.writerow([item.instance, sha256, repr(item.bound.value), item.bound.method])
    write_file(path, text.getvalue().encode())


def _place(instance: str) -> tuple[str, int]:
    scenario, _, seed = instance.rpartition("#")
    return scenario, int(seed)


def _read(row: list[str], where: str) -> tuple[str, PublishedBound]:
    if len(row) != len(COLUMNS):
        raise InputError(where, f"{len(row)} fields", str(len(COLUMNS)))
    name, sha256, text, method = row
    scenario, _, seed = name.rpartition("#")
    matching(SCENARIO, scenario, where, "the name of a test instance")
    if not (seed.isascii() and seed.isdecimal()):
        raise InputError(where, one_line(ascii(name), 60), "the name of a test instance")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(where, one_line(ascii(text), 40), "a finite bound")
    bound = Bound(value, matching(WORD, method, where, "the name of a method"))
    return matching(SHA256, sha256, where, "64 hexadecimal digits"), PublishedBound(name, bound)


def publish_bounds(path: Path, found: Mapping[str, tuple[str, Bound]]) -> int:
    """Put bounds into a table, which need not exist yet, where they are new or tighter; return how many are.

    Parameters
    ----------
    found
        Name of the instance and bound, by sha256 of the instance.
    """
    bounds = load_bounds(path) if path.exists() else {}
    count = 0
    for sha256, (instance, bound) in found.items():
        known = bounds.get(sha256)
        if math.isfinite(bound.value) and (known is None or _tighter(instance, bound, known.bound)):
            bounds[sha256] = PublishedBound(instance, bound)
            count += 1
    save_bounds(path, bounds)
    return count


def exchange_bounds(path: Path, best_known: BestKnown, instances: Iterable[Instance]) -> int:
    """Bring both tables to the tighter of their bounds for the instances that both have; return how many entries that changed.

    Raises `InputError` where best known decisions disprove a published bound.
    """
    published, records = load_bounds(path), best_known.load()
    both = [instance for instance in instances if instance.sha256 in published and instance.sha256 in records]
    count = sum(best_known.offer_bound(instance, published[instance.sha256].bound) for instance in both)
    records = best_known.load()
    found = {instance.sha256: (instance.name, records[instance.sha256].bound) for instance in both}
    return count + publish_bounds(path, {sha256: (name, bound) for sha256, (name, bound) in found.items() if bound})


def _tighter(instance: str, bound: Bound, than: Bound) -> bool:
    """Whether a bound is closer to the scores that it bounds."""
    problem = problem_named(scenario_named(instance.rpartition("#")[0]).formulation)
    upper = primary_metric(problem.metrics).direction == "up"
    return bound.value < than.value if upper else bound.value > than.value
