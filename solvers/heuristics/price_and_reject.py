"""Prices and rejection: a flow is admitted by the cheapest action that meets its deadline, if its priority is worth the price.

The default prices were found on training seeds alone, by ``python -m aigcbench.problems.flow.tuning``.
"""

from aigcbench.problems.flow import pricing
from aigcbench.solver import Policy, parameter

DEFAULTS = pricing.Prices()


class PriceAndReject(Policy):
    """Prices compute by its load and what flows offer for it, bandwidth by the waiting it causes; rejects what is not worth it."""

    name = "price-and-reject"
    family = "heuristic"
    formulations = ("flow",)
    information = "online"
    reference = (
        "Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, chapter 3 (bid-price control)"
    )

    wait: float = parameter(DEFAULTS.wait, "priority that a second of data / free bandwidth costs", minimum=0)
    hold: float = parameter(DEFAULTS.hold, "what it costs besides for each second of sending", minimum=0)
    hold_rate: float = parameter(DEFAULTS.hold_rate, "the same in multiples of the going rate", minimum=0)
    demand_share: float = parameter(
        DEFAULTS.demand_share, "share of the server that flows above the going rate ask for", minimum=0
    )
    compute_power: float = parameter(
        DEFAULTS.compute_power, "power of the server's load in the price of compute", minimum=0
    )
    compute_weight: float = parameter(
        DEFAULTS.compute_weight, "weight of the going rate in the price of compute", minimum=0
    )
    memory_s: float = parameter(
        DEFAULTS.memory_s, "time in which what was offered is forgotten to 1/e", minimum=1e-6, unit="s"
    )

    def prepare(self):
        pricing.warm_up()

    def reset(self, context, rng):
        prices = pricing.Prices(*(getattr(self, name) for name in pricing.Prices._fields))
        self.state = pricing.price_state(context, prices)

    def act(self, observation):
        return pricing.decide(observation.vector, 0.0, self.state)

    def compiled(self):
        return pricing.decide, self.state
