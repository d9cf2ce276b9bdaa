"""Long run: ``python benchmarks/soak.py --cells 20000 --jobs 2 --pause 1.2``; the exit code is 1 where something has grown.

Cells of tiny instances run through the command line into one store, while a sampler looks from outside every few seconds at
memory, file handles, processes, CPU time and the latency of the store. Then a fresh driver runs a thirtieth of the cells into a
store of its own, to tell growth from what else the machine does by now. At the end each figure of the last tenth of the samples is
held against that of the first and that of the fresh driver, whichever is more. The sampler's own rows, by which it times a write,
stay in the store beside the plan's.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from soak_sampler import FIGURES, PROBE, WORKERS, Sampler, tenths

from aigcbench.errors import InputError
from aigcbench.harness.store import Store

PLAN = """
schema = "aigcbench-plan/1"
scenarios = ["assignment/asp-tiny"]
instances = {instances}
seeds = [0, 1, 2, 3, 4]
bound_seconds = 0
solvers = ["random", "round-robin", "crash-avoid", {{ name = "{patient}", parameters = {{ seconds = {pause} }} }}]
limits = {{wall_seconds = 60}}
"""
CELLS_PER_INSTANCE = 20
"""Of one instance: four solvers, five seeds. A second scenario would bring its kernels into the driver half-way."""
PATIENT = Path(__file__).with_name("patient.py")
FEWEST = 20  # instances of the fresh driver


def watch(driver: subprocess.Popen[bytes], path: Path, scratch: Path, jobs: int, every: float) -> np.ndarray:
    """Sample until the driver ends, or somebody interrupts it: samples x figures."""
    while driver.poll() is None and not _has_row(path):
        time.sleep(0.2)
    samples: list[list[float]] = []
    with Store(path, must_exist=True) as store:
        sampler = Sampler(psutil.Process(driver.pid), store, scratch, jobs)
        while not _ended(driver, every):
            try:
                samples.append(sampler.sample())
            except psutil.Error:
                continue  # a process has ended under our eyes
            values = ", ".join(f"{value:.4g}" for value in samples[-1])
            print(f"{len(store.keys()):6} rows: {values}", file=sys.stderr, flush=True)
    return np.array(samples)


def _ended(driver: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the driver ends within that time; it is asked to when we are interrupted."""
    try:
        driver.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    except KeyboardInterrupt:
        driver.send_signal(signal.SIGINT)
        driver.wait()
    return True


def _has_row(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with Store(path) as store:
            return bool(store.keys())
    except InputError:  # not all of its tables are there yet
        return False


@dataclass(frozen=True)
class Soaked:
    """What came of one driver.

    Parameters
    ----------
    samples
        Samples x figures.
    rows
        The plan's, in the order of their ends.
    seconds, cpu_seconds
        Of the driver and all below it.
    missed
        Cells without a row of status ok.
    left
        Scratch folders that are still there.
    exit_code
        The driver's.
    """

    samples: np.ndarray
    rows: list[dict[str, Any]]
    seconds: float
    cpu_seconds: float
    missed: int
    left: int
    exit_code: int

    @property
    def columns(self) -> list[np.ndarray]:
        """The values of each of `FIGURES`, and the workers' peak memory."""
        peaks = np.array([row["peak_memory_mb"] for row in self.rows])
        return [values[~np.isnan(values)] for values in [*self.samples.T, peaks]]


def soak(instances: int, every: float, options: argparse.Namespace) -> Soaked:
    """Run a driver on so many instances, and look at it so often."""
    with tempfile.TemporaryDirectory(prefix="aigcbench-soak-") as folder:
        plan, path, scratch = Path(folder) / "plan.toml", Path(folder) / "store.sqlite", Path(folder) / "scratch"
        plan.write_text(PLAN.format(instances=instances, patient=PATIENT, pause=options.pause))
        scratch.mkdir()
        arguments = ["run", str(plan), "--store", str(path), "--jobs", str(options.jobs)]
        command = [sys.executable, "-m", "aigcbench", *arguments]
        variables = os.environ | {"TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"}
        start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver:
            samples = watch(driver, path, scratch, options.jobs, every)
        took, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        with Store(path, must_exist=True) as store:
            rows = [row for row in store.rows() if not row["key"].startswith(PROBE)]
        left = len(list(scratch.iterdir()))
    rows.sort(key=lambda row: row["finished_at"])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    missed = instances * CELLS_PER_INSTANCE - sum(row["status"] == "ok" for row in rows)
    return Soaked(samples, rows, took, cpu, missed, left, driver.returncode)


def report(run: Soaked, fresh: Soaked) -> bool:
    """Print a line for each figure; whether any has grown."""
    print("| figure | first tenth | last tenth | fresh driver | |\n|---|---:|---:|---:|---|")
    grown = False
    for figure, values, anew in zip([*FIGURES, WORKERS], run.columns, fresh.columns, strict=True):
        (first, last), now = tenths(values), float(np.median(anew))
        word = "grown" if figure.grown(values, now) else "steady"
        grown |= word == "grown"
        print(f"| {figure.name} | {first:.2f} | {last:.2f} | {now:.2f} | {word} |")
    return grown


def main() -> int:
    """Run, watch, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=20_000, help=f"rounded down to a multiple of {CELLS_PER_INSTANCE}")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that every fourth cell waits")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between samples")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it otherwise
    instances = max(1, options.cells // CELLS_PER_INSTANCE)
    run = soak(instances, options.every, options)
    fresh = soak(max(FEWEST, instances // 30), options.every / 10, options)
    grown = report(run, fresh)
    cells, inside = len(run.rows), sum(row["cpu_seconds"] for row in run.rows)
    print(f"{cells} cells in {run.seconds:.0f} s, {len(run.samples)} samples, exit code {run.exit_code}")
    print(f"{run.cpu_seconds / cells * 1e3:.1f} CPU-ms per cell, {inside / cells * 1e3:.1f} of them in the workers")
    verdict = "grown" if grown else "nothing has grown"
    print(f"{run.missed} cells without an ok row, {run.left} scratch folders left: {verdict}")
    return 1 if grown or run.missed or run.left or run.exit_code else 0


if __name__ == "__main__":
    sys.exit(main())
