"""DQN-TS: deep Q-learning with an agent at every station, a baseline of LAD-TS."""

from aigcbench.problems.offloading.agents.learner import StationLearner
from aigcbench.solver import parameter


class DQNTS(StationLearner):
    """Draws stations by their values, and in training any one with a falling chance.

    Mnih et al. take the best one (``decision`` best). But all stations see the same queues, too late: those that always take the
    best one meet there, and do worse than at random.
    """

    name = "dqn-ts"
    version = 2
    family = "drl"
    reference = (
        "Mnih et al., Human-level control through deep reinforcement learning, Nature 2015, as a baseline of LAD-TS"
    )

    rate: float = parameter(1e-4, "learning rate", minimum=0.0, maximum=1.0)
    temperature: float = parameter(
        3.0, "stations are drawn in proportion to exp(value / temperature)", minimum=1e-3, maximum=1e3, unit="s"
    )
    epsilon: float = parameter(0.02, "share of random stations when exploration has fallen", minimum=0.0, maximum=1.0)
    exploration: float = parameter(0.3, "share of the training in which it falls from 1", minimum=0.0, maximum=1.0)

    def algorithm(self, n, n_observation, n_actions, generator):
        return AgentDQN(self, n, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.problems.offloading.agents.policy import logits_policy

        return logits_policy(weights, "q", self.activation, self.decision, self.temperature)


class AgentDQN:
    """A value network for each agent, with a target that follows."""

    def __init__(self, settings, n, n_observation, n_actions, generator):
        from aigcbench.learning import networks, optimization

        self.settings, self.generator, self.n_actions = settings, generator, n_actions
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.q = networks.StackedMLP(n, sizes, settings.activation, generator)
        self.target = optimization.frozen_copy(self.q)
        self.modules = {"q": self.q, "target": self.target}
        self.optimizers = {"q": optimization.adam(self.q, settings.rate)}

    def policy_modules(self):
        return {"q": self.q}

    def explore(self, observation, latent, share):
        import torch

        from aigcbench.learning import masking

        values = self.q(observation)
        preferred = values.argmax(dim=-1)
        if self.settings.decision == "sample":
            policy = (values / self.settings.temperature).softmax(dim=-1)
            preferred = masking.sample(policy.flatten(0, 1), self.generator).reshape(preferred.shape)
        chance = max(self.settings.epsilon, 1.0 - share / max(self.settings.exploration, 1e-9))
        anywhere = torch.randint(self.n_actions, preferred.shape, generator=self.generator)
        explores = torch.rand(preferred.shape, generator=self.generator) < chance
        return torch.where(explores, anywhere, preferred), latent

    def update(self, batch):
        import torch

        from aigcbench.learning import optimization

        with torch.no_grad():
            wanted = batch.reward + batch.discount * self.target(batch.next_observation).amax(dim=-1)
        taken = self.q(batch.observation).gather(-1, batch.action[..., None]).squeeze(-1)
        loss = ((taken - wanted) ** 2).mean(dim=1).sum()
        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self.target, self.q, self.settings.tau)
        return {"loss": loss / len(taken)}
