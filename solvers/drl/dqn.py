"""DQN: Q-learning with a network, replay and a target network."""

from aigcbench.learning.q_learning import QLearner, QNetwork, fully_connected, taken


class DQN(QLearner):
    """Learns the value of every action and takes the best one."""

    name = "dqn"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Mnih et al., Human-level control through deep reinforcement learning, Nature 518, 2015"

    def algorithm(self, n_observation, n_actions, generator):
        return QLearning(self, fully_connected(self, n_observation, n_actions, generator), generator)


class QLearning(QNetwork):
    """The Q-learning update with a frozen target."""

    def update(self, batch):
        import torch
        from torch.nn import functional

        from aigcbench.learning import masking

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            following = masking.masked(self.target(next_observation), batch.next_allowed).amax(dim=1)
            wanted = returns + discount * following
        loss = functional.mse_loss(taken(self.q(observation), action), wanted)
        self.descend(loss)
        return {"q_loss": loss}
