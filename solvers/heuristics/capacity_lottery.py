"""The capacity lottery: blind, but in proportion."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.optimization.random_stream import random_words, uniform
from aigcbench.problems.offloading.pricing.blind import drawn
from aigcbench.solver import Policy, parameter


class CapacityLottery(Policy):
    """Sends every task to a station drawn with probability proportional to its capacity, whatever waits there.

    Even draws follow a golden-ratio sequence with a random start, which spreads the tasks of any stretch of time in proportion.
    """

    name = "capacity-lottery"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Random splitting in proportion to service rates: Harchol-Balter, Performance Modeling and Design of Computer Systems, 2013, chapter 24"

    even: bool = parameter(False, "draws a golden-ratio sequence instead of random numbers")

    def prepare(self):
        uniform(np.ones(2))

    def reset(self, context, rng):
        capacity = context["station_capacity"]
        self.decide = decide_evenly if self.even else decide
        if self.even:
            self.state = np.concatenate([rng.random(1), capacity])
        else:
            self.state = np.concatenate([random_words(rng), np.cumsum(capacity) / capacity.sum()])

    def act(self, observation):
        return self.decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(self.decide), self.state


def decide(vector, reward, state):
    """`CapacityLottery.act`; state: the random stream's two words, then the cumulative shares of the stations."""
    draw, shares = uniform(state), state[2:]
    station = 0
    while station < len(shares) - 1 and draw >= shares[station]:
        station += 1
    return station


def decide_evenly(vector, reward, state):
    """`CapacityLottery.act` with even draws; state: the latest draw, then the capacities."""
    return drawn(state[:1], 0, state[1:])
