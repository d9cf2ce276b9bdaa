"""Bid prices: a task must be worth more than the capacity that it takes from later ones.

Prices per server start from the dual of the fluid program of a forecast, the deterministic program of revenue management; since a
price a fifth too high can lose everything in overload, an evolution strategy then improves them by playing forecast episodes.
"""

from aigcbench.problems.assignment.bidding.bidder import Bidder, prepare
from aigcbench.problems.assignment.model import utility_table
from aigcbench.solver import Policy, parameter


class BidPrice(Policy):
    """Sends a task where its utility most exceeds the price of the capacity it takes, prices tuned on forecast episodes."""

    name = "bid-price"
    family = "heuristic"
    formulations = ("assignment",)
    information = "informed"
    reference = (
        "Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, chapter 3 (bid-price control)"
    )

    work: float = parameter(
        1e8, "task-on-server evaluations that a plan may take; 0: prices of the fluid program", minimum=0
    )

    def prepare(self):
        prepare()

    def reset(self, context, rng):
        self.bidder = Bidder(context, rng)
        fleet = context["utility_line"], context["type_quality"], context["quality_weight"]
        self.utility_table = lambda steps, types: utility_table(*fleet, steps, types)
        if self.bidder.demand_known:
            self.bidder.plan(self.utility_table, self.work)

    def act(self, observation):
        if not self.bidder.demand_known and self.bidder.plan_is_due(observation):
            self.bidder.plan(self.utility_table, self.work / 2)
        service = self.bidder.choose(observation, observation.utility)
        self.bidder.place(observation.utility[service])
        return service
