"""Exact decisions by what is believed of the models."""

from __future__ import annotations

import dataclasses

import numpy as np

from aigcbench.errors import InputError
from aigcbench.observation import Context
from aigcbench.problems.caching.forecast_policy import SAMPLED_REQUESTS, ForecastExact

KNOWN_PAIR = 4  # columns of model_quality; those of model_time follow


class BelievedModels(ForecastExact):
    """Decides as if models (M, 6: A1 to A4, B1, B2) were known, and the deadline a little earlier.

    Parameters
    ----------
    models
        What is believed.
    margin
        s, by which requests are planned to be early, as the beliefs are a little wrong.
    """

    information = "online"

    def __init__(self, models: np.ndarray, margin: float) -> None:
        super().__init__(sampled_requests=SAMPLED_REQUESTS)
        self._believed, self._margin = models, margin

    def prepare(self) -> None:
        """See `ExactSlots`: with a policy that knows the models of the tiny instance."""
        informed = ForecastExact(sampled_requests=SAMPLED_REQUESTS)
        informed.information = "informed"  # type: ignore[misc]
        informed.prepare()

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        if len(self._believed) != context["n_models"]:
            wrong = f"{context['n_models']} models"
            raise InputError(f"scenario {context.scenario}", wrong, f"{len(self._believed)}, as in its training")
        believed = {"model_quality": self._believed[:, :KNOWN_PAIR], "model_time": self._believed[:, KNOWN_PAIR:]}
        earlier = {"slot_s": float(context["slot_s"]) - self._margin}
        arrays, parameters = {**context.arrays, **believed}, {**context.parameters, **earlier}
        super().reset(dataclasses.replace(context, arrays=arrays, parameters=parameters), rng)
