"""The store: every finished cell with its decisions, its instance and the bounds, in one file or on a database server.

A row is written once, in one transaction, when its cell has ended; a killed run therefore leaves a store that opens, and the
same command resumes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Insert, bindparam, select

from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Outcome
from aigcbench.harness.databases.catalogue import database_at
from aigcbench.harness.databases.tables import BOUNDS, COLUMNS, INSTANCES, ROWS
from aigcbench.harness.machine import environment
from aigcbench.harness.row import (
    kept,
    pack_instance,
    row_of,
    unpack_anytime,
    unpack_decisions,
    unpack_environment,
    unpack_instance,
    unpack_metrics,
)
from aigcbench.instance import Instance
from aigcbench.problems.problem import Bound

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

RESULT_COLUMNS = [
    name for name in COLUMNS if name not in ("metrics", "decisions", "anytime", "environment", "finished_at")
]  # fmt: skip
NUMERIC_RESULTS = [
    "bound", "wall_seconds", "peak_memory_mb", "decision_p50_s", "decision_p99_s", "training_cpu_seconds",
    "training_seed", "training_environment_steps", "training_updates",
]  # fmt: skip
_ROW = ROWS.columns
_ORDER = (
    _ROW.scenario, _ROW.instance, _ROW.label, _ROW.training_seed.nulls_first(), _ROW.seed, _ROW.finished_at.nulls_first(),
    _ROW.key,
)  # fmt: skip
_LATEST = (_ROW.finished_at.desc().nulls_last(), _ROW.key)
_AT_A_TIME = 32  # rows: few enough for memory, where decisions are large
_KNOWN = select(INSTANCES.columns.name).where(INSTANCES.columns.sha256 == bindparam("sha256"))


class Store:
    """An open store.

    Parameters
    ----------
    location
        A file, which is created when it does not exist, unless ``must_exist``; or the URL of a PostgreSQL database.

    Attributes
    ----------
    where
        What messages call it: the location without a password.
    """

    def __init__(self, location: str | Path, must_exist: bool = False) -> None:
        self._database = database_at(location, must_exist)
        self.where = self._database.where
        insert = self._database.insert
        self._known: set[str] = set()
        self._insert_row = insert(ROWS).on_conflict_do_nothing()
        self._insert_instance = insert(INSTANCES).on_conflict_do_nothing()
        bound = insert(BOUNDS)
        self._put_bound = bound.on_conflict_do_update(
            index_elements=["instance_sha256"], set_={"value": bound.excluded.value, "method": bound.excluded.method}
        )

    def beside(self, suffix: str) -> Path:
        """Where files that belong to the store are kept: named like it, with another suffix."""
        return self._database.home.with_suffix(suffix)

    def close(self) -> None:
        """Close the file or the connections."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keys(self) -> set[str]:
        """Keys of the finished cells."""
        return {key for (key,) in self._database.read(select(_ROW.key))}

    def bounded(self) -> set[str]:
        """sha256 of the instances that have a bound."""
        return {sha256 for (sha256,) in self._database.read(select(BOUNDS.columns.instance_sha256))}

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
        self.add_row(row_of(cell, outcome, timed, machine or environment()), instance)

    def add_row(self, row: Mapping[str, Any], instance: Instance) -> None:
        """Write a row that has a value for each of `COLUMNS`, with its instance, as `add` does."""
        self._put(instance, self._insert_row, {name: kept(row[name]) for name in COLUMNS})

    def add_bound(self, instance: Instance, bound: Bound) -> None:
        """Keep a proven bound of an instance."""
        values = {"instance_sha256": instance.sha256, "value": bound.value, "method": bound.method}
        self._put(instance, self._put_bound, values)

    def _put(self, instance: Instance, statement: Insert, values: Mapping[str, Any]) -> None:
        """Write something of an instance, and the instance itself where it is not there yet."""
        sha256 = instance.sha256
        with self._database.writing() as connection:
            if sha256 not in self._known and not connection.execute(_KNOWN, {"sha256": sha256}).first():
                content = {"sha256": sha256, "name": instance.name, "content": pack_instance(instance)}
                connection.execute(self._insert_instance, content)
            connection.execute(statement, values)
        self._known.add(sha256)

    def instance(self, sha256: str) -> Instance:
        """The stored instance of that identity."""
        where = f"{self.where}: instance {sha256[:12]}"
        rows = self._database.read(select(INSTANCES.columns.content).where(INSTANCES.columns.sha256 == sha256))
        instance = unpack_instance(rows[0][0], where) if rows else None
        if instance is None:
            raise InputError(where, "missing or unreadable", "an instance of this store")
        if instance.sha256 != sha256:
            raise InputError(where, f"content of instance {instance.sha256[:12]}...", "its own content")
        return instance

    def decided(self) -> Iterator[tuple[str, str, str, dict[str, Any] | None, dict[str, np.ndarray] | None]]:
        """For every row: key, label, sha256 of its instance, metrics, decisions; grouped by instance.

        None where there are none; empty, which no checker gives or takes, where they cannot be read.
        """
        order = _ROW.instance_sha256, _ROW.key
        for row in self._one_by_one((_ROW.label, _ROW.instance_sha256, _ROW.metrics, _ROW.decisions), order):
            metrics, decisions = unpack_metrics(row.metrics), unpack_decisions(row.decisions)
            yield row.key, row.label, row.instance_sha256, metrics, decisions

    def _one_by_one(self, columns: Iterable[Column[Any]], order: Iterable[ColumnElement[Any]]) -> Iterator[Any]:
        """Key and columns of every row, which need not fit into memory together; nothing stays locked in between."""
        query = select(_ROW.key, *columns).where(_ROW.key.in_(bindparam("keys", expanding=True)))
        keys = [key for (key,) in self._database.read(select(_ROW.key).order_by(*order))]
        for start in range(0, len(keys), _AT_A_TIME):
            batch = keys[start : start + _AT_A_TIME]
            found = {row.key: row for row in self._database.read(query, keys=batch)}
            yield from (found[key] for key in batch if key in found)

    def decisions(self, key: str) -> dict[str, np.ndarray] | None:
        """Decisions of a row; None where it has none, empty where they cannot be read."""
        found = self._database.read(select(_ROW.decisions).where(_ROW.key == key))
        return unpack_decisions(found[0].decisions) if found else None

    def key_of(self, instance_sha256: str, label: str) -> str:
        """Key of the latest row of a solver, by its label, on an instance that has decisions; ``""`` where there is none."""
        wanted = (_ROW.instance_sha256 == instance_sha256, _ROW.label == label, _ROW.decisions.is_not(None))
        found = self._database.read(select(_ROW.key).where(*wanted).order_by(*_LATEST))
        return str(found[0].key) if found else ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row with all of `COLUMNS`, as they are kept, in the order of `results`."""
        for row in self._one_by_one([_ROW[name] for name in COLUMNS if name != "key"], _ORDER):
            yield dict(row._mapping)

    def bounds(self) -> dict[str, tuple[str, Bound]]:
        """The proven bounds, and the names of their instances, by sha256."""
        joined = BOUNDS.join(INSTANCES, INSTANCES.columns.sha256 == BOUNDS.columns.instance_sha256)
        columns = INSTANCES.columns.sha256, INSTANCES.columns.name, BOUNDS.columns.value, BOUNDS.columns.method
        found = self._database.read(select(*columns).select_from(joined).order_by(INSTANCES.columns.name))
        return {sha256: (name, Bound(value, method)) for sha256, name, value, method in found}

    def environment(self) -> Mapping[str, Any]:
        """Where the latest row was measured."""
        found = self._database.read(select(_ROW.environment).order_by(*_LATEST).limit(1))
        return unpack_environment(found[0].environment) if found else {}

    def results(self) -> pd.DataFrame:
        """One row per finished cell: `RESULT_COLUMNS`, ``bound``, ``bound_method``, ``verified``, and ``metric.<name>`` for each metric.

        Rows of a submission are verified: their scores were computed anew from decisions before they came here.
        """
        import pandas as pd

        joined = ROWS.outerjoin(BOUNDS, _ROW.instance_sha256 == BOUNDS.columns.instance_sha256)
        columns = [*(_ROW[name] for name in RESULT_COLUMNS), BOUNDS.columns.value, BOUNDS.columns.method, _ROW.metrics]
        found = self._database.read(select(*columns).select_from(joined).order_by(*_ORDER))
        frame = pd.DataFrame(map(tuple, found), columns=[*RESULT_COLUMNS, "bound", "bound_method", "metrics"])
        metrics = pd.DataFrame([unpack_metrics(text) or {} for text in frame.pop("metrics")], index=frame.index)
        frame[NUMERIC_RESULTS] = frame[NUMERIC_RESULTS].astype(float)
        frame["timed"] = frame["timed"].astype(bool)
        frame["verified"] = frame["submission"].notna()
        return frame.join(metrics.astype(float).add_prefix("metric."))

    def incumbents(self) -> dict[str, np.ndarray]:
        """Anytime curve of every row with a readable one: key to points x 2, seconds since READY and primary score."""
        query = select(_ROW.key, _ROW.anytime).where(_ROW.anytime.not_in(["", "[]"])).order_by(_ROW.key)
        curves = {key: unpack_anytime(packed) for key, packed in self._database.read(query)}
        return {key: curve for key, curve in curves.items() if curve is not None}
