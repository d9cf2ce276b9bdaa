"""The sum tree and prioritized replay."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.prioritized import PrioritizedReplay, SumTree  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402


def filled(capacity: int, count: int, alpha: float = 1.0) -> PrioritizedReplay:
    """A replay with ``count`` transitions of one entry."""
    replay = PrioritizedReplay(capacity, 1, alpha)
    numbers = torch.arange(count)
    replay.add(
        Transitions(numbers[:, None].float(), numbers, numbers.float(), numbers.float(), numbers[:, None].float())
    )
    return replay


@pytest.mark.parametrize("capacity", [1, 2, 7, 64, 100])
def test_points_fall_under_the_numbers_laid_end_to_end(capacity):
    """`find` agrees with a search in the cumulative sums, numbers of 0 being never found."""
    rng = np.random.default_rng(capacity)
    tree, values = SumTree(capacity), rng.random(capacity) * (rng.random(capacity) < 0.7)
    values[rng.integers(capacity)] = 1.0
    tree[np.arange(capacity)] = values
    for _ in range(3):
        changed = rng.integers(capacity, size=5)
        values[changed] = 0.5
        tree[changed] = np.full(5, 0.5)
    points = np.concatenate([rng.random(500) * values.sum(), [0.0, tree.total]])
    found = tree.find(points)
    assert tree.total == pytest.approx(values.sum())
    assert (values[found] > 0).all()
    np.testing.assert_array_equal(found[:500], np.searchsorted(values.cumsum(), points[:500], side="right"))


def test_transitions_are_drawn_by_their_errors(generator):
    """A transition of four times the error is drawn twice as often with alpha 1/2, and weights make up for it."""
    replay = filled(16, 2, alpha=0.5)
    replay.update_errors(torch.tensor([0, 1]), torch.tensor([1.0, -4.0]))
    places, weights = replay.draw(3000, 1.0, generator)
    assert np.bincount(places).tolist() == pytest.approx([1000, 2000], abs=2)
    np.testing.assert_allclose(weights[places == 0], 1.0)
    np.testing.assert_allclose(weights[places == 1], 0.5, rtol=1e-5)


def test_new_transitions_count_as_the_largest(generator):
    """What was never drawn has the highest priority so far."""
    replay = filled(4, 2)
    replay.update_errors(torch.tensor([0, 1]), torch.tensor([3.0, 1.0]))
    one = torch.ones(1)
    replay.add(Transitions(one[:, None], one.long(), one, one, one[:, None]))
    assert np.bincount(replay.draw(700, 0.0, generator)[0]).tolist() == pytest.approx([300, 100, 300], abs=2)


def test_restored_replay_draws_alike():
    """Priorities are part of the saved state."""
    replay, other = filled(8, 5), PrioritizedReplay(8, 1, 1.0)
    replay.update_errors(torch.arange(5), torch.arange(5.0))
    other.restore(replay.arrays())
    draws = [one.draw(100, 0.5, torch.Generator().manual_seed(1)) for one in (replay, other)]
    assert all(torch.equal(a, b) for a, b in zip(*draws, strict=True))
