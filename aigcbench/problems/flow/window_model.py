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
from scipy.sparse import csr_matrix

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
    window = np.arange(first, last)
    time, capacity = arrival_times(instance), instance["gateway_capacity"]
    reach = options.done.max(initial=time[last - 1])
    others = np.flatnonzero((run.actions != REJECT) & (run.done > time[first]) & (time <= reach))
    others = others[(others < first) | (others >= last)]
    held = _Held(run, time, others, others_gateway := run.actions[others] // len(instance["level_rate"]), len(capacity))
    events = np.concatenate([window, others[others >= last]])
    builder = LinearProgramBuilder()

    # Columns: options, and sends: what options that differ only in their wait have in common.
    thrift = options.units * (options.done - time[options.flow])
    thrift += instance["flow_data"][options.flow] * (options.sent - time[options.flow]) / capacity[options.gateway]
    weight = THRIFT / max(len(window) * float(thrift.max(initial=0.0)), 1e-9)
    x = builder.add_columns(
        len(options.flow), instance["flow_priority"][options.flow] - weight * thrift, 1.0, integer=True
    )
    once = builder.add_rows(len(window), -np.inf, 1.0)
    builder.add_entries(once[options.flow - first], x, 1.0)
    keys = np.stack([options.flow, options.gateway, options.level])
    _, representative, send_of = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    send_of = send_of.ravel()
    sends = _Sends(options, representative, capacity)
    chosen = _taken(run, options, len(instance["level_rate"]))
    sent = np.bincount(send_of, chosen, len(representative))
    z = builder.add_columns(len(representative), 0.0, 1.0, integer=False)
    same = builder.add_rows(len(z), 0.0, 0.0)
    builder.add_entries(same[send_of], x, 1.0)
    builder.add_entries(same, z, -1.0)

    # What each flow of the window sees on each gateway.
    widths = np.floor(capacity * KILO)
    seen = [(e, g) for e in range(len(window)) for g in range(len(capacity))]
    in_use, backlog, constant_use, constant_backlog = [], [], np.zeros(len(seen)), np.zeros(len(seen))
    for e, g in seen:
        active = sends.active(g, window[e], time[window[e]])
        in_use.append((active, sends.rate[active]))
        backlog.append((active, sends.left(active, time[window[e]])))
        use, left = held.on(g, window[e], time[window[e]])
        constant_use[e * len(capacity) + g], constant_backlog[e * len(capacity) + g] = use, left
    width = np.tile(widths, len(window))
    used, used_matrix = _define(builder, z, in_use, constant_use, np.maximum(width, constant_use))
    most = np.array([values.sum() for _, values in backlog]) + constant_backlog
    queued, queued_matrix = _define(builder, z, backlog, constant_backlog, most)
    room = builder.add_rows(len(seen), -np.inf, np.maximum(width, constant_use))
    builder.add_entries(room, used, 1.0)
    place = (sends.flow - first) * len(capacity) + sends.gateway
    builder.add_entries(room[place], z, sends.rate)

    # Nobody waits longer than allowed.
    place = (options.flow - first) * len(capacity) + options.gateway
    relevant = np.flatnonzero(most[place] > 0.0)
    place, wait = place[relevant], options.wait_ms[relevant].astype(np.float64)
    beyond = MS_PER_S * most[place] + wait * np.maximum(constant_use - width, 0.0)[place]
    limit = builder.add_rows(len(relevant), -np.inf, wait * width[place] + beyond)
    builder.add_entries(limit, queued[place], float(MS_PER_S))
    builder.add_entries(limit, used[place], wait)
    builder.add_entries(limit, x[relevant], beyond)
    _add_followers(builder, instance, run, held, sends, z, sent, others, others_gateway, last)

    # Units at each arrival.
    units = np.array([held.units(flow, time[flow]) for flow in events])
    loads = builder.add_columns(
        len(events), 0.0, np.maximum(int(instance.parameters["compute_units"]) - units, 0.0), integer=False
    )
    change = builder.add_rows(len(events), 0.0, 0.0)
    stop = np.searchsorted(time[events], options.done)
    builder.add_entries(change[options.flow - first], x, options.units)
    ends = stop < len(events)
    builder.add_entries(change[stop[ends]], x[ends], -options.units[ends])
    builder.add_entries(change, loads, -1.0)
    builder.add_entries(change[1:], loads[:-1], 1.0)

    steps = np.zeros(len(events) + 1)
    np.add.at(steps, options.flow - first, chosen * options.units)
    np.add.at(steps, stop, -chosen * options.units)
    start = [chosen, sent, constant_use + used_matrix @ sent, constant_backlog + queued_matrix @ sent]
    actions = run.actions.copy()
    actions[first:last] = REJECT
    values = np.concatenate([*start, np.cumsum(steps)[:-1]])
    return WindowModel(builder.build(), options, values, actions, len(instance["level_rate"]))


class _Held:
    """What the flows outside the window hold, rounded up to whole numbers."""

    def __init__(self, run: Run, time: np.ndarray, others: np.ndarray, gateway: np.ndarray, n_gateways: int) -> None:
        self._run, self._others = run, others
        self._on = [others[gateway == g] for g in range(n_gateways)]

    def on(self, gateway: int, flow: int, now: float) -> tuple[float, float]:
        """Bandwidth (kbit/s) and backlog (kbit) that a flow sees when it arrives."""
        use, left = self.exactly_on(gateway, flow, now)
        return np.ceil(use * KILO), np.ceil(left * KILO)

    def exactly_on(self, gateway: int, flow: int, now: float) -> tuple[float, float]:
        """The same in Mbit/s and Mbit."""
        on = self._on[gateway]
        on = on[(on < flow) & (self._run.sent[on] > now)]
        return float(self._run.rate[on].sum()), float((self._run.rate[on] * (self._run.sent[on] - now)).sum())

    def units(self, flow: int, now: float) -> float:
        """Units held once this flow has been decided."""
        on = self._others[(self._others <= flow) & (self._run.done[self._others] > now)]
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


def _define(
    builder: LinearProgramBuilder,
    z: np.ndarray,
    terms: list[tuple[np.ndarray, np.ndarray]],
    constant: np.ndarray,
    upper: np.ndarray,
) -> tuple[np.ndarray, csr_matrix]:
    """Columns that equal a constant plus a sum over sends; also the matrix of these sums."""
    columns = builder.add_columns(len(terms), 0.0, upper, integer=False)
    rows = builder.add_rows(len(terms), constant, constant)
    which = np.concatenate([which for which, _ in terms])
    values = np.concatenate([values for _, values in terms])
    row = np.repeat(np.arange(len(terms)), [len(which) for which, _ in terms])
    builder.add_entries(rows, columns, 1.0)
    builder.add_entries(rows[row], z[which], -values)
    return columns, csr_matrix((values, (row, which)), shape=(len(terms), len(z)))


def _add_followers(
    builder: LinearProgramBuilder,
    instance: Instance,
    run: Run,
    held: _Held,
    sends: _Sends,
    z: np.ndarray,
    sent: np.ndarray,
    others: np.ndarray,
    gateways: np.ndarray,
    last: int,
) -> None:
    """Rows that keep the rate of the flows after the window, and their wait within what they may."""
    time = arrival_times(instance)
    for flow, gateway in zip(others.tolist(), gateways.tolist(), strict=True):
        now = float(time[flow])
        active = sends.active(gateway, flow, now)
        if flow < last or not len(active):
            continue
        use, left = held.exactly_on(gateway, flow, now)
        free = float(instance["gateway_capacity"][gateway]) - use
        wait = float(run.wait[flow] + run.spare[flow])
        for terms, limit in (
            (sends.rate[active], (free - run.rate[flow]) * KILO),
            (sends.left(active, now) + np.ceil(wait * sends.rate[active]), (wait * free - left) * KILO),
        ):
            so_far = float(terms @ sent[active])  # which is possible, whatever rounding says
            row = builder.add_rows(1, -np.inf, max(so_far, float(np.floor(limit))))
            builder.add_entries(np.repeat(row, len(active)), z[active], terms)


def _taken(run: Run, options: Options, n_levels: int) -> np.ndarray:
    """1 for the option that each flow of the window has taken so far (float64, options); none where it is squeezed."""
    action = options.gateway * n_levels + options.level
    same = (run.actions[options.flow] == action) & (np.abs(options.rate - run.rate[options.flow]) < 1e-9)
    fits = np.flatnonzero(same & (options.wait_ms >= np.floor((run.wait + run.spare)[options.flow] * MS_PER_S)))
    taken = np.zeros(len(options.flow))
    taken[fits[np.unique(options.flow[fits], return_index=True)[1]]] = 1.0
    return taken
