"""Draws caching instances from a scenario's parameters (Liu et al., Section 7.1 and Table 2).

Popularity: gamma(t) is a Markov chain over frames (eq. 37); requests are Zipf(gamma) over the models in index order (eq. 1).
Mobility: the layout of the users is a Markov chain over all slots (eq. 36); in each slot every user stands anew, independently,
according to the layout. Only the generator's raw uniform stream and `elementary` are used, so that the same scenario and seed give
the same bytes on every platform and with every NumPy.

**Chosen**, as the paper leaves it open: both chains start in a uniformly drawn state; *uniform* is the whole square,
*concentrated* its middle square of half the side, *boundary* what lies outside the middle square of three quarters of the side;
nobody is nearer to the station, in the middle of the square, than the minimum distance.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.errors import InputError
from aigcbench.problems.caching import model
from aigcbench.problems.caching.elementary import natural_log, power
from aigcbench.problems.draws import uniform, validate_interval
from aigcbench.schema import Field, refuse_unknown, validate_arrays, validate_fields

_OWN = ("max_skewness", "max_data_mb", "max_steps", "max_quality", "max_step_s", "max_start_s")
COPIED = tuple(field for field in model.PARAMETERS if field.name not in _OWN)  # from the scenario into each instance
FIELDS = (
    Field("frames", int, "", "Number of frames F", 1, 10**6),
    Field("slots", int, "", "Slots of each frame K", 1, 10**6),
    Field("users", int, "", "Number of users U", 1, 10**6),
    Field("models", int, "", "Number of models M", 1, 10**5),
    Field("square_m", float, "m", "Side of the square in which users move", 1e-3, 1e6),
    Field("minimum_distance_m", float, "m", "Smallest distance of a user from the station", 1e-3, 1e6),
    *COPIED,
)
RANGES = {
    "input_size": "MB",
    "model_storage": "GB",
    "model_output": "MB",
    "A1": "steps",
    "A2": "TV",
    "A3": "steps",
    "A4": "TV",
    "B1": "s/step",
    "B2": "s",
}
FLEET = tuple(array for array in model.ARRAYS if array.name.startswith("model_"))
LAYOUTS = 3  # uniform, concentrated, boundary
CONCENTRATED_SIDE, BOUNDARY_SIDE = 0.5, 0.75  # sides of the inner squares, as shares of the square's side
PATH_GAIN_1KM_DB, PATH_EXPONENT = -128.1, 3.76  # eq. 3
SMALLEST_UNIFORM = 2.0**-54  # in place of 0, so that every fading is finite and every gain positive
MAXIMUM_REQUESTS = 10**8


def validate_scenario(parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, where: str) -> None:
    """Raise `InputError` unless the generator can draw from these parameters."""
    where = f"{where}: parameters"
    tables = [*RANGES, "skewness", "skewness_transition", "layout_transition"]
    refuse_unknown(parameters, [field.name for field in FIELDS] + tables, where)
    validate_fields(FIELDS, {k: v for k, v in parameters.items() if k not in tables}, where)
    for name, unit in RANGES.items():
        validate_interval(parameters.get(name), f"{where}.{name}", unit, 0, 1e9)
    states = _numbers(parameters, "skewness", 1, where)
    if len(states) == 0 or states.min() < 0 or states.max() > 100:
        raise InputError(f"{where}.skewness", "no states, or one out of range", "Zipf exponents from 0 to 100")
    _validate_transition(parameters, "skewness_transition", len(states), where)
    _validate_transition(parameters, "layout_transition", LAYOUTS, where)
    if parameters["frames"] * parameters["slots"] * parameters["users"] > MAXIMUM_REQUESTS:
        raise InputError(where, "frames * slots * users is too large", f"at most {MAXIMUM_REQUESTS:,} requests")
    if parameters["minimum_share"] * parameters["users"] > 1:
        raise InputError(f"{where}.minimum_share", f"{parameters['minimum_share']:g}", "at most 1 / users")
    if parameters["A3"]["low"] <= parameters["A1"]["high"] or parameters["A4"]["high"] > parameters["A2"]["low"]:
        raise InputError(where, "ranges of A1 and A3, or of A4 and A2, that overlap", "A1 < A3 and A4 <= A2")
    if fleet is not None:
        _fixed_fleet(fleet, parameters, where.replace("parameters", "fleet"))


def generate(
    parameters: Mapping[str, Any], fleet: Mapping[str, Any] | None, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Draw one instance: models unless fixed, popularity, layouts, requests, inputs, places, fading."""
    arrays = drawn_fleet(parameters, rng) if fleet is None else _fixed_fleet(fleet, parameters, "fleet")
    shape = parameters["frames"], parameters["slots"], parameters["users"]
    states = _chain(np.array(parameters["skewness_transition"], np.float64), shape[0], rng)
    arrays["popularity_state"] = states
    arrays["skewness"] = np.array(parameters["skewness"], np.float64)[states]
    layouts = _chain(np.array(parameters["layout_transition"], np.float64), shape[0] * shape[1], rng)
    arrays["request"] = _requests(arrays["skewness"], parameters["models"], rng.random(shape))
    arrays["input_size"] = uniform(parameters["input_size"], math.prod(shape), rng).reshape(shape)
    arrays["gain"] = _gains(layouts.reshape(shape[:2]), shape, parameters, rng)
    scalars = {
        field.name: float(parameters[field.name]) if field.kind is float else parameters[field.name] for field in COPIED
    }
    scalars["max_skewness"] = float(max(*arrays["skewness"], *parameters["skewness"], 1e-9))
    scalars["max_data_mb"] = _largest(parameters, ("input_size", "model_output"), arrays["model_output"])
    quality, seconds = arrays["model_quality"], arrays["model_time"]
    scalars["max_steps"] = _largest(parameters, ("A3",), quality[:, 2])
    scalars["max_quality"] = _largest(parameters, ("A2",), quality[:, 1])
    scalars["max_step_s"] = _largest(parameters, ("B1",), seconds[:, 0])
    scalars["max_start_s"] = _largest(parameters, ("B2",), seconds[:, 1])
    return scalars, arrays


def drawn_fleet(parameters: Mapping[str, Any], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw the models: storage, output, A1 to A4, B1 and B2, each uniform over its range."""
    n_models = parameters["models"]
    columns = {name: uniform(parameters[name], n_models, rng) for name in RANGES if name != "input_size"}
    return {
        "model_storage": columns["model_storage"],
        "model_output": columns["model_output"],
        "model_quality": np.stack([columns[name] for name in ("A1", "A2", "A3", "A4")], axis=1),
        "model_time": np.stack([columns["B1"], columns["B2"]], axis=1),
    }


def _fixed_fleet(fleet: Mapping[str, Any], parameters: Mapping[str, Any], where: str) -> dict[str, np.ndarray]:
    """The scenario's fixed models as arrays, held against the declared number."""
    refuse_unknown(fleet, [array.name for array in FLEET], where)
    arrays = {declared.name: _numbers(fleet, declared.name, len(declared.shape), where) for declared in FLEET}
    sizes = validate_arrays(FLEET, arrays, where)
    if sizes["models"] != parameters["models"]:
        raise InputError(where, f"{sizes['models']} models", f"{parameters['models']}, as parameters say")
    model.validate_models(arrays["model_quality"], f"{where}.model_quality")
    return arrays


def _requests(skewness: np.ndarray, n_models: int, uniforms: np.ndarray) -> np.ndarray:
    """Zipf requests (eq. 1) from uniforms (F, K, U), int64 of the same shape, each frame by its exponent."""
    request = np.empty(uniforms.shape, np.int64)
    ranks = np.arange(1, n_models + 1, dtype=np.float64)
    for gamma in np.unique(skewness):
        frames = skewness == gamma
        cumulative = np.cumsum(power(ranks, -float(gamma)))
        request[frames] = np.searchsorted(cumulative, uniforms[frames] * cumulative[-1], side="right")
    return np.minimum(request, n_models - 1)


def _chain(transition: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """States (length,) int64 of a Markov chain that starts in a uniformly drawn state."""
    first, *uniforms = rng.random(length).tolist()
    cumulative = np.cumsum(transition, axis=1).tolist()
    states = [int(first * len(transition))]
    for number in uniforms:
        states.append(min(bisect_right(cumulative[states[-1]], number), len(transition) - 1))
    return np.array(states, np.int64)


def _gains(
    layouts: np.ndarray, shape: tuple[int, int, int], parameters: Mapping[str, Any], rng: np.random.Generator
) -> np.ndarray:
    """Channel power gains (F, K, U): path gain of eq. 3 at the drawn distance times Rayleigh power fading Exp(1)."""
    x, y = _places(layouts, rng.random(shape), rng.random(shape))
    side, least = float(parameters["square_m"]) / 1000.0, float(parameters["minimum_distance_m"]) / 1000.0
    squared_km = np.maximum((x * x + y * y) * side * side, least * least)
    path_gain = float(power(np.array(10.0), PATH_GAIN_1KM_DB / 10.0)) * power(squared_km, -PATH_EXPONENT / 2.0)
    fading = -natural_log(np.maximum(rng.random(shape), SMALLEST_UNIFORM))
    return path_gain * fading


def _places(layouts: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in [-1/2, 1/2] of a unit square, from two uniforms each (F, K, U) and layouts (F, K)."""
    layouts = layouts[:, :, None]
    side = np.where(layouts == 1, CONCENTRATED_SIDE, 1.0)
    x, y = (first - 0.5) * side, (second - 0.5) * side
    # The boundary is cut into four equal rectangles, each a quarter turn from the next; the first uniform chooses one.
    width = (1.0 - BOUNDARY_SIDE) / 2.0
    turn = np.floor(4.0 * first)
    along, across = (4.0 * first - turn) * (1.0 - width) - 0.5, 0.5 - second * width
    boundary_x = np.select([turn == 0, turn == 1, turn == 2], [along, across, -along], -across)
    boundary_y = np.select([turn == 0, turn == 1, turn == 2], [across, -along, -across], along)
    return np.where(layouts == 2, boundary_x, x), np.where(layouts == 2, boundary_y, y)


def _largest(parameters: Mapping[str, Any], names: tuple[str, ...], drawn: np.ndarray) -> float:
    return float(max(*(parameters[name]["high"] for name in names), drawn.max(), 1e-9))


def _numbers(table: Mapping[str, Any], name: str, dimensions: int, where: str) -> np.ndarray:
    """An array of numbers of a TOML table in float64, or `InputError`."""
    try:
        array = np.array(table[name])
    except (KeyError, ValueError):
        array = np.array(None)
    if array.dtype.kind not in "if" or array.ndim != dimensions:
        raise InputError(f"{where}.{name}", "missing or not numbers", f"an array of {dimensions} dimensions")
    return array.astype(np.float64)


def _validate_transition(parameters: Mapping[str, Any], name: str, states: int, where: str) -> None:
    matrix = _numbers(parameters, name, 2, where)
    sound = matrix.shape == (states, states) and matrix.min() >= 0 and np.abs(matrix.sum(axis=1) - 1).max() < 1e-9
    if not sound:
        raise InputError(f"{where}.{name}", "no transition matrix", f"{states} rows of probabilities that add up to 1")
