"""What the speed measurements share: steps per second of each, in the stored JSON and in a table at the end."""

from collections.abc import Callable
from typing import Any

import pytest

RATE = "steps_per_second"


@pytest.fixture
def throughput(benchmark: Any) -> Callable[[Callable[[], object], int], None]:
    """Measures a function that does ``n_steps`` steps (decisions, tasks) per call."""

    def measure(function: Callable[[], object], n_steps: int) -> None:
        function()  # compiles what is compiled, apart from the measurement
        benchmark(function)
        if benchmark.stats is not None:  # None under --benchmark-disable
            benchmark.extra_info[RATE] = round(n_steps / benchmark.stats["median"])

    return measure


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the rates, which pytest-benchmark's own table leaves out."""
    rows = [(row.name, row.extra_info[RATE]) for row in config._benchmarksession.benchmarks if RATE in row.extra_info]
    if rows:
        terminalreporter.section("steps per second (median)")
        width = max(len(name) for name, _ in rows)
        for name, rate in rows:
            terminalreporter.write_line(f"{name:{width}}  {rate:>12,}  {1e6 / rate:10.3f} us/step")
