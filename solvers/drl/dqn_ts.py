"""DQN-TS: deep Q-learning with an agent at every station, a baseline of LAD-TS."""

from aigcbench.problems.offloading.agents.learner import StationLearner
from aigcbench.solver import parameter


class DQNTS(StationLearner):
    """Takes the station of the highest value, and any one with a chance that falls during training."""

    name = "dqn-ts"
    family = "drl"
    reference = (
        "Mnih et al., Human-level control through deep reinforcement learning, Nature 2015, as a baseline of LAD-TS"
    )

    rate: float = parameter(1e-3, "learning rate", minimum=0.0, maximum=1.0)
    epsilon: float = parameter(0.02, "share of random stations when exploration has fallen", minimum=0.0, maximum=1.0)
    exploration: float = parameter(0.3, "share of the training in which it falls from 1", minimum=0.0, maximum=1.0)

    def algorithm(self, n, n_observation, n_actions, generator):
        return AgentDQN(self, n, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.problems.offloading.agents.policy import logits_policy

        return logits_policy(weights, "q", self.activation, "best", 1.0)


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

        greedy = self.q(observation).argmax(dim=-1)
        chance = max(self.settings.epsilon, 1.0 - share / max(self.settings.exploration, 1e-9))
        anywhere = torch.randint(self.n_actions, greedy.shape, generator=self.generator)
        return torch.where(torch.rand(greedy.shape, generator=self.generator) < chance, anywhere, greedy), latent

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
