"""Prints trained policies and others over several scenarios as Markdown tables, one per metric, scenarios in columns.

Means with half the 95 % interval over trainings and episodes, both resampled; then the first metric relative to peers on the same
episodes, in per cent; then the CPU-milliseconds of an episode, environment included (median).

Example:
  python docs/figures/trained_sweep.py caching/paper caching/storage-32 --trained-on caching/paper --only "t2drl[caches=item]" \\
      --solver rcars --against rcars --metric cost --metric hit_ratio --episodes 10
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from trained import checkpoints_of, decide, interval, relative_differences, solver_of

from aigcbench.harness.checkpoints import shipped_folder
from aigcbench.instance import Instance
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Planner, Policy


@dataclass
class Played:
    """One solver on one scenario: scores by training (metrics x instances), and CPU-seconds of every episode."""

    scores: list[np.ndarray] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, solver: Policy | Planner, instances: Sequence[Instance], metrics: Sequence[str]) -> None:
        """Play all instances with one training."""
        found = []
        for seed, instance in enumerate(instances):
            started = time.process_time()
            decisions = decide(solver, instance, seed)
            self.seconds.append(time.process_time() - started)
            judged = score(instance, decisions)
            found.append([judged[metric] for metric in metrics])
        self.scores.append(np.array(found).T)

    @property
    def values(self) -> np.ndarray:
        """Trainings x metrics x instances."""
        return np.array(self.scores)


def played(scenario: str, options: argparse.Namespace) -> dict[str, Played]:
    """All solvers on one scenario, by label."""
    instances = [scenario_named(scenario).instance(seed) for seed in range(options.episodes)]
    rows: dict[str, Played] = defaultdict(Played)
    for checkpoint in checkpoints_of(options.dir, options.trained_on or scenario):
        training = checkpoint.training
        if not options.only or training.label in options.only:
            policy = solver_of(training.solver, **training.parameters).policy(checkpoint.weights)
            rows[training.label].add(policy, instances, options.metric)
    for name in dict.fromkeys([*options.solver, *options.against]):
        if name not in rows:
            solver = solver_of(name)
            solver.prepare()
            rows[name].add(solver, instances, options.metric)
    return rows


def relative(values: np.ndarray, peer: np.ndarray) -> str:
    """The first metric relative to a peer's, in per cent, with half its 95 % interval."""
    return interval(100.0 * relative_differences(values[:, 0], peer[:, 0]), 1)


def print_table(title: str, columns: dict[str, dict[str, str]]) -> None:
    """Solvers in rows, scenarios in columns."""
    labels = list(dict.fromkeys(label for column in columns.values() for label in column))
    print(f"\n{title}\n\n| |", " | ".join(columns), "|\n|---" + "|---" * len(columns) + "|")
    for label in labels:
        print(f"| {label} |", " | ".join(column.get(label, "") for column in columns.values()), "|")


def main() -> None:
    """Play, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="+")
    parser.add_argument("--dir", type=Path, default=shipped_folder(), help="folder of checkpoints (default: shipped)")
    parser.add_argument("--trained-on", metavar="SCENARIO", help="for all (default: each where it is played)")
    parser.add_argument("--solver", action="append", default=[], help="a solver that needs no training (repeatable)")
    parser.add_argument("--only", action="append", default=[], help="label of a learner (repeatable; default: all)")
    parser.add_argument("--metric", action="append", required=True, help="repeatable")
    parser.add_argument("--against", action="append", required=True, help="a solver, or a learner's label (repeatable)")
    parser.add_argument("--digits", type=int, default=2)
    parser.add_argument("--episodes", type=int, default=10)
    options = parser.parse_args()
    found = {scenario: played(scenario, options) for scenario in options.scenarios}
    for k, metric in enumerate(options.metric):
        cells = {
            scenario: {label: interval(row.values[:, k], options.digits) for label, row in rows.items()}
            for scenario, rows in found.items()
        }
        print_table(f"{metric} ({options.episodes} episodes)", cells)
    for peer in options.against:
        cells = {
            scenario: {label: relative(row.values, rows[peer].values) for label, row in rows.items()}
            for scenario, rows in found.items()
        }
        print_table(f"{options.metric[0]} against {peer}, %", cells)
    cells = {
        scenario: {label: f"{1e3 * np.median(row.seconds):.3g}" for label, row in rows.items()}
        for scenario, rows in found.items()
    }
    print_table("CPU-milliseconds of an episode", cells)
    trainings = {label: len(row.scores) for rows in found.values() for label, row in rows.items()}
    print("\ntrainings:", ", ".join(f"{label} {count}" for label, count in trainings.items()))


if __name__ == "__main__":
    main()
