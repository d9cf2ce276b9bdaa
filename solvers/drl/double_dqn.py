"""Double DQN: the online network chooses the next action, the target network says what it is worth."""

from aigcbench.learning.q_learning import QLearner, QNetwork, best_allowed, fully_connected, taken


class DoubleDQN(QLearner):
    """DQN without the optimism of taking the highest of noisy values."""

    name = "double-dqn"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "van Hasselt, Guez and Silver, Deep reinforcement learning with double Q-learning, AAAI 2016"

    def algorithm(self, n_observation, n_actions, generator):
        return DoubleQLearning(self, fully_connected(self, n_observation, n_actions, generator), generator)


class DoubleQLearning(QNetwork):
    """The update with the target of the paper's eq. 4."""

    def update(self, batch):
        import torch
        from torch.nn import functional

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            chosen = best_allowed(self.q(next_observation), batch.next_allowed)
            wanted = returns + discount * taken(self.target(next_observation), chosen)
        loss = functional.mse_loss(taken(self.q(observation), action), wanted)
        self.descend(loss)
        return {"q_loss": loss}
