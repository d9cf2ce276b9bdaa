"""Decides by the learned lottery."""

from __future__ import annotations

from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.observation import Context, Observation
from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.offloading.lottery.genome import ORDER, POSITION, TRUST
from aigcbench.problems.offloading.lottery.kernels import climb_ladder, fill_at
from aigcbench.problems.offloading.pricing.blind import drawn, fill_water, mean_load
from aigcbench.problems.offloading.pricing.ladder import BINS, threshold
from aigcbench.problems.offloading.pricing.memory import (
    CURRENT,
    HEAD,
    HOME,
    OWN,
    QUEUE,
    SERVED,
    SLOT,
    SLOTS,
    STATIONS,
    new_memory,
    rows_of,
)
from aigcbench.solver import Policy

MAX_WORK, THRESHOLD, LATEST, LOAD, SEEN, PRIOR, DRAWS = range(OWN, OWN + 7)
LATEST_QUEUE, GIVEN_UP, PRIORITY, REST, SACRIFICED = range(1, 6)
"""Rows: queues seen last, 1 where a station is given up, speed as the order of giving up counts it, shares of either group."""
ROWS = 6


class LotteryPolicy(Policy):
    """Large tasks go to stations that are given up, the others to the rest, in either group by lots.

    Parameters
    ----------
    settings
        See `genome`.
    load, by_size
        See `genome.Demand`.
    """

    information = "online"

    def __init__(self, settings: np.ndarray, load: float, by_size: np.ndarray) -> None:
        self._settings, self._load, self._by_size = settings, load, by_size

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        if len(self._settings) != ORDER + context.n_actions:
            expected = f"{len(self._settings) - ORDER}, as in its training"
            raise InputError(f"scenario {context.scenario}", f"{context.n_actions} stations", expected)
        head = HEAD + len(self._settings) + BINS
        self.memory = new_memory(context, [context["max_work_gcycles"]], ROWS, head)
        self.memory[[THRESHOLD, LATEST, LOAD, SEEN, PRIOR]] = 1e300, -1.0, self._load, self._load, self._load
        self.memory[[DRAWS, DRAWS + 1]] = rng.random(2)
        self.memory[HEAD:head] = np.concatenate([self._settings, self._by_size])
        rows = rows_of(self.memory, head)
        rows[PRIORITY] = rows[SERVED] * np.exp(self._settings[ORDER:])

    def act(self, observation: Observation) -> int:
        return int(decide(observation.vector, 0.0, self.memory))  # type: ignore[no-untyped-call]

    def compiled(self) -> tuple[Any, np.ndarray]:
        return compile_decide(decide), self.memory


def decide(vector, reward, memory):  # type: ignore[no-untyped-def]
    """`LotteryPolicy.act`."""
    stations = int(memory[STATIONS])
    head = HEAD + ORDER + stations + BINS
    rows, settings = rows_of(memory, head), memory[HEAD : HEAD + ORDER]
    slot, work = vector[int(memory[SLOT])], vector[1]
    if slot != memory[CURRENT]:
        queue = vector[int(memory[QUEUE]) : int(memory[QUEUE]) + stations]
        served, given_up = rows[SERVED], rows[GIVEN_UP]
        if memory[CURRENT] >= 0.0:
            memory[SEEN] = mean_load(memory[SEEN], queue, rows[LATEST_QUEUE], served, slot, memory[CURRENT])
            trust = np.exp(settings[TRUST])
            memory[LOAD] = (trust * memory[PRIOR] + slot * memory[SEEN]) / (trust + slot)
        fill, left, latest = fill_at(settings, slot, memory[SLOTS]), memory[SLOTS] - 1.0 - slot, int(memory[LATEST])
        latest, room = climb_ladder(settings, memory[LOAD], fill, left, queue, served, given_up, rows[PRIORITY], latest)
        memory[LATEST] = latest
        memory[THRESHOLD] = threshold(memory[HEAD + ORDER + stations : head], memory[LOAD], room, memory[MAX_WORK])
        fill_water(queue, served, given_up, 0.0, min(room, memory[LOAD]), rows[REST])
        fill_water(queue, served, given_up, 1.0, memory[LOAD] - room, rows[SACRIFICED])
        rows[LATEST_QUEUE] = queue
        memory[CURRENT] = slot
    position = vector[int(memory[HOME])] / max(stations - 1.0, 1.0) - 0.5
    limit = memory[THRESHOLD] * np.exp(settings[POSITION] * position)
    large = int(memory[LATEST] >= 0.0 and work >= limit)
    return drawn(memory[DRAWS : DRAWS + 2], large, rows[REST + large])
