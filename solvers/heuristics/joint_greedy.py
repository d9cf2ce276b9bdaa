"""Joint greedy: gateway and level together, by the delay model."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.flow.model import BLOCKED
from aigcbench.solver import Policy


class JointGreedy(Policy):
    """Takes the pair of gateway and level by which the flow is done soonest; rejects only what is blocked everywhere."""

    name = "joint-greedy"
    family = "heuristic"
    formulations = ("flow",)
    information = "informed"
    reference = "Jiang et al., A Diffusion-based DRL Flow Scheduling for AIGC Services in Edge Network, eqs. 2 to 8"

    def reset(self, context, rng):
        self.blocked = BLOCKED * context["max_deadline_s"]
        self.delay_starts = context.layout["delay"].start

    def act(self, observation):
        action = observation.delay.argmin()
        return action if observation.delay[action] < self.blocked else -1

    def compiled(self):
        return compile_decide(decide), np.array([self.blocked, self.delay_starts], dtype=np.float64)


def decide(vector, reward, state):
    """`JointGreedy.act`; state: what stands for the delay of a blocked action, where delays start."""
    delay = vector[int(state[1]) :]
    action = delay.argmin()
    return action if delay[action] < state[0] else -1
