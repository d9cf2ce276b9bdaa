"""Admission by slack: the delay model tells beforehand who would be late."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy, parameter


class SlackAdmission(Policy):
    """Takes the action by which the flow is done soonest, and rejects flows that it would leave too little slack.

    A late flow completes nothing but holds bandwidth and compute to its end. A margin above 0 turns away also flows that would
    just be in time: where delays are exact, as here, that gains nothing, hence the default.
    """

    name = "slack-admission"
    family = "heuristic"
    formulations = ("flow",)
    information = "informed"
    reference = "Ramamritham and Stankovic, Scheduling algorithms and operating systems support for real-time systems, Proceedings of the IEEE 1994"

    margin: float = parameter(
        0.0, "least share of its delay requirement that a flow must have left", minimum=0.0, maximum=1.0
    )

    def reset(self, context, rng):
        self.delay_starts = context.layout["delay"].start

    def act(self, observation):
        action = observation.delay.argmin()
        latest = (1.0 - self.margin) * observation.flow_deadline
        return action if observation.delay[action] <= latest else -1

    def compiled(self):
        return compile_decide(decide), np.array([self.margin, self.delay_starts], dtype=np.float64)


def decide(vector, reward, state):
    """`SlackAdmission.act`; state: margin, where delays start."""
    delay = vector[int(state[1]) :]
    action = delay.argmin()
    return action if delay[action] <= (1.0 - state[0]) * vector[1] else -1
