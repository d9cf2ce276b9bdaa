"""Decision latency of every heuristic policy, in process, at the papers' sizes. A step is one decision."""

from pathlib import Path

import numpy as np
import pytest

from aigcbench.card import SolverCard
from aigcbench.discovery import catalogue, load_module
from aigcbench.observation import Context, Observation
from aigcbench.problems.problem import problem_named, problem_of
from aigcbench.scenario import scenario_named, scenario_names
from aigcbench.solver import Policy

DECISIONS = 500
PAPER_SCENARIOS = [name for name in scenario_names() if name.endswith("paper")]


def policies_and_scenarios() -> list[tuple[SolverCard, str]]:
    """Every policy of ``solvers/heuristics`` with every paper scenario that it can play."""
    cards = [card for card in catalogue()[0].values() if card.kind == "policy"]
    return [
        (card, scenario)
        for card in cards
        if Path(card.location).parent.name == "heuristics"
        for scenario in PAPER_SCENARIOS
        if card.solves(scenario_named(scenario).formulation)
    ]


def observations_of(instance, context: Context, policy: Policy) -> list[Observation]:
    """The first observations of an episode that the policy plays."""
    episode, observations = problem_of(instance).episode(instance, context.information), []
    while not episode.done and len(observations) < DECISIONS:
        observations.append(Observation(episode.vector.copy(), context.layout))
        episode.step(policy.act(observations[-1]))
    return observations


@pytest.mark.parametrize(
    ("card", "scenario"), policies_and_scenarios(), ids=lambda value: getattr(value, "name", value)
)
def test_act(throughput, card, scenario):
    """One policy's `act` over recorded observations."""
    instance = scenario_named(scenario).instance(0)
    policy = getattr(load_module(card.location), card.class_name)()
    policy.prepare()
    context = problem_named(instance.formulation).context(instance, card.information)
    policy.reset(context, np.random.default_rng(0))
    observations = observations_of(instance, context, policy)

    def decide() -> None:
        for observation in observations:
            policy.act(observation)

    throughput(decide, len(observations))
