"""Offloading instances made by hand, and the brute-forced ones of the paper's public code."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aigcbench.instance import Instance

DATA = Path(__file__).parents[2] / "data" / "offloading"


@pytest.fixture(scope="session")
def offloading_instance() -> Callable[..., Instance]:
    """Builds an offloading instance by hand: fleet, tasks of each slot and station, and scalars that differ from the defaults."""
    return build_offloading_instance


def build_offloading_instance(
    capacity: list[float],
    rate: list[float],
    tasks: list[list[list[tuple[float, float, float]]]],
    **scalars: float | bool,
) -> Instance:
    """An instance whose ``tasks[slot][station]`` are (data Mbit, work Gcycles, result Mbit), in the order of service."""
    flat = [task for slot in tasks for station in slot for task in station]
    data, work, result = np.array(flat, np.float64).reshape(-1, 3).T
    parameters = {
        "slot_s": 1.0,
        "live_queues": False,
        "deadline_s": 0.0,
        "max_data_mbit": max(float(data.max()), 1e-9),
        "max_work_gcycles": max(float(work.max()), 1e-9),
        "max_result_mbit": max(float(result.max()), 1e-9),
    }
    arrays = {
        "station_capacity": np.array(capacity, np.float64),
        "station_rate": np.array(rate, np.float64),
        "slot_tasks": np.array([[len(station) for station in slot] for slot in tasks], np.int64),
        "task_data": data,
        "task_work": work,
        "task_result": result,
    }
    return Instance("offloading", "custom", 0, "test", 0, parameters | scalars, arrays)


@pytest.fixture(scope="session")
def random_instance() -> Callable[..., Instance]:
    """Draws a small offloading instance in the manner of the paper: mostly overloaded, stations of unequal speed."""
    return draw_random_instance


def draw_random_instance(rng: np.random.Generator, n_stations: int, n_slots: int, most_tasks: int) -> Instance:
    """An instance of 1 to ``most_tasks`` tasks per slot, spread over the stations; some tasks equal, some without data."""
    capacity = rng.uniform(1.0, 6.0, n_stations) if rng.random() < 0.8 else np.full(n_stations, 3.0)
    tasks = []
    for _ in range(n_slots):
        slot: list[list[tuple[float, float, float]]] = [[] for _ in range(n_stations)]
        for _ in range(rng.integers(1, most_tasks + 1)):
            work = rng.uniform(0.1024, 0.3072) * rng.integers(1, 16) if rng.random() < 0.8 else 2.0
            data = rng.uniform(2.0, 5.0) if rng.random() < 0.8 else 0.0
            slot[rng.integers(n_stations)].append((data, work, rng.uniform(0.6, 1.0)))
        tasks.append(slot)
    rate = rng.uniform(4.0, 5.0, n_stations) if rng.random() < 0.3 else rng.uniform(400.0, 500.0, n_stations)
    return build_offloading_instance(capacity.tolist(), rate.tolist(), tasks, slot_s=float(rng.choice([1.0, 0.7])))


@pytest.fixture(scope="session", params=["1_9018", "2_9046", "3_9013", "4_9002"])
def brute_forced(request: pytest.FixtureRequest) -> tuple[Instance, dict]:
    """An instance of the public code and the optimum over all of its decisions (mean_delay, actions, delay, wait)."""
    document = json.loads((DATA / f"brute_{request.param}.json").read_text())
    given = document["instance"]
    work = [d * q for d, q in zip(given["comp_density"], given["task_quality"], strict=True)]
    tasks = [
        [[(data, work[n], given["results_bit"][n]) for n, data in enumerate(station)] for station in slot]
        for slot in given["tasks_bit"][: document["played_slots"]]
    ]
    instance = build_offloading_instance(given["capacity"], given["tran_rate"], tasks, slot_s=document["slot_seconds"])
    return instance, document["optimum"]
