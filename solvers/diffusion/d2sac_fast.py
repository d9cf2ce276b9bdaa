"""D2SAC with a cheaper update: nothing is differentiated through the chain."""

from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.solver import parameter


class D2SACFast(DiffusionLearner):
    """Denoises Gaussian noise into action probabilities, learnt a step at a time from what the critics' values say is best.

    Learning rates are three times those of `d2sac`, for each update half as much is collected, and an average of the actor's
    weights decides.
    """

    name = "d2sac-fast"
    version = 2
    family = "diffusion"
    formulations = ("*",)
    information = "online"
    reference = (
        "After Ding et al., Diffusion-based RL via Q-weighted variational policy optimization, NeurIPS 2024, and D2SAC"
    )

    updates: int = parameter(4_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    updates_per_turn: int = parameter(2, "updates per step of all environments", minimum=1, maximum=1000)
    tau: float = parameter(
        0.01, "rate at which target critics, and the actor that decides, follow", minimum=0.0, maximum=1.0
    )
    actor_rate: float = parameter(3e-3, "learning rate of the actor", minimum=0.0, maximum=1.0)
    critic_rate: float = parameter(3e-3, "learning rate of the critics", minimum=0.0, maximum=1.0)

    def algorithm(self, n_observation, n_actions, generator):
        from aigcbench.learning.closed_form import AveragedActorCritic

        actor = self.actor(n_observation, n_actions, generator)
        return AveragedActorCritic(self, actor, n_observation, generator)
