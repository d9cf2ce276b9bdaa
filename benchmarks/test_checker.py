"""Speed of the assignment checker at paper size. A step is one task."""

import numpy as np
import pytest

from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named


@pytest.mark.parametrize("scenario", ["assignment/asp-paper", "assignment/orchestration-paper"])
def test_check(throughput, scenario):
    """Every metric from random decisions."""
    instance = scenario_named(scenario).instance(0)
    n_tasks = len(instance["task_arrival"])
    decisions = np.random.default_rng(0).integers(len(instance["service_server"]), size=n_tasks)
    throughput(lambda: score(instance, decisions), n_tasks)
