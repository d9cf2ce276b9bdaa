"""D2SAC with a cheaper update: nothing is differentiated through the chain."""

from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.solver import parameter


class D2SACFast(DiffusionLearner):
    """Denoises Gaussian noise into action probabilities, learnt a step at a time from what the critics' values say is best."""

    name = "d2sac-fast"
    family = "diffusion"
    formulations = ("*",)
    information = "online"
    reference = (
        "After Ding et al., Diffusion-based RL via Q-weighted variational policy optimization, NeurIPS 2024, and D2SAC"
    )

    updates: int = parameter(6_000, "gradient updates of a full training", minimum=1, maximum=10**9)

    def algorithm(self, n_observation, n_actions, generator):
        from aigcbench.learning.closed_form import ClosedFormActorCritic

        actor = self.actor(n_observation, n_actions, generator)
        return ClosedFormActorCritic(self, actor, n_observation, generator)
