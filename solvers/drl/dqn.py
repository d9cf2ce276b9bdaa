"""DQN: Q-learning with a network, replay and a target network."""

from aigcbench.learning.learner import OffPolicyLearner
from aigcbench.solver import parameter


class DQN(OffPolicyLearner):
    """Learns the value of every action and takes the best one."""

    name = "dqn"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Mnih et al., Human-level control through deep reinforcement learning, Nature 518, 2015"

    learning_rate: float = parameter(1e-3, "of Adam", minimum=0.0, maximum=1.0)
    first_exploration: float = parameter(1.0, "share of random actions at first", minimum=0.0, maximum=1.0)
    last_exploration: float = parameter(0.02, "share of random actions later", minimum=0.0, maximum=1.0)
    exploration_time: float = parameter(
        0.2, "share of the training in which it falls from first to last", minimum=0.001, maximum=1.0
    )

    def algorithm(self, n_observation, n_actions, generator):
        return QLearning(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import network_policy

        return network_policy(weights, "q", self.activation, self.masked)


class QLearning:
    """The Q-learning update with a frozen target."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import networks, optimization

        self.settings, self.generator, self.n_actions = settings, generator, n_actions
        sizes = (n_observation, settings.hidden, settings.hidden, n_actions)
        self.q = networks.MLP(sizes, settings.activation, generator)
        self.target = optimization.frozen_copy(self.q)
        self.modules = {"q": self.q, "target": self.target}
        self.optimizers = {"q": optimization.adam(self.q, settings.learning_rate)}

    def policy_modules(self):
        return {"q": self.q}

    def explore(self, observation, allowed, share):
        import torch

        from aigcbench.learning import masking

        fall = min(share / self.settings.exploration_time, 1.0)
        epsilon = self.settings.first_exploration * (1 - fall) + self.settings.last_exploration * fall
        greedy = masking.masked(self.q(observation), allowed).argmax(dim=1)
        random = masking.uniform(len(observation), self.n_actions, allowed, self.generator)
        return torch.where(torch.rand(len(observation), generator=self.generator) < epsilon, random, greedy)

    def update(self, batch):
        import torch
        from torch.nn import functional

        from aigcbench.learning import masking, optimization

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            following = masking.masked(self.target(next_observation), batch.next_allowed).amax(dim=1)
            wanted = returns + discount * following
        value = self.q(observation).gather(1, action[:, None]).squeeze(1)
        loss = functional.mse_loss(value, wanted)
        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self.target, self.q, self.settings.tau)
        return {"q_loss": loss}
