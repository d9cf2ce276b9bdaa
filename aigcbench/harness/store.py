"""The store: one SQLite file with every finished cell, its decisions, its instance and the bounds.

A row is written once, in one transaction, when its cell has ended; a killed run therefore leaves a store that opens, and the
same command resumes it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome
from aigcbench.harness.machine import environment
from aigcbench.instance import Instance, dump_arrays, parse_arrays
from aigcbench.problems.problem import Bound

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

APPLICATION_ID, VERSION = 0x41494743, 1  # "AIGC"
COLUMNS = {
    "key": "TEXT PRIMARY KEY", "formulation": "TEXT", "scenario": "TEXT", "instance": "TEXT", "instance_sha256": "TEXT",
    "solver": "TEXT", "label": "TEXT", "family": "TEXT", "information": "TEXT", "parameters": "TEXT", "seed": "INTEGER",
    "status": "TEXT", "detail": "TEXT", "wall_seconds": "REAL", "cpu_seconds": "REAL", "peak_memory_mb": "REAL",
    "decision_p50_s": "REAL", "decision_p99_s": "REAL", "n_decisions": "INTEGER", "training_cpu_seconds": "REAL",
    "timed": "INTEGER", "wall_limit_s": "REAL", "memory_limit_mb": "REAL", "threads": "INTEGER", "metrics": "TEXT",
    "decisions": "BLOB", "anytime": "TEXT", "source_sha256": "TEXT", "environment": "TEXT", "finished_at": "TEXT",
}  # fmt: skip
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
            if self._is_new():
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.executescript(TABLES)
        except (sqlite3.Error, OSError) as error:
            raise InputError(str(path), f"cannot be opened as a store ({error})", "a store of aigcbench") from None

    def _is_new(self) -> bool:
        """Whether the file is empty; `InputError` when it is somebody else's database or of another version."""
        identity = self._database.execute("PRAGMA application_id").fetchone()[0]
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        count = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if count and (identity, version) != (APPLICATION_ID, VERSION):
            found = f"store version {version}" if identity == APPLICATION_ID else "another program's database"
            raise InputError(str(self.path), found, f"a store of aigcbench, version {VERSION}")
        return not count

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keys(self) -> set[str]:
        """Keys of the finished cells."""
        return {key for (key,) in self._database.execute("SELECT key FROM rows")}

    def bounded(self) -> set[str]:
        """sha256 of the instances that have a bound."""
        return {sha for (sha,) in self._database.execute("SELECT instance_sha256 FROM bounds")}

    def add(self, cell: Cell, outcome: Outcome, instance: Instance, timed: bool) -> None:
        """Write one finished cell, with its instance, at once or not at all; a key that is there already stays."""
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
            "training_cpu_seconds": outcome.training_cpu_seconds,
            "timed": timed,
            "wall_limit_s": cell.limits.wall_seconds,
            "memory_limit_mb": cell.limits.memory_mb,
            "threads": cell.limits.threads,
            "metrics": json.dumps(dict(outcome.score.metrics)) if outcome.score else None,
            "decisions": zlib.compress(dump_arrays(outcome.decisions)) if outcome.decisions is not None else None,
            "anytime": json.dumps(outcome.anytime),
            "source_sha256": cell.card.source_sha256,
            "environment": json.dumps(environment()),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        marks = ", ".join(f":{name}" for name in COLUMNS)
        with self._transaction():
            self._put_instance(instance)
            self._database.execute(f"INSERT OR IGNORE INTO rows ({', '.join(COLUMNS)}) VALUES ({marks})", row)

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

    def _transaction(self) -> _Transaction:
        return _Transaction(self._database, self.path)

    def instance(self, sha256: str) -> Instance:
        """The stored instance of that identity."""
        row = self._database.execute("SELECT content FROM instances WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            raise InputError(str(self.path), f"no instance {sha256[:12]}...", "an instance of this store")
        return Instance.from_bytes(gzip.decompress(row[0]), f"{self.path}: instance {sha256[:12]}")

    def decided(self) -> Iterator[tuple[str, str, str, str | None, dict[str, np.ndarray] | None]]:
        """For every row: key, label, sha256 of its instance, metrics as JSON, decisions; grouped by instance."""
        query = "SELECT key, label, instance_sha256, metrics, decisions FROM rows ORDER BY instance_sha256, key"
        for key, label, sha256, metrics, packed in self._database.execute(query):
            decisions = None
            if packed is not None:
                decisions = parse_arrays(zlib.decompress(packed), f"{self.path}: row {key[:12]}")
            yield key, label, sha256, metrics, decisions

    def environment(self) -> Mapping[str, Any]:
        """Where the latest row was measured."""
        row = self._database.execute("SELECT environment FROM rows ORDER BY finished_at DESC, key LIMIT 1").fetchone()
        return dict(json.loads(row[0])) if row else {}

    def results(self) -> pd.DataFrame:
        """One row per finished cell: `RESULT_COLUMNS`, ``bound``, ``bound_method`` and a ``metric.<name>`` for each metric."""
        import pandas as pd

        columns = ", ".join(f"rows.{name}" for name in RESULT_COLUMNS)
        query = (
            f"SELECT {columns}, bounds.value AS bound, bounds.method AS bound_method, rows.metrics FROM rows"
            " LEFT JOIN bounds USING (instance_sha256) ORDER BY scenario, instance, label, seed, key"
        )
        cursor = self._database.execute(query)
        names = [column[0] for column in cursor.description]
        frame = pd.DataFrame(cursor.fetchall(), columns=names)
        metrics = pd.DataFrame([json.loads(text) if text else {} for text in frame.pop("metrics")], index=frame.index)
        numbers = [
            "bound",
            "wall_seconds",
            "peak_memory_mb",
            "decision_p50_s",
            "decision_p99_s",
            "training_cpu_seconds",
        ]
        frame[numbers] = frame[numbers].astype(float)
        frame["timed"] = frame["timed"].astype(bool)
        return frame.join(metrics.astype(float).add_prefix("metric."))


class _Transaction:
    """All or nothing, with a one-line error when the disk says no."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            self._database.execute("COMMIT" if error is None else "ROLLBACK")
        except sqlite3.Error as failure:
            raise InputError(str(self._path), f"cannot be written ({failure})", "a writable store") from None
        if isinstance(error, sqlite3.Error):
            raise InputError(str(self._path), f"cannot be written ({error})", "a writable store") from None
