"""D2SAC's update against the equations of its paper, and its settings."""

import numpy as np
import pytest

from aigcbench.discovery import find_solver
from aigcbench.scenario import scenario_named

torch = pytest.importorskip("torch")

from aigcbench.learning.off_policy import Batch  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402
from aigcbench.learning.state import LearningState  # noqa: E402

N_OBSERVATION, N_ACTIONS, BATCH = 6, 4, 32


def batch_of(generator, allowed: bool) -> Batch:
    """Random transitions, a third of them terminal, with random masks or none."""
    observation, following = torch.randn(2, BATCH, N_OBSERVATION, generator=generator)
    action = torch.randint(N_ACTIONS, (BATCH,), generator=generator)
    returns = torch.randn(BATCH, generator=generator)
    discount = 0.9 * (torch.rand(BATCH, generator=generator) < 2 / 3).float()
    masks = [torch.rand(BATCH, N_ACTIONS, generator=generator) < 0.6 for _ in range(2)]
    for mask in masks:
        mask[:, 0] = True
    return Batch(Transitions(observation, action, returns, discount, following), *(masks if allowed else (None, None)))


@pytest.mark.parametrize("allowed", [False, True])
def test_losses_are_the_papers(allowed, solver):
    """The actor's loss is eq. 25 and the critics' eq. 28 with the target of eq. 30, all from the drawn noise."""
    settings = solver("d2sac")(hidden=16, alpha=0.3, prediction="noise", noise="code", temperature=1.0)
    algorithm = settings.algorithm(N_OBSERVATION, N_ACTIONS, torch.Generator().manual_seed(1))
    batch = batch_of(torch.Generator().manual_seed(2), allowed)
    state = algorithm.generator.get_state()
    noises = [algorithm.actor.draw_noise(BATCH, algorithm.generator) for _ in range(2)]
    algorithm.generator.set_state(state)

    def policy_of(actor, observation, mask, noise):
        weight = actor(observation, noise).exp() * (1.0 if mask is None else mask.float())
        return weight / weight.sum(dim=1, keepdim=True)

    observation, action, returns, discount, following = batch.transitions
    with torch.no_grad():
        values = algorithm.critic(observation)
        policy = policy_of(algorithm.actor, observation, batch.allowed, noises[0])
        entropy = -torch.special.xlogy(policy, policy).sum(dim=1)
        actor_loss = -((policy * values.amin(dim=0)).sum(dim=1) + 0.3 * entropy).mean()
        next_policy = policy_of(algorithm.target_actor, following, batch.next_allowed, noises[1])
        next_value = (next_policy * algorithm.target_critic(following).amin(dim=0)).sum(dim=1)
        wanted = returns + discount * next_value
        critic_loss = (values[:, torch.arange(BATCH), action] - wanted).square().mean()
    losses = algorithm.update(batch)
    torch.testing.assert_close(losses["actor_loss"].detach(), actor_loss, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(losses["critic_loss"].detach(), critic_loss, rtol=1e-4, atol=1e-4)


def test_an_update_moves_every_network(solver):
    """Actor, critics and both targets change; targets by tau of what their networks did."""
    settings = solver("d2sac")(hidden=16)
    algorithm = settings.algorithm(N_OBSERVATION, N_ACTIONS, torch.Generator().manual_seed(1))
    before = {name: [p.detach().clone() for p in module.parameters()] for name, module in algorithm.modules.items()}
    algorithm.update(batch_of(torch.Generator().manual_seed(2), False))
    for name, module in algorithm.modules.items():
        moved = [new - old for new, old in zip(module.parameters(), before[name], strict=True)]
        assert all(bool(change.abs().max() > 0) for change in moved)
        if name.startswith("target_"):
            online = algorithm.modules[name.removeprefix("target_")].parameters()
            for change, new, old in zip(moved, online, before[name.removeprefix("target_")], strict=True):
                torch.testing.assert_close(change, settings.tau * (new.detach() - old), rtol=1e-2, atol=1e-7)


def test_the_papers_settings_are_valid_parameters(solver):
    """Every setting of Tables I and II is a parameter in its range."""
    paper = solver("d2sac").PAPER
    assert find_solver("d2sac").validated(paper) | paper == find_solver("d2sac").validated(paper)


@pytest.mark.parametrize("decision", ["mean", "critic"])
def test_more_chains_decide_more_alike(decision, solver, play):
    """Decisions of an untrained policy over many chains depend less on the seed than those of one."""
    instance = scenario_named("assignment/asp-paper").instance(0, "validation")
    agreement = []
    for chains in (1, 64):
        settings = solver("d2sac")(hidden=16, chains=chains, decision=decision)
        algorithm = settings.algorithm(43, 20, torch.Generator().manual_seed(1))
        policy = settings.policy(LearningState(algorithm).weights())
        one, other = (play(policy, instance, seed).actions for seed in (1, 2))
        agreement.append(np.mean(one == other))
    assert agreement[1] > agreement[0] + 0.1
