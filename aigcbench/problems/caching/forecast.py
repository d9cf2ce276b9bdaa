"""Sampled slots of a frame that has not begun: Zipf requests (eq. 1), with inputs and gains like those of the past."""

from __future__ import annotations

from collections import deque

import numpy as np

from aigcbench.observation import Context, Observation
from aigcbench.problems.caching.generator import PATH_EXPONENT, PATH_GAIN_1KM_DB
from aigcbench.problems.caching.popularity import zipf
from aigcbench.problems.caching.radio import ratio_of
from aigcbench.problems.caching.slot.terms import Terms, terms_from

SQUARE_KM, MINIMUM_KM = 0.25, 0.01  # where users are until they are seen: uniformly in the paper's square
SMALLEST_INPUT = 0.5  # of the largest input, until inputs are seen


class Forecast:
    """What an operator who knows the models and gamma expects of the next frame.

    Parameters
    ----------
    context
        Of an informed policy.
    slots
        How many slots a forecast has; as many past slots are remembered.
    rng
        Draws the forecasts.
    """

    def __init__(self, context: Context, slots: int, rng: np.random.Generator) -> None:
        self._parameters, self._slots, self._rng = context.parameters, slots, rng
        self._models = np.hstack([context["model_quality"], context["model_time"]])
        self._output = context["model_output"]
        self._users = int(context["n_users"])
        self._past: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=slots)

    def remember(self, observation: Observation) -> None:
        """Take note of a slot's inputs and gains."""
        self._past.append((observation.input_size.copy(), observation.gain.copy()))

    def terms(self, skewness: float) -> Terms:
        """One frame of sampled slots at an exponent of the Zipf distribution."""
        shape = self._slots, self._users
        request = self._requests(skewness)
        if self._past:
            places = np.arange(self._slots) % len(self._past)
            size = np.stack([self._past[place][0] for place in places])
            gain = np.stack([self._past[place][1] for place in places])
        else:
            largest = float(self._parameters["max_data_mb"])
            size = self._rng.uniform(SMALLEST_INPUT * largest, largest, shape)
            gain = self._first_gains(shape)
        seen = (request, size, self._output[request], gain)
        return terms_from(self._parameters, self._models, *(entries[None] for entries in seen))

    def _requests(self, skewness: float) -> np.ndarray:
        """Requests (slots, users) int64 in nearly the expected numbers: evenly spaced uniforms in random order."""
        cumulative = np.cumsum(zipf(len(self._models), skewness))
        count = self._slots * self._users
        uniforms = (self._rng.permutation(count) + self._rng.random()) / count
        request = np.searchsorted(cumulative, uniforms, side="right")
        return np.minimum(request, len(self._models) - 1).reshape(self._slots, self._users)

    def _first_gains(self, shape: tuple[int, int]) -> np.ndarray:
        """Gains before anybody was seen: path gain of eq. 3 times Rayleigh power fading."""
        x, y = self._rng.uniform(-0.5 * SQUARE_KM, 0.5 * SQUARE_KM, (2, *shape))
        distance = np.maximum(np.hypot(x, y), MINIMUM_KM)
        return ratio_of(PATH_GAIN_1KM_DB) * distance**-PATH_EXPONENT * self._rng.exponential(1.0, shape)
