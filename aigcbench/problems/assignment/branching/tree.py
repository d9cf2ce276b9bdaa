"""The tree of branch, price and cut over where tasks run (Barnhart et al., Operations Research 46, 1998).

Each node forbids some tasks on some servers. Its bound is the Lagrangian of `pricing` at the best prices that column generation has
found, hence proven whatever HiGHS's tolerances; the tree's bound is the largest of its open leaves. The tree is searched once for
solutions that beat the best one by some margin, then for any better ones: the wider the margin, the more pairs of a task and a server
the root's reduced costs rule out, and the sooner is there a bound so far above the best solution.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.nodes import EXACT, Node, NodeSolver
from aigcbench.problems.assignment.program import Program

MARGINS = (1e-3, EXACT)  # relative


def branch_and_price(
    program: Program,
    capacity_prices: np.ndarray,
    deadline: Deadline,
    offer: Callable[[np.ndarray], float],
    search_near: Callable[[np.ndarray], np.ndarray],
) -> Iterator[float]:
    """Ever tighter upper bounds on the program's optimum, until it is found or until the deadline.

    Parameters
    ----------
    capacity_prices
        float64 (sets, servers) >= 0 from the linear relaxation: they prune the knapsacks.
    offer
        Takes a plan (int64, tasks; server or -1) and returns the utility of the best plan known to its owner, which prunes.
    search_near
        Makes a plan from how much of a task runs where in the root's mix (float64, tasks x servers).
    """
    solver = NodeSolver(program, capacity_prices, deadline, offer, search_near)
    root = solver.first_node()
    lowest = root.upper
    yield lowest
    for margin in MARGINS:
        solver.margin = margin
        for upper in _search(solver, root, deadline):
            if upper < lowest:
                lowest = upper
                yield lowest
        if deadline.passed:
            return


def _search(solver: NodeSolver, root: Node, deadline: Deadline) -> Iterator[float]:
    """Search the tree for solutions above the solver's cutoff; bounds on all of them, at last the cutoff."""
    order = itertools.count()
    leaves = [(-root.upper, next(order), root)]
    while leaves and not deadline.passed:
        _, _, node = heapq.heappop(leaves)
        for leaf in solver.branches(node) if node.mix else [solver.solve(node)]:
            if solver.is_open(leaf):
                heapq.heappush(leaves, (-leaf.upper, next(order), leaf))
        yield max(solver.cutoff, -leaves[0][0] if leaves else -np.inf)
