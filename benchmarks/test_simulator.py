"""Speed of the assignment simulator: replay, population evaluation, environments. A step is one task's decision."""

import numpy as np
import pytest

from aigcbench.problems.assignment import simulator
from aigcbench.problems.assignment.env import AssignmentEnv, AssignmentVectorEnv
from aigcbench.scenario import scenario_named

SCENARIOS = ("assignment/asp-paper", "assignment/orchestration-paper")
BATCH = 256
BATCH_STEPS = 1000  # about one paper episode, so that each row is reset about once a call


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_replay(throughput, scenario):
    """One episode of given decisions, without an observation."""
    instance = scenario_named(scenario).instance(0)
    n_tasks = len(instance["task_arrival"])
    actions = np.random.default_rng(0).integers(len(instance["service_server"]), size=n_tasks)
    state, rewards = simulator.single_state(instance, 0), np.zeros(n_tasks)
    throughput(lambda: simulator.replay(state, 0, actions, rewards), n_tasks)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_population(throughput, scenario):
    """Utility of 100 individuals, as a genetic algorithm asks for."""
    instance = scenario_named(scenario).instance(0)
    n_tasks = len(instance["task_arrival"])
    population = np.random.default_rng(0).integers(len(instance["service_server"]), size=(100, n_tasks))
    utilities = simulator.fitness(instance)
    throughput(lambda: utilities(population), population.size)


@pytest.mark.parametrize("observation", ["paper", "informed"])
@pytest.mark.parametrize("scenario", [*SCENARIOS, "assignment/asp-mixed"])
def test_vector_env(throughput, scenario, observation):
    """A batch of 256 environments, drawing new instances included."""
    envs = AssignmentVectorEnv(BATCH, scenario, observation)
    envs.reset(seed=0)
    n_actions = int(envs.single_action_space.n)
    actions = np.random.default_rng(0).integers(n_actions, size=(BATCH_STEPS, BATCH))

    def steps() -> None:
        for row in actions:
            envs.step(row)

    throughput(steps, actions.size)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_env(throughput, scenario):
    """A single environment, drawing new instances included."""
    env = AssignmentEnv(scenario)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(env.action_space.n, size=BATCH_STEPS)

    def steps() -> None:
        for action in actions:
            if env.step(action)[2]:
                env.reset()

    throughput(steps, BATCH_STEPS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_generator(throughput, scenario):
    """Drawing one instance; a step is one task of it."""
    drawn = scenario_named(scenario)
    throughput(lambda: drawn.instance(0, "train"), len(drawn.instance(0, "train")["task_arrival"]))
