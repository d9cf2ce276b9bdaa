"""The best known decisions and bounds of instances: ``best_known.csv``, with a decisions file for each of its rows.

Nothing gets in on its word: the checker scores every offer, and it replaces an entry only if it is better.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from aigcbench.decisions import DecisionsFile
from aigcbench.errors import InputError, one_line
from aigcbench.instance import Instance, write_file
from aigcbench.problems.problem import Bound, canonical_decisions, problem_of, score
from aigcbench.score import gap, primary_metric

COLUMNS = (
    "instance", "instance_sha256", "utility", "decisions", "decisions_sha256", "solver", "how", "when",
    "bound", "bound_method", "gap", "status",
)  # fmt: skip
STATUSES = (("easy", 0.001), ("medium", 0.01), ("hard", 0.05), ("open", math.inf))  # with the largest gap of each


@dataclass(frozen=True)
class Record:
    """What is best known about one instance.

    Parameters
    ----------
    instance, instance_sha256
        Its name and identity.
    utility
        Primary score of the best known decisions.
    decisions, decisions_sha256
        Their file, relative to the folder of ``best_known.csv``, and its sha256.
    solver, how, when
        Who found them; with which parameters and limits; UTC date of the entry.
    bound
        The best proven bound, if there is one.
    """

    instance: str
    instance_sha256: str
    utility: float
    decisions: str
    decisions_sha256: str
    solver: str
    how: str
    when: str
    bound: Bound | None

    @property
    def gap(self) -> float:
        """Relative distance of the score from the bound; infinite without a bound."""
        return gap(self.utility, self.bound.value) if self.bound else math.inf

    @property
    def status(self) -> str:
        """Hardness as measured: easy (gap at most 0.1 %), medium (1 %), hard (5 %) or open."""
        return next(name for name, most in STATUSES if self.gap <= most)

    def to_row(self) -> dict[str, str]:
        """The row of the table; numbers keep every bit, but the gap, which follows from them."""
        texts = {name: str(getattr(self, name)) for name in COLUMNS if name not in ("bound", "bound_method", "gap")}
        bound = {"bound": "", "bound_method": "", "gap": ""}
        if self.bound:
            bound = {"bound": repr(self.bound.value), "bound_method": self.bound.method, "gap": f"{self.gap:.6f}"}
        return {name: (texts | bound)[name] for name in COLUMNS}


class BestKnown:
    """The table in a folder. Every offer reads it and writes it anew, so that several processes may take turns.

    Parameters
    ----------
    folder
        Where ``best_known.csv`` and the decisions files lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "best_known.csv"

    def load(self) -> dict[str, Record]:
        """The records by sha256 of their instance; none where there is no table yet.

        Raises `InputError` for a table that does not hold together.
        """
        if not self.path.exists():
            return {}
        records: dict[str, Record] = {}
        try:
            with self.path.open(encoding="utf-8", newline="") as stream:
                reader = csv.DictReader(stream, strict=True)
                if tuple(reader.fieldnames or ()) != COLUMNS:
                    raise InputError(str(self.path), "other columns", ", ".join(COLUMNS))
                for row in reader:
                    where = f"{self.path}: line {reader.line_num}"
                    record = _record(row, where)
                    if record.instance_sha256 in records:
                        raise InputError(where, f"a second row for {record.instance}", "one row for each instance")
                    records[record.instance_sha256] = record
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(str(self.path), f"cannot be read ({error})", "a table of best known decisions") from None
        return records

    def save(self, records: Mapping[str, Record]) -> None:
        """Write the table, by name of the instance."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(record.to_row() for record in sorted(records.values(), key=lambda record: record.instance))
        write_file(self.path, text.getvalue().encode())

    def decisions(self, record: Record) -> DecisionsFile:
        """The decisions of a record; `InputError` where the file is missing, or not the one that the table means."""
        path = self.folder / record.decisions
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(str(path), f"cannot be read ({error.strerror})", "a decisions file") from None
        if found != record.decisions_sha256:
            raise InputError(
                str(path), f"sha256 {found[:12]}...", f"{record.decisions_sha256[:12]}... as in {self.path}"
            )
        return DecisionsFile.load(path)

    def offer(self, instance: Instance, file: DecisionsFile, how: str) -> bool:
        """Keep decisions if they are better than the best known ones.

        Parameters
        ----------
        how
            Parameters and limits under which ``file.solver`` found them.

        Returns
        -------
        Whether they were better.

        Raises
        ------
        InputError
            For decisions that break a rule (`InvalidDecisions`), are for another instance, or are better than the bound.
        """
        records = self.load()
        known = records.get(instance.sha256)
        file.refuse_other(instance, "offer")
        file = replace(file, decisions=canonical_decisions(problem_of(instance), file.decisions))
        utility = score(instance, file.decisions).primary
        if known and not _better(instance, utility, known.utility):
            return False
        bound = known.bound if known else None
        _refuse_contradiction(instance, utility, bound)
        name = _file_name(instance)
        file.save(self.folder / name)
        sha256 = hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
        solver, how, today = one_line(file.solver, 100), one_line(how, 300), datetime.now(UTC).date().isoformat()
        record = Record(instance.name, instance.sha256, utility, name, sha256, solver, how, today, bound)
        self.save(records | {instance.sha256: record})
        return True

    def offer_bound(self, instance: Instance, bound: Bound) -> bool:
        """Keep a proven bound if it is tighter than the known one; return whether it is.

        An instance without decisions has no row to keep it in. Raises `InputError` where known decisions disprove the bound.
        """
        records = self.load()
        known = records.get(instance.sha256)
        if known is None or not math.isfinite(bound.value):
            return False
        _refuse_contradiction(instance, known.utility, bound)
        if known.bound and not _better(instance, known.bound.value, bound.value):
            return False
        self.save(records | {instance.sha256: replace(known, bound=bound)})
        return True


def _better(instance: Instance, one: float, other: float) -> bool:
    """Whether one primary score is better than the other."""
    return one > other if primary_metric(problem_of(instance).metrics).direction == "up" else one < other


def _refuse_contradiction(instance: Instance, utility: float, bound: Bound | None) -> None:
    if bound and _better(instance, utility, bound.value):
        found = f"decisions of score {utility!r} disprove the bound {bound.value!r} by {bound.method}"
        raise InputError(instance.name, found, "a valid bound")


def _file_name(instance: Instance) -> str:
    """Where the decisions of an instance lie; a name from an instance file must not lead out of the folder."""
    if not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)*", instance.scenario):
        raise InputError(
            "scenario", one_line(repr(instance.scenario), 60), "a name of a-z, 0-9, dashes and single slashes"
        )
    mark = "" if instance.split == "test" else f"{instance.split}-"
    return f"best_known/{instance.scenario}/{mark}{instance.seed}.json.gz"


def _record(row: Mapping[str, str | None], where: str) -> Record:
    """The record of one row of the table, or `InputError`."""
    texts = {name: row.get(name) or "" for name in COLUMNS}
    if len(row) != len(COLUMNS) or None in row.values():
        raise InputError(where, "another number of fields", str(len(COLUMNS)))
    for name, pattern, expected in _PATTERNS:
        if not re.fullmatch(pattern, texts[name]):
            raise InputError(f"{where}: {name}", one_line(repr(texts[name]), 60), expected)
    bound = None
    if texts["bound"]:
        bound = Bound(_number(texts["bound"], f"{where}: bound"), texts["bound_method"])
    utility = _number(texts["utility"], f"{where}: utility")
    same = {name: texts[name] for name in COLUMNS[:8] if name != "utility"}
    record = Record(**same, utility=utility, bound=bound)
    for name, right in record.to_row().items():
        if texts[name] != right:
            raise InputError(f"{where}: {name}", one_line(repr(texts[name]), 60), repr(right))
    return record


_PATTERNS = (
    ("instance", r"\S{1,200}", "the name of an instance"),
    ("instance_sha256", r"[0-9a-f]{64}", "64 hexadecimal digits"),
    ("decisions", r"best_known(/[a-z0-9-]+)+\.json\.gz", "a file under best_known/"),
    ("decisions_sha256", r"[0-9a-f]{64}", "64 hexadecimal digits"),
    ("solver", r".{1,100}", "the name of a solver"),
    ("when", r"\d{4}-\d{2}-\d{2}", "a date, YYYY-MM-DD"),
)


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(where, one_line(repr(text), 60), "a finite number")
    return value
