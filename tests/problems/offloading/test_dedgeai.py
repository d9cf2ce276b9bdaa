"""Table V of the paper: total generation delay of DEdgeAI's five workers and of the platforms that it is compared with."""

import numpy as np
import pytest

from aigcbench.instance import Instance
from aigcbench.problems.offloading import greedy, simulator
from aigcbench.scenario import scenario_named

TASKS = (1, 100, 500, 1000)
DEDGEAI_S = {1: 18.3, 100: 382.4, 500: 1921.5, 1000: 3895.4}
PLATFORMS_S = {  # one image; 1000 images
    "Midjourney": (75.9, 75900.0),
    "OpenAI": (14.7, 14700.0),
    "Replicate": (32.9, 32900.0),
    "Deepinfra": (12.7, 12700.0),
    "Stability.AI": (5.4, 5400.0),
}


def burst(instance: Instance, n_tasks: int) -> Instance:
    """The first tasks of an instance of one slot, spread over its stations."""
    stations = instance["slot_tasks"].shape[1]
    arrays = {name: array[:n_tasks] if name.startswith("task") else array for name, array in instance.arrays.items()}
    arrays["slot_tasks"] = np.bincount(np.arange(n_tasks) % stations, minlength=stations)[np.newaxis]
    return Instance("offloading", "custom", 0, "test", 0, instance.parameters, arrays)


def total_delay(instance: Instance) -> float:
    """When the last of the tasks that all come at once is done, placed one by one where it waits least, s."""
    plan = greedy.opt_ts_plan(instance)
    rewards = np.zeros(len(plan))
    simulator.replay(simulator.single_state(instance, 0), 0, plan, rewards)
    return float(-rewards.min())


@pytest.mark.parametrize("n_tasks", TASKS)
def test_total_generation_delay_of_dedgeai(n_tasks):
    """Each number of tasks takes what the paper measured, within 5 %."""
    instance = burst(scenario_named("offloading/dedgeai-testbed").instance(0), n_tasks)
    assert total_delay(instance) == pytest.approx(DEDGEAI_S[n_tasks], rel=0.05)


@pytest.mark.parametrize("platform", PLATFORMS_S)
def test_platforms_serve_one_image_after_another(platform, offloading_instance):
    """A platform is one server with its measured time for an image: 1000 images take a thousand times as long."""
    one, thousand = PLATFORMS_S[platform]
    tasks = [[[(0.0, one, 0.0)] * 1000]]
    assert total_delay(offloading_instance([1.0], [1000.0], tasks)) == pytest.approx(thousand, rel=1e-9)
