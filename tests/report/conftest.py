"""Synthetic result rows."""

import json

import numpy as np
import pandas as pd
import pytest

from aigcbench.score import Metric


def result_row(**given):
    """One finished cell of the formulation `assignment`, every column filled."""
    row = {
        "key": "0",
        "formulation": "assignment",
        "scenario": "assignment/asp-paper",
        "instance": "assignment/asp-paper#0",
        "instance_sha256": "sha-0",
        "solver": "random",
        "label": "random",
        "family": "heuristic",
        "information": "online",
        "parameters": json.dumps({}),
        "seed": 0,
        "training_seed": np.nan,
        "status": "ok",
        "detail": "",
        "wall_seconds": 1.5,
        "peak_memory_mb": 120.0,
        "decision_p50_s": 2e-5,
        "decision_p99_s": 4e-4,
        "n_decisions": 1000,
        "training_cpu_seconds": np.nan,
        "timed": True,
        "wall_limit_s": 60.0,
        "memory_limit_mb": 4000.0,
        "threads": 1,
        "source_sha256": "source",
        "checkpoint_sha256": None,
        "bound": 100.0,
        "bound_method": "prices",
        "metric.utility": 50.0,
        "metric.mean_delay": 20.0,
        "metric.p95_delay": 40.0,
        "metric.failure_rate": 0.1,
    }
    return row | given


@pytest.fixture(scope="session")
def table():
    """Build a table of results from ``(label, instance number, utility, other columns)``; utility None is a failure."""

    def build(*cells):
        rows = []
        for number, (label, instance, utility, *given) in enumerate(cells):
            row = result_row(
                key=str(number),
                solver=label.split("[")[0],
                label=label,
                instance=f"assignment/asp-paper#{instance}",
                instance_sha256=f"sha-{instance}",
            )
            if utility is None:
                row |= {name: np.nan for name in row if name.startswith("metric.")}
                row |= {"status": "crash", "detail": "signal 11"}
            else:
                row["metric.utility"] = utility
            rows.append(row | (given[0] if given else {}))
        return pd.DataFrame(rows)

    return build


@pytest.fixture(scope="session")
def realistic(table):
    """Twelve instances, three classes, hostile names, failures, a long label and a skipped solver."""
    rng = np.random.default_rng(7)
    solvers = [
        ("random", "online", 40.0),
        ("round-robin", "online", 55.0),
        ("d2sac[learning_rate=0.0003,denoising_steps=5,hidden=256]", "online", 70.0),
        ("prophet", "informed", 80.0),
        ("<script>alert(1)</script>", "clairvoyant", 90.0),
        ("milp[backend=cbc]", "clairvoyant", 95.0),
    ]
    cells = []
    for instance in range(12):
        for label, information, level in solvers:
            given = {"information": information, "family": "<i>heuristic</i>" if "script" in label else "exact"}
            if information == "clairvoyant":
                given |= {"decision_p50_s": np.nan, "decision_p99_s": np.nan}
            failed = label == "round-robin" and instance == 3
            if label.startswith("milp") and instance == 4:
                given |= {"status": "timeout", "detail": "stopped at 60 s"}
            if failed:
                given |= {"detail": "<img src=x onerror=alert(2)>"}
            cells.append((label, instance, None if failed else level + rng.normal(0, 1.5), given))
        cells.append(("torch-solver", instance, None, {"status": "skipped", "detail": "torch is not installed"}))
    return table(*cells)


@pytest.fixture
def delay_first(monkeypatch):
    """The formulation with its mean delay as the primary metric, lower is better."""
    metrics = (Metric("mean_delay", "s", "down", "Mean delay", ("utility",)), Metric("p95_delay", "s", "down", "Tail"))

    class DelayFirst:
        summary = "Delay first"
        reference_solver = "random"

    DelayFirst.metrics = metrics
    monkeypatch.setattr("aigcbench.report.leaderboard.problem_named", lambda name: DelayFirst)
    return DelayFirst
