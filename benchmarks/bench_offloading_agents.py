"""Speed of learning with an agent at every station of the paper's offloading scenario, in one thread."""

import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

LEARNERS = ("lad-ts", "d2sac-ts", "sac-ts", "dqn-ts", "lad-ts-shared")
SLOTS = 60


@pytest.mark.parametrize("name", LEARNERS)
def test_training_slots(throughput, name):
    """A step is a slot: some 500 decisions and one update of all twenty agents; an episode has 60."""
    from aigcbench.problems.offloading.agents.turns import AgentTurns

    card = find_solver(name)
    learner = getattr(load_module(card.location), card.class_name)()
    stations = task_named("offloading/paper").environments(*learner.environment_batch(), 1).stations()
    torch.set_num_threads(1)
    n = 1 if learner.shared else stations.n_stations
    generator = torch.Generator().manual_seed(0)
    algorithm = learner.algorithm(n, stations.observation_length, stations.n_stations, generator)
    turns = AgentTurns(algorithm, learner, stations)
    turns.restart()
    while turns.turn(0.0).updates == 0:
        pass

    def play() -> None:
        for _ in range(SLOTS):
            turns.turn(0.5)

    throughput(play, SLOTS)
