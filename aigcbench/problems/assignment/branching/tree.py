"""The tree of branch, price and cut: bounds by column generation, branches on where one task may run.

Each node forbids some tasks on some servers. Its bound is the Lagrangian of `pricing` at the best prices that column generation has
found, hence proven whatever HiGHS's tolerances; the tree's bound is the largest of its open leaves, or the best solution where none is
open.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.master import Master, Mix, Prices
from aigcbench.problems.assignment.branching.pricing import Pricing
from aigcbench.problems.assignment.branching.triples import violated_triples
from aigcbench.problems.assignment.decomposition import prefix_sums, task_prices
from aigcbench.problems.assignment.program import Program

CONVERGED = 0.25  # of a node's distance to the best solution: what column generation may leave of it
EXACT = 1e-7  # relative: closer than that, bound and solution count as equal
INTEGRAL = 1e-6
CANDIDATES = 8  # pairs of a task and a server that are tried before branching
LEAST_LOSS = 1e-6  # of utility: what a branch counts that loses nothing
SUBGRADIENT_STEPS = 150  # before the first master, which knows nothing and asks for prices far out
QUICK_WIDTHS = (128, 1000)  # states of the knapsacks until a proof is asked for
ROUND_CUTS, ROOT_ROUNDS, NODE_ROUNDS = 30, 6, 1  # cuts of a round, and rounds
LEAST_GAIN = 0.02  # of the distance to the best solution, by which a round of cuts must lower the bound to be followed by another


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
        The best prices known for it.
    depth
        Branches above it.
    mix
        The master's last mix here, None before it was asked.
    """

    upper: float
    allowed: np.ndarray
    prices: Prices
    depth: int
    mix: Mix | None = None


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
    search = _Search(program, capacity_prices, deadline, offer, search_near)
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
    """What all nodes share: the master, the pricing, and the best plan's utility."""

    def __init__(
        self,
        program: Program,
        capacity_prices: np.ndarray,
        deadline: Deadline,
        offer: Callable[[np.ndarray], float],
        search_near: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self._program, self._deadline, self._offer, self._search_near = program, deadline, offer, search_near
        self._prefix = prefix_sums(capacity_prices)
        self._pricing = Pricing(program, self._prefix)
        self._master, self._cutting = Master(program), True
        self.best = offer(np.full(len(program.steps), -1))

    def root(self) -> Node:
        """The whole program, after some subgradient steps whose schedules fill the master."""
        program, master = self._program, self._master
        tasks = task_prices(program, self._prefix)
        floors, no_fees = np.zeros(len(program.capacity)), np.zeros(0)
        start = Prices(tasks, no_fees)
        proof = self._pricing.proof(start, master.triples, floors, self._deadline)
        scale = 1.0
        for _ in range(SUBGRADIENT_STEPS):
            schedules = self._pricing.quick(Prices(tasks, no_fees), master.triples, floors, QUICK_WIDTHS[0])
            for server, schedule in enumerate(schedules):
                master.add(server, schedule)
            slope = 1.0 - schedules.sum(axis=0, dtype=np.int64)
            slope = np.where((tasks <= 0.0) & (slope > 0), 0.0, slope)
            if not slope.any() or self._deadline.passed:
                break
            tasks = np.maximum(tasks - 0.003 * scale * proof.upper / float(slope @ slope) * slope, 0.0)
            scale *= 0.985
        return Node(proof.upper, np.isfinite(program.utility), start, 0)

    def solve(self, node: Node) -> Node:
        """Generate columns and cuts until the node is pruned, or its bound is as good as it gets."""
        pricing = self._pricing.forbidding(node.allowed)
        self._master.restrict(node.allowed)
        solved, mix = self._generate(node, pricing)
        if not node.depth and _is_open(solved, self.best) and not self._deadline.passed:
            self.best = max(self.best, self._offer(self._search_near(mix.shares)))
        for _ in range(NODE_ROUNDS if node.depth else ROOT_ROUNDS):
            if not (self._cutting and _is_open(solved, self.best)) or self._deadline.passed:
                break
            triples = violated_triples(mix.runs, mix.weights, self._master.triples, ROUND_CUTS)
            if not len(triples):
                break
            self._master.add_triples(triples)
            before = solved.upper
            solved, mix = self._generate(solved, pricing)
            if before - solved.upper < LEAST_GAIN * (before - self.best):
                break
        return solved

    def _is_done(self, upper: float, mix: Mix) -> bool:
        left = upper - mix.value
        return (
            upper <= self.best * (1.0 + EXACT)
            or left <= max(CONVERGED * (upper - self.best), EXACT * upper)
            or self._deadline.passed
        )

    def _generate(self, node: Node, pricing: Pricing) -> tuple[Node, Mix]:
        """Generate columns until the node's bound meets its mix, the last one."""
        master, upper, best, centred = self._master, node.upper, node.prices, True
        while True:
            mix = master.solve(centred)
            if not centred:
                self._take(mix)
                if self._is_done(upper, mix):
                    break
            if self._deadline.passed:
                break
            if self._price_quickly(pricing, mix):
                continue
            proof = pricing.proof(mix.prices, master.triples, master.profits(mix.prices), self._deadline)
            if proof.upper < upper:
                upper, best = proof.upper, mix.prices
            useful = self._learn(proof.schedules, mix)
            if not proof.closed and self._cutting and len(master.triples):
                master.forgive_triples()  # the knapsacks have become too large to be solved
                self._cutting = False
            if not useful and not centred:
                break  # nothing improves the mix: it is optimal
            centred = centred and useful and not self._is_done(upper, mix)
        return Node(upper, node.allowed, best, node.depth, mix), mix

    def _price_quickly(self, pricing: Pricing, mix: Mix) -> bool:
        """Look for schedules that improve the mix with few states; whether there were some."""
        floors = self._master.profits(mix.prices)
        for width in QUICK_WIDTHS:
            if self._learn(pricing.quick(mix.prices, self._master.triples, floors, width), mix):
                return True
        return False

    def _learn(self, schedules: np.ndarray, mix: Mix) -> bool:
        """Add schedules; whether one of them can improve the mix."""
        useful = False
        for server, schedule in enumerate(schedules):
            tasks = np.flatnonzero(schedule)
            paid = mix.prices.tasks[tasks].sum() + mix.prices.fees @ (schedule[self._master.triples].sum(axis=1) >= 2)
            new = self._master.add(server, schedule)
            worth = float(self._program.utility[tasks, server].sum())
            useful |= new and worth - paid > mix.server_prices[server] + EXACT
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
        return [Node(node.upper, allowed, node.prices, node.depth + 1) for allowed in sides]

    def _known_value(self, allowed: np.ndarray) -> float:
        """Value of the best mix of known schedules that ``allowed`` permits."""
        self._master.restrict(allowed)
        return self._master.solve().value
