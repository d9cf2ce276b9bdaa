"""A seeded campaign of faults, with an oracle: no lost row, no duplicate, no wrong status, no orphan, a store that opens."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigcbench.errors import InputError
from aigcbench.harness.nursery import TRIES
from aigcbench.harness.store import Store
from fault_campaign.faults import (
    AROUND,
    DAMAGES,
    KILLED_DRIVER,
    KILLED_NURSERY,
    KILLED_WORKER,
    ROGUES,
    Scene,
    Surroundings,
    disturb,
    finish,
    honest,
    let_loose,
    possible,
)
from fault_campaign.workload import Workload

Rows = dict[str, tuple[Any, ...]]
"""Status, metrics and decisions of every row, by key."""
MAXIMUM_MISSES = 20
"""In a row, of a driver that ends before the fault could be done to it."""
ROGUES_AT_A_TIME = 10
"""Cells of one driver."""


def rows_of(path: Path) -> Rows:
    """The rows of a store; `InputError` where it does not open."""
    with Store(path, must_exist=True) as store:
        statuses = dict(store.results()[["key", "status"]].itertuples(index=False))
        return {
            key: (statuses[key], metrics, decisions and {name: array.tolist() for name, array in decisions.items()})
            for key, _, _, metrics, decisions in store.decided()
        }


@dataclass
class Campaign:
    """Injects faults one after the other into runs of the same plan.

    Parameters
    ----------
    folder
        An empty one, for stores.
    seed
        Of kinds, moments and places.
    report
        Is told of each driver, or damaged copy, that is through: the faults that it has had.

    Attributes
    ----------
    store, calm_store
        The one that faults happen to now, and one that has been filled undisturbed.
    """

    folder: Path
    seed: int
    report: Callable[[list[str]], None] = lambda faults: None
    tried: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._workload = Workload(self.folder)
        self.calm_store = self.folder / "calm.sqlite"
        self._calm = self._undisturbed(self.calm_store)
        self._signals: list[str] = []
        self._rogues: Counter[str] = Counter()
        self.renew()

    def run(self, faults: int) -> None:
        """Inject as many faults, evenly of every kind that this machine allows, then end the last store undisturbed.

        Signals wait for a driver that has another fault, so that one driver has several; cells of a rogue for others of it.
        """
        kinds = possible()
        order = [kinds[k % len(kinds)] for k in range(faults)]
        self._rng.shuffle(order)
        for kind in order:
            if kind in ROGUES:
                self._rogues[kind] += 1
                if self._rogues[kind] == ROGUES_AT_A_TIME:
                    self._let_loose(kind)
            elif kind in DAMAGES:
                with self._scene(self.calm_store) as scene:
                    self._count([kind], DAMAGES[kind](scene))
            elif kind in AROUND:
                self._disturb(kind)
            else:
                self._signals.append(kind)
                if kind == KILLED_DRIVER:
                    self._disturb(None)
        for kind in list(self._rogues):
            self._let_loose(kind)
        if self._signals:
            self._disturb(None)
        self._end()

    @contextmanager
    def _scene(self, store: Path) -> Iterator[Scene]:
        scratch = self.folder / "scratch"
        scratch.mkdir()
        try:
            yield Scene(self._workload, store, scratch, self._rng)
        finally:
            shutil.rmtree(scratch)

    def _let_loose(self, kind: str) -> None:
        cells = self._rogues.pop(kind)
        with self._scene(self.store) as scene:
            self._count([kind] * cells, let_loose(scene, kind, cells))
        self._look_for_orphans(kind)

    def _disturb(self, kind: str | None) -> None:
        """Run drivers with a fault around them, or none, until it and, but for a store that cannot be written, all signals are done."""
        around: Callable[[Scene], Surroundings] = AROUND[kind] if kind else honest
        for _ in range(MAXIMUM_MISSES):
            with self._scene(self.store) as scene:
                sent, wrong = disturb(scene, around, [] if kind == "read-only store" else self._signals)
            del self._signals[: len(sent)]
            self._killed.update(sent)
            self._count(sent + [kind] * bool(kind), wrong)
            self.look(kind or ", ".join(sent))
            if len(self._seen) == len(self._calm):
                self._end()
            if kind or not self._signals:
                return
        self._fail(f"{self._signals}", f"nothing to be done to, {MAXIMUM_MISSES} times")

    def _count(self, kinds: list[str], wrong: str) -> None:
        self.tried.update(kinds)
        self._fail(", ".join(kinds), wrong)
        self.report(kinds)

    def _fail(self, kind: str, wrong: str) -> None:
        if wrong:
            self.failures.append(f"fault {self.tried.total()}, {kind}: {wrong}")

    def _look_for_orphans(self, kind: str) -> None:
        if orphans := self._workload.orphans():
            self._fail(kind, f"{orphans} orphans")

    def look(self, kind: str) -> None:
        """Hold processes and store against what must be."""
        self._look_for_orphans(kind)
        if not self.store.exists():
            self._fail(kind, "the store is gone" if self._seen else "")
            return
        try:
            rows = rows_of(self.store)
            self._refuse_duplicates(kind)
        except InputError as error:
            self._fail(kind, f"the store does not open: {error}")
            return
        for key, row in self._seen.items():
            if rows.get(key) != row:
                self._fail(kind, f"row {key[:12]} is {'another' if key in rows else 'lost'}")
        wrong = {key for key, row in rows.items() if row != self._calm.get(key)}
        blamed = {key for key in wrong if rows[key][0] == "crash"}
        most = self._killed[KILLED_WORKER] + self._killed[KILLED_NURSERY] // TRIES
        if wrong - blamed or len(blamed) > most:
            statuses = sorted(str(rows[key][0]) for key in wrong)
            self._fail(kind, f"rows that differ from those of an undisturbed run: {statuses}")
        self._seen = rows

    def _refuse_duplicates(self, kind: str) -> None:
        with Store(self.store, must_exist=True) as store:
            frame = store.results()
        if frame.duplicated(["scenario", "instance", "label", "seed"]).any():
            self._fail(kind, "a cell has two rows")

    def _end(self) -> None:
        """Run what is missing undisturbed, rows of workers that were killed included; the rows must be the calm ones."""
        if self.store.exists():
            with sqlite3.connect(self.store) as database:
                database.execute("DELETE FROM rows WHERE status = 'crash'")
            database.close()
        try:
            if self._undisturbed(self.store) != self._calm:
                self._fail("the last run", "its rows are not those of an undisturbed store")
        except (RuntimeError, InputError) as error:
            self._fail("the last run", str(error))
        self.renew()

    def _undisturbed(self, store: Path) -> Rows:
        """The rows of a store once all cells have run; `RuntimeError` where the driver does not end well."""
        with self._workload.start(store) as driver:
            if wrong := finish(driver, store.with_suffix(".log")):
                raise RuntimeError(f"an undisturbed run fails: {wrong}")
        return rows_of(store)

    def renew(self) -> None:
        """Begin a new store."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)
        (self.folder / "store").mkdir()
        self.store = self.folder / "store" / "store.sqlite"
        self._seen: Rows = {}
        self._killed: Counter[str] = Counter()
