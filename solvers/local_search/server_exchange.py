"""Large-neighbourhood search (Shaw, 1998) around the plan that capacity prices and annealing lead to."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.solver import Decisions, Incumbent, Limits, Planner, parameter

WALL_SHARE = 0.95  # of the wall limit: what is left is for surprises
SERVING_BONUS = 3.0  # mean utilities that serving a task counts for, where tasks must not be rejected
START, WINDOW_START, END = 0.09, 0.05, 0.0075  # temperatures, in mean utilities of a task on its best server
WINDOW_SPANS = 4.0  # length of a window in mean spans of a task
WINDOW_MOVES = 2500  # per task of a window
WINDOWS_PER_ROUND = 16  # between two rounds of exchanges
WIDTH = 1000  # states of a server's knapsack
SECONDS_PER_STATE = 4e-7  # of a knapsack, at most
EXCHANGE_SHARE = 0.1  # of the time left that a round of exchanges may take


class ServerExchange(Planner):
    """Anneals, then re-optimises one server at a time exactly and one stretch of time after another by annealing it anew."""

    name = "server-exchange"
    family = "local-search"
    formulations = ("assignment",)
    reference = "Shaw, Using constraint programming and local search methods to solve vehicle routing problems, CP 1998"

    iterations: int = parameter(0, "moves to try in all; 0: until the time is over", minimum=0, maximum=10**12)
    annealing_share: float = parameter(0.5, "of the search that is plain annealing", minimum=0.0, maximum=1.0)

    def prepare(self) -> None:
        from aigcbench.problems.assignment.annealing import neighbourhoods, search
        from aigcbench.problems.assignment.program import program_of
        from aigcbench.scenario import scenario_named

        tiny = scenario_named("assignment/asp-tiny").instance(0, "train")
        program = program_of(tiny)
        nowhere = np.full(len(program.steps), -1)
        neighbourhoods.warm_up(search.PlanSearch(program, nowhere, program.utility, bonus=0.0, spread=1.0))
        type(self)(iterations=10_000).plan(tiny, Limits(), np.random.default_rng(0), lambda *_: None)

    def plan(self, instance: Instance, limits: Limits, rng: np.random.Generator, incumbent: Incumbent) -> Decisions:
        from aigcbench.problems.assignment.greedy import worth_at
        from aigcbench.problems.assignment.planning import begin

        deadline = Deadline(WALL_SHARE * limits.wall_seconds)
        best, planning = begin(instance, incumbent, deadline, limits.wall_seconds)
        if planning is None:
            return best.decisions
        scale = float(np.maximum(planning.program.utility.max(axis=1), 0.0).mean())
        if scale > 0.0:  # some task gains something somewhere
            self._search(planning, worth_at(planning.program, planning.prices), scale, deadline, rng)
        return best.decisions

    def _search(self, planning, worth, scale, deadline, rng):
        """Improve the plan; ``scale`` is the mean utility of a task on its best server."""
        from aigcbench.optimization.annealing import Cooling, anneal
        from aigcbench.problems.assignment.annealing.neighbourhoods import WindowSearch, exchange_server
        from aigcbench.problems.assignment.annealing.search import PlanSearch

        program, share = planning.program, self.annealing_share
        bonus = 0.0 if planning.instance.parameters["reject_allowed"] else SERVING_BONUS * scale

        def search_from(plan):
            return PlanSearch(program, plan, worth, bonus, spread=START * scale)

        moves = math.ceil(share * self.iterations)
        whole = search_from(planning.plan)
        if share > 0.0 and (moves or not self.iterations):
            anneal(whole, Cooling(START * scale, END * scale, share * deadline.left, moves), rng, planning.offer)
            whole = search_from(whole.best)
        n_tasks, n_servers = program.utility.shape
        prefix = np.concatenate([np.zeros((1, n_servers)), np.cumsum(planning.prices, axis=0)])
        length = min(n_tasks, max(2, int(WINDOW_SPANS * (program.spans.last + 1 - np.arange(n_tasks)).mean())))
        exchange_seconds = n_servers * n_tasks * WIDTH * SECONDS_PER_STATE
        while not deadline.passed and (not self.iterations or moves < self.iterations):
            if exchange_seconds <= EXCHANGE_SHARE * deadline.left:
                for server in rng.permutation(n_servers).tolist():
                    exchange_server(whole, program, prefix, server, WIDTH)
            for _ in range(WINDOWS_PER_ROUND):
                middle = int(rng.integers(n_tasks))
                first, after = max(0, middle - length // 2), min(n_tasks, middle + (length + 1) // 2)
                window = WindowSearch(whole, first, after)
                count = WINDOW_MOVES * (after - first)
                cooling = Cooling(WINDOW_START * scale, END * scale, deadline.left, count)
                anneal(window, cooling, rng, lambda _: None)
                window.finish()
                moves += count
                if deadline.passed or (self.iterations and moves >= self.iterations):
                    break
            planning.offer(whole.state.plan.astype(np.int64))
