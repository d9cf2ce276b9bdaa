"""The best subset under a capacity, by a value for each subset and by one for each item, against enumeration."""

import itertools

import numpy as np
import pytest

from aigcbench.learning.subsets import EveryItem, EverySubset

N_ITEMS, N_ROWS = 5, 40
SUBSETS = np.array(list(itertools.product([False, True], repeat=N_ITEMS)))


@pytest.fixture
def sizes() -> np.ndarray:
    """Sizes of five items in each of forty rows, of which two or three fit."""
    return np.random.default_rng(1).uniform(0.15, 0.7, (N_ROWS, N_ITEMS))


def test_subsets_are_numbered_as_in_the_paper():
    """The m-th model is the m-th binary digit from the left, so that number 1 holds the last one only."""
    outputs = np.zeros((1, 2**N_ITEMS))
    outputs[0, 1] = 1.0
    values = EverySubset(N_ITEMS)
    best = values.best(outputs, np.zeros((1, N_ITEMS)), False)
    assert best.tolist() == [[False, False, False, False, True]]
    assert values.value(outputs, best).tolist() == [1.0]


def test_only_subsets_that_are_full_are_chosen(sizes):
    """By a value for each subset, the best among those to which nothing more can be added is chosen."""
    outputs = np.random.default_rng(2).standard_normal((N_ROWS, 2**N_ITEMS))
    found = EverySubset(N_ITEMS).best(outputs, sizes, True)
    for row in range(N_ROWS):
        room = 1.0 - SUBSETS @ sizes[row]
        full = [r >= 0 and all(s > r for s in sizes[row][~one]) for one, r in zip(SUBSETS, room, strict=True)]
        expected = SUBSETS[np.where(full, outputs[row], -np.inf).argmax()]
        assert (found[row] == expected).all()


def test_values_of_items_are_packed_as_a_knapsack(sizes):
    """By a value for each item, the subset of the highest sum that fits is chosen; items of negative value stay out."""
    outputs = np.random.default_rng(3).standard_normal((N_ROWS, N_ITEMS + 1))
    values = EveryItem(N_ITEMS)
    found = values.best(outputs, sizes, True)
    for row in range(N_ROWS):
        worth = np.where(SUBSETS @ sizes[row] <= 1.0, SUBSETS @ outputs[row, 1:], -np.inf)
        assert found[row] @ outputs[row, 1:] == pytest.approx(worth.max())
        assert found[row] @ sizes[row] <= 1.0
    assert values.value(outputs, found) == pytest.approx(outputs[:, 0] + (outputs[:, 1:] * found).sum(axis=1))


def test_everything_of_value_is_chosen_where_nothing_has_to_fit(sizes):
    """Without a capacity each item of positive value is in."""
    outputs = np.random.default_rng(4).standard_normal((N_ROWS, N_ITEMS + 1))
    assert (EveryItem(N_ITEMS).best(outputs, sizes, False) == (outputs[:, 1:] > 0)).all()


def test_too_many_items_to_enumerate_are_refused():
    """A value for each of 2^17 subsets is no offer."""
    with pytest.raises(ValueError, match="at most 16 items"):
        EverySubset(17)
