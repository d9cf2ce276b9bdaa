"""PPO: policy gradients within a clipped trust region."""

from aigcbench.learning.learner import OnPolicyLearner
from aigcbench.solver import parameter


class PPO(OnPolicyLearner):
    """Improves its policy on fresh rollouts, a clipped step at a time."""

    name = "ppo"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Schulman et al., Proximal policy optimization algorithms, arXiv:1707.06347, 2017"

    CONTROL = {"CartPole-v1": {"gamma": 0.99, "updates": 3000, "validations": 10}}

    updates: int = parameter(10_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    learning_rate: float = parameter(1e-3, "of Adam, actor and critic alike", minimum=0.0, maximum=1.0)
    epochs: int = parameter(4, "passes over each rollout", minimum=1, maximum=1000)
    batch: int = parameter(512, "steps per update", minimum=1, maximum=10**6)
    clip: float = parameter(0.2, "furthest ratio of new to old probability from 1", minimum=0.0, maximum=10.0)
    alpha: float = parameter(0.003, "weight of the entropy", minimum=0.0, maximum=100.0)
    maximum_norm: float = parameter(0.5, "gradients are scaled down to this norm", minimum=1e-9, maximum=1e9)

    def algorithm(self, n_observation, n_actions, generator):
        return ProximalPolicy(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import network_policy

        return network_policy(weights, "actor", self.activation, self.masked)


class ProximalPolicy:
    """The clipped surrogate objective with a value network of its own."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import networks, optimization

        self.settings, self.generator = settings, generator
        hidden = (settings.hidden, settings.hidden)
        self.actor = networks.MLP((n_observation, *hidden, n_actions), settings.activation, generator)
        self.critic = networks.MLP((n_observation, *hidden, 1), settings.activation, generator)
        self.modules = {"actor": self.actor, "critic": self.critic}
        self.optimizers = {
            name: optimization.adam(module, settings.learning_rate) for name, module in self.modules.items()
        }

    def policy_modules(self):
        return {"actor": self.actor}

    def log_policy(self, observation, allowed):
        from aigcbench.learning import masking

        return masking.masked(self.actor(observation), allowed).log_softmax(dim=-1)

    def value(self, observation):
        """State values (...,) of observations (..., D)."""
        return self.critic(observation).squeeze(-1)

    def explore(self, observation, allowed):
        from aigcbench.learning import masking

        return masking.sample(self.log_policy(observation, allowed).exp(), self.generator)

    def learn(self, rollout):
        """Several passes over a rollout in random batches; return the number of updates, and losses."""
        import torch

        settings, updates = self.settings, 0
        advantage = (rollout.advantage - rollout.advantage.mean()) / (rollout.advantage.std() + 1e-8)
        with torch.no_grad():
            old = self.log_policy(rollout.observation, rollout.allowed).gather(1, rollout.action[:, None]).squeeze(1)
        for _ in range(settings.epochs):
            for rows in torch.randperm(len(old), generator=self.generator).split(settings.batch):
                allowed = None if rollout.allowed is None else rollout.allowed[rows]
                log_policy = self.log_policy(rollout.observation[rows], allowed)
                ratio = (log_policy.gather(1, rollout.action[rows, None]).squeeze(1) - old[rows]).exp()
                clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
                gain = torch.minimum(ratio * advantage[rows], clipped * advantage[rows]).mean()
                entropy = -(log_policy.exp() * log_policy).sum(dim=1).mean()
                self._descend("actor", -gain - settings.alpha * entropy)
                value_loss = (self.value(rollout.observation[rows]) - rollout.returns[rows]).square().mean()
                self._descend("critic", value_loss)
                updates += 1
        return updates, {"entropy": entropy, "value_loss": value_loss}

    def _descend(self, name, loss):
        from aigcbench.learning import optimization

        optimization.descend(self.optimizers[name], loss, self.settings.maximum_norm)
