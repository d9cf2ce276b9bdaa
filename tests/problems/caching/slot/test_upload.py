"""The upload time and its two inverses."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.problems.caching.slot.upload import share_at_price, share_in_time, upload_time


def powers_of_ten(low, high):
    """Positive numbers, evenly spread over their magnitudes."""
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


def test_upload_time_of_the_papers_equation():
    """60 Mbit on a tenth of 20 MHz at a signal-to-noise ratio of 31 there, so 5 bit/s/Hz, take 6 s."""
    limit = 60e6 * math.log(2) / (20e6 * 3.1)
    assert upload_time(limit, 3.1, 0.1) == pytest.approx(6.0, rel=1e-12)


@settings(max_examples=300, deadline=None)
@given(powers_of_ten(-9, 3), powers_of_ten(-8, 8), powers_of_ten(-6, 0))
def test_share_in_time_inverts_the_upload_time(limit, snr, share):
    """The share for the time of a share is that share, where the time depends on it at all."""
    time = upload_time(limit, snr, share)
    found = share_in_time(limit, snr, time)
    if time > 1.001 * limit:
        assert found == pytest.approx(share, rel=1e-8)
    else:  # so much band for the power that the time is all but at its limit
        assert upload_time(limit, snr, min(found, share)) == pytest.approx(time, rel=1e-3)


def test_no_share_is_fast_enough():
    """A time below the limit of the power cannot be reached; no data needs no share, unless time has run out."""
    assert share_in_time(2.0, 100.0, 1.9) == math.inf
    assert share_in_time(0.0, 100.0, 0.1) == 0.0
    assert share_in_time(0.0, 100.0, -0.1) == math.inf


@settings(max_examples=300, deadline=None)
@given(powers_of_ten(-2, 2), powers_of_ten(-9, 3), powers_of_ten(-8, 8), powers_of_ten(-6, 6))
def test_share_at_price_is_a_minimum(weight, limit, snr, price):
    """No share nearby costs less."""
    share = share_at_price(weight, limit, snr, price)

    def cost(b):
        return weight * upload_time(limit, snr, b) + price * b

    for step in (1e-1, 1e-3, 1e-5):
        assert cost(share) <= min(cost(share * (1 + step)), cost(share / (1 + step))) * (1 + 1e-14)


@settings(max_examples=300, deadline=None)
@given(powers_of_ten(-9, 3), powers_of_ten(-3, 8), powers_of_ten(-6, 0))
def test_share_at_price_meets_its_condition(limit, snr, share):
    """At the price that the slope of the upload time names, the share is the one where the slope was taken."""
    ratio = snr / share
    slope = limit / snr * ratio**2 * (math.log1p(ratio) - ratio / (1 + ratio)) / math.log1p(ratio) ** 2
    if ratio > 1e-3:  # below it the difference of logarithms is lost to rounding
        assert share_at_price(1.0, limit, snr, slope) == pytest.approx(share, rel=1e-9)
