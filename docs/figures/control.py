"""Trains learners in one of Gymnasium's classic control environments, keeps what they reach over 100 test episodes, prints all.

Settings are each learner's `CONTROL`. A training takes 15 to 60 CPU-seconds; without --solver what is kept is printed.

Example:
  python docs/figures/control.py CartPole-v1 --solver dqn --solver d2sac --seed 0 --seed 1 --seed 2
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aigcbench.checkpoint import Checkpoint
from aigcbench.discovery import find_solver, load_module
from aigcbench.report.statistics.bootstrap import mean_over_trainings

RESULTS = Path(__file__).parents[1] / "results"


def train(environment: str, solver: str, seed: int) -> dict:
    """What a training spent and reached: its validation curve, and the return of every test episode."""
    card = find_solver(solver)
    settings = getattr(load_module(card.location), card.class_name).CONTROL[environment]
    with TemporaryDirectory() as folder:
        order = ["train", "--env", environment, "--solver", solver, "--seed", str(seed), "--to", folder]
        changes = [text for name, value in settings.items() for text in ("--param", f"{name}={value}")]
        subprocess.run([sys.executable, "-m", "aigcbench", *order, *changes], check=True)
        test = json.loads(next(Path(folder).rglob("*.test.json")).read_text())
        weights = next(path for path in Path(folder).rglob("*.safetensors"))
        checkpoint = Checkpoint.load(weights.with_suffix(".json"))
    points = [point for point in checkpoint.curve if "validation" in point]
    return {
        "environment": environment,
        "solver": solver,
        "seed": seed,
        "parameters": dict(checkpoint.training.parameters),
        "packages": dict(checkpoint.packages),
        "spent": vars(checkpoint.spent),
        "validations": [[point["updates"], round(point["validation"], 2)] for point in points],
        "test_returns": test["returns"],
    }


def table(environment: str) -> None:
    """Print what is kept of an environment: means over trainings and test episodes, 95 % intervals by resampling both."""
    kept = defaultdict(list)
    for path in sorted((RESULTS / environment).glob("*.json")):
        result = json.loads(path.read_text())
        kept[result["solver"]].append(result)
    print(
        "| solver | trainings | updates | CPU-seconds | mean return | lowest mean of a training |\n" + "|---" * 6 + "|"
    )
    for solver, results in kept.items():
        returns = np.array([result["test_returns"] for result in results])
        mean = mean_over_trainings(returns, np.random.default_rng(0))
        spent = [f"{np.mean([one['spent'][name] for one in results]):.0f}" for name in ("updates", "cpu_seconds")]
        cells = [solver, str(len(results)), *spent, f"{mean.value:.1f} [{mean.low:.1f}, {mean.high:.1f}]"]
        print("|", " | ".join([*cells, f"{returns.mean(axis=1).min():.1f}"]), "|")


def main() -> None:
    """Train what is asked for, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environment", help="CartPole-v1 or Acrobot-v1")
    parser.add_argument("--solver", action="append", default=[])
    parser.add_argument("--seed", action="append", type=int, default=[])
    options = parser.parse_args()
    for solver in options.solver:
        for seed in options.seed or [0]:
            path = RESULTS / options.environment / f"{solver}-seed{seed}.json"
            result = train(options.environment, solver, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result) + "\n")
    table(options.environment)


if __name__ == "__main__":
    main()
