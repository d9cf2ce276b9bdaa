"""Pricing: the schedule of each server that earns most at the master's prices, quickly or with proof."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.master import Prices
from aigcbench.problems.assignment.decomposition import TOLERANCE, knapsack_of, prefix_sums
from aigcbench.problems.assignment.knapsack.possible import possible_tasks
from aigcbench.problems.assignment.knapsack.schedule import best_schedule
from aigcbench.problems.assignment.knapsack.states import Knapsack
from aigcbench.problems.assignment.prices import find_prices, upwards
from aigcbench.problems.assignment.program import Program

PROVING_WIDTHS = (1_000, 8_000, 50_000)  # states at a time, until the knapsack is solved
FIXING_WIDTH = 20_000  # states at a time, to see what a server can run
RENT_ITERATIONS = 400  # of the search for a server's capacity prices


@dataclass(frozen=True, eq=False)
class Proof:
    """The Lagrangian at some prices.

    Parameters
    ----------
    upper
        Valid upper bound on any utility.
    profits
        float64 (servers,): valid upper bounds on what each server earns at these prices.
    schedules
        int8 (servers, tasks): 1 where the server runs the task in the best schedule found; empty where none beats the floor.
    closed
        Whether these schedules are proven to be the best, for every server.
    """

    upper: float
    profits: np.ndarray
    schedules: np.ndarray
    closed: bool


class Pricing:
    """The knapsacks of all servers, with their own capacity prices for pruning.

    Parameters
    ----------
    program
        Tasks and servers; utility is -inf where a task may not run.
    prefix
        float64 (sets + 1, servers), prefix sums of capacity prices.
    deadline
        After which only what takes next to no time is done.
    """

    def __init__(self, program: Program, prefix: np.ndarray, deadline: Deadline) -> None:
        self._program, self._prefix, self._deadline = program, prefix, deadline

    def forbidding(self, allowed: np.ndarray) -> Pricing:
        """The same where tasks run only where ``allowed`` (bool, tasks x servers)."""
        utility = np.where(allowed, self._program.utility, -np.inf)
        return Pricing(replace(self._program, utility=utility), self._prefix, self._deadline)

    def quick(self, prices: Prices, triples: np.ndarray, floors: np.ndarray, width: int) -> np.ndarray:
        """Schedules (int8, servers x tasks) that earn more than ``floors`` (float64, servers) and are found with few states."""
        schedules = np.zeros((len(floors), len(prices.tasks)), np.int8)
        for server, floor in enumerate(floors.tolist()):
            if self._deadline.passed:
                break
            best_schedule(self._knapsack(server, prices, triples), width, floor, math.inf, schedules[server])
        return schedules

    def proof(self, prices: Prices, triples: np.ndarray, floors: np.ndarray) -> Proof:
        """The Lagrangian; where time is short servers count with what few states prove."""
        schedules, profits = np.zeros((len(floors), len(prices.tasks)), np.int8), np.empty(len(floors))
        closed = True
        for server, floor in enumerate(floors.tolist()):
            profits[server], proven = self._best(server, prices, triples, floor, schedules[server])
            closed &= proven
        parts = [math.fsum(prices.tasks), math.fsum(prices.fees), *profits.tolist()]
        return Proof(upwards(math.fsum(parts)), profits, schedules, closed)

    def possible(self, prices: Prices, triples: np.ndarray, floors: np.ndarray) -> np.ndarray:
        """Where tasks run in some schedule that earns more than ``floors`` (float64, servers): bool (tasks, servers)."""
        found = np.isfinite(self._program.utility)
        alone = np.ones(len(prices.tasks), dtype=bool)
        for server, floor in enumerate(floors.tolist()):
            if self._deadline.passed:
                break
            floor -= TOLERANCE * abs(floor)
            possible_tasks(self._knapsack(server, prices, triples), FIXING_WIDTH, floor, alone)
            found[:, server] &= alone
        return found

    def _best(
        self, server: int, prices: Prices, triples: np.ndarray, floor: float, schedule: np.ndarray
    ) -> tuple[float, bool]:
        """Upper bound on what a server earns, and whether ``schedule`` (int8, tasks; all 0), or the floor's, is proven best."""
        best, upper, seconds, before = floor, math.inf, 0.0, 1
        trial = np.zeros(len(schedule), np.int8)
        for width in PROVING_WIDTHS:
            if seconds * width / before > self._deadline.left:  # a pass takes time in proportion to its width
                break
            width, start = 1 if self._deadline.passed else width, time.perf_counter()
            value, bound = best_schedule(self._knapsack(server, prices, triples), width, best, math.inf, trial)
            seconds, before = time.perf_counter() - start, width
            if value > best:
                best, schedule[:] = value, trial
            upper = min(upper, max(bound, best))
            if upper <= best * (1.0 + TOLERANCE) or self._deadline.passed:
                break
            self._retune(server, prices)
        return upper * (1.0 + TOLERANCE), upper <= best * (1.0 + TOLERANCE)

    def _knapsack(self, server: int, prices: Prices, triples: np.ndarray) -> Knapsack:
        """A server's knapsack at these prices."""
        paid = np.flatnonzero(prices.fees > 0.0)
        profit = self._program.utility[:, server] - prices.tasks
        return knapsack_of(self._program, server, profit, self._prefix, triples[paid], prices.fees[paid])

    def _retune(self, server: int, prices: Prices) -> None:
        """Give a server the capacity prices that bound it best at these prices, from now on."""
        profit = np.maximum(self._program.utility[:, server] - prices.tasks, 0.0)
        alone = replace(self._program, utility=profit[:, None], capacity=self._program.capacity[server : server + 1])
        deadline = Deadline(min(1.0, self._deadline.left))
        self._prefix[:, server] = prefix_sums(find_prices(alone, deadline, RENT_ITERATIONS))[:, 0]
