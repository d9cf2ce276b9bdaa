"""What simple rules decide for a whole instance, for a search to start from."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow.delay import kernel
from aigcbench.problems.flow.model import REJECT
from aigcbench.problems.flow.observing import delay_of
from aigcbench.problems.flow.pricing import Prices, plan_by_price
from aigcbench.problems.flow.simulator import single_state, step


@kernel
def _play_least_delay(s, decisions):
    """Give every flow of slot 0 the action of least delay, or reject it where none is in time; fill ``decisions`` (J,)."""
    levels = s.level_rate.shape[0]
    for j in range(s.n_flows[0]):
        decisions[j] = REJECT
        least = np.inf
        for action in range(s.capacity.shape[1] * levels):
            delay = delay_of(s, 0, j, action // levels, action % levels)
            if 0.0 <= delay <= s.deadline[0, j] and delay < least:
                decisions[j], least = action, delay
        step(s, 0, decisions[j])


def simple_plans(instance: Instance) -> list[np.ndarray]:
    """Decisions (int64, flows) of price-and-reject, and of least delay for every flow that can be in time."""
    least_delay = np.empty(len(instance["flow_slot"]), np.int64)
    _play_least_delay(single_state(instance, 0), least_delay)
    return [plan_by_price(instance, Prices()), least_delay]
