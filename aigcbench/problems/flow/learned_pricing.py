"""The rule of price-and-reject with an eye on what is committed, for prices that are learned.

It differs from `pricing` in three points. The price of compute rises with the share of units that admitted flows are going to hold
in the next moments, which the rule knows from its own admissions, rather than with the share in use now; each level has a weight of
its own; and importance and waiting count by powers of theirs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context, Observation
from aigcbench.problems.flow.delay import kernel
from aigcbench.problems.flow.dispatch import GATEWAYS, HEADER, LEVELS, UNITS, delay_at, fleet_table
from aigcbench.problems.flow.model import REJECT, RESOURCES, context_of
from aigcbench.problems.flow.offers import SIZE, going_rate, least_unit_seconds, no_offers, note_offer
from aigcbench.problems.flow.pricing import LEAST_FREE_SHARE, Prices
from aigcbench.problems.flow.simulator import State, restart, single_state, step
from aigcbench.solver import Policy

# Places in the state: settings and horizon, how many flows run, where their list and the fleet's table start, offers, weights of levels.
WAIT, HOLD, HOLD_RATE, DEMAND_SHARE, COMPUTE_POWER, MEMORY, LOOK, WAIT_POWER, PRIORITY_POWER, HORIZON = range(10)
RUNNING, RUN, FLEET, OFFERS = range(HORIZON + 1, HORIZON + 5)
WEIGHTS = OFFERS + SIZE

FIRST_LOOK_S = 0.1


def first_settings(n_levels: int) -> np.ndarray:
    """The prices of price-and-reject, as settings (float64) that a search starts from: those before HORIZON, then a weight for each level."""
    prices = Prices()
    shared = (prices.wait, prices.hold, prices.hold_rate, prices.demand_share, prices.compute_power, prices.memory_s)
    return np.array([*shared, FIRST_LOOK_S, 1.0, 1.0, *[prices.compute_weight] * n_levels])


class LearnedPricing(Policy):
    """Admits a flow by the cheapest action in time, if what it is worth exceeds the price.

    Parameters
    ----------
    settings
        See `first_settings`; of scenarios with equally many levels.
    """

    information = "online"

    def __init__(self, settings: np.ndarray) -> None:
        self._settings = settings

    def prepare(self) -> None:
        warm_up()

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        self._state = pricing_state(context, self._settings)

    def act(self, observation: Observation) -> int:
        return int(decide(observation.vector, 0.0, self._state))

    def compiled(self) -> tuple[Any, np.ndarray]:
        return decide, self._state


def pricing_state(context: Context, settings: np.ndarray) -> np.ndarray:
    """State (float64) of `decide` at the start of an episode; `InputError` for settings of another number of levels."""
    levels = len(context["level_units"])
    if len(settings) != HORIZON + levels:
        expected = f"{len(settings) - HORIZON}, as in its training"
        raise InputError(f"scenario {context.scenario}", f"{levels} levels", expected)
    running = WEIGHTS + levels
    fleet = running + 2 * int(context["compute_units"])  # each flow that runs holds a unit at least
    head = [*settings[:HORIZON], context["n_slots"] * context["slot_s"], 0.0, running, fleet]
    parts = (head, no_offers(), settings[HORIZON:], np.zeros(fleet - running), fleet_table(context))
    return np.concatenate(parts)


@kernel
def _committed_unit_seconds(now, look_s, state, runs):
    """Unit-seconds that admitted flows hold in the next ``look_s``; forgets those that are done."""
    held, k, running = 0.0, 0, int(state[RUNNING])
    while k < running:
        left = runs[2 * k] - now
        if left <= 0.0:
            running -= 1
            runs[2 * k], runs[2 * k + 1] = runs[2 * running], runs[2 * running + 1]
        else:
            held += runs[2 * k + 1] * min(left, look_s)
            k += 1
    state[RUNNING] = running
    return held


@kernel
def decide(vector, reward, state):
    """The action in time that costs least, if the current flow is worth it; else -1. An online observation will do."""
    first_run, first_fleet = int(state[RUN]), int(state[FLEET])
    runs, fleet, weights = state[first_run:first_fleet], state[first_fleet:], state[WEIGHTS:first_run]
    gateways, levels, all_units = int(fleet[GATEWAYS]), int(fleet[LEVELS]), fleet[UNITS]
    now, data = vector[RESOURCES + 2 * gateways + 1], vector[2]
    offers = state[OFFERS:WEIGHTS]
    note_offer(now, vector[4], least_unit_seconds(vector, fleet), state[MEMORY], offers)
    going = going_rate(state[DEMAND_SHARE] * all_units, offers)
    committed = _committed_unit_seconds(now, state[LOOK], state, runs) / (state[LOOK] * all_units)
    compute_price = going * committed ** state[COMPUTE_POWER]
    hold_price = state[HOLD] + state[HOLD_RATE] * going
    time_left = max(state[HORIZON] - now, 0.0)
    best, best_cost, best_delay = REJECT, vector[4] ** state[PRIORITY_POWER], 0.0
    for g in range(gateways):
        free = vector[RESOURCES + g]
        least_free = LEAST_FREE_SHARE * fleet[HEADER + 2 * levels + g]
        for level in range(levels):
            delay = delay_at(vector, fleet, g, level)
            if not 0.0 <= delay <= vector[1]:
                continue
            rate = min(fleet[HEADER + level] * vector[0], free)
            wait = (data / max(free - rate, least_free)) ** state[WAIT_POWER]
            cost = weights[level] * compute_price * fleet[HEADER + levels + level] * min(delay, time_left)
            cost += (state[WAIT] + hold_price * data / rate) * wait
            if cost < best_cost:
                best, best_cost, best_delay = g * levels + level, cost, delay
    if best != REJECT:
        running = int(state[RUNNING])
        runs[2 * running], runs[2 * running + 1] = now + best_delay, fleet[HEADER + levels + best % levels]
        state[RUNNING] = running + 1
    return best


@kernel
def _play(s, state):
    """Let the rule decide the whole episode in slot 0 of a simulator state."""
    restart(s, 0)
    for _ in range(s.n_flows[0]):
        step(s, 0, decide(s.vector[0], 0.0, state))


class RecordedEpisode:
    """An episode that was seen once, to be decided again and again."""

    def __init__(self, instance: Instance) -> None:
        self._context = context_of(instance, "online")
        self._simulator: State = single_state(instance, self._context.observation_length)

    def completion(self, settings: np.ndarray) -> float:
        """Weighted completion rate of the rule with these settings."""
        simulator = self._simulator
        _play(simulator, pricing_state(self._context, settings))
        return float(simulator.completed_weight[0] / simulator.total_weight[0])


@cache
def warm_up() -> None:
    """Load or compile the rule, by playing a tiny instance."""
    from aigcbench.scenario import scenario_named

    instance = scenario_named("flow/tiny").instance(0, "train")
    RecordedEpisode(instance).completion(first_settings(len(instance["level_units"])))
