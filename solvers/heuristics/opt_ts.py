"""Opt-TS, the greedy rule that LAD-TS's paper calls optimal (Xu et al., Section V-B)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class OptTS(Policy):
    """Sends every task where its own delay is least after all earlier ones, whatever that costs the later ones.

    Myopic, not optimal: at the paper's size a clairvoyant search waits little more than half as long.
    """

    name = "opt-ts"
    family = "heuristic"
    formulations = ("offloading",)
    information = "informed"
    reference = (
        "Xu et al., Accelerating AIGC Services with Latent Action Diffusion Scheduling in Edge Networks, Section V-B"
    )

    def reset(self, context, rng):
        self.delay = context.layout["delay"]

    def act(self, observation):
        return observation.delay.argmin()

    def compiled(self):
        return compile_decide(decide), np.array([self.delay.start], dtype=np.float64)


def decide(vector, reward, state):
    """`OptTS.act`; state: where the delays begin, which end the observation."""
    delay, best = vector[int(state[0]) :], 0
    for b in range(1, len(delay)):
        if delay[b] < delay[best]:
            best = b
    return best
