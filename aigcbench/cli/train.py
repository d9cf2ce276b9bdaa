"""Train a learner on a scenario's training instances, or in any environment of Gymnasium, and write a checkpoint.

Budgets are the same for every learner: quick (3 CPU-minutes), standard (20), paper (10^6 environment steps and updates).
The best weights by validation are kept; beside them lie the training curve as CSV and as a figure. Plans, and 'solve
--checkpoint', evaluate what was trained. After an interruption of any kind the same command with --resume goes on.

Example:
  aigcbench train assignment/asp-paper --solver d2sac --budget quick --seed 0 --to checkpoints
  aigcbench train --env CartPole-v1 --solver dqn --budget quick
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.cli.arguments import add_json, amount, natural, positive, print_json
from aigcbench.errors import InputError
from aigcbench.instance import write_file
from aigcbench.solver import BUDGETS

if TYPE_CHECKING:
    from aigcbench.checkpoint import Checkpoint
    from aigcbench.harness.nursery import Nursery
    from aigcbench.harness.training import Order
    from aigcbench.solver import Limits

TEST_EPISODES = 100
TEST_SECONDS = 600.0
"""For all test episodes together."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("scenario", nargs="?", help="a name from 'aigcbench list scenarios', or a .toml file")
    parser.add_argument("--env", metavar="ID", help="an environment of Gymnasium instead, e.g. CartPole-v1")
    parser.add_argument(
        "--solver", required=True, metavar="NAME", help="a learner from 'aigcbench list solvers', or a .py file"
    )
    parser.add_argument(
        "--param", "--parameter", dest="param", action="append", default=[], metavar="K=V",
        help="a solver parameter (repeatable)",
    )  # fmt: skip
    parser.add_argument("--budget", choices=list(BUDGETS), default="quick", help="what it may spend (default quick)")
    parser.add_argument("--cpu-seconds", type=amount, metavar="S", help="another limit than the budget's")
    parser.add_argument(
        "--steps", type=positive, metavar="N", help="environment steps, another limit than the budget's"
    )
    parser.add_argument("--updates", type=positive, metavar="N", help="updates, another limit than the budget's")
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="training seed (default 0)")
    parser.add_argument(
        "--to", default="checkpoints", metavar="DIR", help="folder of checkpoints to write to (default checkpoints)"
    )
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted training was last saved")
    parser.add_argument(
        "--memory-limit", type=amount, default=8000.0, metavar="MB", help="MB over the process tree (default 8000)"
    )
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="threads that it may use (default 1)")
    parser.add_argument("--verbose", action="store_true", help="let through what the solver writes to standard error")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Train; exit code 1 when the training fails."""
    from aigcbench.cli.training_progress import training_progress
    from aigcbench.harness.cell import Untrained
    from aigcbench.harness.nursery import Nursery
    from aigcbench.harness.training import run_training
    from aigcbench.report.curves import write_curve
    from aigcbench.solver import Limits

    order, folder = _order(options), Path(options.to)
    path = folder / order.training.task / f"{order.training.name}.json"
    if options.resume and _is_done(order, path):
        print(f"{order.name}: done already, {path}")
        return 0
    _refuse_overwriting(order, folder, path, options.resume)
    limits = Limits(wall_seconds=TEST_SECONDS, memory_mb=options.memory_limit, threads=options.threads)
    with Nursery(limits.threads, options.verbose) as nursery:
        with training_progress(order.training.budget) as report:
            checkpoint = run_training(nursery, order, folder, limits, report)
        if isinstance(checkpoint, Untrained):
            print(f"aigcbench: {order.name}: {checkpoint.status}, {checkpoint.detail}", file=sys.stderr)
            return 1
        write_curve(checkpoint, path.with_suffix(""))
        test = _test(nursery, order, checkpoint, limits) if options.env else None
    if test:
        write_file(path.with_suffix(".test.json"), (json.dumps(test, indent=1) + "\n").encode())
    spent = checkpoint.spent
    if options.json:
        data = {"checkpoint": str(path), "sha256": checkpoint.sha256, "validation": checkpoint.validation}
        print_json(data | vars(spent) | {"test": test})
    else:
        cost = (
            f"{spent.environment_steps} environment steps, {spent.updates} updates, {spent.cpu_seconds:.1f} CPU-seconds"
        )
        print(f"{order.name}: validation {checkpoint.validation:.4f} after {cost}")
        if test:
            interval = f"[{test['low']:.2f}, {test['high']:.2f}]"
            print(f"mean return over {test['episodes']} test episodes: {test['mean']:.2f} {interval}")
        print(f"checkpoint {path}; curve {path.with_suffix('.csv')}, {path.with_suffix('.svg')}")
    return 0


def _order(options: argparse.Namespace) -> Order:
    from aigcbench.discovery import find_solver
    from aigcbench.harness.training import Order
    from aigcbench.scenario import scenario_named
    from aigcbench.tasks import GYMNASIUM

    if bool(options.scenario) == bool(options.env):
        raise InputError("train", "both or neither of a scenario and --env", "one of them")
    card = find_solver(options.solver)
    changes = {"cpu_seconds": options.cpu_seconds, "environment_steps": options.steps, "updates": options.updates}
    given = {name: value for name, value in changes.items() if value is not None}
    budget = replace(BUDGETS[options.budget], **given)
    source = GYMNASIUM + options.env if options.env else options.scenario
    order = Order.of(card, card.parsed(options.param), source, options.seed, budget)
    if options.scenario and not card.solves(scenario_named(options.scenario).formulation):
        found = f"solves {', '.join(card.formulations)}"
        raise InputError(f"solver {card.name}", found, f"a learner for {scenario_named(options.scenario).formulation}")
    return order


def _is_done(order: Order, path: Path) -> bool:
    from aigcbench.checkpoint import Checkpoint

    return path.exists() and Checkpoint.load(path).training.key == order.training.key


def _refuse_overwriting(order: Order, folder: Path, path: Path, resume: bool) -> None:
    """Raise where a training of that name is done or was begun, unless it is to go on."""
    if path.exists():
        raise InputError(str(path), "exists already", "another folder, or none of that name")
    if order.state_path(folder).exists() and not resume:
        raise InputError(str(order.state_path(folder)), "an interrupted training", "--resume to go on, or remove it")


def _test(nursery: Nursery, order: Order, checkpoint: Checkpoint, limits: Limits) -> dict[str, Any]:
    """Mean return over test episodes, with its 95 % bootstrap interval."""
    import numpy as np

    from aigcbench.harness.training import run_test
    from aigcbench.report.statistics import mean_with_interval

    returns = run_test(nursery, order, checkpoint, TEST_EPISODES, limits)
    estimate = mean_with_interval(returns, np.random.default_rng(0))
    return {
        "environment": order.training.task,
        "checkpoint_sha256": checkpoint.sha256,
        "episodes": len(returns),
        "mean": estimate.value,
        "low": None if np.isnan(estimate.low) else estimate.low,
        "high": None if np.isnan(estimate.high) else estimate.high,
        "returns": returns.tolist(),
    }
