"""The store: one SQLite file with every finished cell, its decisions, its instance and the bounds.

A row is written once, in one transaction, when its cell has ended; a killed run therefore leaves a store that opens, and the
same command resumes it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome
from aigcbench.harness.machine import environment
from aigcbench.instance import Instance, dump_arrays, parse_arrays
from aigcbench.problems.problem import Bound

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

T = TypeVar("T")
APPLICATION_ID, VERSION = 0x41494743, 3  # "AIGC"
COLUMNS = {
    "key": "TEXT PRIMARY KEY", "formulation": "TEXT", "scenario": "TEXT", "instance": "TEXT", "instance_sha256": "TEXT",
    "solver": "TEXT", "label": "TEXT", "family": "TEXT", "information": "TEXT", "parameters": "TEXT", "seed": "INTEGER",
    "status": "TEXT", "detail": "TEXT", "wall_seconds": "REAL", "cpu_seconds": "REAL", "peak_memory_mb": "REAL",
    "decision_p50_s": "REAL", "decision_p99_s": "REAL", "n_decisions": "INTEGER", "training_cpu_seconds": "REAL",
    "timed": "INTEGER", "wall_limit_s": "REAL", "memory_limit_mb": "REAL", "threads": "INTEGER", "metrics": "TEXT",
    "decisions": "BLOB", "anytime": "TEXT", "source_sha256": "TEXT", "environment": "TEXT", "finished_at": "TEXT",
    "training_seed": "INTEGER", "training_environment_steps": "INTEGER", "training_updates": "INTEGER", "checkpoint_sha256": "TEXT",
    "submission": "TEXT",
}  # fmt: skip
SINCE = {1: 0, 2: 4, 3: 1}
"""How many of the last columns each store version has brought."""
RESULT_COLUMNS = [
    name for name in COLUMNS if name not in ("metrics", "decisions", "anytime", "source_sha256", "environment", "finished_at")
]  # fmt: skip
TABLES = f"""
CREATE TABLE IF NOT EXISTS instances (sha256 TEXT PRIMARY KEY, name TEXT, content BLOB);
CREATE TABLE IF NOT EXISTS rows ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())});
CREATE TABLE IF NOT EXISTS bounds (instance_sha256 TEXT PRIMARY KEY, value REAL, method TEXT);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""


class Store:
    """An open store.

    Parameters
    ----------
    path
        The file; created when it does not exist, unless ``must_exist``.
    """

    def __init__(self, path: str | Path, must_exist: bool = False) -> None:
        self.path = Path(path)
        if must_exist and not self.path.is_file():
            raise InputError(str(path), "no such file", "a store that 'aigcbench run' wrote")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, isolation_level=None, timeout=60)
            version = self._version()
            if version == 0:
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.executescript(TABLES)
            elif version < VERSION:
                self._upgrade(version)
        except (sqlite3.Error, OSError) as error:
            raise InputError(str(path), f"cannot be opened as a store ({error})", "a store of aigcbench") from None

    def _version(self) -> int:
        """The file's version, 0 where it is empty; `InputError` when it is somebody else's database or of a later version."""
        identity = self._read("PRAGMA application_id")[0][0]
        version = int(self._read("PRAGMA user_version")[0][0])
        count = self._read("SELECT count(*) FROM sqlite_master")[0][0]
        if count and (identity != APPLICATION_ID or version not in SINCE):
            found = f"store version {version}" if identity == APPLICATION_ID else "another program's database"
            raise InputError(str(self.path), found, f"a store of aigcbench, version {VERSION}")
        return version if count else 0

    def _upgrade(self, version: int) -> None:
        """Add the columns that later versions have brought."""
        count = sum(added for since, added in SINCE.items() if since > version)
        with self._transaction():
            for name in list(COLUMNS)[-count:]:
                self._database.execute(f"ALTER TABLE rows ADD COLUMN {name} {COLUMNS[name]}")
            self._database.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keys(self) -> set[str]:
        """Keys of the finished cells."""
        return {key for (key,) in self._read("SELECT key FROM rows")}

    def bounded(self) -> set[str]:
        """sha256 of the instances that have a bound."""
        return {sha for (sha,) in self._read("SELECT instance_sha256 FROM bounds")}

    def add(
        self, cell: Cell, outcome: Outcome, instance: Instance, timed: bool, machine: Mapping[str, Any] | None = None
    ) -> None:
        """Write one finished cell, with its instance, at once or not at all; a key that is there already stays.

        Parameters
        ----------
        timed
            Whether nothing else ran beside it.
        machine
            Where it was measured (see `machine.environment`); by default here.
        """
        spent = cell.checkpoint.spent if cell.checkpoint else None
        row: dict[str, Any] = {
            "key": cell.key,
            "formulation": cell.formulation,
            "scenario": cell.scenario,
            "instance": cell.instance_name,
            "instance_sha256": cell.instance_sha256,
            "solver": cell.card.name,
            "label": cell.label,
            "family": cell.card.family,
            "information": cell.card.information,
            "parameters": json.dumps(dict(cell.parameters), sort_keys=True),
            "seed": cell.seed,
            "status": outcome.status.value,
            "detail": outcome.detail,
            "wall_seconds": outcome.wall_seconds,
            "cpu_seconds": outcome.cpu_seconds,
            "peak_memory_mb": outcome.peak_memory_mb,
            "decision_p50_s": outcome.latency(0.50),
            "decision_p99_s": outcome.latency(0.99),
            "n_decisions": len(outcome.latencies),
            "training_cpu_seconds": spent.cpu_seconds if spent else None,
            "timed": timed,
            "wall_limit_s": cell.limits.wall_seconds,
            "memory_limit_mb": cell.limits.memory_mb,
            "threads": cell.limits.threads,
            "metrics": json.dumps(dict(outcome.score.metrics)) if outcome.score else None,
            "decisions": zlib.compress(dump_arrays(outcome.decisions)) if outcome.decisions is not None else None,
            "anytime": json.dumps(outcome.anytime),
            "source_sha256": cell.card.source_sha256,
            "environment": json.dumps(machine or environment()),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "training_seed": cell.training_seed,
            "training_environment_steps": spent.environment_steps if spent else None,
            "training_updates": spent.updates if spent else None,
            "checkpoint_sha256": cell.checkpoint.sha256 if cell.checkpoint else None,
            "submission": None,
        }
        self.add_row(row, instance)

    def add_row(self, row: Mapping[str, Any], instance: Instance) -> None:
        """Write a row that has a value for each of `COLUMNS`, with its instance, as `add` does."""
        marks = ", ".join(f":{name}" for name in COLUMNS)
        with self._transaction():
            self._put_instance(instance)
            self._database.execute(f"INSERT OR IGNORE INTO rows ({', '.join(COLUMNS)}) VALUES ({marks})", dict(row))

    def add_bound(self, instance: Instance, bound: Bound) -> None:
        """Keep a proven bound of an instance."""
        with self._transaction():
            self._put_instance(instance)
            values = (instance.sha256, bound.value, bound.method)
            self._database.execute("INSERT OR REPLACE INTO bounds VALUES (?, ?, ?)", values)

    def _put_instance(self, instance: Instance) -> None:
        known = self._database.execute("SELECT 1 FROM instances WHERE sha256 = ?", (instance.sha256,)).fetchone()
        if not known:
            content = gzip.compress(instance.to_bytes(), compresslevel=3, mtime=0)
            self._database.execute("INSERT INTO instances VALUES (?, ?, ?)", (instance.sha256, instance.name, content))

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query; `InputError` where the file is damaged."""
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise InputError(str(self.path), f"cannot be read ({error})", "a store of aigcbench") from None

    def _transaction(self) -> _Transaction:
        return _Transaction(self._database, self.path)

    def instance(self, sha256: str) -> Instance:
        """The stored instance of that identity."""
        where = f"{self.path}: instance {sha256[:12]}"
        rows = self._read("SELECT content FROM instances WHERE sha256 = ?", sha256)
        try:
            content = gzip.decompress(rows[0][0]) if rows else b""
        except (OSError, EOFError, zlib.error, TypeError):
            content = b""
        if not content:
            raise InputError(where, "missing or unreadable", "an instance of this store")
        instance = Instance.from_bytes(content, where)
        if instance.sha256 != sha256:
            raise InputError(where, f"content of instance {instance.sha256[:12]}...", "its own content")
        return instance

    def decided(self) -> Iterator[tuple[str, str, str, dict[str, Any] | None, dict[str, np.ndarray] | None]]:
        """For every row: key, label, sha256 of its instance, metrics, decisions; grouped by instance.

        None where there are none; empty, which no checker gives or takes, where they cannot be read.
        """
        for key, label, sha256 in self._read(
            "SELECT key, label, instance_sha256 FROM rows ORDER BY instance_sha256, key"
        ):
            ((metrics, packed),) = self._read("SELECT metrics, decisions FROM rows WHERE key = ?", key)
            yield key, label, sha256, _unpacked(metrics, _metrics), _unpacked(packed, _decisions)

    def decisions(self, key: str) -> dict[str, np.ndarray] | None:
        """Decisions of a row; None where it has none, empty where they cannot be read."""
        found = self._read("SELECT decisions FROM rows WHERE key = ?", key)
        return _unpacked(found[0][0], _decisions) if found else None

    def key_of(self, instance_sha256: str, label: str) -> str:
        """Key of the latest row of a solver, by its label, on an instance that has decisions; ``""`` where there is none."""
        query = "SELECT key FROM rows WHERE instance_sha256 = ? AND label = ? AND decisions NOTNULL ORDER BY finished_at DESC, key"
        found = self._read(query, instance_sha256, label)
        return str(found[0][0]) if found else ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row with all of `COLUMNS`, as they are kept, in the order of `results`."""
        keys = self._read(
            "SELECT key FROM rows ORDER BY scenario, instance, label, training_seed, seed, finished_at, key"
        )
        for (key,) in keys:
            ((*values,),) = self._read(f"SELECT {', '.join(COLUMNS)} FROM rows WHERE key = ?", key)
            yield dict(zip(COLUMNS, values, strict=True))

    def bounds(self) -> dict[str, tuple[str, Bound]]:
        """The proven bounds, and the names of their instances, by sha256."""
        query = (
            "SELECT sha256, name, value, method FROM bounds JOIN instances ON sha256 = instance_sha256 ORDER BY name"
        )
        return {sha256: (name, Bound(value, method)) for sha256, name, value, method in self._read(query)}

    def environment(self) -> Mapping[str, Any]:
        """Where the latest row was measured."""
        rows = self._read("SELECT environment FROM rows ORDER BY finished_at DESC, key LIMIT 1")
        return _unpacked(rows[0][0], json.loads) or {} if rows else {}

    def results(self) -> pd.DataFrame:
        """One row per finished cell: `RESULT_COLUMNS`, ``bound``, ``bound_method``, ``verified``, and ``metric.<name>`` for each metric.

        Rows of a submission are verified: their scores were computed anew from decisions before they came here.
        """
        import pandas as pd

        columns = ", ".join(f"rows.{name} AS {name}" for name in RESULT_COLUMNS)
        query = (
            f"SELECT {columns}, bounds.value AS bound, bounds.method AS bound_method, rows.metrics FROM rows"
            " LEFT JOIN bounds USING (instance_sha256) ORDER BY scenario, instance, label, training_seed, seed, finished_at, key"
        )
        frame = pd.DataFrame(self._read(query), columns=[*RESULT_COLUMNS, "bound", "bound_method", "metrics"])
        metrics = pd.DataFrame([_unpacked(text, _metrics) or {} for text in frame.pop("metrics")], index=frame.index)
        numbers = [
            "bound", "wall_seconds", "peak_memory_mb", "decision_p50_s", "decision_p99_s", "training_cpu_seconds",
            "training_seed", "training_environment_steps", "training_updates",
        ]  # fmt: skip
        frame[numbers] = frame[numbers].astype(float)
        frame["timed"] = frame["timed"].astype(bool)
        frame["verified"] = frame["submission"].notna()
        return frame.join(metrics.astype(float).add_prefix("metric."))

    def incumbents(self) -> dict[str, np.ndarray]:
        """Anytime curve of every row with a readable one: key to points x 2, seconds since READY and primary score."""
        import numpy as np

        curves = {}
        for key, text in self._read("SELECT key, anytime FROM rows WHERE anytime NOT IN ('', '[]') ORDER BY key"):
            try:
                curves[key] = np.array(json.loads(text), dtype=np.float64).reshape(-1, 2)
            except (ValueError, TypeError):
                continue
        return curves


class _Transaction:
    """All or nothing, with a one-line error when the disk says no."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path

    def __enter__(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None:
            self._execute("COMMIT")
        elif self._database.in_transaction:  # a full disk has rolled back by itself
            self._execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise self._refused(error) from None

    def _execute(self, statement: str) -> None:
        try:
            self._database.execute(statement)
        except sqlite3.Error as error:
            raise self._refused(error) from None

    def _refused(self, error: sqlite3.Error) -> InputError:
        return InputError(str(self._path), f"cannot be written ({error})", "a writable store")


def _unpacked(packed: Any, unpack: Callable[[Any], dict[str, T]]) -> dict[str, T] | None:
    """None as None, what cannot be read as nothing."""
    if packed is None:
        return None
    try:
        return unpack(packed)
    except (ValueError, TypeError, AttributeError, zlib.error, RecursionError):
        return {}


def _metrics(text: str) -> dict[str, Any]:
    return {name: float(value) for name, value in json.loads(text).items()}


def _decisions(packed: bytes) -> dict[str, np.ndarray]:
    return parse_arrays(zlib.decompress(packed))
