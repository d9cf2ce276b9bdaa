"""A policy that takes its time, for runs that are to last without keeping the processor busy."""

import time

from aigcbench.solver import Policy, parameter


class Patient(Policy):
    """Waits before each episode, then sends every request to the first place."""

    name = "patient"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"

    seconds: float = parameter(0.0, "before an episode", minimum=0.0, unit="s")

    def reset(self, context, rng):
        time.sleep(self.seconds)

    def act(self, observation):
        return 0
