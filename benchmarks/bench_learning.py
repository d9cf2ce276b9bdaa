"""Speed of learning on the paper's fleet, in one thread: updates, collected steps, decisions of trained policies."""

import itertools

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.observation import Observation
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

SCENARIO = "assignment/asp-paper"
PAPER_SIZE = {"hidden": 256, "activation": "mish", "batch": 512, "replay": 20_000}
UPDATES = {
    "d2sac": {},
    "d2sac of the paper": PAPER_SIZE | {"prediction": "noise", "masked": False, "chain_steps": 5},
    "dqn": {},
    "sac": {},
    "double-dqn": {},
    "prioritized-dqn": {},
    "rainbow": {},
    "drqn": {},
    "linear-q": {},
}
COLLECTED = {"sac": 200, "dqn": 200, "d2sac": 100, "rainbow": 100, "drqn": 100}
DECISIONS = {
    "dqn": {},
    "sac": {},
    "ppo": {},
    "rainbow": {},
    "drqn": {},
    "d2sac": {},
    "d2sac of the paper": {"hidden": 256, "activation": "mish", "chains": 1, "decision": "mean"},
}


def turns_of(name: str, **parameters):
    """A learner in training, its environments started."""
    card = find_solver(name.partition(" ")[0])
    learner = getattr(load_module(card.location), card.class_name)(**parameters)
    environments = task_named(SCENARIO).environments(*learner.environment_batch(), 1)
    torch.set_num_threads(1)
    turns = learner.turns(environments, torch.Generator().manual_seed(0))
    turns.restart()
    return learner, turns


@pytest.mark.parametrize("name", UPDATES)
def test_updates(throughput, name):
    """A step is one gradient update of all networks, its batch drawn from replay."""
    _, turns = turns_of(name, warm_up=2000, **UPDATES[name])
    while turns.turn(0.0).updates == 0:
        pass
    throughput(lambda: turns._update(0.5), 1)


@pytest.mark.parametrize("name", COLLECTED)
def test_collection(throughput, name):
    """A step is one environment's, acted on by the exploring policy and stored."""
    learner, turns = turns_of(name, warm_up=0, updates_per_turn=0)

    def collect() -> None:
        for _ in range(COLLECTED[name]):
            turns.turn(0.0)

    throughput(collect, COLLECTED[name] * learner.environments)


@pytest.mark.parametrize("name", DECISIONS)
def test_decision(throughput, name):
    """A step is one decision by the compiled policy, called from Python as the harness does."""
    learner, turns = turns_of(name, **DECISIONS[name])
    policy = learner.policy(turns.weights())
    instance = scenario_named(SCENARIO).instance(0, "validation")
    context = problem_of(instance).context(instance, policy.information)
    policy.reset(context, np.random.default_rng(0))
    episode, observations = problem_of(instance).episode(instance, policy.information), []
    for service in itertools.islice(itertools.cycle(range(context.n_actions)), 200):
        observations.append(Observation(episode.vector.copy(), context.layout))
        episode.step(service)

    def decide() -> None:
        for observation in observations:
            policy.act(observation)

    throughput(decide, len(observations))
