"""Averages of runs per training and instance."""

import numpy as np
import pandas as pd

from aigcbench.report.scores import by_training, over_trainings

INSTANCES = pd.Index(["a", "b", "c"])


def rows(*cells):
    """Rows of ``(training seed, instance)``."""
    return pd.DataFrame(cells, columns=["training_seed", "instance_sha256"])


def test_seeds_are_averaged_within_a_training():
    """Each training has a row of its own; what it did not run is unknown."""
    table = rows((7.0, "a"), (7.0, "a"), (3.0, "b"), (7.0, "b"))
    values = by_training(table, np.array([1.0, 3.0, 5.0, 9.0]), INSTANCES)
    np.testing.assert_array_equal(values, [[np.nan, 5.0, np.nan], [2.0, 9.0, np.nan]])
    np.testing.assert_array_equal(over_trainings(values), [2.0, 7.0, np.nan])


def test_without_training_there_is_one_row():
    """Rows without a training seed are one training; curves keep their points; no rows at all are unknown."""
    table = rows((np.nan, "c"), (np.nan, "c"))
    values = by_training(table, np.array([[1.0, 0.0], [3.0, 0.0]]), INSTANCES)
    assert values.shape == (1, 3, 2)
    assert values[0, 2].tolist() == [2.0, 0.0]
    assert np.isnan(by_training(table.iloc[:0], np.empty(0), INSTANCES)).all()
