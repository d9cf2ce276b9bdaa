"""The random policy (Du et al., TMC 2024, Section VI-A)."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide
from aigcbench.solver import Policy


class Random(Policy):
    """Sends every request to a place drawn uniformly, whatever room there is."""

    name = "random"
    family = "heuristic"
    formulations = ("assignment", "offloading", "flow")
    information = "online"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, TMC 2024, VI-A"

    def reset(self, context, rng):
        self.state = np.array([*rng.integers(1, 2147483399, 2), context.n_actions], dtype=np.float64)

    def act(self, observation):
        return decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return compile_decide(decide), self.state


def decide(vector, reward, state):
    """Draw an index below ``state[2]`` by L'Ecuyer's combined generator (CACM 31(6), 1988).

    Its two words, ``state[0]`` and ``state[1]``, stay below 2^31 and their products below 2^53: floats are exact, and
    plain Python and compiled code draw the same stream.
    """
    state[0] = 40014.0 * state[0] % 2147483563.0
    state[1] = 40692.0 * state[1] % 2147483399.0
    uniform = (state[0] - state[1]) % 2147483562.0 / 2147483562.0
    return int(uniform * state[2])
