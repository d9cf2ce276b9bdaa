"""The Q-learning update and its exploration."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.off_policy import Batch  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402


def algorithm_of(solver, **parameters):
    return solver("dqn")(hidden=16, **parameters).algorithm(3, 4, torch.Generator().manual_seed(1))


def test_target_is_the_best_allowed_value_to_come(solver):
    """The loss is the squared error against the reward plus the discounted target value of the best allowed action."""
    algorithm, generator = algorithm_of(solver), torch.Generator().manual_seed(2)
    observation, following = torch.randn(2, 8, 3, generator=generator)
    action, returns = torch.arange(8) % 4, torch.randn(8, generator=generator)
    discount = torch.tensor([0.9, 0.0] * 4)
    allowed = torch.tensor([[True, False, True, False], [False, True, True, True]] * 4)
    values, following_values = (
        algorithm.q(observation).detach().numpy(),
        algorithm.target(following).detach().numpy(),
    )
    best = np.where(allowed, following_values, -np.inf).max(axis=1)
    errors = values[np.arange(8), action] - (returns.numpy() + discount.numpy() * best)
    batch = Batch(Transitions(observation, action, returns, discount, following), None, allowed)
    loss = float(algorithm.update(batch)["q_loss"].detach())
    assert loss == pytest.approx(np.mean(errors**2), rel=1e-5)


def test_exploration_falls_from_first_to_last(solver):
    """The share of actions that are not greedy falls linearly in the given time, and only allowed ones are taken."""
    algorithm = algorithm_of(solver, first_exploration=1.0, last_exploration=0.1, exploration_time=0.5)
    observation = torch.zeros(20_000, 3)
    allowed = torch.tensor([True, True, False, True]).expand(20_000, 4)
    greedy = int(torch.where(allowed[0], algorithm.q(observation[:1])[0], -torch.inf).argmax())
    for share, epsilon in ((0.0, 1.0), (0.25, 0.55), (0.5, 0.1), (1.0, 0.1)):
        chosen = algorithm.explore(observation, allowed, share)
        assert not bool((chosen == 2).any())
        assert float((chosen != greedy).float().mean()) == pytest.approx(epsilon * 2 / 3, abs=0.02)
