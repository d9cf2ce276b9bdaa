"""Rainbow: double, dueling, prioritized, n-step, distributional and noisy Q-learning at once."""

from aigcbench.learning.learner import PrioritizedLearner
from aigcbench.solver import parameter


class Rainbow(PrioritizedLearner):
    """Learns the distribution of every action's return and takes the action of the highest mean.

    Defaults are settings that are good on few cores; `PAPER` holds those of Table 1.
    """

    name = "rainbow"
    family = "drl"
    formulations = ("*",)
    information = "online"
    reference = "Hessel et al., Rainbow: combining improvements in deep reinforcement learning, AAAI 2018"

    PAPER = {
        "masked": False,
        "centred": False,
        "decay": False,
        "n_steps": 3,
        "atoms": 51,
        "lowest": -10.0,
        "highest": 10.0,
        "spread": 0.5,
        "hidden": 512,
        "activation": "relu",
        "batch": 32,
        "replay": 1_000_000,
        "learning_rate": 6.25e-5,
    }

    tau: float = parameter(0.02, "rate at which target networks follow", minimum=0.0, maximum=1.0)
    learning_rate: float = parameter(1e-3, "of Adam", minimum=0.0, maximum=1.0)
    priority: float = parameter(0.5, "omega, exponent of errors in how often they are drawn", minimum=0.0, maximum=10.0)
    atoms: int = parameter(21, "points of the return's support", minimum=2, maximum=1000)
    lowest: float = parameter(-5.0, "least return, counted from the mean of random behaviour where centred")
    highest: float = parameter(5.0, "highest return, counted likewise")
    spread: float = parameter(0.1, "sigma_0, first deviation of noisy weights", minimum=0.0, maximum=10.0)

    def algorithm(self, n_observation, n_actions, generator):
        return DistributionalQLearning(self, n_observation, n_actions, generator)

    def policy(self, weights):
        from aigcbench.learning.decisions import dueling_policy

        return dueling_policy(weights, "q", self.activation, self.lowest, self.highest, self.masked)


class DistributionalQLearning:
    """Minimises the divergence from the projected n-step target distribution (the paper's eq. for D_KL, "The integrated agent")."""

    def __init__(self, settings, n_observation, n_actions, generator):
        import torch

        from aigcbench.learning import distributional, optimization

        self.settings, self.generator = settings, generator
        self.q = distributional.DuelingDistribution(
            n_observation,
            n_actions,
            settings.hidden,
            settings.activation,
            settings.atoms,
            settings.spread,
            generator,
        )
        self.target = optimization.frozen_copy(self.q)
        self.support = torch.linspace(settings.lowest, settings.highest, settings.atoms)
        self.modules = {"q": self.q, "target": self.target}
        self.optimizers = {"q": optimization.adam(self.q, settings.learning_rate)}

    def policy_modules(self):
        return {"q": self.q}

    def log_distribution(self, network, observation):
        """Logarithms of probabilities (N, A, Z), by fresh noise."""
        return network(observation, network.draw_noise(self.generator))

    def best(self, log_distribution, allowed):
        """The allowed action (N,) of the highest mean return."""
        from aigcbench.learning import masking

        return masking.masked(log_distribution.exp() @ self.support, allowed).argmax(dim=1)

    def explore(self, observation, allowed, share):
        return self.best(self.log_distribution(self.q, observation), allowed)

    def update(self, batch):
        import torch

        from aigcbench.learning import distributional, optimization

        observation, action, returns, discount, next_observation = batch.transitions
        rows = torch.arange(len(action))
        with torch.no_grad():
            chosen = self.best(self.log_distribution(self.q, next_observation), batch.next_allowed)
            following = self.log_distribution(self.target, next_observation)[rows, chosen].exp()
            wanted = distributional.projected(following, returns, discount, self.support)
        learned = self.log_distribution(self.q, observation)[rows, action]
        divergence = (torch.special.xlogy(wanted, wanted) - wanted * learned).sum(dim=1)
        self.errors = divergence.detach()
        loss = (batch.weights * divergence).mean()
        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self.target, self.q, self.settings.tau)
        return {"q_loss": loss}
