"""What a request costs: decibel conversions, rates, delays, quality (Liu et al., eqs. 2 to 10), compiled.

Powers and the noise only matter as ratios, so that a `Radio` holds power / noise density (Hz). Data is in MB of 8e6 bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any, NamedTuple

from numba import njit

BITS_PER_MB = 8e6
A1, A2, A3, A4 = range(4)  # columns of model_quality
B1, B2 = range(2)  # columns of model_time

# As in every simulator kernel: nothing is allocated, and what is divided by is above 0.
KERNEL_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False, "error_model": "numpy"}
kernel: Any = njit(**KERNEL_OPTIONS)


class Radio(NamedTuple):
    """Links of a scenario in SI units."""

    uplink_hz: float  # band that the users share
    downlink_hz: float  # band of each user
    user_power_hz: float  # p_u / N0
    station_power_hz: float  # p_bs / N0
    backhaul_up: float  # bit/s, R_bc
    backhaul_down: float  # bit/s, R_cb


def ratio_of(decibel: float) -> float:
    """A ratio of powers from decibels."""
    return 10.0 ** (decibel / 10.0)


def radio_of(parameters: Mapping[str, Any]) -> Radio:
    """The links that an instance's parameters describe."""
    noise = parameters["noise_dbm_per_hz"]
    return Radio(
        uplink_hz=parameters["uplink_mhz"] * 1e6,
        downlink_hz=parameters["downlink_mhz"] * 1e6,
        user_power_hz=ratio_of(parameters["user_power_dbm"] - noise),
        station_power_hz=ratio_of(parameters["station_power_dbm"] - noise),
        backhaul_up=parameters["backhaul_up_mbit_s"] * 1e6,
        backhaul_down=parameters["backhaul_down_mbit_s"] * 1e6,
    )


@kernel
def uplink_rate(radio, share, gain):
    """Rate from a user with a share > 0 of the uplink band, bit/s (eq. 2)."""
    band = share * radio.uplink_hz
    return band * log2(1.0 + radio.user_power_hz * gain / band)


@kernel
def downlink_rate(radio, gain):
    """Rate to a user, bit/s (eq. 5)."""
    return radio.downlink_hz * log2(1.0 + radio.station_power_hz * gain / radio.downlink_hz)


@kernel
def uplink_delay(radio, share, gain, input_mb):
    """Seconds in which the input reaches the station; the part of the delay that bandwidth decides (eq. 4)."""
    return BITS_PER_MB * input_mb / uplink_rate(radio, share, gain)


@kernel
def fixed_delay(radio, gain, input_mb, output_mb, cached):
    """Seconds of the downlink and, where the model is not cached, of the backhaul both ways (eqs. 4 and 6)."""
    seconds = BITS_PER_MB * output_mb / downlink_rate(radio, gain)
    if not cached:
        seconds += BITS_PER_MB * (input_mb / radio.backhaul_up + output_mb / radio.backhaul_down)
    return seconds


@kernel
def generation_time(quality, time, steps, cached):
    """Seconds of generation (eq. 8); the cloud takes A3 steps. ``quality`` (4,) and ``time`` (2,) are a model's rows."""
    return time[B1] * (steps if cached else quality[A3]) + time[B2]


@kernel
def total_variation(quality, steps, cached):
    """Total variation of the image (eq. 7): A2 up to A1 steps, falling to A4 at A3 steps; A4 from the cloud."""
    if not cached or steps >= quality[A3]:
        return quality[A4]
    if steps <= quality[A1]:
        return quality[A2]
    return quality[A2] + (quality[A4] - quality[A2]) / (quality[A3] - quality[A1]) * (steps - quality[A1])
