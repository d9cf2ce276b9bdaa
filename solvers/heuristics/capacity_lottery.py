"""The capacity lottery: blind, but in proportion."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.optimization.random_stream import random_words, uniform
from aigcbench.solver import Policy


class CapacityLottery(Policy):
    """Sends every task to a station drawn with probability proportional to its capacity, whatever waits there."""

    name = "capacity-lottery"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"
    reference = "Random splitting in proportion to service rates: Harchol-Balter, Performance Modeling and Design of Computer Systems, 2013, chapter 24"

    def prepare(self):
        uniform(np.ones(2))

    def reset(self, context, rng):
        capacity = context["station_capacity"]
        self.state = np.concatenate([random_words(rng), np.cumsum(capacity) / capacity.sum()])

    def act(self, observation):
        return decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(decide), self.state


def decide(vector, reward, state):
    """`CapacityLottery.act`; state: the random stream's two words, then the cumulative shares of the stations."""
    draw, shares = uniform(state), state[2:]
    station = 0
    while station < len(shares) - 1 and draw >= shares[station]:
        station += 1
    return station
