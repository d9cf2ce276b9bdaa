"""What the flows of a run hold, and what a few of them could do instead: the data of an exact window (`window_model`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.flow import kernels, simulator
from aigcbench.problems.flow.model import REJECT, unit_gflops
from aigcbench.problems.flow.program import arrival_times

MS_PER_S = 1000
SAFETY = 1e-7  # s, taken off what a flow may wait, for rounding


@dataclass(frozen=True, eq=False)
class Run:
    """What the flows of a run hold; nothing where they are not admitted.

    Parameters
    ----------
    actions
        int64 (flows,); rejections in place of what was blocked or late.
    rate, sent, done
        float64 (flows,): bandwidth (Mbit/s), when it is released, and when the units are (s).
    units
        int64 (flows,).
    wait, spare
        float64 (flows,): what each waits for the backlog, and how much longer it may without being late or holding its units in
        one slot more, s.
    """

    actions: np.ndarray
    rate: np.ndarray
    sent: np.ndarray
    done: np.ndarray
    units: np.ndarray
    wait: np.ndarray
    spare: np.ndarray


def run_of(instance: Instance, actions: np.ndarray) -> Run:
    """Play decisions; what is late or blocked is rejected instead, until nothing is."""
    time, slot_s = arrival_times(instance), float(instance.parameters["slot_s"])
    while True:
        rate, delay = np.empty(len(actions)), np.empty(len(actions))
        kernels.record(simulator.single_state(instance, 0), actions, rate, delay)
        completed = (rate > 0.0) & (delay <= instance["flow_deadline"])
        if (completed == (actions != REJECT)).all():
            break
        actions = np.where(completed, actions, REJECT)
    sent = time + np.divide(instance["flow_data"], rate, out=np.zeros(len(rate)), where=completed)
    units = np.where(completed, instance["level_units"][actions % len(instance["level_units"])], 0)
    computing = instance["flow_work"] / (np.maximum(units, 1) * unit_gflops(instance))
    wait = np.where(completed, np.maximum(time + delay - sent - computing, 0.0), 0.0)
    next_slot = np.ceil((time + delay) / slot_s - SAFETY) * slot_s
    spare = np.minimum(next_slot, time + instance["flow_deadline"]) - (time + delay) - SAFETY
    return Run(actions, rate, sent, time + delay, units, wait, np.maximum(spare, 0.0))


@dataclass(frozen=True, eq=False)
class Options:
    """What may be done with the flows of a window.

    Parameters
    ----------
    flow, gateway, level, units, wait_ms
        int64 (options,).
    rate, sent, done
        float64 (options,): as in `Run`; ``done`` after a wait of ``wait_ms``.
    """

    flow: np.ndarray
    gateway: np.ndarray
    level: np.ndarray
    units: np.ndarray
    wait_ms: np.ndarray
    rate: np.ndarray
    sent: np.ndarray
    done: np.ndarray


def options_of(instance: Instance, run: Run, first: int, last: int, waits: tuple[int, ...] | None) -> Options:
    """List the options of the flows ``first .. last - 1``.

    Parameters
    ----------
    run
        What they do so far, which is among their options wherever they get their level's rate.
    waits
        How many slots beyond the one in which it would end without waiting a flow may wait; None for any number.
    """
    time, slot_s = arrival_times(instance), float(instance.parameters["slot_s"])
    speed = instance["level_units"] * unit_gflops(instance)
    rows: list[tuple[float, ...]] = []
    for i in range(first, last):
        wanted, deadline = instance["level_rate"] * instance["flow_rate"][i], float(instance["flow_deadline"][i])
        for g, capacity in enumerate(instance["gateway_capacity"].tolist()):
            for k, units in enumerate(instance["level_units"].tolist()):
                rate = min(float(wanted[k]), capacity)
                sending = float(instance["flow_data"][i]) / rate
                alone = sending + float(instance["flow_work"][i] / speed[k])
                slack = deadline - alone
                if slack < 0.0 or units > instance.parameters["compute_units"]:
                    continue
                to_slot = np.ceil((time[i] + alone) / slot_s) * slot_s - (time[i] + alone)
                more = range(int(max(slack - to_slot, 0.0) / slot_s) + 2) if waits is None else waits
                limits = [min(to_slot + n * slot_s, slack) - SAFETY for n in more]
                if run.actions[i] == g * len(wanted) + k:
                    limits.append(float(run.wait[i] + run.spare[i]))
                allowed = {max(0, int(limit * MS_PER_S)) for limit in limits}
                for wait in sorted(allowed) if rate == wanted[k] else [0]:
                    done = time[i] + alone + wait / MS_PER_S
                    rows.append((i, g, k, units, wait, rate, time[i] + sending, done))
    table = np.array(rows, np.float64).reshape(-1, 8).T
    whole = [column.astype(np.int64) for column in table[:5]]
    return Options(*whole, *table[5:])
