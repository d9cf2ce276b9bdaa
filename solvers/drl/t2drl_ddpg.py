"""DDPG-based T2DRL: as T2DRL, with a plain network as the actor (Liu et al., Section 7.2)."""

from aigcbench.problems.caching.two_timescale.learner import TwoTimescaleLearner


class T2DRLDDPG(TwoTimescaleLearner):
    """Caches by a double deep Q-network per frame; shares by deep deterministic policy gradient."""

    name = "t2drl-ddpg"
    family = "drl"
    reference = "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services, 7.2"

    def actor_network(self, n_features, n_outputs, generator):
        from aigcbench.learning.networks import MLP

        return MLP((n_features, *(self.hidden,) * 3, n_outputs), self.activation, generator)
