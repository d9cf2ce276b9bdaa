"""Golden episodes of the papers' public code, as instances."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigcbench.instance import Instance

DATA = Path(__file__).parents[2] / "data" / "assignment"


@dataclass(frozen=True)
class GoldenEpisode:
    """What the public code did.

    Parameters
    ----------
    instance
        Its tasks; the last one may be a task that was drawn but never assigned.
    services, rewards
        One for each assigned task.
    observations
        Before each decision, in this package's order (assigned tasks x length of the paper's observation).
    serving, crashed, finished, crashes, finished_utility, crashed_utility
        State of each server after the last step: tasks, crash events, utilities.
    """

    instance: Instance
    services: np.ndarray
    rewards: np.ndarray
    observations: np.ndarray
    serving: np.ndarray
    crashed: np.ndarray
    finished: np.ndarray
    crashes: np.ndarray
    finished_utility: np.ndarray
    crashed_utility: np.ndarray


@pytest.fixture(scope="session")
def golden() -> Callable[[str], GoldenEpisode]:
    """Loads a golden episode by name, e.g. ``asp-tablev-prophet``."""
    return load_golden_episode


@cache
def load_golden_episode(name: str) -> GoldenEpisode:
    """Read one file of tests/data/assignment."""
    with gzip.open(DATA / f"{name}.json.gz") as stream:
        document = json.load(stream)
    return (_asp if name.startswith("asp") else _orchestration)(document)


def _asp(document: dict[str, Any]) -> GoldenEpisode:
    providers, tasks, pending = document["providers"], document["tasks"], document["pending_task_never_assigned"]
    n_servers = len(providers)
    steps = [*tasks["t"], pending["t"]]
    arrays = {
        "server_capacity": np.array([p["total_t"] for p in providers], np.int64),
        "service_server": np.arange(n_servers, dtype=np.int64),
        "utility_line": np.array([[p["ax"], p["ay"], p["bx"], p["by"]] for p in providers], np.float64),
        "type_quality": np.zeros((n_servers, 1)),
        "task_arrival": np.array([*tasks["arrival_time"], pending["arrival_time"]], np.float64),
        "task_steps": np.array(steps, np.int64),
        "task_runtime": np.array([*tasks["runtime"], pending["runtime"]], np.float64),
        "task_type": np.zeros(len(steps), np.int64),
    }
    maxima = {"max_steps": 250, "max_runtime_s": 40410.0, "max_capacity": 900}
    observations = np.array(document["steps"]["obs"])
    return _episode(
        _instance(arrays, quality_weight=0.0, **maxima),
        document["steps"],
        np.roll(observations, 2, axis=1),  # the public code puts the task last
        document["per_provider"],
        [provider["num_crashed"] for provider in document["per_provider"]],
    )


def _orchestration(document: dict[str, Any]) -> GoldenEpisode:
    fleet = document["instance"]
    n_servers, per_server = len(fleet["server_capacity"]), fleet["services_per_server"]
    arrays = {
        "server_capacity": np.array(fleet["server_capacity"], np.int64),
        "service_server": np.arange(n_servers * per_server, dtype=np.int64) // per_server,
        "utility_line": np.array(fleet["utility_params_ax_ay_bx_by"], np.float64),
        "type_quality": np.array(fleet["type_baseline"], np.float64),
        "task_arrival": np.array(fleet["task_arrival"], np.float64),
        "task_steps": np.array(fleet["task_steps"], np.int64),
        "task_runtime": np.array(fleet["task_runtime"], np.float64),
        "task_type": np.array(fleet["task_type"], np.int64),
    }
    maxima = {"max_steps": 240, "max_runtime_s": 38616.0, "max_capacity": 1400}
    observations = np.array(document["steps"]["observation"])
    constant = np.arange(8, observations.shape[1], 3)  # services per server, after each server's two entries
    assert (observations[:, constant] == per_server).all()
    return _episode(
        _instance(arrays, quality_weight=1.0, **maxima),
        document["steps"],
        np.delete(observations, constant, axis=1),
        document["end"]["per_server"],
        document["end"]["num_crashes"],
    )


def _instance(arrays: dict[str, np.ndarray], **scalars: float) -> Instance:
    parameters = {"crash_penalty": 2.0, "reject_allowed": False, "horizon_s": 1e6} | scalars
    return Instance("assignment", "custom", 0, "test", 0, parameters, arrays)


def _episode(
    instance: Instance,
    steps: dict[str, list],
    observations: np.ndarray,
    servers: list[dict[str, float]],
    crashes: list[int],
) -> GoldenEpisode:
    return GoldenEpisode(
        instance=instance,
        services=np.array(steps["action"], np.int64),
        rewards=np.array(steps["reward"]),
        observations=observations,
        serving=np.array([server["serving"] for server in servers]),
        crashed=np.array([server["crashed"] for server in servers]),
        finished=np.array([server["finished"] for server in servers]),
        crashes=np.array(crashes),
        finished_utility=np.array([server["finished_total_reward"] for server in servers]),
        crashed_utility=np.array([server["crashed_total_reward"] for server in servers]),
    )
