"""Learned prices for flows: price-and-reject with an eye on what is committed, its prices evolved on recorded episodes."""

import numpy as np

from aigcbench.solver import Learner, parameter


class LearnedFlowPrices(Learner):
    """Records the flows of training episodes, then evolves prices by deciding them again and again.

    What a decision leads to follows from the flows by the delay model, which every operator knows: only recording takes environment
    steps, and an update is one episode decided again.
    """

    name = "learned-flow-prices"
    family = "heuristic"
    formulations = ("flow",)
    information = "online"
    reference = (
        "Talluri and van Ryzin, The Theory and Practice of Revenue Management, 2004, chapter 3 (bid-price control); "
        "Hansen, The CMA evolution strategy, arXiv:1604.00772"
    )

    episodes: int = parameter(200, "episodes recorded", minimum=1, maximum=10_000)
    sample: int = parameter(8, "of these, for each generation of the search", minimum=1, maximum=10_000)
    population: int = parameter(16, "candidates per generation, even", minimum=4, maximum=1000)
    spread: float = parameter(0.2, "of the logarithms of the first candidates", minimum=0.001, maximum=10.0)
    generations: int = parameter(120, "generations of a full training", minimum=1, maximum=10**6)
    validations: int = parameter(10, "validations in a full training", minimum=1, maximum=10**4)

    def environment_batch(self):
        return 1, "online"

    def train(self, environments, budget, rng, run):
        """Return the best by validation among the means of the search."""
        from aigcbench.optimization.evolution import EvolutionStrategy
        from aigcbench.optimization.policy_search import EvolutionPlan, evolve
        from aigcbench.problems.flow.learned_pricing import RecordedEpisode, first_settings

        recorded = environments.rollouts().record(self.episodes, rng)
        episodes = [RecordedEpisode(instance) for instance in recorded]
        first = first_settings(len(recorded[0]["level_units"]))
        sample = min(self.sample, self.episodes)

        def settings_of(point):
            return first * np.exp(point)

        def draw_value():
            drawn = [episodes[k] for k in rng.choice(self.episodes, sample, replace=False)]
            return lambda point: float(np.mean([episode.completion(settings_of(point)) for episode in drawn]))

        return evolve(
            EvolutionStrategy(np.zeros(len(first)), self.spread, self.population, rng),
            lambda point: {"settings": settings_of(point)},
            draw_value,
            EvolutionPlan(self.generations, self.validations, self.population * sample),
            budget,
            run,
        )

    def policy(self, weights):
        from aigcbench.problems.flow.learned_pricing import LearnedPricing

        return LearnedPricing(weights["settings"])
