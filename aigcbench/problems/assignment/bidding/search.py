"""Finds a price rule for a forecast: prices of the fluid program, improved by playing forecast episodes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.optimization.evolution import EvolutionStrategy
from aigcbench.problems.assignment.bidding import kernels
from aigcbench.problems.assignment.bidding.forecast import Demand
from aigcbench.problems.assignment.bidding.rule import PriceRule, empty_fleet, plain_rule
from aigcbench.problems.assignment.prices import find_prices
from aigcbench.problems.assignment.program import Program, Spans

# Chance fills servers before the mean demand does, hence more demand; too high a price costs far more than too low a one, hence
# the discount. Found on training instances of asp-paper, asp-stress2, asp-stress3 and orchestration-paper.
FLUID_DEMAND, FLUID_DISCOUNT = 1.2, 0.85
FLUID_ITERATIONS, FLUID_WORK = 2000, 10**8  # iterations; at most, iterations x kinds x servers

POPULATION, GENERATIONS, SPREAD = 14, 40, 0.15
TURNS = 3  # a candidate is judged by every third of the episodes, and generations take turns
MOST_SERVERS = 64  # with a price of each server's own; above, the search scales all prices alike
FLOOR = 0.05  # of the mean price: lets a price of 0 grow
PULL_UNIT = 4.0  # pull of the multiplier for one unit of the search
STEEPEST = 0.95  # phi's slope may fall by this much


@dataclass(frozen=True, eq=False)
class Market:
    """What a price rule is found for.

    Parameters
    ----------
    demand
        Forecast episodes.
    utility
        float64 (kinds, servers): what each kind of task yields on the best service of each server.
    capacity
        int64 (servers,), steps.
    max_steps
        Size of the largest task.
    reject_allowed
        Whether a task may be rejected.
    """

    demand: Demand
    utility: np.ndarray
    capacity: np.ndarray
    max_steps: float
    reject_allowed: bool


def fluid_prices(market: Market) -> np.ndarray:
    """Prices (float64, servers, utility per step and second) of the linear program in which demand flows at its mean rate.

    It is the deterministic program of revenue management (Talluri and van Ryzin, 2004, section 3.3.1): the temporal program with
    a single active set, in which a kind of task fills its steps times the time that all tasks of it hold them within the horizon.
    """
    demand, horizon = market.demand, max(market.demand.horizon, 1e-9)
    runtime = demand.runtime
    held = np.where(runtime < horizon, runtime - runtime**2 / (2 * horizon), horizon / 2)
    count = np.bincount(demand.kind, minlength=len(held))
    rate = FLUID_DEMAND * count / ((len(demand.first) - 1) * max(demand.window, 1e-9))
    kinds = np.flatnonzero(count)
    utility = np.where(market.capacity >= demand.steps[:, None], market.utility * rate[:, None], -np.inf)[kinds]
    zero = np.zeros(len(kinds), np.int64)
    program = Program(
        utility=utility,
        service=np.empty((0, 0), np.int64),
        capacity=market.capacity,
        steps=(rate * held * demand.steps)[kinds],
        spans=Spans(zero, zero[:1], zero, zero + 1),
    )
    iterations = max(1, min(FLUID_ITERATIONS, FLUID_WORK // max(utility.size, 1)))
    return FLUID_DISCOUNT * find_prices(program, Deadline(math.inf), iterations)[0]


def find_rule(market: Market, work: float, rng: np.random.Generator) -> PriceRule:
    """A price rule for a market, searched for with about ``work`` evaluations of one task on one server."""
    if len(market.demand.kind) == 0:
        return plain_rule(np.zeros(len(market.capacity)), market.max_steps)
    return PriceSearch(market, fluid_start(market)).improve(work, rng)


def fluid_start(market: Market) -> PriceRule:
    """The plain rule by the prices of the fluid program."""
    return plain_rule(fluid_prices(market), market.max_steps)


class PriceSearch:
    """Improves a rule by an evolution strategy on forecast episodes.

    Parameters
    ----------
    market
        What the rule is for.
    start
        Where the search starts.
    """

    def __init__(self, market: Market, start: PriceRule) -> None:
        self._market, self._start = market, start
        demand = market.demand
        self._own_prices = len(start.prices) <= MOST_SERVERS
        self._slots = int(market.capacity.max() // max(demand.steps.min(initial=np.inf), 1.0)) + 1
        self._slots = min(self._slots, int(np.diff(demand.first).max(initial=0)) + 1)
        self._fleet = empty_fleet(market.capacity, self._slots)
        self._floor = FLOOR * float(start.prices.mean())
        self._margin = 0.5 * float(np.maximum(market.utility.max(axis=1), 0.0).mean())

    def improve(self, work: float, rng: np.random.Generator) -> PriceRule:
        """The rule found with about ``work`` evaluations of one task on one server."""
        demand, servers = self._market.demand, len(self._start.prices)
        episodes = len(demand.first) - 1
        each = max(1, episodes // TURNS)
        per_generation = POPULATION * each * len(demand.kind) / max(episodes, 1) * servers
        generations = int(min(GENERATIONS, work / max(per_generation, 1.0)))
        if generations < GENERATIONS // 4 or not self._start.prices.any():
            return self._start
        return deque(islice(self.generations(POPULATION, TURNS, rng), generations), maxlen=1).pop()

    def generations(self, population: int, turns: int, rng: np.random.Generator) -> Iterator[PriceRule]:
        """Better and better rules without end, one for each generation of the strategy.

        Parameters
        ----------
        population
            Candidates per generation, an even number of at least 4.
        turns
            A candidate is judged by one of so many equal parts of the episodes.
        """
        first = self._market.demand.first
        each = max(1, (len(first) - 1) // turns)
        self._centre = self._play(self._start, first)[1]
        strategy = EvolutionStrategy(np.zeros(self._size), SPREAD, population, rng)
        for turn in cycle(range(turns)):
            strategy.advance(partial(self._value, first[turn * each : (turn + 1) * each + 1]))
            yield self._rule(strategy.mean)

    @property
    def _size(self) -> int:
        return (
            1
            + len(kernels.BENDS)
            + 1
            + self._own_prices * len(self._start.prices)
            + 2 * (not self._market.reject_allowed)
        )

    def _value(self, first: np.ndarray, point: np.ndarray) -> float:
        return self._play(self._rule(point), first)[0]

    def _play(self, rule: PriceRule, first: np.ndarray) -> tuple[float, float]:
        """Utility of the episodes between ``first``, and mean free share of capacity."""
        demand, market = self._market.demand, self._market
        return kernels.play(
            self._fleet, rule.prices, rule.shape, market.utility, first, demand.arrival, demand.kind, demand.steps,
            demand.runtime, demand.horizon, market.reject_allowed,
        )  # fmt: skip

    def _rule(self, point: np.ndarray) -> PriceRule:
        """The rule at a point of the search; the start is near the origin."""
        scale, pull, rest = point[0], point[1], point[2:]
        bends, rest = rest[: len(kernels.BENDS)], rest[len(kernels.BENDS) :]
        prices = self._start.prices
        if self._own_prices:
            own, rest = rest[: len(prices)], rest[len(prices) :]
            prices = np.maximum((prices + self._floor) * np.exp(own) - self._floor, 0.0)
        shape = self._start.shape.copy()
        falls = np.minimum(np.cumsum(bends[::-1])[::-1], STEEPEST)  # of the slope before each knot
        shape[kernels.BEND : kernels.PULL] = falls - np.append(falls[1:], 0.0)
        shape[kernels.FLATTEST] = min(1.0, 1.0 - float(falls.max()))
        shape[kernels.PULL], shape[kernels.CENTRE] = PULL_UNIT * pull, self._centre
        if len(rest):
            shape[kernels.MARGIN], shape[kernels.FREED] = self._margin * math.exp(3 * rest[0]), math.exp(rest[1])
        return PriceRule(prices * math.exp(scale), shape)
