"""Least loaded: the usual dispatch rule for parallel links."""

from aigcbench.optimization.compilation import compile_decide
from aigcbench.problems.flow.dispatch import LEVELS, fleet_table, freest_gateway
from aigcbench.solver import Policy


class LeastLoaded(Policy):
    """Sends every flow over the gateway with the largest share of its bandwidth free, at the middle level, and rejects none."""

    name = "least-loaded"
    family = "heuristic"
    formulations = ("flow",)
    information = "online"
    reference = "Azar, Broder, Karlin, Upfal, Balanced allocations, SIAM Journal on Computing 29(1), 1999"

    def reset(self, context, rng):
        self.fleet = fleet_table(context)

    def act(self, observation):
        return decide(observation.vector, 0.0, self.fleet)

    def compiled(self):
        return compile_decide(decide), self.fleet


def decide(vector, reward, state):
    """`LeastLoaded.act`; state: the fleet's table."""
    levels = int(state[LEVELS])
    return freest_gateway(vector, state) * levels + levels // 2
