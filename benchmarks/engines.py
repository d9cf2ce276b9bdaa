"""What engines cost and gain: ``python benchmarks/engines.py``, on a machine of two idle cores.

Overhead per cell is the time from one result to the next of cells whose solver takes no time worth mentioning, one at a time and
written to a store. The speed-up over the local engine, one cell at a time, is that of cells with a fixed amount of work each, once
the engine has started; how long its start takes, with that of its first nursery, stands beside it. Engines take turns, and figures
are medians of their turns: a speed-up holds an engine's turn against the local one's of the same round. CPU-seconds are those of all
processes below this one: on a busy machine they mean more than times.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from aigcbench.harness.driver import run_plan
from aigcbench.harness.engines.catalogue import engine_named
from aigcbench.harness.engines.engine import Engine
from aigcbench.harness.plan import SCHEMA, Plan, parse_plan
from aigcbench.harness.store import Store

ENGINES = {"local": 1, "local, 2 jobs": 2, "ray": None}
"""Jobs of each engine, the one that others are held against first; None for as many as there are cores."""
LIMITS = {"wall_seconds": 600, "memory_mb": 1000}
WARM_UP = 4
"""Cells before the clock starts, so that every core has its nursery."""


def plan(scenario: str, solver: dict[str, Any], cells: int, first: int = 0) -> Plan:
    """A plan of as many cells on one instance."""
    table = {"schema": SCHEMA, "scenarios": [scenario], "instances": 1, "bound_seconds": 0, "limits": LIMITS}
    return parse_plan(table | {"solvers": [solver], "seeds": list(range(first, first + cells))}, "plan")


def moments(engine: Engine, work: Plan) -> list[float]:
    """When each of a plan's rows was in the store, in s since the plan began."""
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.sqlite") as store:
        start = time.perf_counter()
        run_plan(work, store, lambda _: found.append(time.perf_counter() - start), engine)
        assert set(store.results()["status"]) == {"ok"}
    return found


def cpu_seconds() -> float:
    """CPU-seconds of this process and of all below it, those that have ended included."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def overhead_ms(name: str, cells: int) -> tuple[float, float]:
    """Median time between results, one cell at a time, and CPU time per cell, in ms."""
    with closing(engine_named(name, jobs=1)) as engine:
        moments(engine, plan("assignment/asp-tiny", {"name": "random"}, WARM_UP, first=cells))
        before = cpu_seconds()
        times = moments(engine, plan("assignment/asp-tiny", {"name": "random"}, cells))
        spent = cpu_seconds() - before
    return 1000 * statistics.median(later - earlier for earlier, later in pairwise(times)), 1000 * spent / cells


def fixed_work(name: str, jobs: int | None, cells: int, generations: int) -> tuple[float, float, float]:
    """Time for the cells, CPU-seconds for them, and time for the start of the engine, in s."""
    solver = {"name": "genetic", "parameters": {"generations": generations}}
    start = time.perf_counter()
    with closing(engine_named(name, jobs=jobs)) as engine:
        opened = time.perf_counter() - start
        first = moments(engine, plan("assignment/asp-paper", solver, WARM_UP, first=cells))[0]
        before = cpu_seconds()
        took = moments(engine, plan("assignment/asp-paper", solver, cells))[-1]
        spent = cpu_seconds() - before
    return took, spent, opened + first - took / cells * (jobs or os.cpu_count() or 1)


def turn(name: str, jobs: int | None, cells: int, generations: int, quick_cells: int) -> dict[str, float]:
    """What one turn of an engine has measured; several jobs say nothing about the overhead of one cell."""
    figures = dict.fromkeys(("overhead", "cpu per cell"), math.nan)
    if jobs != 2:
        figures = dict(zip(figures, overhead_ms(name, quick_cells), strict=True))
    return figures | dict(zip(("cells", "cpu", "start"), fixed_work(name, jobs, cells, generations), strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=24, help="of fixed work (default 24)")
    parser.add_argument("--generations", type=int, default=400, help="of work in each (default 400)")
    parser.add_argument("--quick-cells", type=int, default=100, help="of no work (default 100)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine (default 3)")
    options = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}, {options.rounds} rounds\n")
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
    for _ in range(options.rounds):
        for name, jobs in ENGINES.items():
            measured = turn(name.partition(",")[0], jobs, options.cells, options.generations, options.quick_cells)
            turns[name].append(measured)
            measured["speed-up"] = turns["local"][-1]["cells"] / measured["cells"]
    print(
        "| engine | overhead per cell (ms) | CPU per cell (ms) | cells (s) | CPU (s) | speed-up (lowest to highest) | start (s) |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, measurements in turns.items():
        table = pd.DataFrame(measurements)
        overhead, cpu_per_cell, cells, cpu, start, gain = table.median()
        spread = f"{table['speed-up'].min():.2f} to {table['speed-up'].max():.2f}"
        quick = "| " if math.isnan(overhead) else f"{overhead:.1f} | {cpu_per_cell:.1f}"
        print(f"| {name} | {quick} | {cells:.1f} | {cpu:.1f} | {gain:.2f} ({spread}) | {start:.1f} |")


if __name__ == "__main__":
    main()
