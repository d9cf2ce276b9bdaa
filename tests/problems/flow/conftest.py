"""Flow instances by hand and by chance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aigcbench.instance import Instance

MAXIMA = {
    "max_rate_mbit_s": "flow_rate",
    "max_deadline_s": "flow_deadline",
    "max_data_mbit": "flow_data",
    "max_work_gflop": "flow_work",
    "max_gateway_mbit_s": "gateway_capacity",
}


@pytest.fixture(scope="session")
def flow_instance() -> Callable[..., Instance]:
    """Builds a flow instance by hand: gateways, flows, and scalars that differ from the defaults."""
    return build_flow_instance


@pytest.fixture(scope="session")
def small_flow_instance() -> Callable[..., Instance]:
    """Draws a small instance whose gateways and server are both scarce."""
    return draw_small_instance


def build_flow_instance(
    capacity: list[float],
    flows: list[tuple[int, float, float, float, float, int]],
    level_rate: tuple[float, ...] = (0.5, 1.0, 2.0),
    level_units: tuple[int, ...] = (1, 2, 4),
    **scalars: Any,
) -> Instance:
    """An instance whose flows are (slot, rate Mbit/s, deadline s, data Mbit, work GFLOP, priority); a unit does 1 GFLOP/s."""
    slot, rate, deadline, data, work, priority = (list(column) for column in zip(*flows, strict=True))
    units = scalars.get("compute_units", 8)
    arrays = {
        "gateway_capacity": np.array(capacity, np.float64),
        "level_rate": np.array(level_rate, np.float64),
        "level_units": np.array(level_units, np.int64),
        "flow_slot": np.array(slot, np.int64),
        "flow_rate": np.array(rate, np.float64),
        "flow_deadline": np.array(deadline, np.float64),
        "flow_data": np.array(data, np.float64),
        "flow_work": np.array(work, np.float64),
        "flow_priority": np.array(priority, np.int64),
        "flow_type": np.zeros(len(slot), np.int64),
    }
    parameters = {
        "slot_s": 1.0,
        "n_slots": max(slot) + 1,
        "compute_tflops": units / 1000.0,
        "compute_units": units,
        "blocked_share": 0.125,
        "delay_weight": 0.5,
        "blocked_weight": 0.5,
        "balance_weight": 0.5,
    }
    parameters |= {name: float(arrays[array].max()) for name, array in MAXIMA.items()}
    return Instance("flow", "custom", 0, "test", 0, parameters | scalars, arrays)


def draw_small_instance(rng: np.random.Generator, n_flows: int, **scalars: Any) -> Instance:
    """Random flows of the paper's proportions on gateways and a server that hold only some of them."""
    rate, deadline = rng.uniform(1, 20, n_flows), rng.uniform(2, 20, n_flows)
    data = rate * deadline * rng.uniform(0.2, 0.6, n_flows)
    slots = np.sort(rng.integers(0, 12, n_flows))
    columns = (slots, rate, deadline, data, rng.uniform(0.1, 8, n_flows), rng.integers(1, 4, n_flows))
    flows = list(zip(*(column.tolist() for column in columns), strict=True))
    capacity = rng.uniform(8, 50, int(rng.integers(1, 3))).tolist()
    return build_flow_instance(capacity, flows, **{"compute_units": int(rng.integers(2, 9))} | scalars)


@pytest.fixture(scope="session")
def wide() -> Callable[[Instance], Instance]:
    """Widens an instance's gateways until all flows fit on one at the highest level, so that nobody is squeezed."""
    return widen


def widen(instance: Instance) -> Instance:
    """The same flows over gateways of the bandwidth of them all."""
    needed = float(instance["level_rate"].max() * instance["flow_rate"].sum())
    arrays = dict(instance.arrays) | {"gateway_capacity": np.maximum(instance["gateway_capacity"], needed)}
    parameters = dict(instance.parameters) | {
        "max_gateway_mbit_s": max(needed, float(instance["gateway_capacity"].max()))
    }
    return replace(instance, arrays=arrays, parameters=parameters)
