"""What a station can do that sees the queues of all at the start of a slot, but not what others place during it."""

from numba import njit

GOLDEN = 0.6180339887498949  # the golden ratio less 1


@njit(cache=True)
def mean_load(load, queue, before, served, slot, last):  # type: ignore[no-untyped-def]
    """Work (Gcycles) that all stations together placed per slot until now, from the queues now and in the slot ``last`` seen.

    ``load`` is the mean until then. Exact where stations still have a queue; those without one are taken to have got what they could
    just serve.
    """
    passed, placed = slot - last, 0.0
    for b in range(len(queue)):
        placed += max(queue[b] - before[b] + passed * served[b], 0.0)
    return load + (placed - passed * load) / slot


@njit(cache=True)
def drawn(draws, place, weights):  # type: ignore[no-untyped-def]
    """A station in proportion to ``weights``, by the next number of a golden-ratio sequence.

    The sequence u + 0.618.. mod 1 fills [0, 1) more evenly than chance (Kuipers and Niederreiter, Uniform Distribution of Sequences,
    1974), so that every stretch of tasks is spread in proportion. Its latest number is ``draws[place]``, changed in place.
    """
    draws[place] = (draws[place] + GOLDEN) % 1.0
    remaining = draws[place] * weights.sum()
    last = 0
    for b in range(len(weights)):
        if weights[b] > 0.0:
            last = b
            remaining -= weights[b]
            if remaining < 0.0:
                break
    return last


@njit(cache=True)
def fill_water(queue, served, group, wanted, inflow, shares):  # type: ignore[no-untyped-def]
    """Shares of ``inflow`` (Gcycles) that raise the lowest queues of a group to a common level in slots of work, as water would.

    ``shares`` (stations,) is filled; stations above the level, and those whose ``group`` is not the ``wanted`` one, get none. An
    inflow below a hundredth of what the group serves counts as that.
    """
    for b in range(len(queue)):
        shares[b] = 1.0 if group[b] == wanted else 0.0
    settled = False
    while not settled:  # the level only falls when a station above it is left out
        width, volume = 0.0, 0.0
        for b in range(len(queue)):
            width += shares[b] * served[b]
            volume += shares[b] * queue[b]
        level = (volume + max(inflow, 0.01 * width)) / max(width, 1e-300)
        settled = True
        for b in range(len(queue)):
            if shares[b] > 0.0 and queue[b] > level * served[b]:
                shares[b], settled = 0.0, False
    for b in range(len(queue)):
        shares[b] *= level * served[b] - queue[b]
