"""The soft actor-critic's update."""

import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.off_policy import Batch  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402


def test_losses_are_expectations_over_actions(solver):
    """Targets are soft values of the lower target critic, and the actor maximises the soft value of the lower critic."""
    algorithm = solver("sac")(hidden=16, alpha=0.5).algorithm(3, 4, torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    observation, following = torch.randn(2, 8, 3, generator=generator)
    action, returns, discount = torch.arange(8) % 4, torch.randn(8, generator=generator), torch.tensor([0.9, 0.0] * 4)

    def soft_value(shown, critic):
        policy = algorithm.actor(shown).softmax(dim=1)
        least = torch.minimum(*critic(shown))
        return (policy * least).sum(dim=1) + 0.5 * torch.distributions.Categorical(policy).entropy()

    with torch.no_grad():
        wanted = returns + discount * soft_value(following, algorithm.target)
        critic_loss = (algorithm.critic(observation)[:, torch.arange(8), action] - wanted).square().mean()
        actor_loss = -soft_value(observation, algorithm.critic).mean()
    losses = algorithm.update(Batch(Transitions(observation, action, returns, discount, following), None, None))
    torch.testing.assert_close(losses["critic_loss"].detach(), critic_loss)
    torch.testing.assert_close(losses["actor_loss"].detach(), actor_loss)
