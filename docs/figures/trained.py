"""Prints trained policies as a Markdown table: means over test episodes, the first metric relative to a peer.

The interval is the 95 % one over trainings and episodes, both resampled. Episodes are paired; where both were trained several
times, so are trainings, in the order of their seeds. A solver that is not trained is held against every training of its peer.

Example:
  python docs/figures/trained.py assignment/asp-paper --solver prophet --solver bid-price
  python docs/figures/trained.py assignment/asp-paper --only d2sac --decide chains=8 --decide chains=8,decision=critic
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aigcbench.checkpoint import Checkpoint, Spent, Training
from aigcbench.discovery import find_solver, load_module
from aigcbench.harness.checkpoints import checkpoint_paths, shipped_folder
from aigcbench.instance import Instance
from aigcbench.problems.problem import score
from aigcbench.report.statistics.bootstrap import mean_over_trainings
from aigcbench.scenario import scenario_named
from aigcbench.solver import Decisions, Learner, Limits, Planner, Policy
from aigcbench.tasks import play

Rows = dict[str, list[np.ndarray]]
Costs = dict[str, list[Spent]]


def solver_of(name: str, **parameters):
    """A solver of the catalogue."""
    card = find_solver(name)
    return getattr(load_module(card.location), card.class_name)(**parameters)


def decide(solver: Policy | Planner, instance: Instance, seed: int) -> Decisions:
    """What a policy or a planner decides on an instance, in this process."""
    rng = np.random.default_rng(seed)
    if isinstance(solver, Planner):
        return solver.plan(instance, Limits(), rng, lambda *_: None)
    return play(solver, instance, solver.information, rng)


def scores(solver: Policy | Planner, instances: Sequence[Instance], metrics: Sequence[str]) -> np.ndarray:
    """Metrics of every instance (float64, metrics x instances)."""
    found = []
    for seed, instance in enumerate(instances):
        judged = score(instance, decide(solver, instance, seed))
        found.append([judged[metric] for metric in metrics])
    return np.array(found).T


def checkpoints_of(folder: Path, scenario: str) -> Iterator[Checkpoint]:
    """The checkpoints of a scenario in a folder."""
    for path in checkpoint_paths(folder):
        checkpoint = Checkpoint.load(path)
        if checkpoint.training.task == scenario:
            yield checkpoint


def deciding(training: Training, changes: str) -> Learner:
    """The learner of a training with parameters changed that matter to decisions alone, such as ``chains=8``."""
    card = find_solver(training.solver)
    known = {parameter.name: parameter for parameter in card.parameters}
    pairs = [change.partition("=")[::2] for change in changes.split(",") if change]
    changed = {name: known[name].parse(value, f"solver {card.name}") for name, value in pairs}
    return solver_of(training.solver, **training.parameters | changed)


def trained_scores(options: argparse.Namespace, instances: Sequence[Instance]) -> tuple[Rows, Costs]:
    """Metrics (metrics x instances) of every training of each learner, and what the trainings cost."""
    rows, spent = defaultdict(list), defaultdict(list)
    for checkpoint in checkpoints_of(options.dir, options.trained_on or options.scenario):
        training = checkpoint.training
        if not options.only or training.label in options.only:
            for changes in ["", *options.decide]:
                label = f"{training.label}, {changes}" if changes else training.label
                policy = deciding(training, changes).policy(checkpoint.weights)
                rows[label].append(scores(policy, instances, options.metric))
                spent[label].append(checkpoint.spent)
    return rows, spent


def relative_differences(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Differences of two solvers' scores (trainings x instances), of their pairs, as shares of the second one's mean."""
    if min(len(ours), len(theirs)) > 1:
        pairs = min(len(ours), len(theirs))
        ours, theirs = ours[:pairs], theirs[:pairs]
    return (ours - theirs) / theirs.mean()


def interval(values: np.ndarray, digits: int) -> str:
    """The mean of trainings x instances and half its 95 % interval, as text."""
    mean = mean_over_trainings(values, np.random.default_rng(0))
    return f"{mean.value:.{digits}f} ± {(mean.high - mean.low) / 2:.{digits}f}"


def main() -> None:
    """Play, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("--dir", type=Path, default=shipped_folder(), help="folder of checkpoints (default: shipped)")
    parser.add_argument("--trained-on", metavar="SCENARIO", help="another scenario than the one that is played")
    parser.add_argument("--solver", action="append", default=[], help="a solver that needs no training (repeatable)")
    parser.add_argument("--only", action="append", default=[], help="label of a learner (default: all)")
    parser.add_argument(
        "--decide", action="append", default=[], metavar="K=V,...", help="play learners with these, too"
    )
    parser.add_argument(
        "--metric", action="append", default=[], help="of the formulation (repeatable; default: reward)"
    )
    parser.add_argument("--against", default="prophet", help="a policy, or the label of a learner")
    parser.add_argument("--episodes", type=int, default=200)
    options = parser.parse_args()
    options.metric = options.metric or ["reward"]
    scenario = scenario_named(options.scenario)
    instances = [scenario.instance(seed) for seed in range(options.episodes)]
    rows, spent = trained_scores(options, instances)
    for name in {options.against, *options.solver} - set(rows):
        rows[name] = [scores(solver_of(name), instances, options.metric)]
    head = ["solver", "trainings", "updates", "CPU-seconds", *options.metric, f"relative to {options.against}"]
    print("|", " | ".join(head), "|\n" + "|---" * len(head) + "|")
    peer = np.array(rows[options.against])[:, 0]
    for label, found in sorted(rows.items(), key=lambda row: -np.mean(row[1], axis=(0, 2))[0]):
        values = np.array(found)  # trainings x metrics x instances
        relative = interval(1 + relative_differences(values[:, 0], peer), 4)
        cells = [label, "", "", ""]
        if trainings := spent[label]:
            means = [np.mean([getattr(one, key) for one in trainings]) for key in ("updates", "cpu_seconds")]
            cells = [label, str(len(trainings)), *(f"{mean:.0f}" for mean in means)]
        metrics = [f"{value:.4g}" for value in values.mean(axis=(0, 2))]
        print("|", " | ".join([*cells, *metrics, relative]), "|")


if __name__ == "__main__":
    main()
