"""A ready test suite for somebody's solver: is it legal, repeatable, in time, and the same in its compiled form?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aigcbench.card import SolverCard
from aigcbench.checkpoint import Checkpoint
from aigcbench.harness.cell import Cell, Outcome, Status, Untrained
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.supervisor import run_cell
from aigcbench.harness.training import Order, run_training
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_named, problems
from aigcbench.scenario import scenario_named, scenario_names
from aigcbench.solver import Budget, Limits

TINY_INSTANCES = 3
PAPER_SECONDS = 60.0
TRIAL_BUDGET = Budget(environment_steps=20_000, updates=200, cpu_seconds=10.0)


@dataclass(frozen=True)
class Verdict:
    """One check of the suite: what was asked, whether it holds, and what was seen."""

    check: str
    passed: bool
    seen: str


def try_solver(card: SolverCard, time_limit: float = 10.0) -> Iterator[Verdict]:
    """Run the suite; yield a verdict per check.

    Parameters
    ----------
    card
        The solver, with its default parameters.
    time_limit
        Seconds for each tiny instance.
    """
    limits = Limits(wall_seconds=time_limit, threads=1)
    scenarios = [name for name in scenario_names() if card.solves(scenario_named(name).formulation)]
    tiny = [name for name in scenarios if name.endswith(("-tiny", "/tiny"))]
    declared = f"{card.kind}, {card.information}, {', '.join(card.formulations)}"
    known = ", ".join(problems())
    yield Verdict("declaration", bool(tiny), declared if tiny else f"{declared}; the formulations are {known}")
    with Nursery(limits.threads) as nursery:
        for name in tiny:
            yield from _tiny(nursery, card, name, limits)
        for name in [name for name in scenarios if name.endswith(("-paper", "/paper"))]:
            yield _paper(nursery, card, scenario_named(name).instance(0, "validation"))


def _tiny(nursery: Nursery, card: SolverCard, name: str, limits: Limits) -> Iterator[Verdict]:
    """Legality, repeatability and compiled form on tiny instances of one scenario."""
    instances = [scenario_named(name).instance(seed, "validation") for seed in range(TINY_INSTANCES)]
    checkpoint = _trained(nursery, card, name)
    if isinstance(checkpoint, Untrained):
        yield Verdict(f"{name}: trains", False, checkpoint.detail)
        return
    run = partial(_run, nursery, card, limits=limits, checkpoint=checkpoint)
    first = [run(instance) for instance in instances]
    bad = next((outcome for outcome in first if outcome.status is not Status.OK), None)
    seen = f"{bad.status}: {bad.detail}" if bad else f"legal decisions on {len(first)} instances"
    yield Verdict(f"{name}: decides", bad is None, seen)
    if bad is not None:
        return
    again = [run(instance) for instance in instances]
    same = all(_alike(a, b) for a, b in zip(first, again, strict=True))
    yield Verdict(f"{name}: same seed, same decisions", same, "identical" if same else "two runs decided differently")
    if card.kind != "planner":
        compiled = [run(instance, compiled_from=0) for instance in instances]
        alike = all(_alike(a, b) for a, b in zip(first, compiled, strict=True))
        detail = next((o.detail for o in compiled if o.detail), "it decides differently")
        yield Verdict(f"{name}: compiled form decides alike (if there is one)", alike, "identical" if alike else detail)


def _paper(nursery: Nursery, card: SolverCard, instance: Instance) -> Verdict:
    """One instance of real size, within a minute."""
    checkpoint = _trained(nursery, card, instance.scenario)
    if isinstance(checkpoint, Untrained):
        return Verdict(f"{instance.scenario}: trains", False, checkpoint.detail)
    outcome = _run(nursery, card, instance, Limits(wall_seconds=PAPER_SECONDS), checkpoint)
    metrics = problem_named(instance.formulation).metrics
    score = f"{metrics[0].name} {outcome.score.primary:.2f}, " if outcome.score else ""
    latency = f", decision p50 {outcome.latency(0.5) * 1e6:.0f} us" if len(outcome.latencies) else ""
    passed = outcome.status is Status.OK
    seen = f"{score}{outcome.wall_seconds:.2f} s{latency}" if passed else f"{outcome.status}: {outcome.detail}"
    return Verdict(f"{instance.scenario}: real size in {PAPER_SECONDS:g} s", passed, seen)


def _trained(nursery: Nursery, card: SolverCard, scenario: str) -> Checkpoint | Untrained | None:
    """What a learner has learnt of a scenario within a short budget, or why nothing; None for other solvers."""
    if card.kind != "learner":
        return None
    with tempfile.TemporaryDirectory() as folder:
        return run_training(nursery, Order.of(card, {}, scenario, 0, TRIAL_BUDGET), Path(folder), Limits())


def _run(
    nursery: Nursery,
    card: SolverCard,
    instance: Instance,
    limits: Limits,
    checkpoint: Checkpoint | None,
    compiled_from: int = 10**9,
) -> Outcome:
    return run_cell(nursery, Cell.of(card, {}, instance, 0, limits, checkpoint=checkpoint), instance, compiled_from)


def _alike(a: Outcome, b: Outcome) -> bool:
    if a.decisions is None or b.decisions is None:
        return False
    return all((a.decisions[name] == b.decisions[name]).all() for name in a.decisions)
