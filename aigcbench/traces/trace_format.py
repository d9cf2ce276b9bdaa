"""What a trace format is, and the one loop that reads them all."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aigcbench.errors import InputError
from aigcbench.traces.requests import QUANTITIES, Requests
from aigcbench.traces.table import Columns, Row, read_rows

MAXIMUM_REQUESTS = 10**8
SHORTEST_SPAN_S = 1e-6


class Request(NamedTuple):
    """One row of a trace, in the trace's own units; see `Requests`. An empty user is one that nobody else is."""

    arrival: float
    steps: float
    runtime: float
    input_size: float
    output_size: float
    type: str = ""
    user: str = ""


@dataclass(frozen=True)
class TraceFormat:
    """One format.

    Parameters
    ----------
    name, summary
        As ``--format`` takes it, and what it is.
    columns
        Of the CSV file.
    request
        Reads one row; None where the row holds no usable request, which is then left out and counted.
    """

    name: str
    summary: str
    columns: Columns
    request: Callable[[Row], Request | None]

    def read(self, path: Path) -> tuple[Requests, int]:
        """All requests of a file, sorted by arrival (equal times keep their order), and the number of rows left out.

        Raises
        ------
        InputError
            For anything that is not this format, and for a trace of less than two requests or of no duration.
        """
        arrival = array("d")
        quantities = {name: array("d") for name in QUANTITIES}
        codes = {"type": _Codes(), "user": _Codes()}
        left_out = 0
        for row in read_rows(path, self.columns):
            request = self.request(row)
            if request is None:
                left_out += 1
                continue
            if len(arrival) == MAXIMUM_REQUESTS:
                raise InputError(str(path), "too many requests", f"at most {MAXIMUM_REQUESTS:,}")
            arrival.append(request.arrival)
            for name, values in quantities.items():
                values.append(getattr(request, name))
            for name, coded in codes.items():
                coded.append(getattr(request, name))
        times = np.array(arrival)
        order = np.argsort(times, kind="stable")
        if len(times) < 2 or times[order[-1]] - times[order[0]] < SHORTEST_SPAN_S:
            found = f"{len(times)} requests{' at one time' if len(times) > 1 else ''}"
            raise InputError(str(path), found, "two requests or more, at different times")
        times = times[order] - times[order[0]]
        requests = Requests(
            span_s=float(times[-1]) * len(times) / (len(times) - 1),  # the last request has its mean gap too
            arrival=times,
            type=codes["type"].by_frequency()[order],
            user=codes["user"].distinct()[order],
            **{name: np.array(values)[order] for name, values in quantities.items()},
        )
        return requests, left_out


class _Codes:
    """Texts as numbers, in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._codes = array("q")

    def append(self, text: str) -> None:
        self._codes.append(self._numbers.setdefault(text, len(self._numbers)))

    def by_frequency(self) -> np.ndarray:
        """Int64 codes, 0 being the most frequent text; where two are as frequent, the one that appeared first."""
        codes = np.array(self._codes)
        rank = np.empty(len(self._numbers), np.int64)
        rank[np.argsort(-np.bincount(codes, minlength=len(rank)), kind="stable")] = np.arange(len(rank))
        return rank[codes]

    def distinct(self) -> np.ndarray:
        """Int64 codes; each empty text has a number of its own."""
        codes = np.array(self._codes)
        if "" in self._numbers:
            empty = codes == self._numbers[""]
            codes[empty] = len(self._numbers) + np.arange(int(empty.sum()))
        return codes
