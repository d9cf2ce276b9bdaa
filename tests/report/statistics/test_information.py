"""The price of information, against differences computed by hand."""

import numpy as np
import pytest

from aigcbench.report.statistics.information import price_of_information


def test_steps_from_class_to_class_to_the_bound(rng):
    """The best by mean of each class is taken, on the instances that all know, and each step is paired."""
    scores = {
        "online": {"a": np.array([[10.0, 20.0, 99.0]]), "b": np.array([[14.0, 22.0, 90.0]])},
        "clairvoyant": {"c": np.array([[20.0, 24.0, np.nan]])},
    }
    online, clairvoyant, bound = price_of_information(scores, np.array([30.0, 30.0, 30.0]), 1.0, rng)
    assert (online.name, online.solver, online.score.value) == ("online", "a", 15.0)
    assert np.isnan(online.step.value)
    assert (clairvoyant.solver, clairvoyant.score.value, clairvoyant.step.value) == ("c", 22.0, 7.0)
    assert (bound.name, bound.solver, bound.step.value) == ("bound", "", 8.0)


def test_lower_is_better(rng):
    """Where lower is better the lowest mean is the best, and less is a positive step."""
    scores = {"online": {"a": np.array([[9.0, 9.0]]), "b": np.array([[5.0, 6.0]])}}
    online, bound = price_of_information(scores, np.array([4.0, 4.0]), -1.0, rng)
    assert online.solver == "b"
    assert bound.step.value == pytest.approx(1.5)


def test_without_bound_or_solvers(rng):
    """A bound that nobody knows is no level, and nothing at all gives no levels."""
    scores = {"online": {"a": np.array([[1.0]])}, "informed": {}}
    assert [level.name for level in price_of_information(scores, np.array([np.nan]), 1.0, rng)] == ["online"]
    assert price_of_information({}, np.array([np.nan]), 1.0, rng) == []


def test_intervals_tell_of_the_luck_of_training(rng):
    """The best is taken by its mean over trainings, and one lucky training leaves its score and the step uncertain."""
    lucky = np.array([[10.0], [10.0], [16.0]]) + np.arange(12.0)
    scores = {
        "online": {"lucky": lucky, "other": np.full((1, 12), 17.0)},
        "clairvoyant": {"c": np.arange(12.0)[None, :] + 18},
    }
    online, clairvoyant, bound = price_of_information(scores, np.arange(12.0) + 20.0, 1.0, rng)
    assert (online.solver, online.score.value) == ("lucky", pytest.approx(17.5))
    assert online.score.high - online.score.low > 6.0
    assert clairvoyant.step.value == pytest.approx(6.0)
    assert clairvoyant.step.low < 0.0 < 10.0 < clairvoyant.step.high
    assert (bound.step.low, bound.step.high) == (2.0, 2.0)
