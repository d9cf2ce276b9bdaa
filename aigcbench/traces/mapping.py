"""How a formulation takes part in traces: an optional module ``trace`` in its package."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any, Protocol, cast

import numpy as np

from aigcbench.errors import InputError
from aigcbench.traces.requests import Requests


class TraceMapping(Protocol):
    """What the module has."""

    def mean_rate(self, parameters: Mapping[str, Any]) -> float:
        """Requests per second of a scenario's instances, on average."""

    def horizon_s(self, parameters: Mapping[str, Any]) -> float:
        """Length of a scenario's arrival process, s."""

    def from_requests(
        self,
        requests: Requests,
        parameters: Mapping[str, Any],
        fleet: Mapping[str, Any] | None,
        rng: np.random.Generator,
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """An instance's scalars and arrays.

        Parameters
        ----------
        requests
            At least one, on the instance's clock; ``span_s`` is the instance's horizon. Steps, run time and sizes are
            relative to the trace's mean.
        parameters, fleet
            The scenario's.
        rng
            For what a trace doesn't know.
        """


def mapping_of(formulation: str) -> TraceMapping:
    """The mapping of a formulation, or `InputError` where it has none."""
    name = f"aigcbench.problems.{formulation}.trace"
    if importlib.util.find_spec(name) is None:
        raise InputError("--to", f"{formulation} makes no instances from traces", "a scenario of another formulation")
    return cast(TraceMapping, importlib.import_module(name))
