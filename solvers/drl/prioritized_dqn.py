"""Prioritized DQN: double Q-learning from the transitions that it errs most about (Algorithm 1)."""

from aigcbench.learning.learner import PrioritizedLearner
from aigcbench.learning.q_learning import QLearner, QNetwork, best_allowed, fully_connected, taken


class PrioritizedDQN(PrioritizedLearner, QLearner):
    """Double DQN that replays transitions in proportion to a power of their errors, weighted for what that distorts."""

    name = "prioritized-dqn"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Schaul et al., Prioritized experience replay, ICLR 2016"

    def algorithm(self, n_observation, n_actions, generator):
        return PrioritizedQLearning(self, fully_connected(self, n_observation, n_actions, generator), generator)


class PrioritizedQLearning(QNetwork):
    """Lines 9 to 15 of Algorithm 1."""

    def update(self, batch):
        import torch

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            chosen = best_allowed(self.q(next_observation), batch.next_allowed)
            wanted = returns + discount * taken(self.target(next_observation), chosen)
        errors = wanted - taken(self.q(observation), action)
        self.errors = errors.detach()
        loss = (batch.weights * errors.square()).mean()
        self.descend(loss)
        return {"q_loss": loss}
