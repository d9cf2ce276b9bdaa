"""Speed of offloading: simulator, opt-ts, generator, environments, streams. A step is one task.

Run with ``pytest benchmarks/bench_offloading.py``; ``python benchmarks/bench_offloading.py`` plays 10^7 streamed tasks on 1000
stations and prints tasks per CPU-second and peak memory.
"""

import resource
import sys
import time

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.problems.offloading import greedy, simulator
from aigcbench.problems.offloading.env import OffloadingEnv, OffloadingVectorEnv
from aigcbench.problems.offloading.stations import StationsEnv
from aigcbench.problems.offloading.stream import play_stream
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.solver import Policy

SCENARIO = "offloading/paper"
BATCH = 256
BATCH_STEPS = 4000
STREAM_SLOTS = 556  # 10^7 tasks
STREAMED = ("opt-ts", "jsq", "capacity-lottery")


def policy_named(name: str) -> Policy:
    """A prepared policy of the catalogue."""
    card = find_solver(name)
    policy = getattr(load_module(card.location), card.class_name)()
    policy.prepare()
    return policy


def test_replay(throughput):
    """One episode of given decisions, without an observation."""
    instance = scenario_named(SCENARIO).instance(0)
    n_tasks = len(instance["task_work"])
    actions = np.random.default_rng(0).integers(20, size=n_tasks)
    state, rewards = simulator.single_state(instance, 0), np.zeros(n_tasks)
    throughput(lambda: simulator.replay(state, 0, actions, rewards), n_tasks)


def test_population(throughput):
    """Fitness of 20 individuals, as a genetic algorithm asks for."""
    instance = scenario_named(SCENARIO).instance(0)
    population = np.random.default_rng(0).integers(20, size=(20, len(instance["task_work"])))
    fitness = simulator.fitness(instance)
    throughput(lambda: fitness(population), population.size)


def test_opt_ts_plan(throughput):
    """The greedy plan of a whole episode, from the instance."""
    instance = scenario_named(SCENARIO).instance(0)
    throughput(lambda: greedy.opt_ts_plan(instance), len(instance["task_work"]))


def test_opt_ts_compiled(throughput):
    """The policy opt-ts in its compiled form, inside the kernel."""
    instance, policy = scenario_named(SCENARIO).instance(0), policy_named("opt-ts")
    problem = problem_of(instance)
    policy.reset(problem.context(instance, "informed"), np.random.default_rng(0))
    decide, state = policy.compiled()
    throughput(
        lambda: problem.run_compiled(instance, "informed", decide, state[np.newaxis]), len(instance["task_work"])
    )


def test_generator(throughput):
    """Drawing one instance."""
    scenario = scenario_named(SCENARIO)
    throughput(lambda: scenario.instance(0, "train"), len(scenario.instance(0, "train")["task_work"]))


@pytest.mark.parametrize("observation", ["paper", "online", "informed"])
@pytest.mark.parametrize("scenario", [SCENARIO, "offloading/light10"])
def test_vector_env(throughput, scenario, observation):
    """A batch of 256 environments, drawing new instances included."""
    envs = OffloadingVectorEnv(BATCH, scenario, observation)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).integers(20, size=(BATCH_STEPS, BATCH))

    def steps() -> None:
        for row in actions:
            envs.step(row)

    throughput(steps, actions.size)


def test_stations_env(throughput):
    """All stations of 16 episodes, slot by slot."""
    env, n_slots = StationsEnv(16, SCENARIO), 60
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(20, size=(16, env.n_stations, env.n_tasks))

    def episodes() -> None:
        for _ in range(n_slots):
            env.step(actions)

    throughput(episodes, int(16 * n_slots * env.n_stations * (1 + env.n_tasks) / 2))


def test_env(throughput):
    """A single environment, drawing new instances included."""
    env = OffloadingEnv("offloading/light10")
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(20, size=BATCH_STEPS)

    def steps() -> None:
        for action in actions:
            if env.step(action)[2]:
                env.reset()

    throughput(steps, BATCH_STEPS)


def play_large_stream(name: str) -> str:
    """Play 10^7 streamed tasks by a policy; say how fast, in how much memory, and how well."""
    scenario, policy = scenario_named("offloading/large"), policy_named(name)
    play_stream(scenario, policy, 0, slots=1)  # compiles
    start = time.process_time()
    metrics = play_stream(scenario, policy, 0, slots=STREAM_SLOTS)
    seconds = time.process_time() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    rate = f"{metrics['tasks'] / seconds:,.0f} tasks per CPU-second"
    return f"{name}: {metrics['tasks']:,.0f} tasks, {rate}, peak {peak_mb:.0f} MB, mean delay {metrics['mean_delay']:.2f} s"


if __name__ == "__main__":
    for solver in sys.argv[1:] or STREAMED:
        print(play_large_stream(solver), flush=True)
