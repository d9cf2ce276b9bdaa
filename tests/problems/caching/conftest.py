"""Caching instances written by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aigcbench.instance import Instance

SCALES = ("max_skewness", "max_data_mb", "max_steps", "max_quality", "max_step_s", "max_start_s")


@pytest.fixture(scope="session")
def caching_instance() -> Callable[..., Instance]:
    """Builds a caching instance from models, requests and the scalars that differ from the defaults."""
    return build_caching_instance


def build_caching_instance(
    models: list[tuple[float, ...]], requests: list[list[list[tuple[int, float, float]]]], **scalars: Any
) -> Instance:
    """An instance of models (GB, MB out, A1, A2, A3, A4, B1, B2) and, per frame and slot, users' (model, MB in, gain)."""
    table, asked = np.array(models, np.float64), np.array(requests, np.float64)
    parameters = {
        "slot_s": 20.0,
        "storage_gb": 20.0,
        "delay_weight": 0.7,
        "deadline_penalty": 10.0,
        "total_steps": 1000.0,
        "minimum_share": 1e-4,
        "uplink_mhz": 20.0,
        "downlink_mhz": 40.0,
        "user_power_dbm": 23.0,
        "station_power_dbm": 43.0,
        "noise_dbm_per_hz": -176.0,
        "backhaul_up_mbit_s": 100.0,
        "backhaul_down_mbit_s": 100.0,
        **dict.fromkeys(SCALES, 1000.0),
    }
    arrays = {
        "model_storage": table[:, 0],
        "model_output": table[:, 1],
        "model_quality": table[:, 2:6],
        "model_time": table[:, 6:8],
        "skewness": np.zeros(len(asked)),
        "popularity_state": np.zeros(len(asked), np.int64),
        "request": asked[..., 0].astype(np.int64),
        "input_size": asked[..., 1],
        "gain": asked[..., 2],
    }
    return Instance("caching", "custom", 0, "test", 0, parameters | scalars, arrays)


@pytest.fixture
def two_users(caching_instance) -> tuple[Instance, dict[str, np.ndarray]]:
    """One slot whose every figure comes out even: user 0 at the edge misses its deadline, user 1 is in the cloud.

    The whole uplink is 1 MHz with 1 W of noise, users send 1 W over a gain of 0.75: user 0 on 3/4 of it has a signal-to-noise ratio of
    1, so 0.75 Mbit/s; user 1 on 1/4 has 3, so 0.5 Mbit/s. Downlink: 4 W over 0.75 against 1 W, so 2 Mbit/s for each.
    User 0: 6 Mbit up 8 s, 20 steps 0.5 * 20 + 1 = 11 s, 4 Mbit down 2 s: 21 s; total variation 60, half way from 100 to 20.
    User 1: 2 Mbit up 4 s and 1 s on the backhaul, 6 steps 4 s, 2 Mbit down 1 s and 0.5 s on the backhaul: 10.5 s; 30.
    """
    instance = caching_instance(
        [(2.0, 0.5, 10, 100, 30, 20, 0.5, 1.0), (3.0, 0.25, 1, 90, 6, 30, 0.5, 1.0)],
        [[[(0, 0.75, 0.75), (1, 0.25, 0.75)]]],
        storage_gb=4.0,
        delay_weight=0.5,
        total_steps=40.0,
        uplink_mhz=1.0,
        downlink_mhz=1.0,
        user_power_dbm=30.0,
        station_power_dbm=30.0 + 10.0 * math.log10(4.0),
        noise_dbm_per_hz=-30.0,
        backhaul_up_mbit_s=2.0,
        backhaul_down_mbit_s=4.0,
    )
    decisions = {
        "cache": np.array([[1, 0]]),
        "bandwidth": np.array([[[0.75, 0.25]]]),
        "steps": np.array([[[0.5, 0.0]]]),
    }
    return instance, decisions
