"""One frame of caching as a mixed-integer nonlinear program for SCIP: the paper's rates, delays and quality curve as they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.caching.slot.terms import Terms

LONGEST_UPLOAD_S = 1e4
LONGEST_DELAY_S = 2e4


def solve_nonlinear(
    terms: Terms, frame: int, storage: np.ndarray, capacity: float, deadline: Deadline
) -> tuple[np.ndarray | None, float]:
    """SCIP's best cache (int64, models; None if it found no solution) and its lower bound on the frame's mean cost, to its tolerances."""
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/time", max(deadline.left, 0.01))
    cached = [model.addVar(vtype="B") for _ in storage]
    model.addCons(
        pyscipopt.quicksum(size * bit for size, bit in zip(storage.tolist(), cached, strict=True)) <= capacity
    )
    slots = [_add_slot(model, terms, frame, slot, cached) for slot in range(terms.request.shape[1])]
    model.setObjective(pyscipopt.quicksum(slots) / terms.request[frame].size)
    model.optimize()
    bound = model.getDualbound()
    if model.getNSols() == 0:
        return None, bound
    return np.array([round(model.getVal(bit)) for bit in cached], np.int64), bound


def _add_slot(model: Any, terms: Terms, frame: int, slot: int, cached: list[Any]) -> Any:
    """Add a slot's variables and constraints; return its cost, a sum over users."""
    import pyscipopt

    users = terms.request.shape[2]
    shares = [model.addVar(lb=terms.minimum_share, ub=1.0) for _ in range(users)]
    steps = [model.addVar(lb=0.0, ub=terms.total_steps) for _ in range(users)]
    model.addCons(pyscipopt.quicksum(shares) <= 1.0)
    model.addCons(pyscipopt.quicksum(steps) <= terms.total_steps)
    costs = []
    for user in range(users):
        place = frame, slot, user
        requested = int(terms.request[place])
        first, worst, last, best, step_time, start = terms.models[requested].tolist()
        edge, taken = cached[requested], steps[user]
        model.addCons(taken <= terms.total_steps * edge)
        snr, limit = float(terms.snr[place]), float(terms.limit[place])
        upload = model.addVar(lb=limit, ub=LONGEST_UPLOAD_S)
        model.addCons(upload * shares[user] * pyscipopt.log(1.0 + snr / shares[user]) >= limit * snr)
        cloud = float(terms.backhaul[place]) + step_time * last
        delay = upload + float(terms.download[place]) + start + cloud * (1.0 - edge) + step_time * taken
        late = model.addVar(vtype="B")
        model.addCons(delay <= terms.deadline + LONGEST_DELAY_S * late)
        falling, fall = model.addVar(vtype="B"), model.addVar(lb=0.0, ub=1.0)
        model.addCons(falling <= edge)
        model.addCons(fall <= falling)
        model.addCons(taken >= first * falling + (last - first) * fall)
        quality = best * (1.0 - edge) + worst * edge - (worst - best) * fall
        costs.append(terms.weight * delay + (1.0 - terms.weight) * quality + terms.penalty * late)
    return pyscipopt.quicksum(costs)
