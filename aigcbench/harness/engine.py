"""The local engine: runs a plan's unfinished cells, on this machine, into a store."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from aigcbench.harness.cell import Cell, Outcome
from aigcbench.harness.nursery import Nursery
from aigcbench.harness.plan import Plan
from aigcbench.harness.store import Store
from aigcbench.harness.supervisor import run_bound, run_cell
from aigcbench.instance import Instance
from aigcbench.problems.problem import Bound

BOUND_MARGIN_SECONDS = 30.0  # building the model and leaving the worker, beyond the time for the bound itself


@dataclass(frozen=True)
class Work:
    """One unit of work: a cell of an instance, or (cell None) the instance's bound."""

    instance: Instance
    cell: Cell | None

    @property
    def name(self) -> str:
        """What a progress line calls it."""
        return f"{self.cell.label if self.cell else 'bound'} on {self.instance.name}"


@dataclass(frozen=True)
class Finished:
    """A unit of work that is now in the store, and how far the run is."""

    work: Work
    result: Outcome | Bound | None
    done: int
    total: int


def run_plan(
    plan: Plan, store: Store, report: Callable[[Finished], None], jobs: int = 1, verbose: bool = False
) -> None:
    """Run every cell that the store does not have, and the missing bounds; report each once it is stored.

    Parameters
    ----------
    jobs
        Cells at a time; rows of a run with more than one are marked as not timed.
    verbose
        Let through what solvers write to standard error.
    """
    total = plan.n_cells + (plan.n_instances if plan.bound_seconds else 0)
    keys, bounded = store.keys(), store.bounded()
    todo = _unfinished(plan, keys, bounded)
    passed = 0
    with _Slots(plan, jobs, verbose) as slots, ThreadPoolExecutor(jobs) as executor:
        pending: dict[Future[Outcome | Bound | None], Work] = {}
        try:
            while True:
                while len(pending) < jobs and (item := next(todo, None)) is not None:
                    passed += item[0]
                    pending[executor.submit(slots.do, item[1])] = item[1]
                if not pending:
                    return
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    work, result = pending.pop(future), future.result()
                    passed += 1
                    _keep(store, work, result, timed=jobs == 1)
                    report(Finished(work, result, passed, total))
        except BaseException:
            slots.close()  # what runs in them ends at once, so that the executor can
            raise


def _unfinished(plan: Plan, keys: set[str], bounded: set[str]) -> Iterator[tuple[int, Work]]:
    """Work that is not in the store, each with the number of finished units passed over before it."""
    skipped = 0
    for instance in plan.draw():
        wanted: list[Cell | None] = list(plan.cells(instance))
        if plan.bound_seconds:
            wanted.append(None)
        for cell in wanted:
            if (cell.key in keys) if cell else (instance.sha256 in bounded):
                skipped += 1
            else:
                yield skipped, Work(instance, cell)
                skipped = 0


def _keep(store: Store, work: Work, result: Outcome | Bound | None, timed: bool) -> None:
    if isinstance(result, Outcome) and work.cell is not None:
        store.add(work.cell, result, work.instance, timed)
    elif isinstance(result, Bound):
        store.add_bound(work.instance, result)


class _Slots:
    """As many nurseries as cells may run at a time."""

    def __init__(self, plan: Plan, jobs: int, verbose: bool) -> None:
        self._plan = plan
        self._all = [Nursery(plan.limits.threads, verbose) for _ in range(jobs)]
        self._free: queue.SimpleQueue[Nursery] = queue.SimpleQueue()
        for nursery in self._all:
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
