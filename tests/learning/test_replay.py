"""The ring of transitions and n-step returns."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.collection import Step  # noqa: E402
from aigcbench.learning.replay import NStep, Transitions, UniformReplay  # noqa: E402


def numbered(first: int, count: int) -> Transitions:
    """Transitions whose every entry is their number."""
    numbers = torch.arange(first, first + count)
    floats = numbers.float()
    return Transitions(floats[:, None].repeat(1, 3), numbers, floats, floats, floats[:, None].repeat(1, 3))


def test_ring_keeps_the_latest_transitions():
    """When it is full, the oldest transitions make room, and parts of a transition stay together."""
    replay = UniformReplay(10, 3)
    for first in range(0, 24, 4):
        replay.add(numbered(first, 4))
    assert len(replay) == 10
    stored = replay.at(torch.arange(10))
    assert sorted(stored.action.tolist()) == list(range(14, 24))
    for part in (stored.observation[:, 2], stored.returns, stored.discount, stored.next_observation[:, 0]):
        np.testing.assert_array_equal(part, stored.action)


def test_sampling_is_uniform_over_what_is_stored(generator):
    """Every stored transition is drawn about equally often, and nothing else."""
    replay = UniformReplay(100, 3)
    replay.add(numbered(0, 20))
    counts = np.bincount(replay.sample(20_000, generator).action, minlength=100)
    assert counts[20:].sum() == 0
    assert counts[:20].min() > 850
    assert counts[:20].max() < 1150


def test_restored_ring_goes_on_alike(generator):
    """A ring restored from its arrays holds and overwrites what the original does."""
    replay, other = UniformReplay(10, 3), UniformReplay(10, 3)
    replay.add(numbered(0, 7))
    other.restore({name: np.array(array) for name, array in replay.arrays().items()})
    for ring in (replay, other):
        ring.add(numbered(7, 6))
    np.testing.assert_array_equal(other.at(torch.arange(10)).action, replay.at(torch.arange(10)).action)


@pytest.mark.parametrize("n_steps", [1, 3, 5])
def test_returns_equal_those_summed_by_hand(n_steps):
    """Each step gives one transition over n rewards, fewer where its episode ends, with the discount that belongs to it."""
    gamma, n_environments, length = 0.9, 3, 60
    rng = np.random.default_rng(1)
    rewards = rng.normal(size=(length, n_environments)).astype(np.float32)
    terminated = rng.random((length, n_environments)) < 0.1
    truncated = rng.random((length, n_environments)) < 0.1
    window = NStep(n_steps, gamma, n_environments, 1)
    found = {}
    for t in range(length):
        number = torch.arange(n_environments) * 1000 + t
        step = Step(
            observation=number[:, None].float(),
            allowed=None,
            action=number,
            reward=torch.from_numpy(rewards[t]),
            next_observation=(number[:, None] + 1).float(),
            terminated=torch.from_numpy(terminated[t]),
            ended=torch.from_numpy(terminated[t] | truncated[t]),
        )
        complete = window.push(step)
        for row in range(len(complete.action)):
            found[int(complete.action[row])] = [part[row].reshape(-1)[0].item() for part in complete]
    for e in range(n_environments):
        for t in range(length - n_steps):
            total, discount = 0.0, 1.0
            for last in range(t, t + n_steps):
                total += discount * rewards[last, e]
                discount *= gamma
                if terminated[last, e] or truncated[last, e]:
                    break
            expected = [
                1000 * e + t,
                1000 * e + t,
                total,
                0.0 if terminated[last, e] else discount,
                1000 * e + last + 1,
            ]
            assert found.pop(1000 * e + t) == pytest.approx(expected, abs=1e-5)


def test_forgotten_steps_never_come_out():
    """After `forget` the transitions of steps before it are gone."""
    window = NStep(3, 0.9, 1, 1)
    no = torch.tensor([False])
    for t in range(2):
        window.push(Step(torch.zeros(1, 1), None, torch.tensor([t]), torch.ones(1), torch.zeros(1, 1), no, no))
    window.forget()
    came = []
    for t in range(10, 14):
        step = Step(torch.zeros(1, 1), None, torch.tensor([t]), torch.ones(1), torch.zeros(1, 1), no, no)
        came += window.push(step).action.tolist()
    assert came == [10, 11]
