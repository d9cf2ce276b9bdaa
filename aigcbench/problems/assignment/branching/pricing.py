"""Pricing: the schedule of each server that earns most at the master's prices, quickly or with proof."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment import knapsack
from aigcbench.problems.assignment.branching.master import Prices
from aigcbench.problems.assignment.decomposition import TOLERANCE, prefix_sums
from aigcbench.problems.assignment.prices import find_prices, upwards
from aigcbench.problems.assignment.program import Program

PROVING_WIDTHS = (6_000, 50_000)  # states at a time, until the knapsack is solved
RENT_ITERATIONS = 400  # of the search for a server's capacity prices


@dataclass(frozen=True, eq=False)
class Proof:
    """The Lagrangian at some prices.

    Parameters
    ----------
    upper
        Valid upper bound on any utility.
    schedules
        int8 (servers, tasks): 1 where the server runs the task in the best schedule found; empty where none beats the floor.
    closed
        Whether these schedules are proven to be the best, for every server.
    """

    upper: float
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
    """

    def __init__(self, program: Program, prefix: np.ndarray) -> None:
        self._program = program
        self._prefix = prefix

    def forbidding(self, allowed: np.ndarray) -> Pricing:
        """The same where tasks run only where ``allowed`` (bool, tasks x servers)."""
        utility = np.where(allowed, self._program.utility, -np.inf)
        return Pricing(replace(self._program, utility=utility), self._prefix)

    def _retune(self, server: int, prices: Prices) -> None:
        """Give a server the capacity prices that bound it best at these prices, from now on."""
        profit = np.maximum(self._program.utility[:, server] - prices.tasks, 0.0)
        alone = replace(self._program, utility=profit[:, None], capacity=self._program.capacity[server : server + 1])
        self._prefix[:, server] = prefix_sums(find_prices(alone, Deadline(1.0), RENT_ITERATIONS))[:, 0]

    def quick(self, prices: Prices, triples: np.ndarray, floors: np.ndarray, width: int) -> np.ndarray:
        """Schedules (int8, servers x tasks) that earn more than ``floors`` (float64, servers) and are found with few states."""
        schedules = np.zeros((len(floors), len(prices.tasks)), np.int8)
        for server, floor in enumerate(floors.tolist()):
            self._solve(server, prices, triples, width, floor, schedules[server])
        return schedules

    def proof(self, prices: Prices, triples: np.ndarray, floors: np.ndarray, deadline: Deadline) -> Proof:
        """The Lagrangian; past the deadline servers count with what few states prove."""
        schedules = np.zeros((len(floors), len(prices.tasks)), np.int8)
        trial = np.zeros(len(prices.tasks), np.int8)
        parts, closed = [math.fsum(prices.tasks), math.fsum(prices.fees)], True
        for server, floor in enumerate(floors.tolist()):
            best, upper = floor, math.inf
            for width in PROVING_WIDTHS:
                value, bound = self._solve(server, prices, triples, 1 if deadline.passed else width, best, trial)
                if value > best:
                    best, schedules[server] = value, trial
                upper = min(upper, max(bound, best))
                if upper <= best * (1.0 + TOLERANCE) or deadline.passed:
                    break
                self._retune(server, prices)
            parts.append(upper * (1.0 + TOLERANCE))
            closed &= upper <= best * (1.0 + TOLERANCE)
        return Proof(upwards(math.fsum(parts)), schedules, closed)

    def _solve(
        self, server: int, prices: Prices, triples: np.ndarray, width: int, floor: float, chosen: np.ndarray
    ) -> tuple[float, float]:
        """Profit of the best schedule found, and an upper bound; ``chosen`` (int8, tasks) is that schedule if it beats the floor."""
        program, spans, paid = self._program, self._program.spans, prices.fees > 0.0
        value, bound = knapsack.best_schedule(
            program.utility[:, server] - prices.tasks, program.steps, int(program.capacity[server]), spans.last, spans.start,
            spans.stop, np.ascontiguousarray(self._prefix[:, server]), width, floor, math.inf, triples[paid],
            prices.fees[paid], chosen,
        )  # fmt: skip
        return float(value), float(bound)
