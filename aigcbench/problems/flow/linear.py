"""The relaxation of flow scheduling as a linear or integer program: a temporal knapsack with modes.

It has a column for each mode, and one for the load at each instant of arrival: the load before, plus what starts, less what ends.
Units can only become scarce when a flow arrives, so other instants need no row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.flow.program import Modes, arrival_times, modes_of

MARGIN = 1e-12  # relative: far above the rounding of a sum of priorities, far below any gap


@dataclass(frozen=True, eq=False)
class KnapsackModel:
    """The program and what its columns mean.

    Parameters
    ----------
    linear
        First a column per mode, then one per instant. The objective is the priority of the completed flows.
    modes
        The modes.
    instants
        float64 (instants,), s: when flows arrive, each time once.
    start, stop
        int64 (modes,): each mode holds its units at the instants ``start .. stop - 1``.
    priority
        float64 (modes,): priority of the mode's flow.
    compute_units
        Units of the server.
    """

    linear: LinearProgram
    modes: Modes
    instants: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    priority: np.ndarray
    compute_units: int

    def prices(self, reduced_profit: np.ndarray) -> np.ndarray:
        """Unit prices (float64, instants) >= 0: the reduced profits of the load columns."""
        prices = reduced_profit[len(self.modes.flow) :]
        return np.where(np.isfinite(prices), np.maximum(prices, 0.0), 0.0)

    def bound(self, prices: np.ndarray) -> float:
        """Upper bound on the priority of the completed flows, by weak duality from any unit prices >= 0 (float64, instants).

        The prices are rounded down to multiples of a power of two that is coarse enough to make their prefix sums and the modes'
        rents exact in float64.
        """
        most = float(max(self.modes.units.max(initial=1), self.compute_units)) * max(float(prices.sum()), 1e-300)
        unit = math.ldexp(1.0, max(math.ceil(math.log2(most)) - 51, -1000))
        prefix = np.concatenate([[0.0], np.cumsum(np.floor(prices / unit))])
        rent = self.modes.units * (prefix[self.stop] - prefix[self.start]) * unit
        best = np.zeros(int(self.modes.flow.max(initial=-1)) + 1)
        np.maximum.at(best, self.modes.flow, np.nextafter(self.priority - rent, np.inf))
        return math.fsum([*best, self.compute_units * float(prefix[-1]) * unit]) * (1.0 + MARGIN)


def knapsack_model(instance: Instance) -> KnapsackModel:
    """Build the program of an instance."""
    modes, units = modes_of(instance), int(instance.parameters["compute_units"])
    instants = np.unique(arrival_times(instance))
    start = np.searchsorted(instants, modes.start)
    stop = np.searchsorted(instants, modes.start + modes.hold)  # what ends at an arrival is free for it
    priority = instance["flow_priority"][modes.flow].astype(np.float64)
    builder = LinearProgramBuilder()
    columns = builder.add_columns(len(modes.flow), priority, 1.0, integer=True)
    loads = builder.add_columns(len(instants), 0.0, float(units), integer=False)
    once = builder.add_rows(len(instance["flow_slot"]), -np.inf, 1.0)
    change = builder.add_rows(len(instants), 0.0, 0.0)
    builder.add_entries(once[modes.flow], columns, 1.0)
    builder.add_entries(change[start], columns, modes.units)
    ends = stop < len(instants)
    builder.add_entries(change[stop[ends]], columns[ends], -modes.units[ends])
    builder.add_entries(change, loads, -1.0)
    builder.add_entries(change[1:], loads[:-1], 1.0)
    return KnapsackModel(builder.build(), modes, instants, start, stop, priority, units)
