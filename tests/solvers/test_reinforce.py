"""The REINFORCE update."""

import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.on_policy import Rollout  # noqa: E402


def test_what_was_followed_by_more_becomes_likelier(solver):
    """One update from returns of 1 and 3 makes the better of two actions likelier, whatever both have in common."""
    for common in (0.0, 100.0):
        algorithm = solver("reinforce")(hidden=16, alpha=0.0, learning_rate=0.01).algorithm(
            2, 2, torch.Generator().manual_seed(1)
        )
        observation, action = torch.ones(64, 2), torch.arange(64) % 2
        before = float(algorithm.log_policy(observation[:1], None).detach().exp()[0, 1])
        returns = common + 1.0 + 2.0 * action
        algorithm.learn(Rollout(observation, None, action, returns, returns))
        assert float(algorithm.log_policy(observation[:1], None).detach().exp()[0, 1]) > before + 1e-3


def test_no_critic_values_anything(solver):
    """Every state counts as 0, so that advantages are discounted rewards to come."""
    algorithm = solver("reinforce")(hidden=16).algorithm(2, 2, torch.Generator().manual_seed(1))
    assert algorithm.value(torch.randn(5, 7, 2)).tolist() == torch.zeros(5, 7).tolist()
