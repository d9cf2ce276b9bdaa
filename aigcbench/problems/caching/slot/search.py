"""Branch and bound over the options of a slot's users, each node bounded by its prices; the optimum is proven."""

from __future__ import annotations

import math

import numpy as np

from aigcbench.problems.caching.slot.options import N_OPTIONS, STEPS_MASK
from aigcbench.problems.caching.slot.prices import BALANCED, free_use, option_value, price_band_and_steps
from aigcbench.problems.caching.slot.symmetry import ALONE, find_classes, fix, representative
from aigcbench.problems.caching.slot.upload import kernel, upload_time

OPTIMALITY = 1e-10  # relative: a branch that can gain no more than this is closed
PRICE_TOLERANCE = 1e-7  # relative: how near the root's bound comes to its best one
GAP_SHARE, CLOSED_TOLERANCE = (
    0.01,
    1e-11,
)  # the same of other nodes, as a share of what is open, and relative at the end
TO_THE_END = -1e-12  # the same where the band must be used up to within rounding
NONE = -1


@kernel
def minimise(slot, allowed, cutoff, maximum_nodes, shares, steps):
    """The cheapest decisions of a slot: every user takes one of its allowed options.

    Parameters
    ----------
    slot
        The options, see `options`.
    allowed
        Bits of the options of each user (int64, users).
    cutoff
        Cost (sum over users) from which on decisions are of no interest; infinite otherwise.
    maximum_nodes
        Of the search; where they do not suffice the bound stays below the cost.
    shares, steps
        Written: share of the band and number of steps of each user.

    Returns
    -------
    Cost (sum over users; infinite if none is below the cutoff), a proven lower bound on the cost of any decisions, nodes visited.
    """
    users = len(allowed)
    depth = N_OPTIONS * (min(users, maximum_nodes) + 1)
    masks, bounds, prices = np.empty((depth, users), np.int64), np.empty(depth), np.empty((depth, 2))
    rows = np.empty((3, users), np.int64), np.empty((3, users)), np.empty((3, users))
    choice, best_choice = np.empty(users, np.int64), np.full(users, NONE)
    classes, pairs, parent = np.full(users, ALONE), np.zeros(users, np.int64), np.empty(users, np.int64)
    values = np.empty(N_OPTIONS)
    scale = cost_scale(slot)
    masks[0], bounds[0], prices[0, 0], prices[0, 1] = allowed, -math.inf, first_price(slot), 0.0
    best, count, nodes = cutoff, 1, 0
    found = math.inf
    while count > 0:
        count -= 1
        enough = best - OPTIMALITY * scale
        if bounds[count] >= enough:
            continue
        if nodes == maximum_nodes:
            count += 1
            break
        nodes += 1
        mask = masks[count]
        tolerance = PRICE_TOLERANCE * scale
        if nodes > 1:
            tolerance = max(CLOSED_TOLERANCE * scale, GAP_SHARE * (enough - bounds[count]))
        bound, price, step_price = price_band_and_steps(
            slot, mask, prices[count, 0], prices[count, 1], tolerance, enough, rows[0], rows[1], rows[2]
        )
        bound = max(bound, bounds[count])
        if bound >= enough:
            continue
        choice[:] = rows[0][0]
        cost = math.inf
        if not np.array_equal(choice, best_choice):
            cost = settle(slot, choice, price, step_price, scale, best, rows[0], rows[1], rows[2])
        if math.isinf(cost) and math.isinf(best) and _least_demanding(slot, mask, choice):  # anything is a start
            cost = settle(slot, choice, price, 0.0, scale, best, rows[0], rows[1], rows[2])
        if cost < best:
            best, found = cost, cost
            best_choice[:], shares[:], steps[:] = choice, rows[1][0], rows[2][0]
        enough = best - OPTIMALITY * scale
        if bound >= enough:
            continue
        user = restrict(slot, mask, price, step_price, bound, enough)
        if user == NONE:
            continue
        if nodes == 1:
            find_classes(slot, mask, price, classes, pairs)
        user = representative(slot, mask, classes, pairs, user, rows[2][0])
        option_values(slot, mask, user, price, step_price, values)
        least = values.min()
        parent[:] = mask
        for option in np.argsort(-values):  # the most promising one last, to be taken first
            if bound + values[option] - least < enough:
                masks[count] = parent
                if fix(masks[count], classes, pairs, user, option):
                    bounds[count] = bound + values[option] - least
                    prices[count, 0], prices[count, 1] = price, step_price
                    count += 1
    lower = min(best, found)
    for node in range(count):
        lower = min(lower, bounds[node])
    return found, lower, nodes


@kernel
def price_slot(slot, allowed):
    """The best bound on the cost of a slot (sum over users) that prices alone prove, and those prices: of the band, of a step."""
    users = len(allowed)
    scale = cost_scale(slot)
    return price_band_and_steps(
        slot, allowed, first_price(slot), 0.0, PRICE_TOLERANCE * scale, math.inf,
        np.empty((3, users), np.int64), np.empty((3, users)), np.empty((3, users)),
    )  # fmt: skip


@kernel
def cost_scale(slot):
    """What relative tolerances refer to: a cost that no sensible decisions exceed."""
    scale = 0.0
    for user in range(len(slot.limit)):
        scale += slot.cost[user].max()
    return scale


@kernel
def first_price(slot):
    """A price of the band near its optimum: what the uploads would cost on equal shares."""
    users, total = len(slot.limit), 0.0
    for user in range(users):
        total += upload_time(slot.limit[user], slot.snr[user], 1.0 / users)
    return max(slot.weight * total, 1e-6)


@kernel
def option_values(slot, mask, user, price, step_price, values):
    """Write what each option of a user costs at the prices; infinite where it is not in ``mask``."""
    share, time = free_use(slot, user, price)
    for option in range(N_OPTIONS):
        values[option] = math.inf
        if mask[user] >> option & 1:
            values[option] = option_value(slot, user, option, price, step_price, share, time)[0]


@kernel
def restrict(slot, mask, price, step_price, bound, enough):
    """Drop from ``mask`` the options that cannot lead below ``enough``; return the user to branch on.

    That user has the least to lose by its second best option; `NONE` where every user has only one left.
    """
    branch_user, branch_loss = NONE, math.inf
    values = np.empty(N_OPTIONS)
    for user in range(len(mask)):
        if mask[user] & (mask[user] - 1) == 0:
            continue
        option_values(slot, mask, user, price, step_price, values)
        best = values.argmin()
        loss = math.inf
        for option in range(N_OPTIONS):
            if bound + values[option] - values[best] >= enough:
                mask[user] &= ~(1 << option)
            elif option != best:
                loss = min(loss, values[option] - values[best])
        if loss < branch_loss:
            branch_user, branch_loss = user, loss
    return branch_user


@kernel
def _least_demanding(slot, mask, choice):
    """Choose for each user the option without steps that needs the least share; whether all have one."""
    for user in range(len(mask)):
        least = math.inf
        for option in range(N_OPTIONS):
            if mask[user] & ~STEPS_MASK & (1 << option) and slot.share_low[user, option] < least:
                least, choice[user] = slot.share_low[user, option], option
        if math.isinf(least):
            return False
    return True


@kernel
def settle(slot, choice, price, step_price, scale, cutoff, choices, shares, steps):
    """The optimum where each user has its option: a convex problem. Writes row 0 of ``shares`` and ``steps``.

    Returns the cost (sum over users), infinite where the options cannot be had together or not below ``cutoff``.
    """
    allowed = np.empty_like(choice)
    least_share, least_steps = 0.0, 0.0
    for user in range(len(choice)):
        allowed[user] = 1 << choice[user]
        least_share += slot.share_low[user, choice[user]]
        least_steps += slot.low[user, choice[user]]
    if least_share > 1.0 + BALANCED or least_steps > slot.total_steps:
        return math.inf
    bound, _, _ = price_band_and_steps(
        slot, allowed, price, step_price, TO_THE_END * scale, cutoff, choices, shares, steps
    )
    if bound >= cutoff:
        return math.inf
    use_up(shares[0])
    fill_steps(slot, choice, shares[0], steps[0])
    cost = 0.0
    for user in range(len(choice)):
        option = choice[user]
        time = upload_time(slot.limit[user], slot.snr[user], shares[0, user])
        cost += slot.weight * time + slot.cost[user, option] + slot.slope[user, option] * steps[0, user]
    return cost


@kernel
def use_up(shares):
    """Give what rounding left of the band to the largest share, or take it from there."""
    largest, used = 0, 0.0
    for user in range(len(shares)):
        used += shares[user]
        if shares[user] > shares[largest]:
            largest = user
    shares[largest] += 1.0 - used


@kernel
def fill_steps(slot, choice, shares, steps):
    """Given the shares, the best steps in time: the least of each option, then the steepest gain first."""
    left = slot.total_steps
    for user in range(len(choice)):
        steps[user] = slot.low[user, choice[user]]
        left -= steps[user]
    for _ in range(len(choice)):
        steepest, gain = NONE, 0.0
        for user in range(len(choice)):
            if steps[user] == slot.low[user, choice[user]] and slot.slope[user, choice[user]] < gain:
                most = _steps_in_time(slot, user, choice[user], shares[user])
                if most > steps[user]:
                    steepest, gain = user, slot.slope[user, choice[user]]
        if steepest == NONE or left <= 0.0:
            return
        most = _steps_in_time(slot, steepest, choice[steepest], shares[steepest])
        more = min(left, most - steps[steepest])
        steps[steepest] += more
        left -= more


@kernel
def _steps_in_time(slot, user, option, share):
    """As many steps as the option has, and as end in time on this share."""
    if share >= slot.share_high[user, option]:
        return slot.high[user, option]
    spare = slot.time[user, option] - upload_time(slot.limit[user], slot.snr[user], share)
    return min(max(spare / slot.step_time[user, option], slot.low[user, option]), slot.high[user, option])
