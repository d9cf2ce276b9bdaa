"""The columns that tell what a solver costs, and how its runs ended."""

from __future__ import annotations

import math

from aigcbench.report import formats
from aigcbench.report.board import Standing
from aigcbench.report.column import Column, duration_column


def statuses_text(standing: Standing) -> str:
    """What did not end well, e.g. ``1 timeout, 2 crash``; empty if all is well."""
    return ", ".join(f"{n} {status}" for status, n in standing.statuses.items() if status != "ok")


def cost_columns() -> list[Column]:
    """Times, memory, training, and runs that ended well."""
    return [
        duration_column(
            "latency",
            title="Decision",
            short="p50",
            detail_title="p99",
            explanation="Time per decision: median, and 99th percentile below; means over runs. Planners decide all at once.",
            value=lambda s: s.decision_p50_s,
            detail=lambda s: formats.duration(s.decision_p99_s),
        ),
        Column(
            key="wall",
            title="Run time",
            short="Run",
            detail_title="peak memory",
            explanation="Wall time of a whole run, mean over runs, and the largest memory of its process tree. "
            "~ marks times taken while other runs were going on.",
            mixed=True,
            better="down",
            value=lambda s: s.wall_seconds,
            text=lambda s: ("" if s.timed else "~") + formats.duration(s.wall_seconds),
            detail=lambda s: formats.memory(s.peak_memory_mb),
            shown=False,
        ),
        duration_column(
            "training",
            title="Training",
            short="Train",
            detail_title="seeds",
            explanation="Processor time spent on one training, before any of the runs, and the number of trainings, each with "
            "a seed of its own; means and intervals are over all of them.",
            value=lambda s: s.training_cpu_seconds,
            detail=lambda s: formats.count(s.trainings, "seed") if s.trainings else "",
        ),
        Column(
            key="solved",
            title="Solved",
            short="Solved",
            explanation="Runs that delivered legal decisions, of all runs, and how the others ended. "
            "A run stopped at a limit is judged by its best decisions until then.",
            mixed=True,
            better="up",
            value=lambda s: s.scored / s.runs if s.runs else math.nan,
            text=lambda s: f"{s.scored}/{s.runs}",
            detail=statuses_text,
        ),
    ]
