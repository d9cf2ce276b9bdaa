"""PPO's update and its advantages."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.on_policy import Rollout, advantages  # noqa: E402


def test_advantages_are_fading_sums_of_errors():
    """Each is the sum of later errors of its episode, discounted by gamma * lambda a step."""
    errors, ended = torch.tensor([[1.0], [2.0], [4.0], [8.0]]), torch.tensor([[False], [True], [False], [False]])
    assert advantages(errors, ended, 0.5).squeeze(1).tolist() == [2.0, 2.0, 8.0, 8.0]


def test_actions_of_higher_advantage_become_likelier_within_the_clip(solver):
    """One rollout raises the probability of what was better than expected, by hardly more than the clip allows."""
    settings = solver("ppo")(hidden=16, clip=0.1, alpha=0.0, epochs=20, batch=32, learning_rate=3e-3)
    algorithm = settings.algorithm(2, 2, torch.Generator().manual_seed(1))
    observation = torch.ones(128, 2)
    before = algorithm.log_policy(observation[:1], None).exp()[0].detach().numpy()
    action = torch.arange(128) % 2
    advantage = torch.where(action == 1, 1.0, -1.0)
    updates, _ = algorithm.learn(Rollout(observation, None, action, advantage, torch.full((128,), 3.0)))
    after = algorithm.log_policy(observation[:1], None).exp()[0].detach().numpy()
    assert updates == 80
    assert before[1] * 1.05 < after[1] < before[1] * 1.3
    value = float(algorithm.value(observation[:1]).detach()[0])
    assert np.isfinite(value)
    assert value > 0.5
