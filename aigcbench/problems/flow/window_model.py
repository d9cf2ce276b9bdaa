"""Exact decisions for some consecutive flows while all others keep theirs: a 0-1 program in whole numbers (kbit, kbit/s, ms).

An option lets a flow of the window be sent over gateway g at level k and wait there at most W. The rate is what the level gives, so
the end of its transmission, its share of the bandwidth and what it has still to send at any later arrival are known. Hence the
bandwidth in use B and the backlog Q that any arrival sees are linear in the options; so is the condition ``Q <= W (R - B)`` that
its wait is no longer than W; and so are the units held, since an option holds them for ``D / r + W + work / c``. What the other
flows hold is constant. Those after the window must still get their rate, and wait no longer than they may.

Left out are options that get less than their level's rate because the gateway is partly in use; on an idle gateway that is narrower
than that rate a flow gets all of it. With the window around all flows and every W that ends in another slot, the optimum is that of
all decisions in which nobody is squeezed, to the rounding of the units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.linear import LinearProgram, LinearProgramBuilder
from aigcbench.problems.flow.model import REJECT
from aigcbench.problems.flow.program import arrival_times
from aigcbench.problems.flow.windows import MS_PER_S, Options, Run, options_of

KILO = 1000
THRIFT = 0.4  # of one unit of priority: what all of a window's thrift is worth at most


@dataclass(frozen=True, eq=False)
class WindowModel:
    """The program of a window.

    Parameters
    ----------
    linear
        First a column per option, then auxiliary ones. The objective is the priority completed, and far below it thrift.
    options
        What the columns mean.
    start
        float64 (columns,): the decisions taken so far.
    actions
        int64 (flows,): the decisions of the other flows; the window's are rejections.
    n_levels
        Of the instance.
    """

    linear: LinearProgram
    options: Options
    start: np.ndarray
    actions: np.ndarray
    n_levels: int

    def decisions(self, values: np.ndarray) -> np.ndarray:
        """Actions of all flows (int64) from column values."""
        chosen = np.flatnonzero(values[: len(self.options.flow)] > 0.5)
        actions = self.actions.copy()
        actions[self.options.flow[chosen]] = self.options.gateway[chosen] * self.n_levels + self.options.level[chosen]
        return actions


def window_model(instance: Instance, run: Run, first: int, last: int, waits: tuple[int, ...] | None) -> WindowModel:
    """Build the program for the flows ``first .. last - 1`` of a run; ``waits`` as in `options_of`."""
    options = options_of(instance, run, first, last, waits)
    window = _Window(instance, run, first, last, options)
    window.add_options()
    window.add_gateways()
    window.add_waits()
    window.add_followers()
    window.add_units()
    actions = run.actions.copy()
    actions[first:last] = REJECT
    start = np.concatenate(window.start)
    return WindowModel(window.builder.build(), options, start, actions, len(instance["level_rate"]))


class _Window:
    """The program in the making; ``start`` has the values of the columns added so far in the decisions so far."""

    def __init__(self, instance: Instance, run: Run, first: int, last: int, options: Options) -> None:
        self.instance, self.run, self.options, self.first = instance, run, options, first
        self.time, self.capacity = arrival_times(instance), instance["gateway_capacity"]
        self.window = np.arange(first, last)
        reach = options.done.max(initial=self.time[last - 1])
        others = np.flatnonzero((run.actions != REJECT) & (run.done > self.time[first]) & (self.time <= reach))
        self.followers = others[others >= last]
        self.held = _Held(
            run, others[(others < first) | (others >= last)], len(instance["level_rate"]), len(self.capacity)
        )
        self.width = np.tile(np.floor(self.capacity * KILO), len(self.window))
        self.builder = LinearProgramBuilder()
        self.start: list[np.ndarray] = []

    def add_options(self) -> None:
        """Columns for options and for sends, which are what options that differ only in their wait have in common."""
        options, builder = self.options, self.builder
        now = self.time[options.flow]
        thrift = options.units * (options.done - now)
        thrift += self.instance["flow_data"][options.flow] * (options.sent - now) / self.capacity[options.gateway]
        weight = THRIFT / max(len(self.window) * float(thrift.max(initial=0.0)), 1e-9)
        priority = self.instance["flow_priority"][options.flow]
        self.x = builder.add_columns(len(now), priority - weight * thrift, 1.0, integer=True)
        once = builder.add_rows(len(self.window), -np.inf, 1.0)
        builder.add_entries(once[options.flow - self.first], self.x, 1.0)
        actions = len(self.capacity) * len(self.instance["level_rate"])
        key = options.flow * actions + options.gateway * len(self.instance["level_rate"]) + options.level
        _, representative, send_of = np.unique(key, return_index=True, return_inverse=True)
        self.sends = _Sends(options, representative, self.capacity)
        self.z = builder.add_columns(len(representative), 0.0, 1.0, integer=False)
        same = builder.add_rows(len(self.z), 0.0, 0.0)
        builder.add_entries(same[send_of], self.x, 1.0)
        builder.add_entries(same, self.z, -1.0)
        self.chosen = _taken(self.run, options, len(self.instance["level_rate"]))
        self.sent = np.bincount(send_of, self.chosen, len(self.z))
        self.start += [self.chosen, self.sent]

    def add_gateways(self) -> None:
        """What each flow of the window sees on each gateway, and the bandwidth that it finds there."""
        in_use, backlog, constants = [], [], []
        for flow in self.window.tolist():
            now = float(self.time[flow])
            for gateway in range(len(self.capacity)):
                active = self.sends.active(gateway, flow, now)
                in_use.append((active, self.sends.rate[active]))
                backlog.append((active, self.sends.left(active, now)))
                constants.append(self.held.on(gateway, flow, now))
        self.constant_use, constant_backlog = np.ceil(np.array(constants).T * KILO)
        most_used = np.maximum(self.width, self.constant_use)
        self.most = np.array([values.sum() for _, values in backlog]) + constant_backlog
        self.used = self._define(in_use, self.constant_use, most_used)
        self.queued = self._define(backlog, constant_backlog, self.most)
        room = self.builder.add_rows(len(most_used), -np.inf, most_used)
        self.builder.add_entries(room, self.used, 1.0)
        self.builder.add_entries(room[self._place(self.sends.flow, self.sends.gateway)], self.z, self.sends.rate)

    def add_waits(self) -> None:
        """Rows by which nobody of the window waits longer than its option says."""
        options, builder = self.options, self.builder
        place = self._place(options.flow, options.gateway)
        relevant = np.flatnonzero(self.most[place] > 0.0)
        place, wait = place[relevant], options.wait_ms[relevant].astype(np.float64)
        beyond = MS_PER_S * self.most[place] + wait * np.maximum(self.constant_use - self.width, 0.0)[place]
        limit = builder.add_rows(len(relevant), -np.inf, wait * self.width[place] + beyond)
        builder.add_entries(limit, self.queued[place], float(MS_PER_S))
        builder.add_entries(limit, self.used[place], wait)
        builder.add_entries(limit, self.x[relevant], beyond)

    def add_followers(self) -> None:
        """Rows that keep the rate of the flows after the window, and their wait within what they may."""
        run, sends = self.run, self.sends
        for flow in self.followers.tolist():
            now, gateway = float(self.time[flow]), int(run.actions[flow]) // len(self.instance["level_rate"])
            active = sends.active(gateway, flow, now)
            if not len(active):
                continue
            use, left = self.held.on(gateway, flow, now)
            free, wait = float(self.capacity[gateway]) - use, float(run.wait[flow] + run.spare[flow])
            for terms, limit in (
                (sends.rate[active], (free - run.rate[flow]) * KILO),
                (sends.left(active, now) + np.ceil(wait * sends.rate[active]), (wait * free - left) * KILO),
            ):
                so_far = float(terms @ self.sent[active])  # which is possible, whatever rounding says
                row = self.builder.add_rows(1, -np.inf, max(so_far, float(np.floor(limit)), 0.0))
                self.builder.add_entries(np.repeat(row, len(active)), self.z[active], terms)

    def add_units(self) -> None:
        """Columns and rows for the units that the window holds at each arrival."""
        options, builder = self.options, self.builder
        events = np.concatenate([self.window, self.followers])
        held = np.array([self.held.units(flow, float(self.time[flow])) for flow in events.tolist()])
        most = np.maximum(int(self.instance.parameters["compute_units"]) - held, 0.0)
        loads = builder.add_columns(len(events), 0.0, most, integer=False)
        change = builder.add_rows(len(events), 0.0, 0.0)
        start, stop = options.flow - self.first, np.searchsorted(self.time[events], options.done)
        ends = stop < len(events)
        builder.add_entries(change[start], self.x, options.units)
        builder.add_entries(change[stop[ends]], self.x[ends], -options.units[ends])
        builder.add_entries(change, loads, -1.0)
        builder.add_entries(change[1:], loads[:-1], 1.0)
        steps = np.bincount(start, self.chosen * options.units, len(events) + 1)
        steps -= np.bincount(stop, self.chosen * options.units, len(events) + 1)
        self.start.append(np.cumsum(steps)[:-1])

    def _place(self, flow: np.ndarray, gateway: np.ndarray) -> np.ndarray:
        """Index of what these flows see on these gateways."""
        return (flow - self.first) * len(self.capacity) + gateway

    def _define(
        self, terms: list[tuple[np.ndarray, np.ndarray]], constant: np.ndarray, upper: np.ndarray
    ) -> np.ndarray:
        """Add columns that equal a constant plus a sum of (sends, values)."""
        builder = self.builder
        columns = builder.add_columns(len(terms), 0.0, upper, integer=False)
        rows = builder.add_rows(len(terms), constant, constant)
        which = np.concatenate([which for which, _ in terms])
        values = np.concatenate([values for _, values in terms])
        row = np.repeat(np.arange(len(terms)), [len(which) for which, _ in terms])
        builder.add_entries(rows, columns, 1.0)
        builder.add_entries(rows[row], self.z[which], -values)
        self.start.append(constant + np.bincount(row, values * self.sent[which], len(terms)))
        return columns


class _Held:
    """What the flows outside the window hold."""

    def __init__(self, run: Run, flows: np.ndarray, n_levels: int, n_gateways: int) -> None:
        self._run, self._flows = run, flows
        gateway = run.actions[flows] // n_levels
        self._on = [flows[gateway == g] for g in range(n_gateways)]

    def on(self, gateway: int, flow: int, now: float) -> tuple[float, float]:
        """Bandwidth (Mbit/s) and backlog (Mbit) that a flow sees when it arrives."""
        on = self._on[gateway]
        on = on[(on < flow) & (self._run.sent[on] > now)]
        return float(self._run.rate[on].sum()), float((self._run.rate[on] * (self._run.sent[on] - now)).sum())

    def units(self, flow: int, now: float) -> float:
        """Units held once this flow has been decided."""
        on = self._flows[(self._flows <= flow) & (self._run.done[self._flows] > now)]
        return float(self._run.units[on].sum())


class _Sends:
    """The window's possible transmissions: int64 ``flow`` and ``gateway``, float64 ``rate`` (kbit/s) and ``sent`` (s)."""

    def __init__(self, options: Options, which: np.ndarray, capacity: np.ndarray) -> None:
        self.flow, self.gateway, self.sent = options.flow[which], options.gateway[which], options.sent[which]
        self.exact_rate = options.rate[which]
        self.rate = np.minimum(np.ceil(self.exact_rate * KILO), np.floor(capacity[self.gateway] * KILO))

    def active(self, gateway: int, flow: int, now: float) -> np.ndarray:
        """Those (int64) that the arrival of another flow may see on a gateway."""
        return np.flatnonzero((self.gateway == gateway) & (self.flow < flow) & (self.sent > now))

    def left(self, which: np.ndarray, now: float) -> np.ndarray:
        """What they have then still to send, kbit rounded up."""
        return np.ceil(self.exact_rate[which] * (self.sent[which] - now) * KILO)


def _taken(run: Run, options: Options, n_levels: int) -> np.ndarray:
    """1 for the option that each flow of the window has taken so far (float64, options); none where it is squeezed."""
    action = options.gateway * n_levels + options.level
    same = (run.actions[options.flow] == action) & (np.abs(options.rate - run.rate[options.flow]) < 1e-9)
    fits = np.flatnonzero(same & (options.wait_ms >= np.floor((run.wait + run.spare)[options.flow] * MS_PER_S)))
    taken = np.zeros(len(options.flow))
    taken[fits[np.unique(options.flow[fits], return_index=True)[1]]] = 1.0
    return taken
