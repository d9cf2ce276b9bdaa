"""Users that can be exchanged: of those who ask for one model and can never be late, any may get the steps.

Without this the search would try every choice of, say, five out of nine such users, all of the same cost.
"""

from __future__ import annotations

import numpy as np

from aigcbench.problems.caching.slot.options import CLOUD, IDLE, N_OPTIONS, STEPS, STEPS_MASK
from aigcbench.problems.caching.slot.prices import free_use, option_value
from aigcbench.problems.caching.slot.upload import kernel

ALONE = -1
MAXIMUM_DOUBLINGS = 6


@kernel
def find_classes(slot, allowed, price, classes):
    """Write the class of each user, the first user of its class, or `ALONE`; drops late options that are never needed.

    At no optimum is the price of the band above one at which even the greediest options leave some of it: so every user has at least
    its free share at that price. A deadline that is met on this share never binds, and two users of one model whose deadlines never bind
    differ in nothing that the steps depend on.
    """
    classes[:] = ALONE
    ceiling = price_ceiling(slot, allowed, price)
    if ceiling == np.inf:
        return
    for user in range(len(allowed)):
        floor = free_use(slot, user, ceiling)[0]
        free = True
        for option in (CLOUD, IDLE, STEPS):
            if allowed[user] >> option & 1:
                if slot.share_high[user, option] <= floor:
                    allowed[user] &= ~(1 << (option - 1))
                else:
                    free = False
        idle, with_steps = allowed[user] & 0b001100, allowed[user] & STEPS_MASK
        if free and idle and with_steps and allowed[user] == idle | with_steps:
            classes[user] = user
            for other in range(user):
                if (
                    classes[other] == other
                    and slot.model[other] == slot.model[user]
                    and allowed[other] == allowed[user]
                ):
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
def representative(slot, allowed, classes, user, steps):
    """The member of a user's class to branch on: so many before it as the steps last for, with what the others take."""
    if classes[user] == ALONE:
        return user
    left, members, most = slot.total_steps, 0, 0.0
    for other in range(len(allowed)):
        if classes[other] == classes[user] and allowed[other] == allowed[user]:
            members += 1
            most = max(slot.high[other, STEPS], slot.high[other, STEPS - 1])
        else:
            left -= steps[other]
    position = min(max(int(left / most), 0), members - 1)
    for other in range(len(allowed)):
        if classes[other] == classes[user] and allowed[other] == allowed[user]:
            if position == 0:
                return other
            position -= 1
    return user


@kernel
def fix(allowed, classes, user, options):
    """Leave a user only ``options``; users of its class get steps in the order of their numbers. Whether all have an option left."""
    possible = True
    with_steps = options & STEPS_MASK != 0
    for other in range(len(allowed)):
        ahead, behind = other < user and with_steps, other > user and not with_steps
        if other == user or (classes[other] == classes[user] != ALONE and (ahead or behind)):
            allowed[other] &= options
            possible = possible and allowed[other] != 0
    return possible
