"""REINFORCE: follow the gradient of the log-probability of what was done, as far as it was followed by reward."""

from aigcbench.learning.learner import OnPolicyLearner
from aigcbench.solver import parameter


class Reinforce(OnPolicyLearner):
    """Makes actions likelier by the discounted rewards that followed, compared with those of its whole rollout."""

    name = "reinforce"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = (
        "Williams, Simple statistical gradient-following algorithms for connectionist reinforcement learning, 1992"
    )

    updates: int = parameter(5_000, "gradient updates of a full training, one for each rollout", minimum=1)
    learning_rate: float = parameter(1e-3, "of Adam", minimum=0.0, maximum=1.0)
    trace: float = parameter(
        1.0, "1: whole returns, as there are no values to bootstrap from", minimum=1.0, maximum=1.0
    )
    alpha: float = parameter(0.003, "weight of the entropy", minimum=0.0, maximum=100.0)

    def algorithm(self, n_observation, n_actions, generator):
        return PolicyGradient(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import network_policy

        return network_policy(weights, "actor", self.activation, self.masked)


class PolicyGradient:
    """The REINFORCE update; returns end with their episode or rollout, and their mean is the baseline."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import networks, optimization

        self.settings, self.generator = settings, generator
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.actor = networks.MLP(sizes, settings.activation, generator)
        self.modules = {"actor": self.actor}
        self.optimizers = {"actor": optimization.adam(self.actor, settings.learning_rate)}

    def policy_modules(self):
        return {"actor": self.actor}

    def log_policy(self, observation, allowed):
        from aigcbench.learning import masking

        return masking.masked(self.actor(observation), allowed).log_softmax(dim=-1)

    def explore(self, observation, allowed):
        from aigcbench.learning import masking

        return masking.sample(self.log_policy(observation, allowed).exp(), self.generator)

    def value(self, observation):
        """No critic: every state counts as worth nothing, so that advantages are returns."""
        return observation.new_zeros(observation.shape[:-1])

    def learn(self, rollout):
        from aigcbench.learning import optimization

        advantage = (rollout.returns - rollout.returns.mean()) / (rollout.returns.std() + 1e-8)
        log_policy = self.log_policy(rollout.observation, rollout.allowed)
        taken = log_policy.gather(1, rollout.action[:, None]).squeeze(1)
        entropy = -(log_policy.exp() * log_policy).sum(dim=1).mean()
        loss = -(taken * advantage).mean() - self.settings.alpha * entropy
        optimization.descend(self.optimizers["actor"], loss)
        return 1, {"actor_loss": loss, "entropy": entropy}
