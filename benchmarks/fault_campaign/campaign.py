"""A seeded campaign of faults, with an oracle: no lost row, no duplicate, no wrong status, no orphan, a store that opens."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from fault_campaign.faults import KINDS, Missed, Scene, finish, possible
from fault_campaign.workload import Workload

Rows = dict[str, tuple[Any, ...]]
"""Status, metrics and decisions of every row, by key."""
MAXIMUM_MISSES = 20
"""In a row, of a fault that finds nothing to be done to."""


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
    """

    folder: Path
    seed: int
    tried: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._workload = Workload(self.folder)
        self._calm = self._undisturbed(self.folder / "calm.sqlite")
        self._renew()

    def _undisturbed(self, store: Path) -> Rows:
        with self._workload.start(store) as driver:
            if wrong := finish(driver, store.with_suffix(".log"), (0,)):
                raise RuntimeError(f"an undisturbed run fails: {wrong}")
        return rows_of(store)

    def _renew(self) -> None:
        """Begin a new store."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)
        (self.folder / "store").mkdir()
        self._store = self.folder / "store" / "store.sqlite"
        self._seen: Rows = {}
        self._killed_workers = 0

    def run(self, faults: int, report: Callable[[str], None]) -> None:
        """Inject as many faults, evenly of every kind that this machine allows, then end the last store undisturbed."""
        kinds = [kind for kind in KINDS if possible(kind)]
        order = [kinds[k % len(kinds)] for k in range(faults)]
        self._rng.shuffle(order)
        for kind in order:
            self._inject(kind)
            report(kind)
        self._end()

    def _inject(self, kind: str) -> None:
        for _ in range(MAXIMUM_MISSES):
            scratch = self.folder / "scratch"
            scratch.mkdir()
            try:
                wrong = KINDS[kind](Scene(self._workload, self._store, scratch, self._rng))
            except Missed:
                if len(self._seen) == len(self._calm):
                    self._end()
                else:
                    self._look(kind)
                continue
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            finally:
                shutil.rmtree(scratch)
            self.tried[kind] += 1
            self._killed_workers += kind == "SIGKILL of the worker"
            self._fail(kind, wrong)
            self._look(kind)
            if len(self._seen) == len(self._calm):
                self._end()
            return
        self._fail(kind, f"nothing to be done to, {MAXIMUM_MISSES} times")

    def _fail(self, kind: str, wrong: str) -> None:
        if wrong:
            self.failures.append(f"fault {self.tried.total()}, {kind}: {wrong}")

    def _look(self, kind: str) -> None:
        """Hold processes and store against what must be."""
        if orphans := self._workload.orphans():
            self._fail(kind, f"{orphans} orphans")
        if not self._store.exists():
            self._fail(kind, "the store is gone" if self._seen else "")
            return
        try:
            rows = rows_of(self._store)
        except InputError as error:
            self._fail(kind, f"the store does not open: {error}")
            return
        for key, row in self._seen.items():
            if rows.get(key) != row:
                self._fail(kind, f"row {key[:12]} is {'another' if key in rows else 'lost'}")
        wrong = {key for key, row in rows.items() if row != self._calm.get(key)}
        blamed = {key for key in wrong if rows[key][0] == "crash"}
        if wrong - blamed or len(blamed) > self._killed_workers:
            statuses = sorted(str(rows[key][0]) for key in wrong)
            self._fail(kind, f"rows that differ from those of an undisturbed run: {statuses}")
        self._refuse_duplicates(kind)
        self._seen = rows

    def _refuse_duplicates(self, kind: str) -> None:
        with Store(self._store, must_exist=True) as store:
            frame = store.results()
        if frame.duplicated(["scenario", "instance", "label", "seed"]).any():
            self._fail(kind, "a cell has two rows")

    def _end(self) -> None:
        """Run what is missing undisturbed, rows of workers that were killed included; the rows must be the calm ones."""
        if self._store.exists():
            with sqlite3.connect(self._store) as database:
                database.execute("DELETE FROM rows WHERE status = 'crash'")
            database.close()
        rows = self._undisturbed(self._store)
        if rows != self._calm:
            self._fail("the last run", "its rows are not those of an undisturbed store")
        self._renew()
