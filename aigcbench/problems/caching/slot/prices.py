"""Prices for the band and the steps of a slot: the Lagrangian bound of a set of options, and the decisions that attain it.

For prices (lambda, mu) >= 0 each user alone minimises its cost plus ``lambda * share + mu * steps`` over its options; the sum, less
``lambda + mu * total_steps``, is a lower bound (weak duality), concave in both prices. Its slope in a price is the use of that
resource less what there is. Where every user has one option left the problem is convex and the best bound is the optimum.
"""

from __future__ import annotations

import math

from aigcbench.problems.caching.slot.options import N_OPTIONS
from aigcbench.problems.caching.slot.upload import kernel, share_at_price, upload_time

BALANCED = 1e-11  # use of the band this close to 1 counts as 1
MAXIMUM_EVALUATIONS = 80
FIRST_STRIDE = 0.1  # relative, of the price of a step while its maximum is not yet between two prices


@kernel
def option_value(slot, user, option, price, step_price, free_share, free_time):
    """Cost of an option at the prices, with its share and steps.

    ``free_share`` and ``free_time`` are the user's share and upload time (s) at this price if there were no deadline.
    """
    slope = slot.slope[user, option] + step_price
    low, high = slot.low[user, option], slot.high[user, option]
    share_low, share_high = slot.share_low[user, option], slot.share_high[user, option]
    if slope >= 0.0:
        share, steps = max(free_share, share_low), low
    elif free_share >= share_high or share_low == share_high:
        share, steps = max(free_share, share_high), high
    else:  # a second less of upload is worth as many steps as fit in it
        weight = slot.weight - slope / slot.step_time[user, option]
        share = share_at_price(weight, slot.limit[user], slot.snr[user], price)
        share = min(max(share, share_low), min(share_high, slot.maximum_share))
        steps = high
        if share < share_high:
            spare = slot.time[user, option] - upload_time(slot.limit[user], slot.snr[user], share)
            steps = min(max(spare / slot.step_time[user, option], low), high)
    time = free_time if share == free_share else upload_time(slot.limit[user], slot.snr[user], share)
    value = slot.weight * time + price * share + slot.cost[user, option] + slope * steps
    return value, share, steps


@kernel
def least_value(slot, user, option, step_price, free_value):
    """A lower bound of `option_value` that takes no time: no deadline, the best end of the steps."""
    slope = slot.slope[user, option] + step_price
    steps = slot.low[user, option] if slope >= 0.0 else slot.high[user, option]
    return free_value + slot.cost[user, option] + slope * steps


@kernel
def free_use(slot, user, price):
    """Share and upload time (s) of a user at a price of the band, without a deadline."""
    share = share_at_price(slot.weight, slot.limit[user], slot.snr[user], price)
    share = min(max(share, slot.minimum_share), slot.maximum_share)
    return share, upload_time(slot.limit[user], slot.snr[user], share)


@kernel
def evaluate(slot, allowed, price, step_price, choice, shares, steps):
    """The bound at two prices, the share of the band and the steps that its minimiser uses; writes that minimiser."""
    bound, used, used_steps = -price - step_price * slot.total_steps, 0.0, 0.0
    for user in range(len(allowed)):
        free_share, free_time = free_use(slot, user, price)
        free_value = slot.weight * free_time + price * free_share
        best = math.inf
        for option in range(N_OPTIONS):
            if not allowed[user] >> option & 1 or least_value(slot, user, option, step_price, free_value) >= best:
                continue
            value, share, taken = option_value(slot, user, option, price, step_price, free_share, free_time)
            if value < best:
                best, choice[user], shares[user], steps[user] = value, option, share, taken
        bound += best
        used += shares[user]
        used_steps += steps[user]
    return bound, used, used_steps


@kernel
def next_price(low, low_bound, low_excess, high, high_bound, high_excess, turn):
    """A price between two whose excess use is above and below 0.

    By turns where the tangents meet, which finds a kink of the bound, and where the excess would vanish if it were a power of the
    price, which finds a smooth maximum.
    """
    meeting = (high_bound - low_bound + low_excess * low - high_excess * high) / (low_excess - high_excess)
    if turn % 2 == 1 and low > 0.0:
        power = math.log((1.0 + high_excess) / (1.0 + low_excess)) / math.log(high / low)
        meeting = low * (1.0 + low_excess) ** (-1.0 / power)
    return meeting if low < meeting < high else 0.5 * (low + high)


@kernel
def tangents_meet(low, low_bound, low_excess, high, high_bound, high_excess):
    """What the bound can reach between two prices at most."""
    if math.isinf(high):
        return math.inf
    if math.isinf(low_bound):  # nothing known at the price 0 but the tangent from above
        return high_bound - high_excess * high
    weight = low_excess / (low_excess - high_excess)
    return low_bound + weight * (high_bound - low_bound) - weight * high_excess * (high - low)


@kernel
def price_band(slot, allowed, price, step_price, tolerance, enough, choice, shares, steps):
    """The price of the band with the best bound at a given price of a step.

    Parameters
    ----------
    price
        Where to start.
    tolerance
        The bound may be this much below the best.
    enough
        Stop as soon as the bound reaches this.
    choice, shares, steps
        Two rows each, written: the minimiser that uses the band up or less (row 0), and more than there is (row 1).

    Returns
    -------
    The bound, its price, the steps used (at a kink those of the mixture that uses the band just up), and the row that uses up the band to
    within rounding, or -1 at a kink.
    """
    low, low_bound, low_excess, low_steps = 0.0, -math.inf, 0.0, 0.0
    high, high_bound, high_excess, high_steps = math.inf, -math.inf, 0.0, 0.0
    for turn in range(MAXIMUM_EVALUATIONS):
        row = 2
        bound, used, used_steps = evaluate(slot, allowed, price, step_price, choice[row], shares[row], steps[row])
        excess, rounding = used - 1.0, 1e-13 * abs(bound)
        if excess > 0.0:
            low, low_bound, low_excess, low_steps = price, bound, excess, used_steps
            row = 1
        else:
            high, high_bound, high_excess, high_steps = price, bound, excess, used_steps
            row = 0
        choice[row], shares[row], steps[row] = choice[2], shares[2], steps[2]
        if bound >= enough or abs(excess) <= BALANCED:
            return bound, price, used_steps, row
        reachable = tangents_meet(low, low_bound, low_excess, high, high_bound, high_excess)
        if reachable - max(low_bound, high_bound) <= (rounding if math.isinf(low_bound) else tolerance):
            break
        if math.isinf(high):
            price = 1.1 * price * (1.0 + excess) ** 2
        elif math.isinf(low_bound):
            price = 0.9 * price * max(1.0 + excess, 1e-3) ** 2
        else:
            price = next_price(low, low_bound, low_excess, high, high_bound, high_excess, turn)
    if math.isinf(low_bound):
        return high_bound, high, high_steps, 0
    weight = low_excess / (low_excess - high_excess)
    mixed = low_steps + weight * (high_steps - low_steps)
    if high_bound >= low_bound:
        return high_bound, high, mixed, -1
    return low_bound, low, mixed, -1


@kernel
def price_band_and_steps(slot, allowed, price, step_price, tolerance, enough, choice, shares, steps):
    """The prices of the band and of a step with the best bound; parameters as in `price_band`.

    Stops as soon as it is clear whether ``enough`` can be reached.

    Returns
    -------
    The bound and the two prices; row 0 of ``choice``, ``shares``, ``steps`` holds a minimiser at these prices.
    """
    low, low_bound, low_excess = 0.0, -math.inf, 0.0
    high, high_bound, high_excess = math.inf, -math.inf, 0.0
    best, best_price, best_step_price = -math.inf, price, step_price
    useless, stride = useless_step_price(slot, allowed), FIRST_STRIDE
    for turn in range(MAXIMUM_EVALUATIONS):
        bound, price, used, _ = price_band(slot, allowed, price, step_price, tolerance, enough, choice, shares, steps)
        if bound > best:
            best, best_price, best_step_price = bound, price, step_price
        excess = used - slot.total_steps
        if bound >= enough or (step_price == 0.0 and excess <= 0.0) or (step_price >= useless and excess > 0.0):
            break
        if excess > 0.0:
            low, low_bound, low_excess = step_price, bound, excess
        else:
            high, high_bound, high_excess = step_price, bound, excess
        if math.isinf(high):
            step_price = min(max(low * (1.0 + stride), stride * useless), useless)
        else:
            reachable = tangents_meet(low, low_bound, low_excess, high, high_bound, high_excess)
            if reachable - best <= abs(tolerance) or (tolerance > 0.0 and reachable < enough < math.inf):
                break
            if math.isinf(low_bound):
                step_price = max(high * (1.0 - stride), 0.0)
            elif turn % 3 == 2:
                step_price = 0.5 * (low + high)
            else:
                step_price = next_price(low, low_bound, low_excess, high, high_bound, high_excess, 0)
        stride *= 4.0
    evaluate(slot, allowed, best_price, best_step_price, choice[0], shares[0], steps[0])
    return best, best_price, best_step_price


@kernel
def useless_step_price(slot, allowed):
    """A price of a step at which no further step pays."""
    price = 0.0
    for user in range(len(allowed)):
        for option in range(N_OPTIONS):
            if allowed[user] >> option & 1:
                price = max(price, -slot.slope[user, option])
    return price
