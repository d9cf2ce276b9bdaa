"""A proven lower bound on the cost: the optimum of every frame, or what the prices of its slots prove in the time there is."""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np

from aigcbench.instance import Instance
from aigcbench.optimization.deadline import Deadline
from aigcbench.problems.caching.frame.search import SearchLimits
from aigcbench.problems.caching.frame.solver import FrameOptimum, optimal_frame
from aigcbench.problems.caching.model import NAME, TOLERANCE
from aigcbench.problems.caching.slot.options import EARLY
from aigcbench.problems.caching.slot.search import OPTIMALITY
from aigcbench.problems.caching.slot.terms import Terms, terms_of
from aigcbench.problems.problem import Bound

FIRST_LIMITS = SearchLimits(nodes=10**4, caches=3)
NODES_PER_SECOND = 10**5  # at some hundred models; many more at few
CLOSED = 1e-9  # relative: what a search that was not cut short may leave open, and rounding


def bound(instance: Instance, seconds: float) -> Bound:
    """The best lower bound on the mean cost of any decisions that about ``seconds`` can prove.

    Frames do not influence one another, so that the mean of their bounds is a bound. What the checker's tolerances could gain is granted,
    so that no decisions that it accepts cost less.
    """
    terms, deadline = generous_terms(terms_of(instance)), Deadline(seconds)
    frames = terms.request.shape[0]
    optima = [
        _bound_frame(instance, terms, frame, Deadline(deadline.left / (frames - frame))) for frame in range(frames)
    ]
    value = math.fsum(optimum.bound for optimum in optima) / frames - _negative_steps_gain(terms) - _line_slack(terms)
    proven = all(optimum.bound >= optimum.cost * (1.0 - CLOSED) for optimum in optima)
    return Bound(value * (1.0 - CLOSED), "exact-frames" if proven else "slot-prices")


def _bound_frame(instance: Instance, terms: Terms, frame: int, deadline: Deadline) -> FrameOptimum:
    """Search a frame briefly; if that is not enough, once more as long as there is time."""
    storage, capacity = instance["model_storage"], float(instance.parameters["storage_gb"])
    started = time.monotonic()
    optimum = optimal_frame(terms, frame, storage, capacity, FIRST_LIMITS)
    per_cache = (time.monotonic() - started) / optimum.solved
    more = SearchLimits(nodes=int(NODES_PER_SECOND * deadline.left), caches=int(deadline.left / per_cache))
    if optimum.bound >= optimum.cost * (1.0 - CLOSED) or more.caches <= optimum.solved:
        return optimum
    return max(optimum, optimal_frame(terms, frame, storage, capacity, more), key=lambda found: found.bound)


def generous_terms(terms: Terms) -> Terms:
    """The terms with all that the checker's tolerances allow: a little more band, steps and time, and negative steps."""
    users = terms.request.shape[2]
    return terms._replace(
        deadline=terms.deadline + EARLY + TOLERANCE + _negative_steps_gain(terms) / max(terms.weight, 1e-9),
        total_steps=terms.total_steps * (1.0 + (users + 1) * TOLERANCE),
        minimum_share=max(terms.minimum_share - TOLERANCE, 0.1 * terms.minimum_share) / (1.0 + TOLERANCE),
        snr=terms.snr / (1.0 + TOLERANCE),  # over a band that is larger by the tolerance
    )


def _negative_steps_gain(terms: Terms) -> float:
    """What a request can gain by a share of steps as far below 0 as the tolerance."""
    return terms.weight * float(terms.models[:, 4].max()) * terms.total_steps * TOLERANCE


def _line_slack(terms: Terms) -> float:
    """What a search leaves open, and rounding, where the quality of a model falls steeply: both grow with its line's value at no steps."""
    first, worst, last, best = terms.models[:, :4].T
    line = worst + np.abs(worst - best) * first / (last - first)
    return OPTIMALITY * (1.0 - terms.weight) * float(line.max())


@cache
def warm_up() -> None:
    """Load or compile what bounds need, on an instance of one request."""
    scales = ("max_skewness", "max_data_mb", "max_steps", "max_quality", "max_step_s", "max_start_s")
    parameters = {
        "slot_s": 20.0, "storage_gb": 1.0, "delay_weight": 0.7, "deadline_penalty": 10.0, "total_steps": 1000.0,
        "minimum_share": 1e-4, "uplink_mhz": 20.0, "downlink_mhz": 40.0, "user_power_dbm": 23.0, "station_power_dbm": 43.0,
        "noise_dbm_per_hz": -176.0, "backhaul_up_mbit_s": 100.0, "backhaul_down_mbit_s": 100.0, **dict.fromkeys(scales, 1.0),
    }  # fmt: skip
    arrays = {
        "model_storage": np.ones(1),
        "model_output": np.ones(1),
        "model_quality": np.array([[60.0, 110.0, 170.0, 28.0]]),
        "model_time": np.array([[0.18, 5.74]]),
        "skewness": np.zeros(1),
        "popularity_state": np.zeros(1, np.int64),
        "request": np.zeros((1, 1, 1), np.int64),
        "input_size": np.ones((1, 1, 1)),
        "gain": np.full((1, 1, 1), 1e-9),
    }
    bound(Instance(NAME, "custom", 0, "test", 0, parameters, arrays), 1.0)
