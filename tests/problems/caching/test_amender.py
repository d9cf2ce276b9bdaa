"""The amenders: what the paper's text says, what ours changes, and that results are always legal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InputError
from aigcbench.problems.caching.amender import amend_cache, amend_shares, validate_amender

LEAST = 1e-4
SHARE = st.floats(0, 1)


def test_paper_divides_by_the_sum():
    """Bandwidth and the steps of cached requests are divided by their sums, which then are 1 (text after eq. 22)."""
    bandwidth, steps = amend_shares([0.2, 0.2, 0.4], [0.1, 0.3, 0.9], [True, True, False], LEAST, "paper")
    np.testing.assert_allclose(bandwidth, LEAST + (1 - 3 * LEAST) * np.array([0.25, 0.25, 0.5]), rtol=1e-14)
    np.testing.assert_allclose(steps, [0.25, 0.75, 0.0], rtol=1e-14)


def test_ours_leaves_steps_unused():
    """Steps that add up to less than 1 stay as they are; more is divided by the sum."""
    _, steps = amend_shares([0.2, 0.2], [0.1, 0.3], [True, True], LEAST, "ours")
    np.testing.assert_array_equal(steps, [0.1, 0.3])
    _, steps = amend_shares([0.2, 0.2], [0.6, 1.0], [True, True], LEAST, "ours")
    np.testing.assert_allclose(steps, [0.375, 0.625], rtol=1e-14)


def test_none_changes_nothing():
    """Without an amender shares are what they were, legal or not."""
    bandwidth, steps = amend_shares([0.9, 0.9], [0.9, 0.9], [True, False], LEAST, "none")
    np.testing.assert_array_equal([bandwidth, steps], np.full((2, 2), 0.9))


def test_nothing_wished_is_shared_equally():
    """Where all bandwidths are 0 everybody gets the same; where no request is cached nobody gets steps."""
    bandwidth, steps = amend_shares(np.zeros(4), np.ones(4), np.zeros(4, bool), LEAST, "paper")
    np.testing.assert_allclose(bandwidth, 0.25, rtol=1e-14)
    assert not steps.any()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    wishes=st.lists(st.tuples(SHARE, SHARE, st.booleans()), min_size=1, max_size=12),
    amender=st.sampled_from(["paper", "ours"]),
)
def test_shares_are_always_legal(wishes, amender):
    """Whatever is wished, every share has its minimum, sums are at most 1, and steps of uncached requests are 0."""
    wished_bandwidth, wished_steps, hit = (np.array(column) for column in zip(*wishes, strict=True))
    bandwidth, steps = amend_shares(wished_bandwidth, wished_steps, hit, LEAST, amender)
    assert bandwidth.min() >= LEAST - 1e-12
    assert bandwidth.sum() == pytest.approx(1, abs=1e-12)
    assert steps.min() >= 0
    assert steps.sum() <= 1 + 1e-12
    assert not steps[~hit].any()


def test_rows_are_amended_apart():
    """A batch gives what its rows give one by one."""
    rng = np.random.default_rng(0)
    bandwidth, steps, hit = rng.random((5, 3)), rng.random((5, 3)), rng.random((5, 3)) > 0.5
    batch = amend_shares(bandwidth, steps, hit, np.full(5, LEAST), "ours")
    for row in range(5):
        single = amend_shares(bandwidth[row], steps[row], hit[row], LEAST, "ours")
        np.testing.assert_array_equal([part[row] for part in batch], single)
    wishes, storage = rng.random((5, 6)), rng.uniform(2, 10, (5, 6))
    caches = amend_cache(wishes, storage, np.full(5, 15.0))
    for row in range(5):
        np.testing.assert_array_equal(caches[row], amend_cache(wishes[row], storage[row], 15.0))


def test_caches_keep_the_strongest_wishes_that_fit():
    """Models above 1/2 are taken in the order of the wishes, each that still fits; what fits as a whole is kept."""
    storage = np.array([4.0, 5.0, 3.0, 2.0])
    np.testing.assert_array_equal(amend_cache([0.6, 0.9, 0.8, 0.4], storage, 10.0), [0, 1, 1, 0])
    np.testing.assert_array_equal(amend_cache([0.6, 0.9, 0.8, 0.4], storage, 12.0), [1, 1, 1, 0])
    np.testing.assert_array_equal(amend_cache([1.0, 1.0, 1.0, 1.0], storage, 10.0), [1, 1, 0, 0])
    np.testing.assert_array_equal(amend_cache([0.6, 0.9, 0.8, 0.7], storage, 6.0), [0, 1, 0, 0])


def test_unknown_amenders_are_refused():
    """A name that is none is refused with those that there are."""
    with pytest.raises(InputError, match="paper, ours, none"):
        validate_amender("theirs")
