"""The driver: has an engine train what a plan's learners lack, then run its unfinished cells, and alone writes the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from aigcbench.checkpoint import Checkpoint
from aigcbench.harness.cell import Outcome, Untrained
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.engines.engine import Engine
from aigcbench.harness.engines.local import LocalEngine
from aigcbench.harness.plan import Plan
from aigcbench.harness.store import Store
from aigcbench.harness.training import Order
from aigcbench.harness.work import BoundWork, CellWork, Performed, Result, TrainingWork, Work
from aigcbench.problems.problem import Bound


@dataclass(frozen=True)
class Finished:
    """A unit of work that is done and kept, and how far the run is."""

    work: Work
    result: Result
    done: int
    total: int


def checkpoint_folder(store: Store) -> Path:
    """Where the checkpoints are kept that a run into a store has trained."""
    return store.beside(".checkpoints")


def run_plan(
    plan: Plan,
    store: Store,
    report: Callable[[Finished], None],
    engine: Engine | None = None,
    folder: Path | None = None,
) -> None:
    """Train what is missing, run every cell that the store does not have, and the missing bounds; report each once it is kept.

    Parameters
    ----------
    engine
        What performs the work; by default this machine, one cell at a time. Rows of an engine that runs more at a time are
        marked as not timed.
    folder
        Of checkpoints; by default beside the store.
    """
    if engine is None:
        with LocalEngine() as local:
            return run_plan(plan, store, report, local, folder)
    folder = (folder or checkpoint_folder(store)).resolve()
    checkpoints = Checkpoints(folder)
    orders = _to_train(plan, checkpoints, store.keys())
    done = len(plan.orders()) - len(orders)
    total = len(plan.orders()) + plan.n_cells + (plan.n_instances if plan.bound_seconds else 0)
    for training, performed in engine.perform(TrainingWork(order, folder, plan.limits) for order in orders):
        _keep_training(checkpoints, training, performed.result)
        done += 1
        report(Finished(training, performed.result, done, total))
    todo = _Unfinished(plan, checkpoints, store)
    for work, performed in engine.perform(iter(todo)):
        _keep(store, work, performed, engine.timed)
        done += 1
        report(Finished(work, performed.result, done + todo.passed_over, total))
    return None


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


class _Unfinished:
    """Cells and bounds that are not in the store, drawn as they are asked for; ``passed_over`` counts those that are."""

    def __init__(self, plan: Plan, checkpoints: Checkpoints, store: Store) -> None:
        self._plan, self._checkpoints = plan, checkpoints
        self._keys, self._bounded = store.keys(), store.bounded()
        self.passed_over = 0

    def __iter__(self) -> Iterator[CellWork | BoundWork]:
        for instance in self._plan.draw():
            for cell in self._plan.cells(instance, self._checkpoints):
                if cell.key in self._keys:
                    self.passed_over += 1
                else:
                    yield CellWork(cell, instance)
            if self._plan.bound_seconds and instance.sha256 in self._bounded:
                self.passed_over += 1
            elif self._plan.bound_seconds:
                limits = replace(self._plan.limits, gpus=0)  # bounds are computed by processors alone
                yield BoundWork(instance, self._plan.bound_seconds, limits)


def _keep_training(checkpoints: Checkpoints, work: TrainingWork, result: Result) -> None:
    """Keep a checkpoint where cells look for it, if the one who trained it has not, or why there is none."""
    if isinstance(result, Untrained):
        checkpoints.note(work.order.training, result)
    elif isinstance(result, Checkpoint) and not checkpoints.has(work.order.training):
        result.save(work.folder / result.training.task)


def _keep(store: Store, work: CellWork | BoundWork, performed: Performed, timed: bool) -> None:
    if isinstance(work, CellWork) and isinstance(performed.result, Outcome):
        store.add(work.cell, performed.result, work.instance, timed, performed.environment)
    elif isinstance(performed.result, Bound):
        store.add_bound(work.instance, performed.result)
