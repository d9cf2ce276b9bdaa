"""Subset-row cuts on three tasks (Jepsen et al., Operations Research 56, 2008): at most one schedule runs two of them or all."""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

import numpy as np
from numba import njit

LEAST_EXCESS = 0.05  # by which a mix must exceed 1 to be worth a cut
PER_TASK = 4  # cuts of one round that share a task, at most


def violated_triples(
    runs: np.ndarray, weights: np.ndarray, known: np.ndarray, most: int, last: np.ndarray, memory: float
) -> np.ndarray:
    """The triples that a mix violates most.

    Parameters
    ----------
    runs, weights
        bool (schedules, tasks) and float64 (schedules,): the mix.
    known
        int64 (triples, 3): not to be returned again.
    most
        How many to return.
    last, memory
        int64 (tasks,): the last arrival at which each task runs; triples of a `memory_of` above ``memory`` are left out.

    Returns
    -------
    int64 (triples, 3), rising tasks.
    """
    part = weights < 1.0 - LEAST_EXCESS
    runs, weights = np.ascontiguousarray(runs[part]), weights[part]
    together = (runs * weights[:, None]).T @ runs
    np.fill_diagonal(together, 0.0)
    found, excess = _search(runs, weights, together)
    cheap = memory_of(found, last) <= memory
    found, excess = found[cheap], excess[cheap]
    seen = {tuple(triple) for triple in known.tolist()}
    count, chosen = np.zeros(runs.shape[1], np.int64), []
    for k in np.argsort(-excess, kind="stable"):
        triple = found[k]
        if tuple(triple.tolist()) not in seen and (count[triple] < PER_TASK).all():
            count[triple] += 1
            chosen.append(triple)
        if len(chosen) == most:
            break
    return np.array(chosen, np.int64).reshape(-1, 3)


def memory_of(triples: np.ndarray, last: np.ndarray) -> np.ndarray:
    """For how many arrivals a knapsack has to remember tasks of each triple that run no more (int64, triples)."""
    return np.maximum(triples[:, 2:] - last[triples[:, :2]], 0).sum(axis=1)


@njit(cache=True)
def _search(runs, weights, together):
    """All triples of which schedules of more weight than 1 run two or three, and by how much more.

    Some task of such a triple runs together with both others; of those that do, the first finds it.
    """
    n_tasks = runs.shape[1]
    found, excess = [(0, 0, 0) for _ in range(0)], [0.0 for _ in range(0)]
    for a in range(n_tasks):
        others = np.flatnonzero(together[a])
        for i in range(len(others)):
            for k in range(i + 1, len(others)):
                b, c = others[i], others[k]
                pairs = together[a, b] + together[a, c] + together[b, c]
                if pairs < 1.0 + LEAST_EXCESS or (together[b, c] > 0.0 and a > b):
                    continue
                for s in range(len(weights)):
                    if runs[s, a] and runs[s, b] and runs[s, c]:
                        pairs -= 2.0 * weights[s]
                if pairs > 1.0 + LEAST_EXCESS:
                    low, high = min(a, b), max(a, c)
                    found.append((low, a + b + c - low - high, high))
                    excess.append(pairs - 1.0)
    triples = np.empty((len(found), 3), np.int64)
    for k in range(len(found)):
        triples[k, 0], triples[k, 1], triples[k, 2] = found[k]
    return triples, np.array(excess)
