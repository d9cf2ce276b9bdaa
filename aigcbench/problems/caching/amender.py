"""Action amenders: from any numbers in [0, 1] to legal caches and shares, for learners and environments.

Three are offered, by name. ``paper`` is the text after eq. 22 of Liu et al.: shares are divided by their sum, so that both sums are
exactly 1; it cannot leave steps unused, though the best decisions use a fraction of them. ``ours`` divides the steps only where
they add up to more than 1. ``none`` changes nothing: what breaks a rule is then refused. In ``paper`` and ``ours`` bandwidth always
adds up to 1, as more of it never harms, and each user first gets the minimum share.

A cache that does not fit is refused by no equation of the paper (it is punished afterwards, eq. 32). Here both amenders keep what
fits, in the order of the numbers: see `amend_cache`.
"""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError

AMENDERS = ("paper", "ours", "none")


def validate_amender(amender: str) -> None:
    """Raise `InputError` unless there is an amender of that name."""
    if amender not in AMENDERS:
        raise InputError("amender", repr(amender), f"one of {', '.join(AMENDERS)}")


def amend_cache(wishes: np.ndarray, storage: np.ndarray, storage_gb: np.ndarray | float) -> np.ndarray:
    """Cache bits (..., M) from wishes in [0, 1]: models above 1/2, the strongest wishes first, each if it still fits.

    Parameters
    ----------
    wishes
        (..., M); equal ones are taken in the order of the models, which is that of their popularity.
    storage
        (..., M), GB.
    storage_gb
        (...), capacity in GB.

    Returns
    -------
    float64, 0 or 1. A set of wishes that fits is kept as it is.
    """
    wishes, storage = np.broadcast_arrays(np.asarray(wishes, np.float64), storage)
    bits = np.zeros(wishes.shape)
    room = np.broadcast_to(storage_gb, wishes.shape[:-1]).astype(np.float64)
    order = np.argsort(-wishes, axis=-1, kind="stable")
    for rank in range(wishes.shape[-1]):
        column = order[..., rank : rank + 1]
        size = np.take_along_axis(storage, column, -1)[..., 0]
        taken = (np.take_along_axis(wishes, column, -1)[..., 0] > 0.5) & (size <= room)
        np.put_along_axis(bits, column, taken[..., None], -1)
        room = room - taken * size
    return bits


def amend_shares(
    bandwidth: np.ndarray, steps: np.ndarray, hit: np.ndarray, minimum_share: np.ndarray | float, amender: str
) -> tuple[np.ndarray, np.ndarray]:
    """Legal bandwidth and step shares (..., U) float64 from numbers in [0, 1].

    Parameters
    ----------
    bandwidth, steps
        (..., U); where all of a row's bandwidths are 0 it is shared equally.
    hit
        (..., U), whether the requested model is cached; steps of other users become 0.
    minimum_share
        (...), smallest bandwidth share of a user.
    amender
        ``paper``, ``ours`` or ``none``.
    """
    bandwidth, steps = np.asarray(bandwidth, np.float64), np.asarray(steps, np.float64)
    if amender == "none":
        return bandwidth, steps
    users = bandwidth.shape[-1]
    least = np.asarray(minimum_share, np.float64)[..., None]
    total = bandwidth.sum(axis=-1, keepdims=True)
    share = np.where(total > 0, bandwidth / np.where(total > 0, total, 1.0), 1.0 / users)
    steps = np.where(hit, steps, 0.0)
    total = steps.sum(axis=-1, keepdims=True)
    divisor = np.where(total > 0, total, 1.0) if amender == "paper" else np.maximum(total, 1.0)
    return least + (1.0 - users * least) * share, steps / divisor
