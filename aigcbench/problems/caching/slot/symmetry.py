"""Users that can be exchanged: of those who ask for one model and cannot be late for it, any may get the steps.

Without this the search would try every choice of, say, five out of nine such users, all of the same cost.
"""

from __future__ import annotations

import numpy as np

from aigcbench.problems.caching.slot.options import CLOUD, IDLE, N_OPTIONS, STEPS
from aigcbench.problems.caching.slot.prices import free_use, option_value
from aigcbench.problems.caching.slot.upload import kernel

ALONE = -1
IDLES, STEPPINGS = 0b001100, 0b110000
MAXIMUM_DOUBLINGS = 6


@kernel
def find_classes(slot, allowed, price, classes, pairs):
    """Group users by two options that never bind; drops late options that are never needed.

    At no optimum is the price of the band above one at which even the greediest options leave some of it, so that every user has at
    least its free share at that price. A deadline that this share meets never binds. Two users of one model differ in nothing that
    matters to the steps while each has one of two such options: one without steps, one with them.

    Parameters
    ----------
    slot, allowed, price
        Options, and a price of the band to start from.
    classes, pairs
        Written: the first user of each user's class or `ALONE`, and the bits of the two options (int64, users).
    """
    classes[:] = ALONE
    ceiling = price_ceiling(slot, allowed, price)
    if ceiling == np.inf:
        return
    for user in range(len(allowed)):
        floor = free_use(slot, user, ceiling)[0]
        unbound = 0
        for option in (CLOUD, IDLE, STEPS):
            late = option - 1
            if allowed[user] >> option & 1 and slot.share_high[user, option] <= floor:
                allowed[user] &= ~(1 << late)
                unbound |= 1 << option
            elif option == STEPS or not allowed[user] >> option & 1:
                unbound |= allowed[user] & 1 << late
        pairs[user] = unbound & (IDLES | STEPPINGS)
        if unbound & IDLES and unbound & STEPPINGS:
            classes[user] = user
            for other in range(user):
                if classes[other] == other and slot.model[other] == slot.model[user] and pairs[other] == pairs[user]:
                    classes[user] = other


@kernel
def price_ceiling(slot, allowed, price):
    """A price of the band that no optimum exceeds; infinite if none is found."""
    for _ in range(MAXIMUM_DOUBLINGS):
        used = 0.0
        for user in range(len(allowed)):
            share, time = free_use(slot, user, price)
            most = 0.0
            for option in range(N_OPTIONS):
                if allowed[user] >> option & 1:
                    most = max(most, option_value(slot, user, option, price, 0.0, share, time)[1])
            used += most
        if used <= 1.0:
            return price
        price *= 2.0
    return np.inf


@kernel
def representative(slot, allowed, classes, pairs, user, steps):
    """The member of a user's class to branch on: so many before it as the steps last for, with what the others take."""
    if classes[user] == ALONE or allowed[user] & pairs[user] != pairs[user]:
        return user
    left, members, most = slot.total_steps, 0, 0.0
    for other in range(len(allowed)):
        if classes[other] == classes[user] and allowed[other] & pairs[user] == pairs[user]:
            members += 1
            most = max(slot.high[other, STEPS], slot.high[other, STEPS - 1])
        else:
            left -= steps[other]
    position = min(max(int(left / most), 0), members - 1)
    for other in range(len(allowed)):
        if classes[other] == classes[user] and allowed[other] & pairs[user] == pairs[user]:
            if position == 0:
                return other
            position -= 1
    return user


@kernel
def fix(allowed, classes, pairs, user, option):
    """Leave a user one option; of its class those before it are served first. Whether all have an option left.

    Where it gets steps, no user before it is without them by the other option of the pair, and the other way round.
    """
    possible = True
    chosen = 1 << option
    if classes[user] != ALONE and chosen & pairs[user]:
        for other in range(len(allowed)):
            before, after = other < user and chosen & STEPPINGS, other > user and chosen & IDLES
            if classes[other] == classes[user] and (before or after):
                allowed[other] &= ~(pairs[user] & ~chosen)
                possible = possible and allowed[other] != 0
    allowed[user] = chosen
    return possible
