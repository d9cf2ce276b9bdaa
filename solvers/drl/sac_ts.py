"""SAC-TS: discrete soft actor-critic with an agent at every station, a baseline of LAD-TS."""

from aigcbench.problems.offloading.agents.learner import ActorCriticLearner


class SACTS(ActorCriticLearner):
    """Learns action probabilities directly, towards higher values of twin critics."""

    name = "sac-ts"
    family = "drl"
    reference = (
        "Haarnoja et al., Soft Actor-Critic, ICML 2018; discrete actions: Christodoulou 2019; as a baseline of LAD-TS"
    )
