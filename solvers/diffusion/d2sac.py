"""D2SAC: soft actor-critic whose actor is a diffusion model (Algorithm 1)."""

from aigcbench.learning.learner import OffPolicyLearner
from aigcbench.solver import parameter


class D2SAC(OffPolicyLearner):
    """Denoises Gaussian noise into action probabilities, towards higher values of twin critics.

    Defaults are settings that are good on few cores; `PAPER` holds those of Tables I and II.
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

    updates: int = parameter(10_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    chain_steps: int = parameter(5, "T, denoising steps", minimum=1, maximum=1000)
    prediction: str = parameter(
        "start",
        "what the network predicts: noise (eq. 11), with x_0 clipped as in the public code, or x_0 itself",
        choices=("noise", "clipped-noise", "start"),
    )
    noise: str = parameter(
        "paper", "scale of the chain's noise: eq. 14, or DDPM's as in the code", choices=("paper", "code")
    )
    temperature: float = parameter(0.1, "divides x_0 before the softmax", minimum=1e-3, maximum=1e3)
    actor_rate: float = parameter(1e-3, "learning rate of the actor", minimum=0.0, maximum=1.0)
    critic_rate: float = parameter(1e-3, "learning rate of the critics", minimum=0.0, maximum=1.0)
    weight_decay: float = parameter(0.0, "lambda, of both optimisers", minimum=0.0, maximum=1.0)
    alpha: float = parameter(0.01, "weight of the action entropy", minimum=0.0, maximum=100.0)
    chains: int = parameter(1, "chains per decision", minimum=1, maximum=1000)
    decision: str = parameter(
        "mean",
        "take the best action of the mean of the chains, or the critics' best among those of each chain",
        choices=("mean", "critic"),
    )

    def algorithm(self, n_observation, n_actions, generator):
        return DiffusionSoftActorCritic(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import chain_policy

        by_critic = self.decision == "critic"
        return chain_policy(weights, self.process(), self.activation, self.chains, by_critic, self.masked)

    def process(self):
        """The reverse diffusion process."""
        from aigcbench.learning.schedule import reverse_process

        return reverse_process(self.chain_steps, self.prediction, self.noise)


class DiffusionSoftActorCritic:
    """Lines 12 to 15 of Algorithm 1; the chain is differentiated through by reparameterisation."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import diffusion, networks, optimization

        self.settings, self.generator = settings, generator
        self.actor = diffusion.DenoisingActor(
            n_observation, n_actions, settings.hidden, settings.activation, settings.process(), generator
        )
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.critic = networks.TwinQ(sizes, settings.activation, generator)
        self.target_actor = optimization.frozen_copy(self.actor)
        self.target_critic = optimization.frozen_copy(self.critic)
        self.modules = {
            "actor": self.actor,
            "critic": self.critic,
            "target_actor": self.target_actor,
            "target_critic": self.target_critic,
        }
        self.optimizers = {
            "actor": optimization.adam(self.actor, settings.actor_rate, settings.weight_decay),
            "critic": optimization.adam(self.critic, settings.critic_rate, settings.weight_decay),
        }

    def policy_modules(self):
        return {"actor": self.actor, "critic": self.critic}

    def log_policy(self, actor, observation, allowed):
        """Logarithm of eq. 15 (N, A), from fresh noise."""
        from aigcbench.learning import masking

        x_0 = actor(observation, actor.draw_noise(len(observation), self.generator))
        return masking.masked(x_0 / self.settings.temperature, allowed).log_softmax(dim=1)

    def explore(self, observation, allowed, share):
        from aigcbench.learning import masking

        return masking.sample(self.log_policy(self.actor, observation, allowed).exp(), self.generator)

    def update(self, batch):
        import torch
        from torch.nn import functional

        from aigcbench.learning import optimization

        observation, action, returns, discount, next_observation = batch.transitions
        values = self.critic(observation)

        log_policy = self.log_policy(self.actor, observation, batch.allowed)  # eqs. 25 and 27
        expected = (log_policy.exp() * values.detach().amin(dim=0)).sum(dim=1)
        entropy = -(log_policy.exp() * log_policy).sum(dim=1)
        actor_loss = -(expected + self.settings.alpha * entropy).mean()

        with torch.no_grad():  # eq. 30
            policy = self.log_policy(self.target_actor, next_observation, batch.next_allowed).exp()
            following = (policy * self.target_critic.least(next_observation)).sum(dim=1)
            wanted = returns + discount * following
        taken = values.gather(2, action.expand(2, -1)[..., None]).squeeze(2)
        critic_loss = functional.mse_loss(taken, wanted.expand(2, -1))  # eq. 28

        optimization.descend(self.optimizers["actor"], actor_loss)
        optimization.descend(self.optimizers["critic"], critic_loss)
        optimization.soft_update(self.target_actor, self.actor, self.settings.tau)  # eq. 31
        optimization.soft_update(self.target_critic, self.critic, self.settings.tau)
        return {"actor_loss": actor_loss, "critic_loss": critic_loss, "entropy": entropy.mean()}
