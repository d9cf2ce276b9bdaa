"""A lottery over stations, the same at each of them, learned for one fleet from recorded demand."""

import numpy as np

from aigcbench.solver import Learner, parameter


class MeanFieldLottery(Learner):
    """Learns how much work which stations should get, given the queues that all stations see alike, and draws them by lots.

    With so many stations the load of a slot is nearly certain, and each of them can answer for the mean of all the others: the
    lottery starts from the rule `price-ladder` and from the demand of recorded episodes, in place of what a station sees for itself.
    An evolution strategy then learns the order in which stations are given up, what each of them takes, and how full the others are
    kept in the course of the episode. Recorded episodes are decided again and again; only recording takes environment steps, and an
    update is one episode decided again.
    """

    name = "mean-field-lottery"
    family = "genetic"
    formulations = ("offloading",)
    information = "online"
    reference = "Mean-field control: Lasry and Lions, Mean field games, 2007; search: Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772"

    episodes: int = parameter(48, "episodes recorded", minimum=1, maximum=300)
    sample: int = parameter(6, "of these, for each generation of the search", minimum=1, maximum=300)
    population: int = parameter(16, "candidates per generation, even", minimum=4, maximum=1000)
    spread: float = parameter(1.0, "of the first candidates, in first steps", minimum=0.01, maximum=10.0)
    generations: int = parameter(120, "generations of a full training", minimum=1, maximum=10**6)
    validations: int = parameter(8, "validations in a full training", minimum=1, maximum=10**4)

    def environment_batch(self):
        return 1, "online"

    def train(self, environments, budget, rng, run):
        """Return the best by validation among the means of the search."""
        from aigcbench.optimization.evolution import EvolutionStrategy
        from aigcbench.optimization.policy_search import EvolutionPlan, evolve
        from aigcbench.problems.offloading.lottery import genome
        from aigcbench.problems.offloading.rollouts import mean_delay

        recorded = environments.rollouts().record(self.episodes, rng)
        demand = genome.Demand.of(recorded)
        n_stations = len(recorded[0]["station_capacity"])
        first, steps = genome.first_settings(n_stations), genome.steps(n_stations)
        strategy = EvolutionStrategy(np.zeros(len(first)), self.spread, self.population, rng)
        sample = min(self.sample, self.episodes)

        def weights_of(point):
            return {"settings": first + steps * point, "load": np.array(demand.load), "by_size": demand.by_size}

        def draw_value():
            drawn = [recorded[k] for k in rng.choice(self.episodes, sample, replace=False)]
            lots = int(rng.integers(2**63))

            def value(point):
                policy = self.policy(weights_of(point))
                delays = [mean_delay(policy, instance, np.random.default_rng(lots)) for instance in drawn]
                return -float(np.mean(delays))

            return value

        plan = EvolutionPlan(self.generations, self.validations, self.population * sample)
        return evolve(strategy, weights_of, draw_value, plan, budget, run)

    def policy(self, weights):
        from aigcbench.problems.offloading.lottery.policy import LotteryPolicy

        return LotteryPolicy(weights["settings"], float(weights["load"]), weights["by_size"])
