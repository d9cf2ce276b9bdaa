"""Subset-row cuts on three tasks (Jepsen et al., Operations Research 56, 2008): at most one schedule runs two of them or all."""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

import numpy as np
from numba import njit

LEAST_EXCESS = 0.05  # by which a mix must exceed 1 to be worth a cut
PER_TASK = 4  # cuts of one round that share a task, at most


def violated_triples(runs: np.ndarray, weights: np.ndarray, known: np.ndarray, most: int) -> np.ndarray:
    """The triples that a mix violates most.

    Parameters
    ----------
    runs, weights
        bool (schedules, tasks) and float64 (schedules,): the mix.
    known
        int64 (triples, 3): not to be returned again.
    most
        How many to return.

    Returns
    -------
    int64 (triples, 3), rising tasks.
    """
    part = weights < 1.0 - LEAST_EXCESS
    runs, weights = np.ascontiguousarray(runs[part]), weights[part]
    together = (runs * weights[:, None]).T @ runs
    found, excess = _search(runs, weights, together)
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


@njit(cache=True)
def _search(runs, weights, together):
    """All triples of which schedules of more weight than 1 run two or three, and by how much more."""
    n_schedules, n_tasks = runs.shape
    found, excess = [(0, 0, 0) for _ in range(0)], [0.0 for _ in range(0)]
    for a in range(n_tasks):
        for b in range(a + 1, n_tasks):
            for c in range(b + 1, n_tasks):
                pairs = together[a, b] + together[a, c] + together[b, c]
                if pairs < 1.0 + LEAST_EXCESS:
                    continue
                for s in range(n_schedules):
                    if runs[s, a] and runs[s, b] and runs[s, c]:
                        pairs -= 2.0 * weights[s]
                if pairs > 1.0 + LEAST_EXCESS:
                    found.append((a, b, c))
                    excess.append(pairs - 1.0)
    triples = np.empty((len(found), 3), np.int64)
    for k in range(len(found)):
        triples[k, 0], triples[k, 1], triples[k, 2] = found[k]
    return triples, np.array(excess)
