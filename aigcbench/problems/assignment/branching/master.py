"""The master program: mix each server's known schedules so that no task runs more than once, for the most utility."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigcbench.problems.assignment.program import Program

LEAST_SHARE = 1e-7  # of a schedule that is in the mix at all


@dataclass(frozen=True, eq=False)
class Mix:
    """An optimal mix of the schedules known so far.

    Parameters
    ----------
    value
        Its utility; near-optimal to the solver's tolerances, hence no proof by itself.
    task_prices, server_prices
        float64 (tasks,), (servers,), >= 0: a schedule that earns more than the prices of its tasks and its server can improve
        the mix.
    shares
        float64 (tasks, servers): how much of a task runs where.
    """

    value: float
    task_prices: np.ndarray
    server_prices: np.ndarray
    shares: np.ndarray


class Master:
    """Dantzig and Wolfe's master (Operations Research 8, 1960) over the schedules that pricing has found, in HiGHS.

    Parameters
    ----------
    program
        Whose tasks and servers.
    """

    def __init__(self, program: Program) -> None:
        import highspy

        self._program = program
        n_rows = sum(program.utility.shape)
        self._infinity = highspy.kHighsInf
        self._highs = highspy.Highs()
        for name, value in {"output_flag": False, "solver": "simplex", "threads": 1, "random_seed": 0}.items():
            self._highs.setOptionValue(name, value)
        for _ in range(n_rows):  # each task once, then one schedule for each server
            self._highs.addRow(-self._infinity, 1.0, 0, np.zeros(0, np.int32), np.zeros(0))
        self._columns: list[np.ndarray] = []
        self._servers: list[int] = []
        self._known: set[tuple[int, bytes]] = set()

    def add(self, server: int, schedule: np.ndarray) -> bool:
        """Add a schedule (int8, tasks) unless it is known; whether it was new."""
        key = (server, np.packbits(schedule).tobytes())
        if key in self._known or not schedule.any():
            return False
        self._known.add(key)
        tasks = np.flatnonzero(schedule)
        rows = np.append(tasks, len(schedule) + server).astype(np.int32)
        worth = float(self._program.utility[tasks, server].sum())
        self._highs.addCol(-worth, 0.0, self._infinity, len(rows), rows, np.ones(len(rows)))
        self._columns.append(tasks)
        self._servers.append(server)
        return True

    def restrict(self, allowed: np.ndarray) -> None:
        """Leave out every schedule that runs a task where ``allowed`` (bool, tasks x servers) forbids it."""
        legal = [allowed[tasks, server].all() for tasks, server in zip(self._columns, self._servers, strict=True)]
        upper = np.where(legal, self._infinity, 0.0)
        count = len(upper)
        self._highs.changeColsBounds(count, np.arange(count, dtype=np.int32), np.zeros(count), upper)

    def solve(self) -> Mix:
        """The best mix of what is known and allowed."""
        n_tasks, n_servers = self._program.utility.shape
        self._highs.run()
        solution = self._highs.getSolution()
        prices = np.maximum(-np.array(solution.row_dual), 0.0)
        shares = np.zeros((n_tasks, n_servers))
        weights = np.array(solution.col_value)
        for column in np.flatnonzero(weights > LEAST_SHARE).tolist():
            shares[self._columns[column], self._servers[column]] += weights[column]
        value = -self._highs.getInfo().objective_function_value
        return Mix(value, prices[:n_tasks], prices[n_tasks:], shares)
