"""Speed of learning at the papers' sizes, in one thread: updates, collected steps, decisions of trained policies."""

import itertools

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.observation import Observation
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

ASP, ORCHESTRATION, FLOW = "assignment/asp-paper", "assignment/orchestration-paper", "flow/paper"
PAPER_SIZE = {"hidden": 256, "activation": "mish", "batch": 512, "replay": 20_000}
UPDATES = {
    "d2sac": (ASP, {}),
    "d2sac of the paper": (ASP, PAPER_SIZE | {"prediction": "noise", "masked": False, "chain_steps": 5}),
    "d2sac-fast": (ASP, {}),
    "d2sac-fast at the paper's size": (ASP, PAPER_SIZE),
    "adsac": (ORCHESTRATION, {}),
    "adsac across the batch": (ORCHESTRATION, {"attention": "batch"}),
    "flow-ddrl": (FLOW, {}),
    "dqn": (ASP, {}),
    "sac": (ASP, {}),
    "double-dqn": (ASP, {}),
    "prioritized-dqn": (ASP, {}),
    "rainbow": (ASP, {}),
    "drqn": (ASP, {}),
    "linear-q": (ASP, {}),
}
COLLECTED = {"sac": 200, "dqn": 200, "d2sac": 100, "rainbow": 100, "drqn": 100}
DECISIONS = {
    "dqn": (ASP, {}),
    "sac": (ASP, {}),
    "ppo": (ASP, {}),
    "rainbow": (ASP, {}),
    "drqn": (ASP, {}),
    "d2sac": (ASP, {}),
    "d2sac of the paper": (ASP, {"hidden": 256, "activation": "mish", "chains": 1, "decision": "mean"}),
    "adsac on 10 servers": (ORCHESTRATION, {}),
    "adsac on 20 servers": ("assignment/orchestration-20", {}),
}


def turns_of(name: str, scenario: str, **parameters):
    """The learner that a name begins with, in training, its environments started."""
    card = find_solver(name.partition(" ")[0])
    learner = getattr(load_module(card.location), card.class_name)(**parameters)
    environments = task_named(scenario).environments(*learner.environment_batch(), 1)
    torch.set_num_threads(1)
    turns = learner.turns(environments, torch.Generator().manual_seed(0))
    turns.restart()
    return learner, turns


@pytest.mark.parametrize("name", UPDATES)
def test_updates(throughput, name):
    """A step is one gradient update of all networks, its batch drawn from replay."""
    scenario, parameters = UPDATES[name]
    _, turns = turns_of(name, scenario, warm_up=2000, **parameters)
    while turns.turn(0.0).updates == 0:
        pass
    throughput(lambda: turns._update(0.5), 1)


@pytest.mark.parametrize("name", COLLECTED)
def test_collection(throughput, name):
    """A step is one environment's, acted on by the exploring policy and stored."""
    learner, turns = turns_of(name, ASP, warm_up=0, updates_per_turn=0)

    def collect() -> None:
        for _ in range(COLLECTED[name]):
            turns.turn(0.0)

    throughput(collect, COLLECTED[name] * learner.environments)


@pytest.mark.parametrize("name", DECISIONS)
def test_decision(throughput, name):
    """A step is one decision by the compiled policy, called from Python as the harness does."""
    scenario, parameters = DECISIONS[name]
    learner, turns = turns_of(name, scenario, **parameters)
    policy = learner.policy(turns.weights())
    instance = scenario_named(scenario).instance(0, "validation")
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
