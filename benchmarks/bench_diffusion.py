"""Speed of learners with a denoising chain, in one thread: updates, and decisions of ADSAC's compiled policy."""

import itertools

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.observation import Observation
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

ORCHESTRATION = "assignment/orchestration-paper"
PAPER_SIZE = {"hidden": 256, "activation": "mish", "batch": 512, "replay": 20_000}
UPDATES = {
    "d2sac-fast": ("assignment/asp-paper", {}),
    "d2sac-fast at the paper's size": ("assignment/asp-paper", PAPER_SIZE),
    "adsac": (ORCHESTRATION, {}),
    "adsac across the batch": (ORCHESTRATION, {"attention": "batch"}),
    "flow-ddrl": ("flow/paper", {}),
}
DECISIONS = {"adsac on 10 servers": ORCHESTRATION, "adsac on 20 servers": "assignment/orchestration-20"}


def turns_of(name: str, scenario: str, **parameters):
    """A learner in training, its environments started."""
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


@pytest.mark.parametrize("name", DECISIONS)
def test_decision(throughput, name):
    """A step is one decision by the compiled policy, called from Python as the harness does."""
    learner, turns = turns_of("adsac", ORCHESTRATION)
    policy = learner.policy(turns.weights())
    instance = scenario_named(DECISIONS[name]).instance(0, "validation")
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
