"""Solves nodes of the tree: column generation, cuts, what reduced costs rule out, and branches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.assignment.branching.master import Master, Mix, Prices
from aigcbench.problems.assignment.branching.pricing import Pricing
from aigcbench.problems.assignment.branching.triples import memory_of, violated_triples
from aigcbench.problems.assignment.decomposition import prefix_sums, task_prices
from aigcbench.problems.assignment.program import Program

CONVERGED = 0.25  # of a node's distance to the cutoff: what column generation may leave of it
ROOT_CONVERGED = 0.1
EXACT = 1e-7  # relative: closer than that, bound and solution count as equal
INTEGRAL = 1e-6
MOST_SCHEDULES = 2000  # known to the master; beyond, half of them are dropped
CANDIDATES = 8  # pairs of a task and a server that are tried before branching
LEAST_LOSS = 1e-6  # of utility: what a branch counts that loses nothing
SUBGRADIENT_STEPS = 150  # before the first master, which knows nothing and asks for prices far out
QUICK_WIDTHS = (128, 1000)  # states of the knapsacks until a proof is asked for
ROUND_CUTS, ROOT_ROUNDS, NODE_ROUNDS = 30, 8, 1  # cuts of a round, and rounds
LEAST_GAIN = (
    0.02  # of the distance to the cutoff, by which a round of cuts must lower the bound to be followed by another
)


@dataclass(frozen=True, eq=False)
class Node:
    """A part of the search.

    Parameters
    ----------
    upper
        No solution in it above the cutoff has more utility.
    allowed
        bool (tasks, servers): where tasks may run.
    prices, profits
        The best prices known for it, and at these what each server earns at most (float64, servers).
    depth
        Branches above it.
    mix
        The master's last mix here, None before it was solved.
    """

    upper: float
    allowed: np.ndarray
    prices: Prices
    profits: np.ndarray
    depth: int
    mix: Mix | None = None


class NodeSolver:
    """What all nodes share: the master, the pricing, and the best plan's utility. Parameters as for `branch_and_price`.

    Attributes
    ----------
    margin
        Solutions are looked for that are better than the best plan by this, relative.
    """

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
        self._pricing = Pricing(program, self._prefix, deadline)
        self._master, self._memory = Master(program, deadline), np.inf
        self._best, self.margin = offer(np.full(len(program.steps), -1)), EXACT

    @property
    def cutoff(self) -> float:
        """Solutions of at most this utility are not looked for."""
        return self._best * (1.0 + self.margin)

    def is_open(self, node: Node) -> bool:
        """Whether a node may hold a solution above the cutoff."""
        return node.upper > self.cutoff

    def first_node(self) -> Node:
        """The whole program, after some subgradient steps whose schedules fill the master."""
        program, master = self._program, self._master
        tasks = task_prices(program, self._prefix)
        floors, no_fees = np.zeros(len(program.capacity)), np.zeros(0)
        start = Prices(tasks, no_fees)
        proof = self._pricing.proof(start, master.triples, floors)
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
        return Node(proof.upper, np.isfinite(program.utility), start, proof.profits, 0)

    def solve(self, node: Node) -> Node:
        """Generate columns and cuts until the node is pruned, or its bound is as good as it gets."""
        pricing = self._restricted_to(node)
        solved, mix = self._generate(node, pricing)
        if not node.depth:
            self._plan_near(solved, mix)
            solved, pricing = self._without_the_impossible(solved, pricing)
        solved, mix = self._cut(solved, mix, pricing)
        if not node.depth and len(self._master.triples):
            self._plan_near(solved, mix)
            solved, _ = self._without_the_impossible(solved, pricing)
        return replace(solved, mix=mix)

    def _restricted_to(self, node: Node) -> Pricing:
        """Pricing for the node; the master follows."""
        if self._master.count > MOST_SCHEDULES:
            self._master.keep_best(MOST_SCHEDULES // 2, node.prices, node.profits)
        self._master.restrict(node.allowed)
        return self._pricing.forbidding(node.allowed)

    def _plan_near(self, node: Node, mix: Mix) -> None:
        """Look for a better plan near a mix."""
        if self.is_open(node) and not self._deadline.passed:
            self._best = max(self._best, self._offer(self._search_near(mix.shares)))

    def _without_the_impossible(self, node: Node, pricing: Pricing) -> tuple[Node, Pricing]:
        """Forbid every pair of a task and a server that no solution above the cutoff has, by its reduced cost."""
        if not self.is_open(node) or self._deadline.passed:
            return node, pricing
        least = node.profits - (node.upper - self.cutoff)
        node = replace(node, allowed=node.allowed & pricing.possible(node.prices, self._master.triples, least))
        self._master.forget(node.prices, least)
        return node, self._restricted_to(node)

    def _cut(self, node: Node, mix: Mix, pricing: Pricing) -> tuple[Node, Mix]:
        """Add rounds of cuts for as long as they gain something."""
        for _ in range(NODE_ROUNDS if node.depth else ROOT_ROUNDS):
            if not self.is_open(node) or self._deadline.passed:
                break
            last = self._program.spans.last
            triples = violated_triples(mix.runs, mix.weights, self._master.triples, ROUND_CUTS, last, self._memory)
            if not len(triples):
                break
            self._master.add_triples(triples)
            before = node.upper
            node, mix = self._generate(node, pricing)
            if before - node.upper < LEAST_GAIN * (before - self.cutoff):
                break
        return node, mix

    def _is_done(self, node: Node, mix: Mix) -> bool:
        left, converged = node.upper - mix.value, CONVERGED if node.depth else ROOT_CONVERGED
        return (
            not self.is_open(node)
            or left <= max(converged * (node.upper - self.cutoff), EXACT * node.upper)
            or self._deadline.passed
        )

    def _generate(self, node: Node, pricing: Pricing) -> tuple[Node, Mix]:
        """Generate columns until the node's bound meets its mix, the last one."""
        master, centred = self._master, not node.depth
        while True:
            mix = master.solve(centred)
            if not centred:
                self._take(mix)
                if self._is_done(node, mix):
                    break
            if self._deadline.passed:
                break
            if self._price_quickly(pricing, mix):
                continue
            proof = pricing.proof(mix.prices, master.triples, master.profits(mix.prices))
            if proof.upper < node.upper:
                node = replace(node, upper=proof.upper, prices=mix.prices, profits=proof.profits)
            useful = self._learn(proof.schedules, mix)
            if not proof.closed:
                self._shorten_memory()
            if not useful and not centred:
                break  # nothing improves the mix: it is optimal
            centred = centred and useful and not self._is_done(node, mix)
        return node, mix

    def _shorten_memory(self) -> None:
        """Forgive the triples whose tasks have to be remembered longest: the knapsacks have become too large to be solved."""
        memory = memory_of(self._master.triples, self._program.spans.last)
        longest = memory[memory <= self._memory].max(initial=0)
        if longest > 0:
            self._memory = longest // 2
            self._master.forgive(memory > self._memory)

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
            self._best = max(self._best, self._offer(np.where(mix.shares.any(axis=1), mix.shares.argmax(axis=1), -1)))

    def branches(self, node: Node) -> list[Node]:
        """Two nodes that together hold every solution of a solved one: one task on one server, or never there.

        Of the most fractional pairs it is the one for which the master, with the schedules that it knows, loses most on both sides.
        """
        assert node.mix is not None
        nearest = np.argsort(np.abs(node.mix.shares - 0.5), axis=None, kind="stable")[:CANDIDATES]
        sides = []
        for task, server in zip(*np.unravel_index(nearest, node.allowed.shape), strict=True):
            only, never = node.allowed.copy(), node.allowed.copy()
            only[task] = False
            only[task, server] = node.allowed[task, server]
            never[task, server] = False
            sides += [only, never]
        values = np.array(self._master.trial_values(node.allowed, sides)).reshape(-1, 2)
        losses = np.maximum(node.mix.value - values, LEAST_LOSS)
        best = 2 * int(losses.prod(axis=1).argmax())
        return [replace(node, allowed=side, depth=node.depth + 1, mix=None) for side in sides[best : best + 2]]
