"""D2SAC: soft actor-critic whose actor is a diffusion model (Algorithm 1)."""

from aigcbench.learning.diffusion_learner import DiffusionLearner


class D2SAC(DiffusionLearner):
    """Denoises Gaussian noise into action probabilities, towards higher values of twin critics.

    Defaults are settings that are good on few cores; `PAPER` holds those of Tables I and II, `CONTROL` some for classic control.
    """

    name = "d2sac"
    family = "diffusion"
    formulations = ("*",)
    information = "online"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, IEEE TMC 2024"

    PAPER = {
        "masked": False,
        "centred": False,
        "decay": False,
        "prediction": "noise",
        "temperature": 1.0,
        "hidden": 256,
        "activation": "mish",
        "actor_rate": 1e-4,
        "critic_rate": 1e-3,
        "weight_decay": 1e-4,
        "alpha": 0.05,
        "batch": 512,
        "replay": 1_000_000,
        "warm_up": 0,
        "updates": 1_000_000,
        "chains": 1,
        "decision": "mean",
    }

    CART_POLE = DiffusionLearner.CONTROL["CartPole-v1"]
    CONTROL = {
        "CartPole-v1": CART_POLE
        | {
            "n_steps": 10,
            "alpha": 0.5,
            "temperature": 0.5,  # keeps trying the other action
            "batch": 256,
            "replay": 5000,  # returns over 10 steps of old policies say that any other action ends in a fall
            "updates": 5000,
            "validations": 40,
        },
        # chance alone swings up in one of 40 episodes of 500 steps, so that it takes many before there is anything to learn
        "Acrobot-v1": CART_POLE | {"n_steps": 10, "alpha": 0.3, "environments": 64, "warm_up": 60_000, "updates": 5000},
    }

    def algorithm(self, n_observation, n_actions, generator):
        from aigcbench.learning.diffusion_actor_critic import DiffusionActorCritic

        actor = self.actor(n_observation, n_actions, generator)
        return DiffusionActorCritic(self, actor, n_observation, generator)
