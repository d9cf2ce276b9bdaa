"""A plain table of requests, for any other trace."""

from __future__ import annotations

from aigcbench.traces.table import Columns, Row
from aigcbench.traces.trace_format import Request, TraceFormat

REQUIRED = ("arrival_s", "steps")
OPTIONAL = ("runtime_s", "input_size", "output_size", "type", "user")


def _request(row: Row) -> Request:
    """A request; without a run time column it is as long as its steps, without a size column it is like every other."""
    steps = row.number("steps", 1)
    return Request(
        arrival=row.number("arrival_s"),
        steps=steps,
        runtime=row.number("runtime_s", 1e-6) if "runtime_s" in row.texts else steps,
        input_size=row.number("input_size") if "input_size" in row.texts else 1.0,
        output_size=row.number("output_size") if "output_size" in row.texts else 1.0,
        type=row.text("type"),
        user=row.text("user"),
    )


# An optional column that is misspelt would be lost without a word, so that no other column is let through.
FORMAT = TraceFormat("csv", "Columns arrival_s, steps and more", Columns(REQUIRED, OPTIONAL, others=False), _request)
