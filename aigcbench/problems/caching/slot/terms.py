"""What the slot kernels read of an instance: every request's times apart from its share and steps, and the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.caching.radio import BITS_PER_MB, radio_of


class Terms(NamedTuple):
    """Requests of F frames, K slots, U users; M models. Times in s."""

    weight: float  # alpha
    penalty: float  # chi
    deadline: float  # tau
    total_steps: float  # L
    minimum_share: float
    request: np.ndarray  # (F, K, U) int64
    limit: np.ndarray  # (F, K, U) upload time that the power alone would need
    snr: np.ndarray  # (F, K, U) uplink signal-to-noise ratio over the whole band
    download: np.ndarray  # (F, K, U) over the air
    backhaul: np.ndarray  # (F, K, U) to the cloud and back, where not cached
    models: np.ndarray  # (M, 6) A1, A2, A3, A4, B1, B2


def terms_of(instance: Instance) -> Terms:
    """The terms of a whole instance."""
    request = instance["request"]
    models = np.hstack([instance["model_quality"], instance["model_time"]])
    output_size = instance["model_output"][request]
    return terms_from(instance.parameters, models, request, instance["input_size"], output_size, instance["gain"])


def terms_from(
    parameters: Mapping[str, Any],
    models: np.ndarray,
    request: np.ndarray,
    input_size: np.ndarray,
    output_size: np.ndarray,
    gain: np.ndarray,
) -> Terms:
    """The terms of requests, arrays (F, K, U); F = K = 1 for the one slot that a policy sees.

    Parameters
    ----------
    parameters
        The scenario's scalars.
    models
        Columns A1, A2, A3, A4, B1, B2 (float64, models x 6).
    request, input_size, output_size, gain
        Model, sizes (MB) and channel power gain of each request.
    """
    radio = radio_of(parameters)
    upload, output = BITS_PER_MB * input_size, BITS_PER_MB * output_size
    rate_down = _downlink_rate(parameters, gain)
    return Terms(
        weight=float(parameters["delay_weight"]),
        penalty=float(parameters["deadline_penalty"]),
        deadline=float(parameters["slot_s"]),
        total_steps=float(parameters["total_steps"]),
        minimum_share=float(parameters["minimum_share"]),
        request=np.ascontiguousarray(request, np.int64),
        limit=upload * np.log(2.0) / (radio.user_power_hz * gain),
        snr=radio.user_power_hz / radio.uplink_hz * gain,
        download=output / rate_down,
        backhaul=upload / radio.backhaul_up + output / radio.backhaul_down,
        models=np.ascontiguousarray(models, np.float64),
    )


def _downlink_rate(parameters: Mapping[str, Any], gain: np.ndarray) -> np.ndarray:
    """Rate to each user, bit/s (eq. 5), to the last bit as the checker has it: a delay may be the deadline itself."""
    power, noise = (
        10.0 ** ((float(parameters[name]) - 30.0) / 10.0) for name in ("station_power_dbm", "noise_dbm_per_hz")
    )
    band = 1e6 * float(parameters["downlink_mhz"])
    return band * np.log1p(power * gain / (noise * band)) / np.log(2.0)
