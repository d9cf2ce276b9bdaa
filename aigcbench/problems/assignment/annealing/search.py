"""Simulated annealing of an assignment: what is searched."""

from __future__ import annotations

import numpy as np

from aigcbench.optimization.annealing import Search
from aigcbench.problems.assignment.annealing import crash_kernels, kernels
from aigcbench.problems.assignment.program import Program
from aigcbench.problems.assignment.simulator import NONE

PROPOSALS = 32  # entries of a task's table of servers to try
CHUNK = 2**21  # work of the moves between two looks at the clock, about 5 ms
MOVE = 64  # work of a move beside the loops over its span


class PlanSearch:
    """Plans of the program: no server is ever overloaded, tasks may be left out.

    Parameters
    ----------
    plan
        int64 (tasks,), server of each task or -1; where to begin.
    worth
        float64 (tasks, servers), utility less opportunity cost: what ranks the servers of a task.
    bonus
        What serving a task counts beside its utility.
    spread
        A server is proposed less often by a factor e for each ``spread`` by which its worth is below the task's best.
    """

    def __init__(self, program: Program, plan: np.ndarray, worth: np.ndarray, bonus: float, spread: float) -> None:
        spans = program.spans
        n_tasks, n_servers = program.utility.shape
        ranking, proposals = _ranking_and_proposals(program, worth, spread)
        oldest = np.searchsorted(np.maximum.accumulate(spans.stop), np.arange(len(spans.sets)), side="right")
        self._state = kernels.State(
            value=program.utility + bonus,
            ranking=ranking,
            n_ranked=np.isfinite(program.utility).sum(axis=1).astype(np.int32),
            proposals=proposals,
            steps=program.steps.astype(np.int32),
            capacity=program.capacity.astype(np.int32),
            start=spans.start.astype(np.int32),
            stop=spans.stop.astype(np.int32),
            oldest=oldest.astype(np.int32),
            newest=spans.sets.astype(np.int32),
            load=np.zeros((n_servers, len(spans.sets)), np.int32),
            plan=np.full(n_tasks, NONE, np.int32),
            best_plan=np.empty(n_tasks, np.int32),
            score=np.zeros(2),
        )
        kernels.place_all(self._state, plan)
        self.chunk = max(1, int(CHUNK / (MOVE + (spans.stop - spans.start).mean())))

    @property
    def state(self) -> kernels.State:
        """What the compiled moves work on."""
        return self._state

    @property
    def best_score(self) -> float:
        """Utility and bonuses of the best plan."""
        return float(self._state.score[1])

    @property
    def best(self) -> np.ndarray:
        """The best plan."""
        return self._state.best_plan.astype(np.int64)

    def move(self, rng: np.random.Generator, temperature: float, moves: int) -> None:
        """See `Search.move`."""
        kernels.anneal(self._state, rng, temperature, moves)


class PlaySearch:
    """Decisions as they are played: every task has a server, and an overloaded server crashes.

    Parameters
    ----------
    server
        int64 (tasks,), where to begin.
    worth, spread
        As for `PlanSearch`.
    """

    def __init__(self, program: Program, server: np.ndarray, worth: np.ndarray, spread: float) -> None:
        n_tasks, n_servers = program.utility.shape
        last = program.spans.last
        self._state = crash_kernels.Play(
            utility=program.utility,
            proposals=_ranking_and_proposals(program, worth, spread)[1],
            steps=program.steps.astype(np.int32),
            capacity=program.capacity.astype(np.int32),
            last=last.astype(np.int32),
            oldest=np.searchsorted(np.maximum.accumulate(last), np.arange(n_tasks)).astype(np.int32),
            server=np.full(n_tasks, NONE, np.int32),
            best_server=np.empty(n_tasks, np.int32),
            order=np.zeros((n_servers, n_tasks), np.int32),
            n_placed=np.zeros(n_servers, np.int32),
            gone=np.zeros(n_tasks, np.int32),
            served=np.zeros(n_tasks, np.bool_),
            running=np.zeros(n_tasks, np.int32),
            changed=np.zeros((3, 3 * n_tasks), np.int32),
            n_changed=np.zeros(1, np.int64),
            score=np.zeros(2),
        )
        crash_kernels.play_all(self._state, server)
        self.chunk = max(1, int(CHUNK / (4 * MOVE + (last - np.arange(n_tasks)).mean())))

    @property
    def best_score(self) -> float:
        """Utility of the best decisions."""
        return float(self._state.score[1])

    @property
    def best(self) -> np.ndarray:
        """The best decisions, as servers."""
        return self._state.best_server.astype(np.int64)

    def move(self, rng: np.random.Generator, temperature: float, moves: int) -> None:
        """See `Search.move`."""
        crash_kernels.anneal(self._state, rng, temperature, moves)


def warm_up(program: Program) -> None:
    """Load or compile the moves, by making one of each kind."""
    none = np.full(len(program.steps), NONE, np.int64)
    searches: tuple[Search, Search] = (
        PlanSearch(program, none, program.utility, bonus=0.0, spread=1.0),
        PlaySearch(program, np.zeros_like(none), program.utility, spread=1.0),
    )
    for search in searches:
        search.move(np.random.default_rng(0), 1.0, 1)


def _ranking_and_proposals(program: Program, worth: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Servers of each task from best to worst (int32, tasks x servers), and each as often as it is promising (x PROPOSALS)."""
    worth = np.where(np.isfinite(program.utility), worth, -np.inf)
    ranking = np.argsort(-worth, axis=1, kind="stable").astype(np.int32)
    ordered = np.take_along_axis(worth, ranking, axis=1)
    best = np.where(np.isfinite(ordered[:, :1]), ordered[:, :1], 0.0)
    share = np.cumsum(np.exp((ordered - best) / spread), axis=1)
    share /= np.maximum(share[:, -1:], 1.0)
    quantiles = (np.arange(PROPOSALS) + 0.5) / PROPOSALS
    rank = (share[:, :, None] < quantiles).sum(axis=1)
    return ranking, np.take_along_axis(ranking, np.minimum(rank, ranking.shape[1] - 1), axis=1)
