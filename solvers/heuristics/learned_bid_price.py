"""Learned bid prices: the rule of bid-price on utilities that it learns as it goes, with new prices whenever it knows three times as much."""

from aigcbench.problems.assignment.bidding.bidder import Bidder, prepare
from aigcbench.problems.assignment.utility_model import UtilityModel
from aigcbench.solver import Policy, parameter


class LearnedBidPrice(Policy):
    """Learns what services yield (LinUCB) and sends a task where that most exceeds the price of the capacity it takes."""

    name = "learned-bid-price"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "LinUCB (Li et al., WWW 2010) with bid-price control (Talluri and van Ryzin, 2004, chapter 3)"

    optimism: float = parameter(1.0, "standard deviations added to the expected utility", minimum=0.0, maximum=100.0)
    work: float = parameter(5e7, "task-on-server evaluations of each plan; 0: prices of the fluid program", minimum=0)

    def prepare(self):
        prepare()

    def reset(self, context, rng):
        self.bidder = Bidder(context, rng)
        self.model = UtilityModel(context, self.optimism)

    def act(self, observation):
        if self.bidder.plan_is_due(observation):
            self.bidder.plan(self.model.expected, self.work)
        self.row = self.model.row_of(observation)
        self.service = self.bidder.choose(observation, self.model.index_of(self.row))
        self.learns = self.bidder.has_room  # a crash or a rejection says nothing about utilities
        return self.service

    def feedback(self, reward):
        if self.learns:
            self.model.learn(self.row, self.service, reward)
        self.bidder.place(reward)
