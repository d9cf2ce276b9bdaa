"""DRQN: Q-learning with a network that remembers."""

from aigcbench.learning.learner import RecurrentLearner
from aigcbench.learning.q_learning import EpsilonGreedyLearner


class DRQN(RecurrentLearner, EpsilonGreedyLearner):
    """Learns the values of actions after all that it has seen in an episode, by long short-term memory."""

    name = "drqn"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = (
        "Hausknecht and Stone, Deep recurrent Q-learning for partially observable MDPs, AAAI Fall Symposium 2015"
    )

    def algorithm(self, n_observation, n_actions, generator):
        return RecurrentQLearning(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import recurrent_policy

        return recurrent_policy(weights, "q", self.activation, self.masked)


class RecurrentQLearning:
    """Bootstrapped random updates: from any point of an episode on, the memory being empty there."""

    def __init__(self, settings, n_observation, n_actions, generator):
        from aigcbench.learning import optimization, recurrent

        self.settings, self.generator, self.n_actions = settings, generator, n_actions
        self.q = recurrent.RecurrentNetwork(n_observation, n_actions, settings.hidden, settings.activation, generator)
        self.target = optimization.frozen_copy(self.q)
        self.modules = {"q": self.q, "target": self.target}
        self.optimizers = {"q": optimization.adam(self.q, settings.learning_rate)}
        self.memory = None

    def policy_modules(self):
        return {"q": self.q}

    def forget(self, ended):
        if ended is None:
            self.memory = None
        elif self.memory is not None and ended.any():
            self.memory = tuple(part * ~ended[:, None] for part in self.memory)

    def explore(self, observation, allowed, share):
        from aigcbench.learning.q_learning import best_allowed

        values, self.memory = self.q(observation[None], self.memory)
        greedy = best_allowed(values[0], allowed)
        return self.settings.mixed_with_chance(greedy, allowed, self.n_actions, share, self.generator)

    def update(self, sequences):
        import torch

        from aigcbench.learning import masking, optimization
        from aigcbench.learning.q_learning import taken

        if not sequences.counts.any():  # nothing to learn from; the mean of nothing would be no number
            return {"q_loss": torch.zeros(())}
        with torch.no_grad():
            following = masking.masked(self.target(sequences.observation, None)[0], sequences.allowed).amax(dim=2)
            wanted = sequences.reward + sequences.discount * following[1:]
        values = taken(self.q(sequences.observation[:-1], None)[0], sequences.action)
        loss = (values - wanted)[sequences.counts].square().mean()
        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self.target, self.q, self.settings.tau)
        return {"q_loss": loss}
