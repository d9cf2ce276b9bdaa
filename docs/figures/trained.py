"""Prints trained policies as a Markdown table: mean score over test episodes, relative to a peer on the same ones.

The interval is the 95 % one over trainings and episodes, both resampled; solvers that are not trained count as one training.

Example:
  python docs/figures/trained.py assignment/asp-paper --solver prophet --solver bid-price
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aigcbench.checkpoint import Checkpoint
from aigcbench.discovery import find_solver, load_module
from aigcbench.harness.checkpoints import checkpoint_paths, shipped_folder
from aigcbench.instance import Instance
from aigcbench.problems.problem import score
from aigcbench.report.statistics.bootstrap import mean_over_trainings
from aigcbench.scenario import scenario_named
from aigcbench.solver import Policy
from aigcbench.tasks import play


def solver_of(name: str, **parameters):
    """A solver of the catalogue."""
    card = find_solver(name)
    return getattr(load_module(card.location), card.class_name)(**parameters)


def scores(policy: Policy, instances: Sequence[Instance]) -> np.ndarray:
    """Primary score of every instance (float64, instances)."""
    found = []
    for seed, instance in enumerate(instances):
        decisions = play(policy, instance, policy.information, np.random.default_rng(seed))
        found.append(score(instance, decisions).primary)
    return np.array(found)


def trained(folder: Path, scenario: str) -> Iterator[Checkpoint]:
    """The checkpoints of a scenario in a folder."""
    for path in checkpoint_paths(folder):
        checkpoint = Checkpoint.load(path)
        if checkpoint.training.task == scenario:
            yield checkpoint


def main() -> None:
    """Play, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("--trained-on", help="scenario of the trainings (default: the same)")
    parser.add_argument("--dir", type=Path, default=shipped_folder(), help="folder of checkpoints (default: shipped)")
    parser.add_argument("--solver", action="append", default=[], help="a policy that needs no training (repeatable)")
    parser.add_argument("--only", action="append", default=[], help="label of a learner (default: all)")
    parser.add_argument("--against", default="prophet")
    parser.add_argument("--episodes", type=int, default=200)
    options = parser.parse_args()
    scenario = scenario_named(options.scenario)
    instances = [scenario.instance(seed) for seed in range(options.episodes)]
    peer = scores(solver_of(options.against), instances)
    rows, spent = defaultdict(list), defaultdict(list)
    for checkpoint in trained(options.dir, options.trained_on or scenario.name):
        training = checkpoint.training
        if not options.only or training.label in options.only:
            policy = solver_of(training.solver, **training.parameters).policy(checkpoint.weights)
            rows[training.label].append(scores(policy, instances))
            spent[training.label].append(checkpoint.spent)
    for name in options.solver:
        rows[name] = [scores(solver_of(name), instances)]
    print(
        f"| solver | trainings | updates | CPU-seconds | mean | relative to {options.against} |\n|---|---|---|---|---|---|"
    )
    for label, own in sorted(rows.items(), key=lambda row: -np.mean(row[1])):
        gain = mean_over_trainings((np.array(own) - peer) / peer.mean(), np.random.default_rng(0))
        half = (gain.high - gain.low) / 2
        cells = [label, "", "", ""]
        if spent[label]:
            cost = [f"{np.mean([getattr(one, key) for one in spent[label]]):.0f}" for key in ("updates", "cpu_seconds")]
            cells = [label, str(len(spent[label])), *cost]
        print("|", " | ".join([*cells, f"{np.mean(own):.4f}", f"{1 + gain.value:.4f} ± {half:.4f}"]), "|")


if __name__ == "__main__":
    main()
