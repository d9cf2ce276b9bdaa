"""What the bid-price policies share: they know what runs where from their own placements, and plan with forecasts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.problems.assignment.bidding import kernels
from aigcbench.problems.assignment.bidding.forecast import Demand, demand_of, observed_demand, scenario_demand
from aigcbench.problems.assignment.bidding.rule import PriceRule, empty_fleet, plain_rule, widened
from aigcbench.problems.assignment.bidding.search import Market, find_rule
from aigcbench.problems.assignment.simulator import NONE

FIRST_PLAN = 100  # requests seen by the first plan that rests on observations
PLAN_GROWTH = 3  # each next plan comes at so many times more requests
MOST_SEEN = 20_000  # requests that an estimate of the demand rests on
FIRST_SLOTS = 8
PREPARE_WORK = 1e4

UtilityTable = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Placements:
    """Places tasks by a price rule, keeping account of what runs where.

    Parameters
    ----------
    context
        What the operator knows.
    rule
        Prices; those of `Bidder` are all 0 at first.
    """

    def __init__(self, context: Context, rule: PriceRule) -> None:
        self._context, self._rule = context, rule
        capacity, self._service_server = context["server_capacity"], np.array(context["service_server"])
        self._fleet = empty_fleet(capacity, FIRST_SLOTS)
        self._best, self._service = np.empty(len(capacity)), np.zeros(len(capacity), np.int64)
        self._horizon = float(context["horizon_s"])
        self._chosen: tuple[np.int64, np.float64, np.float64] | None = None  # server, end (s), steps

    def choose(self, observation: Observation, utility: np.ndarray) -> int:
        """Service for the current request that yields ``utility`` (float64, services), or -1; then call `place`."""
        rule, steps, now = self._rule, observation.task_steps, observation.time
        service = int(kernels.decide(
            self._fleet, rule.prices, rule.shape, utility, self._service_server, self._best, self._service, steps,
            observation.task_runtime, now, self._horizon, self._context.reject_allowed,
        ))  # fmt: skip
        self._chosen = None
        if service != NONE:
            self._chosen = self._service_server[service], now + observation.task_runtime, steps
        return service

    @property
    def has_room(self) -> bool:
        """Whether the chosen service's server can take the request."""
        return self._chosen is not None and bool(self._fleet.free[self._chosen[0]] >= self._chosen[2])

    def place(self, gain: float) -> None:
        """Keep account of the request for which `choose` has chosen, and of what it yields if its server has room."""
        if self._chosen is None:
            return
        server, end, steps = self._chosen
        if self._fleet.running[server] == self._fleet.end.shape[1]:
            self._fleet = widened(self._fleet)
        kernels.place(self._fleet, server, end, steps, gain)


class Bidder(Placements):
    """Placements by prices of its own, which it plans from forecasts of the demand.

    Parameters
    ----------
    context
        What the operator knows: the demand too where the catalogue has the scenario, else it is estimated from the requests.
    rng
        Draws forecasts and the candidates of the search.
    """

    def __init__(self, context: Context, rng: np.random.Generator) -> None:
        super().__init__(context, plain_rule(np.zeros(len(context["server_capacity"])), context["max_steps"]))
        self._rng, self._typed = rng, context["n_types"] > 1
        self._demand = scenario_demand(context, rng)
        self._seen: list[tuple[float, float, int]] = []
        self._requests, self._next_plan = 0, FIRST_PLAN
        self._now = 0.0

    @property
    def demand_known(self) -> bool:
        """Whether the arrival process is known, so that a plan needs no requests."""
        return self._demand is not None

    def plan(self, utility_table: UtilityTable, work: float) -> None:
        """Find the price rule.

        Parameters
        ----------
        utility_table
            From steps (float64, kinds) and types (int64, kinds) to what each yields on each service (float64, kinds x services),
            as far as the policy knows.
        work
            About how many evaluations of one task on one server the search may take.
        """
        demand = self._demand
        if demand is None:
            demand = observed_demand(np.array(self._seen), self._now, self._horizon, self._rng)
        table = utility_table(demand.steps, demand.type)
        self._rule = find_rule(market_of(self._context, demand, table), work, self._rng)

    def plan_is_due(self, observation: Observation) -> bool:
        """Take note of a request; whether enough have been seen since the last plan for a new one."""
        self._requests += 1
        if self._demand is None and self._requests <= MOST_SEEN:
            self._now = float(observation.time)
            kind = int(observation.task_type.argmax()) if self._typed else 0
            self._seen.append((float(observation.task_steps), float(observation.task_runtime), kind))
        if self._requests < self._next_plan:
            return False
        self._next_plan *= PLAN_GROWTH
        return True


def market_of(context: Context, demand: Demand, utility: np.ndarray) -> Market:
    """The market of a fleet on which the demand's kinds yield ``utility`` (float64, kinds x services)."""
    capacity = context["server_capacity"]
    first_service = np.searchsorted(context["service_server"], np.arange(len(capacity)))
    best = np.ascontiguousarray(np.maximum.reduceat(utility, first_service, axis=1))
    return Market(demand, best, capacity, context["max_steps"], context.reject_allowed)


def prepare() -> None:
    """Compile the kernels, or load them from the cache, by bidding for one task and playing it."""
    one, zero = np.ones(1), np.zeros(1, np.int64)
    fleet, rule = empty_fleet(np.ones(1, np.int64), 1), plain_rule(one, 1.0)
    number = np.float64(1.0)
    kernels.decide(
        fleet, rule.prices, rule.shape, one, zero, np.ones(1), zero.copy(), number, number, number, 1.0, True
    )
    kernels.place(fleet, zero[0], number, number, 1.0)
    kernels.place(fleet, zero[0], number, number, number)
    demand = demand_of([np.zeros(9)], [np.ones((9, 3))], 1.0, 1.0)
    market = Market(demand, np.ones((1, 1)), np.ones(1, np.int64), 1.0, reject_allowed=True)
    find_rule(market, PREPARE_WORK, np.random.default_rng(0))
