"""A row of the store: what it says of a finished cell, and how its parts are packed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from aigcbench.harness.cell import Cell, Outcome
from aigcbench.instance import Instance, dump_arrays, parse_arrays

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


def row_of(cell: Cell, outcome: Outcome, timed: bool, machine: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a finished cell: a value for each column of the rows.

    Parameters
    ----------
    timed
        Whether nothing else ran beside it.
    machine
        Where it was measured (see `machine.environment`).
    """
    spent = cell.checkpoint.spent if cell.checkpoint else None
    return {
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
        "environment": json.dumps(machine),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "training_seed": cell.training_seed,
        "training_environment_steps": spent.environment_steps if spent else None,
        "training_updates": spent.updates if spent else None,
        "checkpoint_sha256": cell.checkpoint.sha256 if cell.checkpoint else None,
        "submission": None,
    }


def kept(value: Any) -> Any:
    """A value as every database keeps it: not-a-number as nothing, a truth value as a number."""
    if value != value:
        return None
    return int(value) if isinstance(value, bool) else value


def pack_instance(instance: Instance) -> bytes:
    """An instance as it lies in the store."""
    return gzip.compress(instance.to_bytes(), compresslevel=3, mtime=0)


def unpack_instance(packed: Any, where: str) -> Instance | None:
    """The instance, None where nothing can be unpacked; `InputError` where that is no instance."""
    try:
        content = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error, TypeError):
        return None
    return Instance.from_bytes(content, where) if content else None


def unpack_metrics(packed: Any) -> dict[str, float] | None:
    """Metrics of a row; None where it has none, empty where they cannot be read."""
    return _unpacked(packed, lambda text: {name: float(value) for name, value in json.loads(text).items()})


def unpack_decisions(packed: Any) -> dict[str, np.ndarray] | None:
    """Decisions of a row; None where it has none, empty where they cannot be read."""
    return _unpacked(packed, lambda content: parse_arrays(zlib.decompress(content)))


def unpack_environment(packed: Any) -> dict[str, Any]:
    """Where a row was measured; empty where that cannot be read."""
    return _unpacked(packed, json.loads) or {}


def unpack_anytime(packed: Any) -> np.ndarray | None:
    """Anytime curve of a row, points x 2: seconds since READY and primary score; None where it cannot be read."""
    import numpy as np

    try:
        return np.array(json.loads(packed), dtype=np.float64).reshape(-1, 2)
    except (ValueError, TypeError):
        return None


def _unpacked(packed: Any, unpack: Callable[[Any], dict[str, T]]) -> dict[str, T] | None:
    """None as None, what cannot be read as nothing."""
    if packed is None:
        return None
    try:
        return unpack(packed)
    except (ValueError, TypeError, AttributeError, zlib.error, RecursionError):
        return {}
