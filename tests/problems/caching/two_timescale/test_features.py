"""States of T2DRL's networks, from observations written by hand."""

import numpy as np
import pytest

from aigcbench.problems.caching.model import context_of
from aigcbench.problems.caching.two_timescale.features import Sizes, StateEncoder, by_group, by_share
from aigcbench.scenario import scenario_named

INSTANCE = scenario_named("caching/tiny").instance(0)
CONTEXT = context_of(INSTANCE, "online")
SIZES = Sizes(int(CONTEXT["n_users"]), int(CONTEXT["n_models"]))


def observation_of(request, cache, snr_db) -> np.ndarray:
    """A scaled online observation (1, D)."""
    vector = np.zeros(CONTEXT.observation_length)
    for name, entries in (("request", request), ("cache", cache), ("snr_db", snr_db)):
        CONTEXT.layout[name].of(vector)[...] = entries
    CONTEXT.layout["hit"].of(vector)[...] = np.asarray(cache)[np.asarray(request)]
    return (vector / CONTEXT.scale).astype(np.float32)[None]


@pytest.fixture
def seen() -> np.ndarray:
    """Users want models 0, 1, 0, ... of which only the first is cached, at 10, 20, 30, ... dB."""
    request = np.arange(SIZES.users) % 2
    return observation_of(request, np.arange(SIZES.models) == 0, 10.0 * np.arange(1, SIZES.users + 1))


def test_the_papers_state_has_the_papers_entries(seen):
    """Eq. 21: 4U + M entries, as they stand in the observation."""
    state = StateEncoder("paper", CONTEXT.layout, SIZES).slot(seen)
    assert state.shape == (1, 1, 4 * SIZES.users + SIZES.models)
    assert state[0, 0, -SIZES.models :].tolist() == (np.arange(SIZES.models) == 0).tolist()


def test_requests_become_zeros_and_ones(seen):
    """Each user's model has a column for being cached and one for not being; one of them is 1."""
    state = StateEncoder("joint", CONTEXT.layout, SIZES).slot(seen).reshape(SIZES.users, -1)
    assert (state[:, : 2 * SIZES.models].sum(axis=1) == 1).all()
    assert state[0, SIZES.models] == 1
    assert state[1, 1] == 1
    assert state[:, -1] == pytest.approx(np.arange(1, SIZES.users + 1) / 5)


def test_shared_networks_see_everybody_in_the_mean(seen):
    """Each user's turn has its own entries and the mean over all users."""
    own = StateEncoder("joint", CONTEXT.layout, SIZES).slot(seen).reshape(SIZES.users, -1)
    state = StateEncoder("shared", CONTEXT.layout, SIZES).slot(seen)[0]
    assert state[:, : own.shape[1]] == pytest.approx(own)
    assert state[:, own.shape[1] :] == pytest.approx(np.tile(own.mean(axis=0), (SIZES.users, 1)))


@pytest.mark.parametrize("groups", [1, 6])
def test_outputs_are_bandwidth_and_steps_of_each_user(groups):
    """One network gives all bandwidths and then all steps, or, user by user, one of each; the way back is the inverse."""
    outputs = np.arange(24).reshape(2, groups, 12 // groups)
    shares = by_share(outputs, 6)
    assert shares[0, :, 0].tolist() == ([0, 6] if groups == 1 else [0, 1])
    assert (by_group(shares, groups) == outputs).all()
