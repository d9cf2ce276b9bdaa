"""Prices on compute and bandwidth, and the rule that admits a flow where its priority is worth what it takes from others.

The price of a unit-second of compute is ``compute_weight * rate * u ^ compute_power``, where u is the share of units in use and
``rate`` the going rate: what flows offer for a unit-second (priority over the unit-seconds that they take where nothing waits) falls
short of it for all but the best ones, which together ask for ``demand_share`` of the server. It is estimated from the flows seen so
far, older ones forgotten exponentially, so that the rule needs to know no arrival rate and follows bursts. Data sent over a gateway
delay every flow that joins it meanwhile, by data / free bandwidth: that too has a price, a fixed part and one for each second that
the gateway is taken, which rises with the going rate.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.problems.flow.delay import kernel
from aigcbench.problems.flow.dispatch import GATEWAYS, HEADER, LEVELS, UNITS, delay_at, fleet_table
from aigcbench.problems.flow.model import REJECT, RESOURCES, context_of
from aigcbench.problems.flow.offers import SIZE, going_rate, least_unit_seconds, no_offers, note_offer
from aigcbench.problems.flow.simulator import single_state, step

LEAST_FREE_SHARE = 0.05  # of a gateway: bounds what its data may cost

# Places in the rule's state: prices, the horizon, what flows have offered, and from FLEET on the fleet's table.
WAIT, HOLD, HOLD_RATE, DEMAND_SHARE, COMPUTE_POWER, COMPUTE_WEIGHT, MEMORY, HORIZON = range(8)
OFFERS = HORIZON + 1
FLEET = OFFERS + SIZE


class Prices(NamedTuple):
    """What the rule is tuned by.

    Parameters
    ----------
    wait
        Priority that a second of ``data / free bandwidth`` costs.
    hold, hold_rate
        What it costs besides for each second of sending: a fixed part, and one in multiples of the going rate.
    demand_share
        Share of the server that the flows above the going rate ask for.
    compute_power, compute_weight
        Power of the share of units in use, and weight of the going rate, in the price of a unit-second.
    memory_s
        Time in which the weight of a flow seen falls to 1/e, s.
    """

    wait: float = 0.8
    hold: float = 2.7
    hold_rate: float = 7.4
    demand_share: float = 0.35
    compute_power: float = 3.0
    compute_weight: float = 0.9
    memory_s: float = 0.56


def price_state(context: Context, prices: Prices) -> np.ndarray:
    """State (float64) of `decide` at the start of an episode."""
    horizon = context["n_slots"] * context["slot_s"]
    return np.concatenate([[*prices, horizon], no_offers(), fleet_table(context)])


@kernel
def decide(vector, reward, state):
    """The action in time that costs least, if the current flow's priority is worth it; else -1. An online observation will do."""
    fleet = state[FLEET:]
    gateways, levels, all_units = int(fleet[GATEWAYS]), int(fleet[LEVELS]), fleet[UNITS]
    clock = RESOURCES + 2 * gateways + 1
    now, data, priority = vector[clock], vector[2], vector[4]
    offers = state[OFFERS:FLEET]
    note_offer(now, priority, least_unit_seconds(vector, fleet), state[MEMORY], offers)
    going = going_rate(state[DEMAND_SHARE] * all_units, offers)
    compute_price = state[COMPUTE_WEIGHT] * going * (1.0 - vector[clock - 1] / all_units) ** state[COMPUTE_POWER]
    hold_price = state[HOLD] + state[HOLD_RATE] * going
    time_left = max(state[HORIZON] - now, 0.0)
    best, best_cost = REJECT, priority
    for g in range(gateways):
        free = vector[RESOURCES + g]
        least_free = LEAST_FREE_SHARE * fleet[HEADER + 2 * levels + g]
        for level in range(levels):
            delay = delay_at(vector, fleet, g, level)
            if not 0.0 <= delay <= vector[1]:
                continue
            rate = min(fleet[HEADER + level] * vector[0], free)
            wait = data / max(free - rate, least_free)
            cost = compute_price * fleet[HEADER + levels + level] * min(delay, time_left)
            cost += (state[WAIT] + hold_price * data / rate) * wait
            if cost < best_cost:
                best, best_cost = g * levels + level, cost
    return best


@kernel
def play(s, state, decisions):
    """Let the rule decide the whole episode in slot 0 of a simulator state, which shows online observations; fill ``decisions`` (J,)."""
    for j in range(s.n_flows[0]):
        decisions[j] = decide(s.vector[0], 0.0, state)
        step(s, 0, decisions[j])


def plan_by_price(instance: Instance, prices: Prices) -> np.ndarray:
    """What the rule decides for every flow (int64, flows)."""
    context = context_of(instance, "online")
    decisions = np.empty(len(instance["flow_slot"]), np.int64)
    play(single_state(instance, context.observation_length), price_state(context, prices), decisions)
    return decisions


@cache
def warm_up() -> None:
    """Load or compile the rule, by playing a tiny instance."""
    from aigcbench.scenario import scenario_named

    plan_by_price(scenario_named("flow/tiny").instance(0, "train"), Prices())
