"""Diffusion-based DRL for flow scheduling: D2SAC's actor-critic that also learns to denoise the actions it has taken (Algorithm 1)."""

from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.solver import parameter


class FlowDDRL(DiffusionLearner):
    """Denoises Gaussian noise into probabilities of gateway and level, or of rejecting the flow.

    Defaults are settings that are good on few cores; `PAPER` holds those of Table 1.
    """

    name = "flow-ddrl"
    family = "diffusion"
    formulations = ("flow",)
    information = "online"
    reference = (
        "Jiang et al., A Diffusion-based DRL Flow Scheduling for AIGC Services in Edge Network, Section 4 and Table 1"
    )

    PAPER = {
        "masked": False,
        "centred": False,
        "decay": False,
        "prediction": "noise",
        "noise": "code",
        "temperature": 1.0,
        "hidden": 256,
        "activation": "mish",
        "gamma": 0.95,
        "actor_rate": 1e-4,
        "critic_rate": 1e-4,
        "weight_decay": 1e-4,
        "alpha": 0.05,
        "batch": 512,
        "replay": 1_000_000,
        "warm_up": 0,
        "updates": 100_000,
        "n_steps": 3,
        "chain_steps": 10,
        "through_chain": True,
        "imitation": 1.0,
        "chains": 1,
        "decision": "mean",
    }

    gamma: float = parameter(0.9, "discount factor", minimum=0.0, maximum=0.9999)
    chain_steps: int = parameter(5, "T_d, denoising steps", minimum=1, maximum=1000)
    alpha: float = parameter(0.02, "weight of the action entropy", minimum=0.0, maximum=100.0)
    through_chain: bool = parameter(
        False,
        "differentiate the actor's loss through the whole chain, or denoise towards its optimum in closed form",
    )
    imitation: float = parameter(
        0.01, "weight of the denoising loss on replayed actions, eq. 25", minimum=0.0, maximum=100.0
    )
    validations: int = parameter(4, "validations in a full training", minimum=1, maximum=10**4)

    def algorithm(self, n_observation, n_actions, generator):
        from aigcbench.learning.closed_form import ClosedFormActorCritic
        from aigcbench.learning.denoising import one_hot, prediction_loss
        from aigcbench.learning.diffusion_actor_critic import DiffusionActorCritic

        class ImitatingActorCritic(DiffusionActorCritic if self.through_chain else ClosedFormActorCritic):
            """Lines 15 to 17 of Algorithm 1: both losses of the actor in one step."""

            def actor_loss(self, batch, values):
                loss, measured = super().actor_loss(batch, values)
                observation, action = batch.transitions.observation, batch.transitions.action
                denoising = prediction_loss(self.actor, observation, one_hot(action, n_actions), self.generator)
                return loss + self.settings.imitation * denoising, measured | {"denoising_loss": denoising}

        actor = self.actor(n_observation, n_actions, generator)
        return ImitatingActorCritic(self, actor, n_observation, generator)
