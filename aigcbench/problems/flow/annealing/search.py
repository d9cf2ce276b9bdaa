"""Simulated annealing of flow plans: what is searched."""

from __future__ import annotations

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.problems.flow.annealing import kernels, moves

CHUNK = 2000  # moves between two looks at the clock, some milliseconds
NOTES = 512  # changes within one move, at most


class PlanSearch:
    """Plans in which every admitted flow is in time.

    Parameters
    ----------
    actions
        int64 (flows,), where to begin; flows that are late or blocked in it are left out.
    price
        What a unit-second of compute costs, in priorities, at temperature 1.
    """

    chunk = CHUNK

    def __init__(self, instance: Instance, actions: np.ndarray, price: float) -> None:
        self._price = price
        self._plan = empty_plan(instance)
        moves.load(self._plan, actions)

    @property
    def best_score(self) -> float:
        """Sum of priorities completed by the best plan."""
        return float(self._plan.score[kernels.BEST])

    @property
    def best(self) -> np.ndarray:
        """The best plan (int64, flows)."""
        return self._plan.best_action.astype(np.int64)

    def move(self, rng: np.random.Generator, temperature: float, n_moves: int) -> None:
        """See `Search.move`."""
        moves.anneal(self._plan, rng, temperature, self._price * temperature, n_moves)


def empty_plan(instance: Instance) -> kernels.Plan:
    """The plan that rejects every flow."""
    flows, gateways = len(instance["flow_slot"]), len(instance["gateway_capacity"])
    units = int(instance.parameters["compute_units"])
    small, floats = (lambda *shape: np.zeros(shape, np.int32)), (lambda *shape: np.zeros(shape))
    return kernels.Plan(
        arrival=instance["flow_slot"] * float(instance.parameters["slot_s"]),
        rate=instance["flow_rate"],
        deadline=instance["flow_deadline"] - kernels.GUARD_S,
        data=instance["flow_data"],
        work=instance["flow_work"],
        priority=instance["flow_priority"].astype(np.float64),
        capacity=instance["gateway_capacity"],
        level_rate=instance["level_rate"],
        level_units=instance["level_units"].astype(np.int32),
        constants=np.array(
            [instance.parameters["blocked_share"], model.unit_gflops(instance), units, instance["flow_deadline"].max()]
        ),
        action=np.full(flows, kernels.NONE, np.int32),
        sending=floats(flows),
        sent=floats(flows),
        finish=floats(flows),
        last=small(flows),
        following=np.full(flows, kernels.NONE, np.int32),
        preceding=np.full(flows, kernels.NONE, np.int32),
        first=np.full(gateways, kernels.NONE, np.int32),
        held=small(flows),
        running=floats(2, flows),
        noted_flow=small(NOTES),
        noted_action=small(NOTES),
        noted_times=floats(3, NOTES),
        noted_last=small(NOTES),
        counts=np.zeros(3, np.int64),
        best_action=np.full(flows, kernels.NONE, np.int32),
        score=floats(3),
    )


def warm_up(instance: Instance) -> None:
    """Load or compile the moves, by making a few."""
    search = PlanSearch(instance, np.zeros(len(instance["flow_slot"]), np.int64), price=1.0)
    search.move(np.random.default_rng(0), 1.0, 100)
