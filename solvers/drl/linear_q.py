"""Linear Q-learning on fixed random features: what the other learners must beat to show that learned features are worth it."""

from aigcbench.learning.q_learning import QLearner, QNetwork, taken
from aigcbench.solver import parameter


class LinearQ(QLearner):
    """Q-learning in which only the last layer learns: values are linear in random features of the observation."""

    name = "linear-q"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = (
        "Sutton and Barto, Reinforcement Learning, 2018, section 9.4, on the features of Rahimi and Recht, "
        "Random features for large-scale kernel machines, NeurIPS 2007"
    )

    hidden: int = parameter(512, "random features", minimum=1, maximum=4096)

    def algorithm(self, n_observation, n_actions, generator):
        from aigcbench.learning import networks

        q = networks.MLP((n_observation, self.hidden, n_actions), self.activation, generator)
        q.layers[0].requires_grad_(False)
        return LinearQLearning(self, q, generator)


class LinearQLearning(QNetwork):
    """The semi-gradient update, bootstrapping from its own values: there is no target network to hold them still."""

    def update(self, batch):
        import torch
        from torch.nn import functional

        from aigcbench.learning import masking

        observation, action, returns, discount, next_observation = batch.transitions
        with torch.no_grad():
            following = masking.masked(self.q(next_observation), batch.next_allowed).amax(dim=1)
            wanted = returns + discount * following
        loss = functional.mse_loss(taken(self.q(observation), action), wanted)
        self.descend(loss)
        return {"q_loss": loss}
