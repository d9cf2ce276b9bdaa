"""The tree of branch and price: bounds by column generation, branches on where one task may run.

Each node forbids some tasks on some servers. Its bound is the Lagrangian of `decomposition` at the best task prices that column
generation has found, hence proven whatever HiGHS's tolerances; the tree's bound is the largest of its open leaves, or the best
solution where none is open.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.master import Master, Mix
from aigcbench.problems.assignment.decomposition import evaluate, prefix_sums, task_prices
from aigcbench.problems.assignment.program import Program

SMOOTHING = 0.7  # weight of the best prices known against the master's, where pricing looks (Wentges, 1997)
CONVERGED = 0.1  # of a node's distance to the best solution: what column generation may leave of it
EXACT = 1e-7  # relative: closer than that, bound and solution count as equal
INTEGRAL = 1e-6
CANDIDATES = 12  # pairs of a task and a server that are tried before branching
LEAST_LOSS = 1e-6  # of utility: what a branch counts that loses nothing
SUBGRADIENT_STEPS = 150  # before the first master, which knows nothing and asks for prices far out


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the search.

    Parameters
    ----------
    upper
        No solution in it has more utility.
    allowed
        bool (tasks, servers): where tasks may run.
    prices
        float64 (tasks,): the task prices that proved ``upper``.
    mix
        The master's last mix here, None before it was asked.
    """

    upper: float
    allowed: np.ndarray
    prices: np.ndarray
    mix: Mix | None = None


def branch_and_price(
    program: Program,
    capacity_prices: np.ndarray,
    deadline: Deadline,
    offer: Callable[[np.ndarray], float],
) -> Iterator[float]:
    """Ever tighter upper bounds on the program's optimum, until it is found or until the deadline.

    Parameters
    ----------
    capacity_prices
        float64 (sets, servers) >= 0 from the linear relaxation: they prune the knapsacks.
    offer
        Takes a plan (int64, tasks; server or -1) and returns the utility of the best plan known to its owner, which prunes.
    """
    search = _Search(program, capacity_prices, deadline, offer)
    order = itertools.count()
    root = search.root()
    leaves = [(-root.upper, next(order), root)]
    yield root.upper
    while leaves and not deadline.passed:
        _, _, node = heapq.heappop(leaves)
        solved = search.solve(node)
        if deadline.passed or (solved.upper < node.upper and _is_open(solved, search.best)):
            heapq.heappush(leaves, (-solved.upper, next(order), solved))  # another leaf may be the worst now
        elif _is_open(solved, search.best):
            for child in search.branches(solved):
                heapq.heappush(leaves, (-child.upper, next(order), child))
        yield max(search.best, -leaves[0][0] if leaves else -np.inf)


def _is_open(node: Node, best: float) -> bool:
    return node.upper > best * (1.0 + EXACT)


class _Search:
    """What all nodes share: the master, the knapsacks' capacity prices, and the best plan's utility."""

    def __init__(
        self,
        program: Program,
        capacity_prices: np.ndarray,
        deadline: Deadline,
        offer: Callable[[np.ndarray], float],
    ) -> None:
        self._program, self._deadline, self._offer = program, deadline, offer
        self._prefix = prefix_sums(capacity_prices)
        self._master = Master(program)
        self.best = offer(np.full(len(program.steps), -1))

    def root(self) -> Node:
        """The whole program, after some subgradient steps whose schedules fill the master."""
        program, master = self._program, self._master
        prices = task_prices(program, self._prefix)
        allowed = np.isfinite(program.utility)
        node = Node(np.inf, allowed, prices)
        scale, step = 1.0, 1.0
        for _ in range(SUBGRADIENT_STEPS):
            found = evaluate(program, prices, self._prefix, self._deadline)
            for server, schedule in enumerate(found.schedules):
                master.add(server, schedule)
            if found.upper < node.upper:
                node = replace(node, upper=found.upper, prices=prices)
            else:
                step *= 0.97
            slope = 1.0 - found.schedules.sum(axis=0, dtype=np.int64)
            slope = np.where((prices <= 0.0) & (slope > 0), 0.0, slope)
            if not slope.any() or self._deadline.passed:
                break
            scale = 0.003 * step * node.upper / float(slope @ slope)
            prices = np.maximum(prices - scale * slope, 0.0)
        return node

    def solve(self, node: Node) -> Node:
        """Generate columns until the node is pruned, or its bound is as good as it gets."""
        program = replace(self._program, utility=np.where(node.allowed, self._program.utility, -np.inf))
        self._master.restrict(node.allowed)
        upper, prices = node.upper, node.prices
        while True:
            mix = self._master.solve()
            self._take(mix)
            left = upper - mix.value
            if (
                upper <= self.best * (1.0 + EXACT)
                or left <= max(CONVERGED * (upper - self.best), EXACT * upper)
                or self._deadline.passed
            ):
                break
            for smoothing in (SMOOTHING, 0.0):
                looked = smoothing * prices + (1.0 - smoothing) * mix.task_prices
                found = evaluate(program, looked, self._prefix, self._deadline)
                if found.upper < upper:
                    upper, prices = found.upper, looked
                if self._learn(found.schedules, mix) or self._deadline.passed:
                    break
            else:
                break  # nothing improves the mix: it is optimal
        return Node(upper, node.allowed, prices, mix)

    def _learn(self, schedules: np.ndarray, mix: Mix) -> bool:
        """Add schedules; whether one of them can improve the mix."""
        useful = False
        for server, schedule in enumerate(schedules):
            tasks = np.flatnonzero(schedule)
            worth = float((self._program.utility[tasks, server] - mix.task_prices[tasks]).sum())
            new = self._master.add(server, schedule)
            useful |= new and worth > mix.server_prices[server] + EXACT
        return useful

    def _take(self, mix: Mix) -> None:
        """Offer the mix if it is a plan."""
        if np.abs(mix.shares - np.round(mix.shares)).max() < INTEGRAL:
            self.best = max(self.best, self._offer(np.where(mix.shares.any(axis=1), mix.shares.argmax(axis=1), -1)))

    def branches(self, node: Node) -> list[Node]:
        """Two nodes that together hold every solution of ``node``: one task on one server, or never there.

        Of the most fractional pairs it is the one for which the master, with the schedules that it knows, loses most on both sides.
        """
        assert node.mix is not None
        nearest = np.argsort(np.abs(node.mix.shares - 0.5), axis=None, kind="stable")[:CANDIDATES]
        best, sides = -1.0, (node.allowed, node.allowed)
        for task, server in zip(*np.unravel_index(nearest, node.allowed.shape), strict=True):
            only, never = node.allowed.copy(), node.allowed.copy()
            only[task] = False
            only[task, server] = node.allowed[task, server]
            never[task, server] = False
            losses = [max(node.mix.value - self._known_value(allowed), LEAST_LOSS) for allowed in (only, never)]
            if losses[0] * losses[1] > best:
                best, sides = losses[0] * losses[1], (only, never)
        return [replace(node, allowed=allowed, mix=None) for allowed in sides]

    def _known_value(self, allowed: np.ndarray) -> float:
        """Value of the best mix of known schedules that ``allowed`` permits."""
        self._master.restrict(allowed)
        return self._master.solve().value
