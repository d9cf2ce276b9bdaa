"""Speed of clairvoyant searches of offloading at the paper's size: moves tried, tasks put to their best stations."""

import numpy as np
import pytest

from aigcbench.problems.offloading.greedy import opt_ts_plan
from aigcbench.problems.offloading.search.plan import PlanSearch
from aigcbench.scenario import scenario_named

MOVES = 100_000
TEMPERATURE = 0.01  # in mean savings of a task: midway through annealing


def settled(swap_share: float) -> PlanSearch:
    """A search that begins where no single task can be sent elsewhere for less."""
    instance = scenario_named("offloading/paper").instance(0)
    search = PlanSearch(instance, opt_ts_plan(instance), swap_share, swap_slots=0.3)
    while search.improve(np.arange(search.n_tasks)):
        pass
    return search


@pytest.mark.parametrize("swap_share", [0.0, 1.0])
def test_random_moves(throughput, swap_share):
    """Relocations only, swaps only."""
    search, rng = settled(swap_share), np.random.default_rng(0)
    temperature = TEMPERATURE * search.typical_saving()
    throughput(lambda: search.move(rng, temperature, MOVES), MOVES)


def test_best_stations(throughput):
    """Every task against every other station."""
    search = settled(0.0)
    tasks = np.arange(search.n_tasks)
    throughput(lambda: search.improve(tasks), search.n_tasks * (search.n_stations - 1))
