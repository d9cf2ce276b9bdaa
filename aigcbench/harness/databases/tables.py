"""The tables of a store, the same in every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Double, MetaData, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine, UserDefinedType

VERSION = 3
SINCE = {1: 0, 2: 4, 3: 1}
"""How many of the last columns of the rows each store version has brought."""


class Packed(UserDefinedType[Any]):
    """Bytes. What stands there is handed out as it is, so that a damaged store is met where it is unpacked."""

    cache_ok = True


@compiles(Packed, "sqlite")
def _(_type: Packed, _compiler: Any, **_: Any) -> str:
    return "BLOB"


@compiles(Packed, "postgresql")
def _(_type: Packed, _compiler: Any, **_: Any) -> str:
    return "BYTEA"


TEXT = Text().with_variant(Text(collation="C"), "postgresql")  # the same order everywhere
NUMBER, BYTES = BigInteger(), Packed()
REAL: Double[float] = Double()

TABLES = MetaData()
INSTANCES = Table(
    "instances",
    TABLES,
    Column("sha256", TEXT, primary_key=True),
    Column("name", TEXT),
    Column("content", BYTES),
)
BOUNDS = Table(
    "bounds",
    TABLES,
    Column("instance_sha256", TEXT, primary_key=True),
    Column("value", REAL),
    Column("method", TEXT),
)
TYPES: dict[str, TypeEngine[Any]] = {
    "key": TEXT, "formulation": TEXT, "scenario": TEXT, "instance": TEXT, "instance_sha256": TEXT,
    "solver": TEXT, "label": TEXT, "family": TEXT, "information": TEXT, "parameters": TEXT, "seed": NUMBER,
    "status": TEXT, "detail": TEXT, "wall_seconds": REAL, "cpu_seconds": REAL, "peak_memory_mb": REAL,
    "decision_p50_s": REAL, "decision_p99_s": REAL, "n_decisions": NUMBER, "training_cpu_seconds": REAL,
    "timed": NUMBER, "wall_limit_s": REAL, "memory_limit_mb": REAL, "threads": NUMBER, "metrics": TEXT,
    "decisions": BYTES, "anytime": TEXT, "source_sha256": TEXT, "environment": TEXT, "finished_at": TEXT,
    "training_seed": NUMBER, "training_environment_steps": NUMBER, "training_updates": NUMBER, "checkpoint_sha256": TEXT,
    "submission": TEXT,
}  # fmt: skip
ROWS = Table("rows", TABLES, *(Column(name, kind, primary_key=name == "key") for name, kind in TYPES.items()))
COLUMNS = tuple(TYPES)


def added_since(version: int) -> list[Column[Any]]:
    """The columns of the rows that a store of an earlier version lacks."""
    count = sum(added for since, added in SINCE.items() if since > version)
    return list(ROWS.columns)[len(COLUMNS) - count :]
