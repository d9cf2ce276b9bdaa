"""The round robin policy (Du et al., TMC 2024, Section VI-A)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class RoundRobin(Policy):
    """Sends the requests to all places in turn, whatever room there is; stations of a decentralised scenario start at themselves."""

    name = "round-robin"
    family = "heuristic"
    formulations = ("assignment", "offloading", "flow")
    information = "online"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, TMC 2024, VI-A"

    def reset(self, context, rng):
        self.next_action, self.n_actions = context.agent % context.n_actions, context.n_actions

    def act(self, observation):
        action = self.next_action
        self.next_action = (action + 1) % self.n_actions
        return action

    def compiled(self):
        return compile_decide(decide), np.array([self.next_action, self.n_actions], dtype=np.float64)


def decide(vector, reward, state):
    """`RoundRobin.act` on the state (next action, number of actions)."""
    action = state[0]
    state[0] = (action + 1) % state[1]
    return int(action)
