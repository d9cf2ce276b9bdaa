"""Speed of the report on a synthetic store of 100,000 rows: boards, and the figures of every scenario."""

from itertools import groupby

import numpy as np
import pandas as pd
import pytest

from aigcbench.report.charts.figures import figures_of
from aigcbench.report.leaderboard import boards_of

SCENARIOS, INSTANCES, SEEDS = 20, 100, 2
SOLVERS = {"online": 10, "informed": 7, "clairvoyant": 8}
POINTS = 12
"""Incumbents of each clairvoyant run."""


def synthetic_results() -> pd.DataFrame:
    """Every solver on every instance with every seed, the last online one with two trainings instead of seeds."""
    rng = np.random.default_rng(0)
    solvers = [(information, number) for information, count in SOLVERS.items() for number in range(count)]
    table = pd.MultiIndex.from_product(
        [range(SCENARIOS), range(INSTANCES), range(len(solvers)), range(SEEDS)],
        names=["scenario", "instance", "solver", "seed"],
    ).to_frame(index=False)
    information = np.array([name for name, _ in solvers])[table["solver"]]
    number = np.array([number for _, number in solvers])[table["solver"]]
    planner, trained = information == "clairvoyant", (information == "online") & (number == SOLVERS["online"] - 1)
    label = np.char.add(np.char.add(information, "-"), number.astype(str))
    label[(information == "online") & (number == 0)] = "random"
    scenario = np.char.mod("assignment/synthetic-%02d", table["scenario"])
    instance = np.char.add(scenario, np.char.mod("#%d", table["instance"]))
    rows = len(table)
    failed = rng.random(rows) < 0.01
    utility = 60.0 + 2.0 * number + 5.0 * planner + rng.normal(0.0, 2.0, rows)
    return pd.DataFrame(
        {
            "key": np.char.mod("%d", np.arange(rows)),
            "formulation": "assignment",
            "scenario": scenario,
            "instance": instance,
            "instance_sha256": instance,
            "solver": label,
            "label": label,
            "family": "heuristic",
            "information": information,
            "seed": np.where(trained, 0, table["seed"]),
            "training_seed": np.where(trained, table["seed"], np.nan),
            "status": np.where(failed, "crash", "ok"),
            "detail": "",
            "wall_seconds": np.where(planner, rng.uniform(1.0, 60.0, rows), 0.5),
            "peak_memory_mb": 100.0,
            "decision_p50_s": np.where(planner, np.nan, 2e-5 * (1 + number)),
            "decision_p99_s": np.where(planner, np.nan, 8e-5 * (1 + number)),
            "training_cpu_seconds": np.where(trained, 100.0, np.nan),
            "timed": True,
            "wall_limit_s": 60.0,
            "memory_limit_mb": 4000.0,
            "threads": 1,
            "source_sha256": "source",
            "checkpoint_sha256": None,
            "bound": 100.0,
            "bound_method": "synthetic",
            "metric.utility": np.where(failed, np.nan, utility),
            "metric.mean_delay": rng.uniform(10.0, 20.0, rows),
            "metric.p95_delay": rng.uniform(20.0, 40.0, rows),
            "metric.failure_rate": 0.01,
        }
    )


def synthetic_incumbents(results: pd.DataFrame) -> dict[str, np.ndarray]:
    """Curves that rise to the final score within the run, for every clairvoyant run."""
    rise = np.linspace(0.7, 1.0, POINTS)
    planned = results[results["information"] == "clairvoyant"]
    return {
        key: np.column_stack([seconds * np.geomspace(1e-3, 1.0, POINTS), score * rise])
        for key, seconds, score in zip(planned["key"], planned["wall_seconds"], planned["metric.utility"])
        if np.isfinite(score)
    }


@pytest.fixture(scope="module")
def results():
    """The rows of the store."""
    table = synthetic_results()
    assert len(table) == 100_000
    return table


@pytest.fixture(scope="module")
def incumbents(results):
    """The curves of the store."""
    return synthetic_incumbents(results)


def test_boards(benchmark, results, incumbents):
    """All boards."""
    boards = benchmark.pedantic(boards_of, (results, incumbents), rounds=1)
    assert len(boards) == SCENARIOS * len(SOLVERS)


def test_figures(benchmark, results, incumbents):
    """All figures of all scenarios."""
    boards = boards_of(results, incumbents)

    def figures():
        return [
            figures_of(list(own), results, incumbents) for _, own in groupby(boards, key=lambda board: board.scenario)
        ]

    found = benchmark.pedantic(figures, rounds=1)
    assert len(found) == SCENARIOS
