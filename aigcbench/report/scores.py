"""Values of single runs, averaged to one per training and instance."""

from __future__ import annotations

import numpy as np
import pandas as pd


def by_training(rows: pd.DataFrame, values: np.ndarray, instances: pd.Index) -> np.ndarray:
    """Average over the seeds of each training on each instance; NaN where it did not run.

    Parameters
    ----------
    rows
        Result rows of one solver; those of a solver that is not trained count as one training.
    values
        Rows x ..., a number or a curve of each.
    instances
        sha256 of the instances, shape (n,); each row is of one of them.

    Returns
    -------
    Trainings x n x ..., trainings in order of their seeds.
    """
    if not len(rows):
        return np.full((1, len(instances), *values.shape[1:]), np.nan)
    training, seeds = pd.factorize(rows["training_seed"], sort=True, use_na_sentinel=False)
    cells = training.astype(np.int64) * len(instances) + instances.get_indexer(pd.Index(rows["instance_sha256"]))
    shape = (len(seeds) * len(instances), *values.shape[1:])
    sums = np.zeros(shape)
    np.add.at(sums, cells, values)
    counts = np.bincount(cells, minlength=shape[0]).astype(float)
    counts[counts == 0.0] = np.nan
    means = sums / counts.reshape(-1, *[1] * (values.ndim - 1))
    return means.reshape(len(seeds), len(instances), *values.shape[1:])


def over_trainings(values: np.ndarray) -> np.ndarray:
    """Mean over the trainings that know an instance: trainings x n -> (n,), NaN where none does."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def instances_run(values: np.ndarray) -> int:
    """Number of instances that every training ran: trainings x n, NaN where one did not."""
    return int((~np.isnan(values)).all(axis=0).sum())
