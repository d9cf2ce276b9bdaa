"""Numbers as people read them."""

import math

import pytest

from aigcbench.report import formats
from aigcbench.report.statistics import Estimate


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5e-6, "2.50 µs"),
        (0.0123, "12.3 ms"),
        (1.0, "1.00 s"),
        (60.0, "60.0 s"),
        (1800.0, "30.0 min"),
        (1e5, "27.8 h"),
    ],
)
def test_duration(seconds, text):
    """Times carry three digits and a fitting unit."""
    assert formats.duration(seconds) == text


def test_decimals_line_up_a_column():
    """The largest value gets four digits; large values get no decimals and thousands separators."""
    assert formats.decimals_for([math.nan, 0.5, 512.0]) == 1
    assert formats.number(1234567.8, formats.decimals_for([1234567.8])) == "1,234,568"


def test_unknown_values_are_a_dash():
    """NaN never reaches a reader."""
    texts = [formats.number(math.nan, 1), formats.share(math.nan), formats.duration(math.nan), formats.memory(math.nan)]
    assert texts == [formats.MISSING] * 4
    assert formats.interval(Estimate(1.0, math.nan, math.nan), 1) == ""
