"""Learned prices: what services yield and what their capacity is worth, both learned from training episodes."""

import numpy as np

from aigcbench.problems.assignment.bidding.bidder import Placements, market_of, prepare
from aigcbench.problems.assignment.bidding.experience import UtilityGrid, demand_seen, try_at_random, utility_seen
from aigcbench.problems.assignment.bidding.rule import PriceRule
from aigcbench.problems.assignment.bidding.search import PriceSearch, fluid_start
from aigcbench.solver import Learner, Policy, parameter


class LearnedPrices(Learner):
    """Tries services at random to know utilities and demand, then evolves prices by playing the episodes that it saw."""

    name = "learned-prices"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = (
        "Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, chapter 3 (bid-price control); "
        "Hansen, The CMA evolution strategy, arXiv:1604.00772"
    )

    environments: int = parameter(64, "environments stepped at once", minimum=1, maximum=4096)
    episodes: int = parameter(3, "training episodes of each environment", minimum=1, maximum=1000)
    population: int = parameter(28, "price rules of a generation, an even number", minimum=4, maximum=1000)
    generations: int = parameter(60, "generations of the search for prices", minimum=1, maximum=10**6)
    turns: int = parameter(2, "parts of the episodes that generations take turns with", minimum=1, maximum=1000)
    validations: int = parameter(12, "validations in a full training", minimum=1, maximum=10**4)

    def environment_batch(self):
        return self.environments, self.information

    def train(self, environments, budget, rng, run):
        prepare()
        context = environments.unwrapped.operator_context()
        trials = try_at_random(environments, context, self.episodes, rng)
        grid = utility_seen(trials, context)
        demand = demand_seen(trials, self.episodes, context["horizon_s"])
        market = market_of(context, demand, grid.of(demand.steps, demand.type))
        search = PriceSearch(market, fluid_start(market))
        generations = min(self.generations, budget.updates)
        every, best, best_weights = max(1, generations // self.validations), -np.inf, {}
        for done, rule in enumerate(search.generations(self.population, self.turns, rng), start=1):
            ends = done >= generations or run.cpu_seconds() >= budget.cpu_seconds
            if ends or done % every == 0:
                weights = {**grid._asdict(), "prices": rule.prices, "shape": np.nan_to_num(rule.shape)}
                score = run.validate(weights)
                if score > best:
                    best, best_weights = score, weights
                run.report({"updates": done, "share": done / generations, "validation": score, "best": best})
            if ends:
                break
        return best_weights

    def policy(self, weights):
        grid = UtilityGrid(weights["steps"], weights["utility"])
        return PricedPlacement(grid, PriceRule(weights["prices"], weights["shape"]))


class PricedPlacement(Policy):
    """Sends a task where what it yields most exceeds the price of the capacity that it takes."""

    information = "online"

    def __init__(self, grid, rule):
        self.grid, self.rule = grid, rule

    def prepare(self):
        prepare()

    def reset(self, context, rng):
        self.placements, self.typed = Placements(context, self.rule), context["n_types"] > 1
        self.utilities = {}

    def act(self, observation):
        kind = int(observation.task_type.argmax()) if self.typed else 0
        key = float(observation.task_steps), kind
        if key not in self.utilities:
            self.utilities[key] = self.grid.of(np.array(key[:1]), np.array([kind]))[0]
        utility = self.utilities[key]
        service = self.placements.choose(observation, utility)
        self.placements.place(utility[service])
        return service
