"""Soft actor-critic for discrete actions."""

from aigcbench.learning.learner import OffPolicyLearner
from aigcbench.solver import parameter


class SAC(OffPolicyLearner):
    """Learns a policy that maximises the value of twin critics plus the entropy of its actions."""

    name = "sac"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Haarnoja et al., Soft actor-critic, ICML 2018; Christodoulou, Soft actor-critic for discrete action settings, 2019"

    CONTROL = {
        "CartPole-v1": OffPolicyLearner.CONTROL["CartPole-v1"]
        | {
            "n_steps": 10,
            "alpha": 0.5,
            "batch": 256,
            "replay": 5000,  # returns over 10 steps of old policies say that any other action ends in a fall
            "validations": 40,
            "patience": 40,  # it may go 22 validations without a new best on the way to the top
        }
    }

    actor_rate: float = parameter(1e-3, "learning rate of the actor", minimum=0.0, maximum=1.0)
    critic_rate: float = parameter(1e-3, "learning rate of the critics", minimum=0.0, maximum=1.0)
    alpha: float = parameter(0.01, "weight of the entropy", minimum=0.0, maximum=100.0)

    def algorithm(self, n_observation, n_actions, generator):
        return SoftActorCritic(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import network_policy

        return network_policy(weights, "actor", self.activation, self.masked)


class SoftActorCritic:
    """Expectations over all actions take the place of samples, since actions can be counted."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import networks, optimization

        self.settings, self.generator = settings, generator
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.actor = networks.MLP(sizes, settings.activation, generator)
        self.critic = networks.TwinQ(sizes, settings.activation, generator)
        self.target = optimization.frozen_copy(self.critic)
        self.modules = {"actor": self.actor, "critic": self.critic, "target": self.target}
        self.optimizers = {
            "actor": optimization.adam(self.actor, settings.actor_rate),
            "critic": optimization.adam(self.critic, settings.critic_rate),
        }

    def policy_modules(self):
        return {"actor": self.actor}

    def explore(self, observation, allowed, share):
        from aigcbench.learning import masking

        return masking.sample(masking.masked(self.actor(observation), allowed).softmax(dim=1), self.generator)

    def soft_value(self, observation, allowed, q):
        """E[q + alpha * entropy] (N,) under the current policy."""
        from aigcbench.learning import masking

        log_policy = masking.masked(self.actor(observation), allowed).log_softmax(dim=1)
        return (log_policy.exp() * (q - self.settings.alpha * log_policy)).sum(dim=1)

    def update(self, batch):
        import torch
        from torch.nn import functional

        from aigcbench.learning import optimization

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            following = self.soft_value(next_observation, batch.next_allowed, self.target.least(next_observation))
            wanted = returns + discount * following
        values = self.critic(observation)
        taken = values.gather(2, action.expand(2, -1)[..., None]).squeeze(2)
        critic_loss = functional.mse_loss(taken, wanted.expand(2, -1))
        optimization.descend(self.optimizers["critic"], critic_loss)

        actor_loss = -self.soft_value(observation, batch.allowed, values.detach().amin(dim=0)).mean()
        optimization.descend(self.optimizers["actor"], actor_loss)
        optimization.soft_update(self.target, self.critic, self.settings.tau)
        return {"critic_loss": critic_loss, "actor_loss": actor_loss}
