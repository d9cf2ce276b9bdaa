"""Large neighbourhoods of a plan: all tasks of a stretch of time, or all tasks that one server might run.

The first is annealed anew while the rest stands still; the second is solved exactly as a knapsack, where a task earns what it gains
over the place that it has, and capacity prices do the pruning.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

import math

import numpy as np

from aigcbench.problems.assignment.annealing import kernels
from aigcbench.problems.assignment.annealing.search import CHUNK, MOVE, PlanSearch
from aigcbench.problems.assignment.decomposition import knapsack_of
from aigcbench.problems.assignment.knapsack.schedule import best_schedule
from aigcbench.problems.assignment.knapsack.states import NO_FEES, NO_TRIPLES
from aigcbench.problems.assignment.program import Program
from aigcbench.problems.assignment.simulator import NONE, kernel

TOLERANCE = 1e-9  # relative: gains below it are rounding


class WindowSearch:
    """Plans that differ from a given one in the tasks ``first .. after - 1`` only; a `Search`.

    Parameters
    ----------
    whole
        Search whose current plan is the given one. It is changed by the moves, and holds the best plan after `finish`.
    """

    def __init__(self, whole: PlanSearch, first: int, after: int) -> None:
        self._whole, self._first = whole.state, first
        s, window = whole.state, slice(first, after)
        self._before = s.plan[window].copy()
        self._state = kernels.State(
            value=s.value[window],
            ranking=s.ranking[window],
            n_ranked=s.n_ranked[window],
            proposals=s.proposals[window],
            steps=s.steps[window],
            capacity=s.capacity,
            start=s.start[window],
            stop=s.stop[window],
            oldest=np.clip(s.oldest - first, 0, after - first - 1).astype(np.int32),
            newest=np.clip(s.newest - first, 0, after - first - 1).astype(np.int32),
            load=s.load,
            plan=s.plan[window],
            best_plan=np.empty(after - first, np.int32),
            score=np.zeros(2),
        )
        served = np.flatnonzero(self._before != NONE)
        self._state.score[:] = s.value[first + served, self._before[served]].sum()
        self._state.best_plan[:] = self._before
        self._start_score = float(self._state.score[0])
        self.chunk = max(1, int(CHUNK / (MOVE + (s.stop[window] - s.start[window]).mean())))

    @property
    def best_score(self) -> float:
        """Value of the window's tasks in the best plan."""
        return float(self._state.score[1])

    @property
    def best(self) -> np.ndarray:
        """Servers of the window's tasks in the best plan (int64)."""
        return self._state.best_plan.astype(np.int64)

    def move(self, rng: np.random.Generator, temperature: float, moves: int) -> None:
        """See `Search.move`."""
        kernels.anneal(self._state, rng, temperature, moves)

    def finish(self) -> None:
        """Leave the whole search with the best plan of the window, or an equally good one that it ended with."""
        if self._state.score[0] < self.best_score:
            for j in range(len(self._before)):
                kernels.move(self._state, j, NONE)
            for j, server in enumerate(self.best.tolist()):
                kernels.move(self._state, j, server)
        self._whole.score[0] += max(float(self._state.score[0]), self.best_score) - self._start_score


def exchange_server(whole: PlanSearch, program: Program, prefix: np.ndarray, server: int, width: int) -> bool:
    """Choose one server's tasks anew, exactly if ``width`` states suffice; whether that gained anything.

    A task earns what it is worth here beyond its worth elsewhere: where it is, or for a task of this server where it would fit
    now. Since several that leave may want the same room, the outcome is checked, and taken back where it is no gain.

    Parameters
    ----------
    whole
        Search whose current plan is changed.
    prefix
        float64 (sets + 1, servers), prefix sums of capacity prices.
    """
    s = whole.state
    here, score = s.plan == server, float(s.score[0])
    elsewhere = np.where(s.plan != NONE, s.value[np.arange(len(s.plan)), s.plan], 0.0)
    _rate_leaving(s, server, elsewhere)
    profit, chosen = s.value[:, server] - elsewhere, np.zeros(len(s.plan), np.int8)
    floor = max(0.0, float(profit[here].sum())) * (1.0 + TOLERANCE)
    problem = knapsack_of(program, server, profit, prefix, NO_TRIPLES, NO_FEES)
    best_schedule(problem, width, floor, math.inf, chosen)
    if not chosen.any():
        return False
    before = s.plan.copy()
    _exchange(s, np.flatnonzero(here & (chosen == 0)), np.flatnonzero(~here & (chosen == 1)), server)
    if s.score[0] > score + TOLERANCE * abs(score):
        return True
    changed = np.flatnonzero(s.plan != before)
    _put_back(s, changed, before[changed])
    s.score[0] = score
    return False


def warm_up(whole: PlanSearch) -> None:
    """Load or compile the exchange; the plan stays as it is."""
    nothing = np.empty(0, np.int64)
    _rate_leaving(whole.state, 0, np.zeros(len(whole.state.plan)))
    _exchange(whole.state, nothing, nothing, 0)
    _put_back(whole.state, nothing, np.empty(0, np.int32))


@kernel
def _rate_leaving(s, server, elsewhere):
    """Set what each task of a server is worth at the best other place where it fits now, 0 where there is none."""
    for j in range(len(s.plan)):
        if s.plan[j] == server:
            e = _place_beside(s, j, server)
            elsewhere[j] = s.value[j, e] if e != NONE else 0.0


@kernel
def _exchange(s, leaving, coming, server):
    """Move tasks off and onto a server, then those off it to the best-ranked servers where they fit."""
    for j in leaving:
        s.score[0] -= s.value[j, server]
        kernels.move(s, j, NONE)
    for j in coming:
        s.score[0] += s.value[j, server] - (s.value[j, s.plan[j]] if s.plan[j] != NONE else 0.0)
        kernels.move(s, j, server)
    for j in leaving:
        e = _place_beside(s, j, server)
        if e != NONE:
            kernels.move(s, j, e)
            s.score[0] += s.value[j, e]


@kernel
def _place_beside(s, j, server):
    """Best-ranked server but ``server`` where task ``j`` fits and gains something, or -1."""
    for rank in range(s.n_ranked[j]):
        e = s.ranking[j, rank]
        if e == server or not s.value[j, e] > 0.0:
            continue
        if kernels.peak(s.load, e, s.start[j], s.stop[j]) + s.steps[j] <= s.capacity[e]:
            return e
    return NONE


@kernel
def _put_back(s, tasks, servers):
    """Return tasks to where they were."""
    for j in tasks:
        kernels.move(s, j, NONE)
    for k in range(len(tasks)):
        kernels.move(s, tasks[k], servers[k])
