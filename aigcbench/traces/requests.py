"""Requests of a trace, whatever its format: arrays that can be cut into windows and put on another clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

QUANTITIES = ("steps", "runtime", "input_size", "output_size")


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests in order of arrival. All arrays have the shape (requests,).

    Parameters
    ----------
    span_s
        Length of the period that the requests come from, s.
    arrival
        Float64, s, non-decreasing, from 0 up to ``span_s``.
    steps, runtime, input_size, output_size
        Float64: generation steps, run time, size of what goes in and of what comes out, each in a unit of the trace's own;
        instances use them relative to their mean.
    type
        Int64: 0 is the trace's most frequent type, 1 the next, ...
    user
        Int64: who asked.
    """

    span_s: float
    arrival: np.ndarray
    steps: np.ndarray
    runtime: np.ndarray
    input_size: np.ndarray
    output_size: np.ndarray
    type: np.ndarray
    user: np.ndarray

    def __len__(self) -> int:
        return len(self.arrival)

    @property
    def mean_rate(self) -> float:
        """Requests per second."""
        return len(self) / self.span_s

    def relative(self) -> Requests:
        """The same requests with every quantity divided by its mean; 1 throughout where that is 0.

        The sum is exact, so that instances have the same bytes on every platform.
        """
        quantities = {name: getattr(self, name) for name in QUANTITIES}
        means = {name: math.fsum(values) / len(self) for name, values in quantities.items()}
        scaled: dict[str, Any] = {
            name: v / means[name] if means[name] > 0 else np.ones(len(v)) for name, v in quantities.items()
        }
        return replace(self, **scaled)

    def window(self, start_s: float, duration_s: float) -> Requests:
        """The requests of [start, start + duration), their clock starting with the window; there may be none."""
        first, end = np.searchsorted(self.arrival, (start_s, start_s + duration_s))
        cut = {name: getattr(self, name)[first:end] for name in (*QUANTITIES, "type", "user")}
        return replace(self, span_s=duration_s, arrival=self.arrival[first:end] - start_s, **cut)

    def slowed(self, factor: float) -> Requests:
        """The same requests with all times of arrival, and the span, multiplied by a factor."""
        return replace(self, span_s=self.span_s * factor, arrival=self.arrival * factor)
