"""Cuts a trace into windows and puts each on a scenario's clock, so that its mean rate is the scenario's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.problem import problem_named
from aigcbench.scenario import Scenario
from aigcbench.traces.mapping import mapping_of
from aigcbench.traces.requests import Requests

ROUNDING = 1e-9  # share of the trace by which windows may end after it


@dataclass(frozen=True)
class Selection:
    """Which part of a trace becomes instances, and how dense.

    Parameters
    ----------
    rate
        The whole trace's mean rate in the instances, as a multiple of the scenario's.
    start_s
        Where the first window starts, s of the trace after its first request.
    duration_s
        Length of a window, s of the trace; None: what the scenario's horizon holds, less where the windows would not fit.
    windows
        How many, one after the other.
    """

    rate: float = 1.0
    start_s: float = 0.0
    duration_s: float | None = None
    windows: int = 1


def instances_of(requests: Requests, scenario: Scenario, name: str, selection: Selection) -> Iterator[Instance]:
    """An instance for each window that holds a request; its seed is the window's index.

    Parameters
    ----------
    requests
        The whole trace: its mean rate, and the means of its quantities, become the scenario's.
    scenario
        Whose fleet and scalars the instances have.
    name
        Of the scenario that the instances say they are from.
    """
    mapping, problem = mapping_of(scenario.formulation), problem_named(scenario.formulation)
    clock = clock_of(requests, scenario, selection.rate)
    duration = _duration(requests, mapping.horizon_s(scenario.parameters) / clock, selection)
    relative = requests.relative()
    for k in range(selection.windows):
        window = relative.window(selection.start_s + k * duration, duration)
        if not len(window):
            continue
        rng = scenario.random_stream(k)
        scalars, arrays = mapping.from_requests(window.slowed(clock), scenario.parameters, scenario.fleet, rng)
        instance = Instance(scenario.formulation, name, scenario.version, "test", k, scalars, arrays)
        problem.validate(instance, f"window {k}")
        yield instance


def clock_of(requests: Requests, scenario: Scenario, rate: float) -> float:
    """How many seconds of the instances one second of the trace is."""
    mapping = mapping_of(scenario.formulation)
    wanted = mapping.mean_rate(scenario.parameters) * rate
    if wanted <= 0 or mapping.horizon_s(scenario.parameters) <= 0:
        raise InputError("--to", f"no requests arrive in {scenario.name}", "a scenario with arrivals")
    return requests.mean_rate / wanted


def _duration(requests: Requests, horizon_s: float, selection: Selection) -> float:
    """Length of a window in s of the trace; ``horizon_s`` is the scenario's, on the trace's clock."""
    rest = requests.span_s - selection.start_s
    if rest <= 0:
        raise InputError("--start", f"{selection.start_s:g} s", f"less than the trace's {requests.span_s:g} s")
    if selection.duration_s is None:
        return min(horizon_s, rest / selection.windows)
    if selection.duration_s * selection.windows > rest + ROUNDING * requests.span_s:
        found = f"{selection.windows} x {selection.duration_s:g} s"
        raise InputError("--windows, --duration", found, f"at most {rest:g} s, what the trace has after --start")
    return selection.duration_s
