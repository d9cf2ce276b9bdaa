"""The local engine: trains what a plan's learners lack, then runs its unfinished cells, on this machine, into a store."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from aigcbench.checkpoint import Checkpoint
from aigcbench.harness.cell import Cell, Outcome, Untrained
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.plan import Plan
from aigcbench.harness.store import Store
from aigcbench.harness.supervisor import run_bound, run_cell
from aigcbench.harness.training import Order, run_training
from aigcbench.instance import Instance
from aigcbench.problems.problem import Bound

W = TypeVar("W")
R = TypeVar("R")
BOUND_MARGIN_SECONDS = 30.0  # building the model and leaving the worker, beyond the time for the bound itself


@dataclass(frozen=True)
class Work:
    """One unit of work: a cell of an instance, or (cell None) the instance's bound; finished ones came before it."""

    instance: Instance
    cell: Cell | None
    passed_over: int = 0

    @property
    def name(self) -> str:
        """What a progress line calls it."""
        return f"{self.cell.label if self.cell else 'bound'} on {self.instance.name}"


Result = Outcome | Bound | Checkpoint | Untrained | None


@dataclass(frozen=True)
class Finished:
    """A unit of work that is done and kept, and how far the run is."""

    work: Work | Order
    result: Result
    done: int
    total: int


def checkpoint_folder(store: Store) -> Path:
    """Where the checkpoints are kept that a run into a store has trained."""
    return store.path.with_suffix(".checkpoints")


def run_plan(
    plan: Plan, store: Store, report: Callable[[Finished], None], jobs: int = 1, verbose: bool = False,
    folder: Path | None = None,
) -> None:  # fmt: skip
    """Train what is missing, run every cell that the store does not have, and the missing bounds; report each once it is kept.

    Parameters
    ----------
    jobs
        Cells at a time; rows of a run with more than one are marked as not timed.
    verbose
        Let through what solvers write to standard error.
    folder
        Of checkpoints; by default beside the store.
    """
    folder = folder or checkpoint_folder(store)
    checkpoints = Checkpoints(folder)
    n_orders, orders = len(plan.orders()), _to_train(plan, checkpoints, store.keys())
    total = n_orders + plan.n_cells + (plan.n_instances if plan.bound_seconds else 0)
    passed = n_orders - len(orders)
    with _Slots(plan, folder, jobs, verbose) as slots, ThreadPoolExecutor(jobs) as executor:
        try:
            for order, trained in _each_done(executor, jobs, slots.train, iter(orders)):
                passed += 1
                if isinstance(trained, Untrained):
                    checkpoints.note(order.training, trained)
                report(Finished(order, trained, passed, total))
            todo = _unfinished(plan, checkpoints, store.keys(), store.bounded())
            for work, result in _each_done(executor, jobs, slots.do, todo):
                passed += 1 + work.passed_over
                _keep(store, work, result, timed=jobs == 1)
                report(Finished(work, result, passed, total))
        except BaseException:
            slots.close()  # what runs in them ends at once, so that the executor can
            raise


def _each_done(
    executor: ThreadPoolExecutor, jobs: int, do: Callable[[W], R], todo: Iterator[W]
) -> Iterator[tuple[W, R]]:
    """Do one thing after the other, ``jobs`` at a time; yield each with what came of it."""
    pending: dict[Future[R], W] = {}
    while True:
        while len(pending) < jobs and (work := next(todo, None)) is not None:
            pending[executor.submit(do, work)] = work
        if not pending:
            return
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            yield pending.pop(future), future.result()


def _to_train(plan: Plan, checkpoints: Checkpoints, keys: set[str]) -> list[Order]:
    """Trainings that lack a checkpoint; not those that have failed before, so that every cell has its row."""
    orders = {(order.training.label, order.training.task, order.training.seed): order for order in plan.orders()}
    missing = {name for name, order in orders.items() if not checkpoints.has(order.training)}
    wanted = {
        (cell.card.label(cell.parameters), cell.trained_on or cell.scenario, cell.training_seed)
        for instance in (plan.draw() if missing else ())
        for cell in plan.cells(instance, checkpoints)
        if cell.training_seed is not None and cell.key not in keys
    }
    return [order for name, order in orders.items() if name in missing & wanted]


def _unfinished(plan: Plan, checkpoints: Checkpoints, keys: set[str], bounded: set[str]) -> Iterator[Work]:
    """Work that is not in the store."""
    passed_over = 0
    for instance in plan.draw():
        wanted: list[Cell | None] = list(plan.cells(instance, checkpoints))
        if plan.bound_seconds:
            wanted.append(None)
        for cell in wanted:
            if (cell.key in keys) if cell else (instance.sha256 in bounded):
                passed_over += 1
            else:
                yield Work(instance, cell, passed_over)
                passed_over = 0


def _keep(store: Store, work: Work, result: Outcome | Bound | None, timed: bool) -> None:
    if isinstance(result, Outcome) and work.cell is not None:
        store.add(work.cell, result, work.instance, timed)
    elif isinstance(result, Bound):
        store.add_bound(work.instance, result)


class _Slots:
    """As many nurseries as cells may run at a time."""

    def __init__(self, plan: Plan, folder: Path, jobs: int, verbose: bool) -> None:
        self._plan, self._folder = plan, folder
        self._all = [Nursery(plan.limits.threads, verbose) for _ in range(jobs)]
        self._free: queue.SimpleQueue[Nursery] = queue.SimpleQueue()
        for nursery in self._all:
            self._free.put(nursery)

    def train(self, order: Order) -> Checkpoint | Untrained:
        """Train in a free nursery."""
        nursery = self._free.get()
        try:
            return run_training(nursery, order, self._folder, self._plan.limits)
        finally:
            self._free.put(nursery)

    def do(self, work: Work) -> Outcome | Bound | None:
        """Run one unit of work in a free nursery."""
        nursery = self._free.get()
        try:
            if work.cell is not None:
                return run_cell(nursery, work.cell, work.instance)
            seconds = self._plan.bound_seconds
            limits = replace(self._plan.limits, wall_seconds=seconds + BOUND_MARGIN_SECONDS)
            return run_bound(nursery, work.instance, seconds, limits)
        finally:
            self._free.put(nursery)

    def close(self) -> None:
        """End every nursery and what runs in it."""
        for nursery in self._all:
            nursery.close()

    def __enter__(self) -> _Slots:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
