"""The master program: mix each server's known schedules so that no task runs more than once, for the most utility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.program import Program

LEAST_SHARE = 1e-7  # of a schedule that is in the mix at all
LEAST_FEE = 1e-3  # of the highest price of a task: smaller ones cost pricing more than they are worth
CENTRED_TOLERANCE = 1e-3  # relative, of a centred mix
TRIAL_STEPS = 100


@dataclass(frozen=True, eq=False)
class Prices:
    """What a schedule has to pay.

    Parameters
    ----------
    tasks
        float64 (tasks,), >= 0: for each task that it runs.
    fees
        float64 (triples,), >= 0: for each triple of tasks of which it runs two or three.
    """

    tasks: np.ndarray
    fees: np.ndarray


@dataclass(frozen=True, eq=False)
class Mix:
    """An optimal mix of the schedules known so far.

    Parameters
    ----------
    value
        Its utility; near-optimal to the solver's tolerances, hence no proof by itself.
    prices, server_prices
        Prices, and float64 (servers,), >= 0: a schedule that earns more than both can improve the mix.
    shares
        float64 (tasks, servers): how much of a task runs where.
    runs, weights
        bool (schedules, tasks) and float64 (schedules,): the schedules in the mix.
    """

    value: float
    prices: Prices
    server_prices: np.ndarray
    shares: np.ndarray
    runs: np.ndarray
    weights: np.ndarray


class Master:
    """Dantzig and Wolfe's master (Operations Research 8, 1960) over the schedules that pricing has found, in HiGHS.

    Parameters
    ----------
    program
        Whose tasks and servers.
    deadline
        At which a mix is given up, and is worth nothing.
    """

    def __init__(self, program: Program, deadline: Deadline) -> None:
        import highspy

        self._program, self._deadline = program, deadline
        n_tasks, n_servers = program.utility.shape
        self._infinity = highspy.kHighsInf
        self._highs = highspy.Highs()
        options = {
            "output_flag": False, "threads": 1, "random_seed": 0, "presolve": "off", "run_crossover": "off",
            "ipm_optimality_tolerance": CENTRED_TOLERANCE,
        }  # fmt: skip
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        for _ in range(n_tasks + n_servers):  # each task once, then one schedule for each server
            self._highs.addRow(-self._infinity, 1.0, 0, np.zeros(0, np.int32), np.zeros(0))
        self._runs = np.zeros((1024, n_tasks), dtype=bool)
        self._servers, self._worth = np.zeros(1024, np.int64), np.zeros(1024)
        self._legal = np.ones(1024, dtype=bool)
        self._count = 0
        self._known: set[tuple[int, bytes]] = set()
        self._allowed = np.isfinite(program.utility)
        self.triples = np.zeros((0, 3), np.int64)
        """int64 (triples, 3), rising tasks: over all servers, at most one schedule may run two or three of them."""

    @property
    def count(self) -> int:
        """How many schedules are known."""
        return self._count

    def add(self, server: int, schedule: np.ndarray) -> bool:
        """Add a schedule (int8, tasks) unless it is known; whether it was new."""
        key = _key(server, schedule)
        if key in self._known or not schedule.any():
            return False
        self._known.add(key)
        if self._count == len(self._servers):
            self._runs = np.concatenate([self._runs, np.zeros_like(self._runs)])
            self._servers, self._worth = np.tile(self._servers, 2), np.tile(self._worth, 2)
            self._legal = np.tile(self._legal, 2)
        tasks, column = np.flatnonzero(schedule), self._count
        self._runs[column] = schedule
        self._servers[column] = server
        self._worth[column] = self._program.utility[tasks, server].sum()
        self._legal[column] = self._allowed[tasks, server].all()
        self._count += 1
        triples = np.flatnonzero(self._runs[column, self.triples].sum(axis=1) >= 2)
        n_tasks, n_servers = self._program.utility.shape
        rows = np.concatenate([tasks, [n_tasks + server], n_tasks + n_servers + triples]).astype(np.int32)
        upper = self._infinity if self._legal[column] else 0.0
        self._highs.addCol(-self._worth[column], 0.0, upper, len(rows), rows, np.ones(len(rows)))
        return True

    def add_triples(self, triples: np.ndarray) -> None:
        """Cut off mixes in which several schedules share a triple of tasks (Jepsen et al., Operations Research 56, 2008)."""
        for triple in triples:
            columns = np.flatnonzero(self._runs[: self._count, triple].sum(axis=1) >= 2).astype(np.int32)
            self._highs.addRow(-self._infinity, 1.0, len(columns), columns, np.ones(len(columns)))
        self.triples = np.concatenate([self.triples, triples])

    def forgive(self, forgiven: np.ndarray) -> None:
        """Let several schedules share some of the triples (bool, triples) again: no fees for these from now on."""
        for row in (np.flatnonzero(forgiven) + sum(self._program.utility.shape)).tolist():
            self._highs.changeRowBounds(row, -self._infinity, self._infinity)

    def forget(self, prices: Prices, least: np.ndarray) -> None:
        """Drop every schedule that earns less than ``least`` (float64, servers) at these prices; pricing may find it again."""
        count = self._count
        stays = self._profits(prices) >= least[self._servers[:count]]
        gone, kept = np.flatnonzero(~stays), np.flatnonzero(stays)
        for column in gone.tolist():
            self._known.remove(_key(int(self._servers[column]), self._runs[column]))
        if len(gone):
            self._highs.deleteCols(len(gone), gone.astype(np.int32))
        for array in (self._runs, self._servers, self._worth, self._legal):
            array[: len(kept)] = array[kept]
        self._count = len(kept)

    def keep_best(self, count: int, prices: Prices, profits: np.ndarray) -> None:
        """Drop schedules until ``count`` are left: those that earn least at these prices, compared with ``profits`` (servers)."""
        if self._count > count:
            behind = profits[self._servers[: self._count]] - self._profits(prices)
            self.forget(prices, profits - np.partition(behind, count - 1)[count - 1])

    def restrict(self, allowed: np.ndarray) -> None:
        """Leave out every schedule that runs a task where ``allowed`` (bool, tasks x servers) forbids it."""
        self._allowed, count = allowed, self._count
        legal = ~(self._runs[:count] & ~allowed.T[self._servers[:count]]).any(axis=1)
        changed = np.flatnonzero(legal != self._legal[:count]).astype(np.int32)
        self._legal[:count] = legal
        upper = np.where(legal[changed], self._infinity, 0.0)
        self._highs.changeColsBounds(len(changed), changed, np.zeros(len(changed)), upper)

    def profits(self, prices: Prices) -> np.ndarray:
        """What the best known and allowed schedule of each server earns at these prices (float64, servers), at least 0."""
        profit, best = self._profits(prices), np.zeros(len(self._program.capacity))
        legal = self._legal[: self._count]
        np.maximum.at(best, self._servers[: self._count][legal], profit[legal])
        return best

    def _profits(self, prices: Prices) -> np.ndarray:
        """What each known schedule earns at these prices (float64, schedules)."""
        runs = self._runs[: self._count]
        profit = self._worth[: self._count] - runs @ prices.tasks
        for triple in np.flatnonzero(prices.fees > 0.0).tolist():
            profit -= prices.fees[triple] * (runs[:, self.triples[triple]].sum(axis=1) >= 2)
        return profit

    def solve(self, centred: bool = False) -> Mix:
        """The best mix of what is known and allowed.

        Parameters
        ----------
        centred
            A mix of all good schedules rather than of few, only nearly the best. Its prices are far from the extremes, and column
            generation needs a fraction of the steps (Gondzio, Gonzalez-Brevis, Munari, EJOR 224, 2013).
        """
        n_tasks, n_servers = self._program.utility.shape
        self._highs.setOptionValue("solver", "ipm" if centred else "simplex")
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + self._deadline.left)
        self._highs.run()
        solution = self._highs.getSolution()
        n_rows = n_tasks + n_servers + len(self.triples)
        prices = np.maximum(-_of_length(solution.row_dual, n_rows), 0.0)
        weights = _of_length(solution.col_value, self._count)
        used = np.flatnonzero(weights > LEAST_SHARE)
        runs, weights = self._runs[used], weights[used]
        shares = np.zeros((n_servers, n_tasks))
        np.add.at(shares, self._servers[used], weights[:, None] * runs)
        value = -self._highs.getInfo().objective_function_value
        task_prices, server_prices, fees = np.split(prices, [n_tasks, n_tasks + n_servers])
        fees = np.where(fees > LEAST_FEE * task_prices.max(initial=0.0), fees, 0.0)
        return Mix(value, Prices(task_prices, fees), server_prices, shares.T, runs, weights)

    def trial_values(self, allowed: np.ndarray, alternatives: Sequence[np.ndarray]) -> list[float]:
        """What the best mix is worth where each alternative is allowed in place of ``allowed`` (bool, tasks x servers), roughly.

        Each takes a few steps of the dual simplex method from the best mix that ``allowed`` permits, which estimates from above.
        """
        import highspy

        self.restrict(allowed)
        self.solve()
        found, best, values = self._highs.getBasis(), highspy.HighsBasis(), []
        best.valid, best.col_status, best.row_status = True, list(found.col_status), list(found.row_status)
        self._highs.setOptionValue("simplex_iteration_limit", TRIAL_STEPS)
        for alternative in alternatives:
            self.restrict(alternative)
            self._highs.setBasis(best)
            self._highs.run()
            values.append(-self._highs.getInfo().objective_function_value)
        self._highs.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
        return values


def _of_length(values: Sequence[float], length: int) -> np.ndarray:
    """The values, or zeros where a solver that ran out of time gave none."""
    return np.array(values) if len(values) == length else np.zeros(length)


def _key(server: int, schedule: np.ndarray) -> tuple[int, bytes]:
    """What tells a schedule (int8 or bool, tasks) of a server from others."""
    return server, np.packbits(schedule != 0).tobytes()
