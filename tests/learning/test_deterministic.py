"""Deterministic policy gradient and double Q-learning of subsets against the equations of T2DRL's paper."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.deterministic import DeterministicPolicyGradient, Experience  # noqa: E402
from aigcbench.learning.double_q import SubsetDoubleQ, SubsetExperience  # noqa: E402
from aigcbench.learning.networks import MLP  # noqa: E402
from aigcbench.learning.subsets import EverySubset  # noqa: E402

BATCH, STATE, ACTION = 16, 3, 2


class Actor(torch.nn.Module):
    """A linear actor that needs no noise."""

    def __init__(self, generator):
        super().__init__()
        self.network = MLP((STATE, ACTION), "relu", generator)

    def forward(self, state, generator):
        return self.network(state)


class Critic(torch.nn.Module):
    """A network over state and action."""

    def __init__(self, generator):
        super().__init__()
        self.network = MLP((STATE + ACTION, 8, 1), "relu", generator)

    def forward(self, state, action):
        return self.network(torch.cat([state, action], dim=1)).squeeze(1)


def test_losses_and_targets_are_the_papers(generator):
    """The critic's loss is eq. 24 with the target of eq. 24b, the actor's the value of its own actions, targets follow by tau."""
    algorithm = DeterministicPolicyGradient(Actor(generator), Critic(generator), 1e-3, 0.1, generator)
    state, following = torch.randn(2, BATCH, STATE, generator=generator)
    action, returns = torch.randn(BATCH, ACTION, generator=generator), torch.randn(BATCH, generator=generator)
    discount = 0.9 * (torch.rand(BATCH, generator=generator) < 0.5).float()
    before = [parameter.clone() for parameter in algorithm.modules["target_actor"].parameters()]
    with torch.no_grad():
        wanted = returns + discount * algorithm.critic(following, algorithm.actor(following, None))
        expected = 0.5 * (algorithm.critic(state, action) - wanted).square().mean()
    losses = algorithm.update(Experience(state, action, returns, discount, following))
    torch.testing.assert_close(losses["critic_loss"].detach(), expected)
    online = algorithm.modules["actor"].parameters()
    for old, new, target in zip(before, online, algorithm.modules["target_actor"].parameters(), strict=True):
        torch.testing.assert_close(target, old + 0.1 * (new.detach() - old))


def test_the_actor_climbs_what_the_critic_has_learnt(generator):
    """With rewards -(a - s)^2 the actor comes to give back the state's first entries."""
    algorithm = DeterministicPolicyGradient(Actor(generator), Critic(generator), 1e-2, 0.05, generator)
    for _ in range(500):
        state = torch.rand(64, STATE, generator=generator)
        action = torch.rand(64, ACTION, generator=generator)
        reward = -(action - state[:, :ACTION]).square().sum(dim=1)
        algorithm.update(Experience(state, action, reward, torch.zeros(64), state))
    state = torch.rand(64, STATE, generator=generator)
    assert (algorithm.actor(state, None) - state[:, :ACTION]).abs().mean() < 0.2


def test_the_next_subset_is_chosen_by_one_network_and_valued_by_the_other(generator):
    """Eq. 33a: the online network's best subset, at the target network's value."""
    algorithm = SubsetDoubleQ(MLP((1, 8, 8), "relu", generator), EverySubset(3), False, 1e-3, 0.5)
    with torch.no_grad():
        for parameter in algorithm.modules["q"].parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator))
    state, following = torch.rand(2, BATCH, 1, generator=generator)
    subset = (torch.rand(BATCH, 3, generator=generator) < 0.5).float()
    returns, discount = torch.randn(BATCH, generator=generator), torch.full((BATCH,), 0.9)
    with torch.no_grad():
        best = algorithm.network(following).argmax(dim=1)
        wanted = returns + 0.9 * algorithm.modules["target_q"](following)[torch.arange(BATCH), best]
        number = (subset @ torch.tensor([4.0, 2.0, 1.0])).long()
        expected = 0.5 * (algorithm.network(state)[torch.arange(BATCH), number] - wanted).square().mean()
    sizes = np.zeros((BATCH, 3))
    losses = algorithm.update(SubsetExperience(state, subset, returns, discount, following, sizes))
    torch.testing.assert_close(losses["q_loss"].detach(), expected)
