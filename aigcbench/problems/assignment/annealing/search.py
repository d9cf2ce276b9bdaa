"""Sets up and cools simulated annealing on the temporal generalised assignment program."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.annealing import kernels
from aigcbench.problems.assignment.annealing.kernels import Search
from aigcbench.problems.assignment.program import Program
from aigcbench.problems.assignment.simulator import NONE

PROPOSALS = 32  # entries of a task's table of servers to try
LEVELS = 200  # temperatures; within one, nothing depends on the clock
CHUNK = 2**21  # work of the moves between two looks at the clock, about 5 ms
MOVE = 64  # work of a move beside the loops over its span
REPORT_EVERY = 64  # chunks


@dataclass(frozen=True)
class Cooling:
    """A geometric fall of the temperature, and when it ends.

    Parameters
    ----------
    start, end
        Temperatures, in utility.
    seconds
        Wall time, at most.
    moves
        Moves to try; 0: as many as there is time for. The search is repeatable if they, not the time, end it.
    """

    start: float
    end: float
    seconds: float
    moves: int

    def temperature(self, progress: float) -> float:
        """Temperature when a share ``progress`` in 0..1 of the search is over."""
        return self.start * (self.end / self.start) ** (int(progress * LEVELS) / LEVELS)


def anneal(search: Search, cooling: Cooling, rng: np.random.Generator, improved: Callable[[np.ndarray], None]) -> None:
    """Anneal; pass better and better plans (int64, tasks: server or -1) to ``improved``, the best at the end."""
    deadline, done, reported = Deadline(cooling.seconds), 0, search.score[1]
    chunk = max(1, int(CHUNK / (MOVE + (search.stop - search.start).mean())))
    for round_ in itertools.count(1):
        if deadline.passed or (cooling.moves and done >= cooling.moves):
            break
        progress = done / cooling.moves if cooling.moves else 1.0 - deadline.left / cooling.seconds
        moves = min(chunk, cooling.moves - done) if cooling.moves else chunk
        kernels.anneal(search, rng, cooling.temperature(progress), moves)
        done += moves
        if round_ % REPORT_EVERY == 0 and search.score[1] > reported:
            reported = search.score[1]
            improved(search.best_plan.astype(np.int64))
    improved(search.best_plan.astype(np.int64))


def start_search(program: Program, plan: np.ndarray, worth: np.ndarray, bonus: float, spread: float) -> Search:
    """Begin at a plan.

    Parameters
    ----------
    plan
        int64 (tasks,), server of each task or -1; overloads no server.
    worth
        float64 (tasks, servers), utility less opportunity cost: what ranks the servers of a task.
    bonus
        What serving a task counts beside its utility.
    spread
        A server is proposed less often by a factor e for each ``spread`` by which its worth is below the task's best.
    """
    spans = program.spans
    fits = np.isfinite(program.utility)
    worth = np.where(fits, worth, -np.inf)
    ranking = np.argsort(-worth, axis=1, kind="stable").astype(np.int32)
    oldest = np.searchsorted(np.maximum.accumulate(spans.stop), np.arange(len(spans.sets)), side="right")
    n_tasks, n_servers = worth.shape
    search = Search(
        value=program.utility + bonus, ranking=ranking, n_ranked=fits.sum(axis=1).astype(np.int32),
        proposals=_proposals(worth, ranking, spread), steps=program.steps.astype(np.int32),
        capacity=program.capacity.astype(np.int32), start=spans.start.astype(np.int32), stop=spans.stop.astype(np.int32),
        oldest=oldest.astype(np.int32), newest=spans.sets.astype(np.int32), load=np.zeros((n_servers, len(spans.sets)), np.int32),
        plan=np.full(n_tasks, NONE, np.int32), best_plan=np.empty(n_tasks, np.int32), score=np.zeros(2),
    )  # fmt: skip
    kernels.place_all(search, plan)
    return search


def _proposals(worth: np.ndarray, ranking: np.ndarray, spread: float) -> np.ndarray:
    """Tables of servers, each as often as it is promising; int32 (tasks, PROPOSALS)."""
    ordered = np.take_along_axis(worth, ranking, axis=1)
    best = np.where(np.isfinite(ordered[:, :1]), ordered[:, :1], 0.0)
    share = np.cumsum(np.exp((ordered - best) / spread), axis=1)
    share /= np.maximum(share[:, -1:], 1.0)
    quantiles = (np.arange(PROPOSALS) + 0.5) / PROPOSALS
    rank = (share[:, :, None] < quantiles).sum(axis=1)
    return np.take_along_axis(ranking, np.minimum(rank, ranking.shape[1] - 1), axis=1)
