"""The judge of caching decisions, written from the formulation's text alone.

Every quantity is one array over (frames, slots, users), computed from equations (2) to (10) of the paper. Nothing here is shared with the
simulator that solvers run against; the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance

TOLERANCE = 1e-9
"""By how much a share, a sum of shares or the storage (GB) may be off: room for rounding, nothing more."""

BITS_PER_MEGABYTE = 8e6
PLACES = ("frame", "slot", "user")


def check(instance: Instance, decisions: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Compute every metric of caching from raw decisions.

    Parameters
    ----------
    instance
        A valid caching instance.
    decisions
        ``cache`` (int64, frames x models, 0 or 1), ``bandwidth`` and ``steps`` (float64, frames x slots x users, shares).

    Returns
    -------
    A finite value for each metric of the formulation, by name.

    Raises
    ------
    InvalidDecisions
        Constraint ``length``, ``finite``, ``cache-bit``, ``storage``, ``minimum-share``, ``bandwidth-sum``, ``negative-steps``,
        ``uncached-steps`` or ``steps-sum``, naming the first bad frame, slot or user and the amount.
    """
    cache, bandwidth, steps = (decisions[name] for name in ("cache", "bandwidth", "steps"))
    _refuse_shapes(instance, decisions)
    cached = _refuse_illegal_cache(instance, cache)
    _refuse_illegal_bandwidth(instance, bandwidth)
    _refuse_illegal_steps(steps, cached)

    delay = delays(instance, decisions)
    quality = _quality(instance, steps, cached)
    weight, storage = (float(instance.parameters[name]) for name in ("delay_weight", "storage_gb"))
    utility = weight * delay + (1.0 - weight) * quality
    missed = delay > instance.parameters["slot_s"]
    metrics = {
        "cost": np.mean(utility + float(instance.parameters["deadline_penalty"]) * missed),
        "mean_delay": np.mean(delay),
        "p95_delay": np.percentile(delay, 95),
        "deadline_miss_rate": np.mean(missed),
        "mean_quality": np.mean(quality),
        "mean_g": np.mean(utility),
        "hit_ratio": np.mean(cached),
        "storage_used": np.mean(cache @ instance["model_storage"]) / max(storage, 1e-300),  # 0 where there is none
    }
    return {name: float(value) for name, value in metrics.items()}


def delays(instance: Instance, decisions: Mapping[str, np.ndarray]) -> np.ndarray:
    """How long each request takes under legal decisions, transmission and generation (s, frames x slots x users)."""
    cached = _cached(instance, decisions["cache"])
    return _transmission(instance, decisions["bandwidth"], cached) + _generation(instance, decisions["steps"], cached)


def _refuse_shapes(instance: Instance, decisions: Mapping[str, np.ndarray]) -> None:
    """Hold the shapes against the instance's."""
    request = instance["request"]
    wanted = {
        "cache": (len(request), len(instance["model_storage"])),
        "bandwidth": request.shape,
        "steps": request.shape,
    }
    for name, shape in wanted.items():
        if decisions[name].shape != shape:
            raise InvalidDecisions("length", f"decisions.{name}", f"shape {decisions[name].shape}", f"shape {shape}")
        _refuse("finite", ~np.isfinite(decisions[name]), decisions[name], f"a finite number in {name}")


def _refuse_illegal_cache(instance: Instance, cache: np.ndarray) -> np.ndarray:
    """Hold the cache against its storage; return which requests it holds (bool, frames x slots x users)."""
    _refuse("cache-bit", (cache != 0) & (cache != 1), cache, "0 or 1 for each model", ("frame", "model"))
    used, most = cache @ instance["model_storage"], float(instance.parameters["storage_gb"])
    _refuse("storage", used > most + TOLERANCE, used, f"at most {most:g} GB of models")
    return _cached(instance, cache)


def _cached(instance: Instance, cache: np.ndarray) -> np.ndarray:
    """Which requests a legal cache holds (bool, frames x slots x users)."""
    return np.stack([bits[request] for bits, request in zip(cache, instance["request"])]) == 1


def _refuse_illegal_bandwidth(instance: Instance, bandwidth: np.ndarray) -> None:
    """Each share at least the minimum, at most the whole band together."""
    least, used = float(instance.parameters["minimum_share"]), bandwidth.sum(axis=2)
    _refuse("minimum-share", bandwidth < least - TOLERANCE, bandwidth, f"a bandwidth share of at least {least:g}")
    _refuse("bandwidth-sum", used > 1.0 + TOLERANCE, used, "bandwidth shares of at most 1 together")


def _refuse_illegal_steps(steps: np.ndarray, cached: np.ndarray) -> None:
    """No negative shares, none without the model, at most all steps together."""
    used = steps.sum(axis=2)
    _refuse("negative-steps", steps < -TOLERANCE, steps, "a share of the steps of at least 0")
    _refuse("uncached-steps", ~cached & (steps > TOLERANCE), steps, "no steps, as the requested model is not cached")
    _refuse("steps-sum", used > 1.0 + TOLERANCE, used, "shares of the steps of at most 1 together")


def _refuse(
    constraint: str, bad: np.ndarray, amount: np.ndarray, expected: str, places: tuple[str, ...] = PLACES
) -> None:
    """Raise `InvalidDecisions` for the first entry marked bad."""
    if bad.any():
        index = np.unravel_index(int(bad.argmax()), bad.shape)
        where = ", ".join(f"{place} {number}" for place, number in zip(places, index, strict=False))
        raise InvalidDecisions(constraint, where, f"{amount[index]:.12g}", expected)


def _transmission(instance: Instance, bandwidth: np.ndarray, cached: np.ndarray) -> np.ndarray:
    """Upload and download times over the air, and over the backhaul where not cached, eqs. (2) to (6) (s)."""
    known = instance.parameters
    uplink, downlink = 1e6 * float(known["uplink_mhz"]), 1e6 * float(known["downlink_mhz"])
    user_power, station_power, noise = (
        10.0 ** ((float(known[name]) - 30.0) / 10.0)  # dBm to W
        for name in ("user_power_dbm", "station_power_dbm", "noise_dbm_per_hz")
    )
    gain = instance["gain"]
    upload = BITS_PER_MEGABYTE * instance["input_size"]
    download = BITS_PER_MEGABYTE * instance["model_output"][instance["request"]]
    band = bandwidth * uplink
    rate_up = band * np.log1p(user_power * gain / (noise * band)) / np.log(2.0)
    rate_down = downlink * np.log1p(station_power * gain / (noise * downlink)) / np.log(2.0)
    backhaul_up, backhaul_down = (1e6 * float(known[f"backhaul_{way}_mbit_s"]) for way in ("up", "down"))
    backhaul = upload / backhaul_up + download / backhaul_down
    return upload / rate_up + download / rate_down + np.where(cached, 0.0, backhaul)


def _generation(instance: Instance, steps: np.ndarray, cached: np.ndarray) -> np.ndarray:
    """Generation time at the edge, eq. (8), or with A3 steps in the cloud (s)."""
    per_step, fixed = instance["model_time"][instance["request"]].transpose(3, 0, 1, 2)
    cloud_steps = instance["model_quality"][instance["request"], 2]
    return per_step * np.where(cached, steps * float(instance.parameters["total_steps"]), cloud_steps) + fixed


def _quality(instance: Instance, steps: np.ndarray, cached: np.ndarray) -> np.ndarray:
    """Total variation of the image, eq. (7), or A4 from the cloud."""
    first, worst, last, best = instance["model_quality"][instance["request"]].transpose(3, 0, 1, 2)
    taken = steps * float(instance.parameters["total_steps"])
    share = (np.clip(taken, first, last) - first) / (last - first)  # 0 up to A1 steps, 1 from A3
    return np.where(cached, worst + (best - worst) * share, best)
