"""Speed of flow: simulator, rules, generator, environments, annealing. A step is one flow's decision, of annealing one move."""

import numpy as np
import pytest

from aigcbench.problems.flow import model, pricing, simulator
from aigcbench.problems.flow.annealing.search import PlanSearch
from aigcbench.problems.flow.env import FlowEnv, FlowVectorEnv
from aigcbench.scenario import scenario_named

SCENARIOS = ("flow/paper", "flow/x4")
BATCH = 256
BATCH_STEPS = 1000  # about one paper episode, so that each row is reset about once a call
MOVES = 20_000


def random_actions(instance, *shape):
    """Random decisions, rejection among them."""
    return np.random.default_rng(0).integers(-1, model.n_actions(instance), size=(*shape, len(instance["flow_slot"])))


@pytest.mark.parametrize("information", ["none", "online", "informed"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_replay(throughput, scenario, information):
    """One episode of given decisions, with the observation of a class or without any."""
    instance = scenario_named(scenario).instance(0)
    lengths = dict(model.layout_of(instance).lengths) | {"none": 0}
    actions = random_actions(instance)
    state, rewards = simulator.single_state(instance, lengths[information]), np.zeros(len(actions))
    throughput(lambda: simulator.replay(state, 0, actions, rewards), len(actions))


@pytest.mark.parametrize("observation", ["none", "paper", "informed"])
def test_batch(throughput, observation):
    """A batch of 256 episodes in the kernel, all stepped to the end of the shortest."""
    instances = [scenario_named("flow/paper").instance(seed) for seed in range(BATCH)]
    length = (dict(model.layout_of(instances[0]).lengths) | {"none": 0})[observation]
    gateways, longest, places = (max(sizes) for sizes in zip(*map(simulator.sizes_of, instances), strict=True))
    levels = instances[0]["level_rate"], instances[0]["level_units"]
    state = simulator.empty_state(BATCH, (gateways, longest, places), *levels, length)
    for n, instance in enumerate(instances):
        simulator.load_episode(state, n, instance)
    shortest = min(len(instance["flow_slot"]) for instance in instances)
    actions = np.random.default_rng(0).integers(24, size=(shortest, BATCH))
    rewards, ended = np.empty(BATCH), np.empty(BATCH, dtype=np.bool_)

    def steps() -> None:
        for n in range(BATCH):
            simulator.restart(state, n)
        for row in actions:
            simulator.step_batch(state, row, rewards, ended)

    throughput(steps, actions.size)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_population(throughput, scenario):
    """Fitness of 20 individuals, as a genetic algorithm asks for."""
    instance = scenario_named(scenario).instance(0)
    population = random_actions(instance, 20)
    fitness = simulator.fitness(instance)
    throughput(lambda: fitness(population), population.size)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_price_and_reject(throughput, scenario):
    """A whole episode decided by prices, in the kernel."""
    instance = scenario_named(scenario).instance(0)
    throughput(lambda: pricing.plan_by_price(instance, pricing.Prices()), len(instance["flow_slot"]))


@pytest.mark.parametrize("observation", ["paper", "informed"])
@pytest.mark.parametrize("scenario", ["flow/paper", "flow/mixed"])
def test_vector_env(throughput, scenario, observation):
    """A batch of 256 environments, drawing new instances included."""
    envs = FlowVectorEnv(BATCH, scenario, observation)
    envs.reset(seed=0)
    actions = np.random.default_rng(0).integers(int(envs.single_action_space.n), size=(BATCH_STEPS, BATCH))

    def steps() -> None:
        for row in actions:
            envs.step(row)

    throughput(steps, actions.size)


def test_action_mask(throughput):
    """Masks of a batch of 256 observations."""
    envs = FlowVectorEnv(BATCH, "flow/paper", "paper")
    observations, _ = envs.reset(seed=0)
    throughput(lambda: envs.action_mask(observations), BATCH)


def test_env(throughput):
    """A single environment, drawing new instances included."""
    env = FlowEnv("flow/paper")
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(int(env.action_space.n), size=BATCH_STEPS)

    def steps() -> None:
        for action in actions:
            if env.step(action)[2]:
                env.reset()

    throughput(steps, BATCH_STEPS)


@pytest.mark.parametrize("scenario", ["flow/paper", "flow/x4", "flow/bursty"])
def test_generator(throughput, scenario):
    """Drawing one instance; a step is one flow of it."""
    drawn = scenario_named(scenario)
    throughput(lambda: drawn.instance(0, "train"), len(drawn.instance(0, "train")["flow_slot"]))


@pytest.mark.parametrize("temperature", [0.1, 0.01])
def test_annealing(throughput, temperature):
    """Moves on a plan of four times the paper's arrivals."""
    instance = scenario_named("flow/x4").instance(0)
    search = PlanSearch(instance, pricing.plan_by_price(instance, pricing.Prices()), price=40.0)
    rng = np.random.default_rng(0)
    search.move(rng, temperature, 20 * MOVES)
    throughput(lambda: search.move(rng, temperature, MOVES), MOVES)
