"""Cost against size: ``python benchmarks/scale.py``; a table of CPU-seconds per task and peak memory, in Markdown.

Every size runs in a process of its own, whose peak memory is that of all its steps together. The sizes are those of the
``large`` presets, scaled down by the length of the horizon; caching's preset is small by nature and is left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aigcbench.discovery import find_solver, load_module
from aigcbench.instance import Instance
from aigcbench.problems.problem import load_instance, problem_named, problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.tasks import play

PRESETS = {
    "assignment/asp-large": ("horizon_s", "crash-avoid"),
    "offloading/large": ("slots", "jsq"),
    "flow/large": ("n_slots", "round-robin"),
}
"""The scenario, the parameter that its number of tasks is proportional to, and the policy that plays it."""
FULL_SIZE = 10**6
SIZES = (10**4, 10**5, 10**6)
STEPS = ("generate", "save", "load", "simulate", "check")


def measure(preset: str, size: int) -> dict[str, Any]:
    """CPU-seconds of each step on about ``size`` tasks, and the peak memory of this process in MB.

    Everything is compiled, on the smallest horizon, before it is measured.
    """
    horizon, solver = PRESETS[preset]
    scenario = scenario_named(preset)
    card = find_solver(solver)
    policy = getattr(load_module(card.location), card.class_name)()
    policy.prepare()
    problem_named(scenario.formulation).prepare()
    costs: dict[str, float] = {}

    def timed(step: str, action: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = action()
        costs[step] = time.process_time() - start
        return result

    def road(length: int) -> Instance:
        parameters = dict(scenario.parameters) | {horizon: type(scenario.parameters[horizon])(length)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "instance.json"
            instance: Instance = timed("generate", lambda: replace(scenario, parameters=parameters).instance(0))
            timed("save", lambda: instance.save(path))
            instance = timed("load", lambda: load_instance(path))
        decisions = timed("simulate", lambda: play(policy, instance, card.information, np.random.default_rng(0)))
        timed("check", lambda: score(instance, decisions))
        return instance

    length = int(scenario.parameters[horizon])
    road(max(1, length // FULL_SIZE * 100))
    instance = road(max(1, length * size // FULL_SIZE))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"tasks": problem_of(instance).n_requests(instance), "costs": costs, "peak_memory_mb": peak}


def row_of(preset: str, measured: dict[str, Any]) -> str:
    """A line of the table."""
    tasks = measured["tasks"]
    each = " | ".join(f"{measured['costs'][step] / tasks * 1e6:.2f}" for step in STEPS)
    return f"| {preset} | {tasks:,} | {each} | {measured['peak_memory_mb']:.0f} |"


def main() -> None:
    """Measure every preset at every size, each in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="*", choices=list(PRESETS), default=list(PRESETS))
    parser.add_argument("--sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--one", action="store_true", help="measure here and print JSON; what the other processes do")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.presets[0], options.sizes[0])))
        return
    print(f"| preset | tasks | {' | '.join(f'{step} (us)' for step in STEPS)} | peak (MB) |")
    print(f"|---|---:|{'---:|' * len(STEPS)}---:|", flush=True)
    for preset in options.presets:
        for size in options.sizes:
            command = [sys.executable, __file__, "--one", "--presets", preset, "--sizes", str(size)]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            print(row_of(preset, json.loads(answer)), flush=True)


if __name__ == "__main__":
    main()
