"""Conversions, rates, delays and quality, each on its own."""

import math

import pytest

from aigcbench.problems.caching import radio
from aigcbench.scenario import scenario_named

EVEN = radio.Radio(
    uplink_hz=1e6, downlink_hz=0.5e6, user_power_hz=1e6, station_power_hz=1e6, backhaul_up=0.5e6, backhaul_down=0.25e6
)
QUALITY, TIME = (10.0, 100.0, 30.0, 20.0), (0.5, 1.0)


@pytest.mark.parametrize(("decibel", "ratio"), [(0.0, 1.0), (10.0, 10.0), (-30.0, 1e-3), (23.0, 199.526231496888)])
def test_decibels(decibel, ratio):
    """10 dB are a factor of ten."""
    assert radio.ratio_of(decibel) == pytest.approx(ratio, rel=1e-12)


def test_units_of_the_paper_preset():
    """23 dBm is 0.1995 W, 43 dBm is 19.95 W, -176 dBm/Hz is 2.512e-21 W/Hz; bands in Hz and rates in bit/s."""
    links = radio.radio_of(scenario_named("caching/paper").instance(0).parameters)
    assert links.user_power_hz == pytest.approx(0.199526231496888 / 2.51188643150958e-21, rel=1e-12)
    assert links.station_power_hz == pytest.approx(19.9526231496888 / 2.51188643150958e-21, rel=1e-12)
    assert (links.uplink_hz, links.downlink_hz, links.backhaul_up, links.backhaul_down) == (20e6, 40e6, 100e6, 100e6)


def test_uplink_rate():
    """On half of 1 MHz with a ratio of 1 a user has 0.5 Mbit/s, on a sixth with a ratio of 3 a third of a Mbit/s (eq. 2)."""
    assert radio.uplink_rate(EVEN, 0.5, 0.5) == pytest.approx(0.5e6, rel=1e-15)
    assert radio.uplink_rate(EVEN, 1 / 6, 0.5) == pytest.approx(1e6 / 3, rel=1e-12)


def test_more_bandwidth_is_a_higher_rate():
    """The rate grows with the share, less and less."""
    rates = [radio.uplink_rate(EVEN, share, 0.5) for share in (0.1, 0.2, 0.3)]
    assert rates[0] < rates[1] < rates[2] < 2 * rates[1] - rates[0]


def test_delays():
    """0.125 MB are 1e6 bit: 2 s up at 0.5 Mbit/s, 2 s down at 0.5 Mbit/s, 2 s and 4 s on the backhaul (eqs. 4 to 6)."""
    assert radio.uplink_delay(EVEN, 0.5, 0.5, 0.125) == pytest.approx(2.0, rel=1e-15)
    assert radio.fixed_delay(EVEN, 0.5, 0.125, 0.125, True) == pytest.approx(2.0, rel=1e-15)
    assert radio.fixed_delay(EVEN, 0.5, 0.125, 0.125, False) == pytest.approx(8.0, rel=1e-15)


def test_paper_constants_at_100_m():
    """At 100 m without fading (-90.5 dB) and a tenth of the band the ratio is 45.5 dB: 30.2 Mbit/s up (all by hand)."""
    links = radio.radio_of(scenario_named("caching/paper").instance(0).parameters)
    rate = radio.uplink_rate(links, 0.1, 10 ** (-90.5 / 10))
    ratio_db = 23 - 90.5 + 176 - 10 * math.log10(2e6)
    assert ratio_db == pytest.approx(45.4897, abs=1e-4)
    assert rate == pytest.approx(2e6 * math.log2(1 + 10 ** (ratio_db / 10)), rel=1e-12)
    assert rate == pytest.approx(30.22e6, rel=1e-3)


@pytest.mark.parametrize(("steps", "seconds"), [(0.0, 1.0), (20.0, 11.0), (40.0, 21.0)])
def test_generation_time(steps, seconds):
    """At the edge 0.5 s a step and 1 s besides; the cloud takes A3 = 30 steps whatever is asked (eq. 8)."""
    assert radio.generation_time(QUALITY, TIME, steps, True) == seconds
    assert radio.generation_time(QUALITY, TIME, steps, False) == 16.0


@pytest.mark.parametrize(
    ("steps", "variation"), [(0.0, 100.0), (10.0, 100.0), (15.0, 80.0), (20.0, 60.0), (30.0, 20.0), (99.0, 20.0)]
)
def test_total_variation(steps, variation):
    """A2 up to A1, then a line to A4 at A3, then A4; from the cloud always A4 (eq. 7)."""
    assert radio.total_variation(QUALITY, steps, True) == pytest.approx(variation, rel=1e-15)
    assert radio.total_variation(QUALITY, steps, False) == 20.0
