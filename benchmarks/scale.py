"""Cost against size: ``python benchmarks/scale.py``; a table of CPU-microseconds per task and of memory, in Markdown.

Every size runs in a process of its own, whose peak memory is that of all its steps together. The sizes are those of the
``large`` presets, scaled by the length of their horizon. ``--end-to-end`` takes them through the command line instead:
generate, run two policies (with the bound), check, report. The streamed 10^7 tasks are in ``benchmarks/bench_offloading.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.discovery import find_solver, load_module
from aigcbench.harness.store import Store
from aigcbench.instance import Instance
from aigcbench.problems.assignment.bound import best_service_bound
from aigcbench.problems.offloading.bounding.pooled import pooled_bound
from aigcbench.problems.problem import load_instance, problem_named, score
from aigcbench.scenario import scenario_named
from aigcbench.tasks import play


@dataclass(frozen=True)
class Preset:
    """A scenario whose number of tasks is scaled by its horizon.

    Parameters
    ----------
    horizon, million
        The parameter, and its value for about 10^6 tasks.
    tasks
        An array with an entry for each task.
    solver
        The policy that plays it.
    another
        Another one, which goes with it through the command line.
    bound
        A bound that is cheap at any size; None where there is none.
    """

    horizon: str
    million: float
    tasks: str
    solver: str
    another: str
    bound: Callable[[Instance], object] | None = None


PRESETS = {
    "assignment/asp-large": Preset(
        "horizon_s", 2_000_000.0, "task_arrival", "crash-avoid", "random", best_service_bound
    ),
    "offloading/large": Preset("slots", 56, "task_work", "jsq", "random", pooled_bound),
    "caching/large": Preset("frames", 50, "request", "static-popular", "rcars"),
    "flow/large": Preset("n_slots", 4000, "flow_slot", "round-robin", "random"),
}
SIZES = (10**4, 10**5, 10**6)
STEPS = ("generate", "save", "load", "simulate", "check", "bound")
PLAN = """
schema = "aigcbench-plan/1"
files = ["{instance}"]
solvers = ["{solver}", "{another}"]
bound_seconds = 10
limits = {{wall_seconds = 600, memory_mb = 8000}}
"""


def drawn(name: str, size: float) -> Instance:
    """The preset with about ``size`` tasks; no fewer than its shortest horizon has."""
    preset, scenario = PRESETS[name], scenario_named(name)
    length = max(1, math.ceil(preset.million * size / 10**6))
    parameters = dict(scenario.parameters) | {preset.horizon: type(scenario.parameters[preset.horizon])(length)}
    return replace(scenario, parameters=parameters).instance(0)


def peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def measure(name: str, size: int) -> dict[str, Any]:
    """CPU-seconds of each step on about ``size`` tasks, and the peak memory of this process before and after, in MB.

    Everything is compiled, on a short horizon, before it is measured.
    """
    preset, scenario = PRESETS[name], scenario_named(name)
    card = find_solver(preset.solver)
    policy = getattr(load_module(card.location), card.class_name)()
    policy.prepare()
    problem_named(scenario.formulation).prepare()
    costs: dict[str, float] = {}

    def timed(step: str, action: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = action()
        costs[step] = time.process_time() - start
        return result

    def road(tasks: int) -> Instance:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "instance.json"
            instance: Instance = timed("generate", lambda: drawn(name, tasks))
            timed("save", lambda: instance.save(path))
            instance = timed("load", lambda: load_instance(path))
        decisions = timed("simulate", lambda: play(policy, instance, card.information, np.random.default_rng(0)))
        timed("check", lambda: score(instance, decisions))
        if preset.bound is not None:
            bound = preset.bound
            timed("bound", lambda: bound(instance))
        return instance

    road(100)
    before = peak_mb()
    instance = road(size)
    return {"tasks": instance[preset.tasks].size, "costs": costs, "before_mb": before, "peak_mb": peak_mb()}


def row_of(name: str, measured: dict[str, Any]) -> str:
    """A line of the table."""
    tasks, costs = measured["tasks"], measured["costs"]
    each = " | ".join(f"{costs[step] / tasks * 1e6:.2f}" if step in costs else "" for step in STEPS)
    more = (measured["peak_mb"] - measured["before_mb"]) * 1e6 / tasks
    return f"| {name} | {tasks:,} | {each} | {measured['peak_mb']:.0f} | {more:.0f} |"


def end_to_end(name: str, size: int) -> str:
    """A line of the table of the road through the command line: CPU-seconds and peak memory in MB of each verb.

    A verb's peak is that of its largest process. The site's page of the instance is part of the report.
    """
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        instance, plan, store = (Path(folder) / part for part in ("instance.json.gz", "plan.toml", "store.sqlite"))
        library = [sys.executable, "-m", "aigcbench"]
        plan.write_text(PLAN.format(instance=instance, solver=PRESETS[name].solver, another=PRESETS[name].another))
        for command in (
            [sys.executable, __file__, "--presets", name, "--sizes", str(size), "--draw", str(instance)],
            [*library, "run", str(plan), "--store", str(store)],
            [*library, "check", "--all", "--store", str(store)],
            [*library, "leaderboard", "--store", str(store), "--out", str(Path(folder) / "site")],
        ):
            cpu, peak = cost_of(command)
            cells.append(f"{cpu:.1f} / {peak:.0f}")
        with Store(store) as opened:
            rows = list(opened.results().itertuples())
            cells.append(", ".join(sorted({bound.method for _, bound in opened.bounds().values()})))
        assert {row.status for row in rows} == {"ok"}, rows
        sizes = " / ".join(f"{path.stat().st_size / 1e6:.1f}" for path in (instance, store))
        tasks = load_instance(instance)[PRESETS[name].tasks].size
    return f"| {name} | {tasks:,} | {' | '.join(cells)} | {sizes} |"


def cost_of(command: list[str]) -> tuple[float, float]:
    """CPU-seconds and peak memory in MB of a command that must end well, with what it waits for."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        assert process.returncode == 0, told.read().decode()
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def main() -> None:
    """Measure every preset at every size, each in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="*", choices=list(PRESETS), default=list(PRESETS))
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--one", action="store_true", help="measure here and print JSON; what the other processes do")
    parser.add_argument("--draw", type=Path, help="write the instance of one preset and size there, and no more")
    parser.add_argument("--end-to-end", action="store_true", help="through the command line instead")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.presets[0], options.sizes[0])))
        return
    if options.draw:
        drawn(options.presets[0], options.sizes[0]).save(options.draw)
        return
    if options.end_to_end:
        print("| preset | tasks | generate | run | check | report | bound | instance / store (MB) |")
        print("|---|---:|---:|---:|---:|---:|---|---:|", flush=True)
        for name in options.presets:
            for size in options.sizes:
                print(end_to_end(name, size), flush=True)
        return
    print(f"| preset | tasks | {' | '.join(f'{step} (us)' for step in STEPS)} | peak (MB) | bytes per task |")
    print(f"|---|---:|{'---:|' * len(STEPS)}---:|---:|", flush=True)
    for name in options.presets:
        for size in options.sizes:
            command = [sys.executable, __file__, "--one", "--presets", name, "--sizes", str(size)]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            print(row_of(name, json.loads(answer)), flush=True)


if __name__ == "__main__":
    main()
