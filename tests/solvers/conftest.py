"""Fixtures for solvers: finds a solver class by name and plays policies without the harness."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigcbench.agents import agents_of, compiled_form
from aigcbench.discovery import find_solver, load_module
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, Observation
from aigcbench.problems.problem import problem_of
from aigcbench.solver import Policy


@dataclass(frozen=True)
class Play:
    """What a policy did: its actions, their rewards, and the decisions as the checker reads them."""

    actions: np.ndarray
    rewards: np.ndarray
    decisions: dict[str, np.ndarray]


def play_policy(policy: Policy, instance: Instance, seed: int = 0) -> Play:
    """Play an instance as the harness does: reset, then act and feedback for every request."""
    problem = problem_of(instance)
    context = problem.context(instance, policy.information)
    agents = agents_of(policy, context, np.random.default_rng(seed))
    episode = problem.episode(instance, policy.information)
    observation = Observation(episode.vector, context.layout)
    actions, rewards = [], []
    while not episode.done:
        agent = agents[episode.agent]
        actions.append(agent.act(observation))
        rewards.append(episode.step(actions[-1]))
        agent.feedback(rewards[-1])
    return Play(np.array(actions), np.array(rewards), episode.decisions())


def run_compiled(policy: Policy, instance: Instance, seed: int = 0) -> dict[str, np.ndarray]:
    """Play an instance with the policy's compiled form inside the kernel."""
    problem = problem_of(instance)
    agents = agents_of(policy, problem.context(instance, policy.information), np.random.default_rng(seed))
    return problem.run_compiled(instance, policy.information, *compiled_form(agents))


def observation_of(layout: Layout, information: str, **parts: Any) -> Observation:
    """An observation made by hand: ``observation_of(layout, "online", free_steps=[10, 20], task_steps=5)``."""
    vector = np.zeros(layout.lengths[information])
    for name, value in parts.items():
        layout[name].of(vector)[...] = value
    return Observation(vector, layout)


@pytest.fixture(scope="session")
def solver() -> Callable[[str], type]:
    """Finds a solver class of the catalogue by its name."""

    def find(name: str) -> type:
        card = find_solver(name)
        return getattr(load_module(card.location), card.class_name)

    return find


@pytest.fixture(scope="session")
def play() -> Callable[..., Play]:
    """Plays a policy on an instance."""
    return play_policy


@pytest.fixture(scope="session")
def play_compiled() -> Callable[..., dict[str, np.ndarray]]:
    """Runs a policy's compiled form on an instance."""
    return run_compiled


@pytest.fixture(scope="session")
def observe() -> Callable[..., Observation]:
    """Makes an observation by hand."""
    return observation_of


@pytest.fixture(scope="session")
def golden_episode() -> Callable[[str], Any]:
    """Loads a golden episode of assignment by name, e.g. ``asp-tablev-prophet``."""
    return load_module(str(Path(__file__).parents[1] / "problems" / "assignment" / "conftest.py")).load_golden_episode


@pytest.fixture
def context(assignment_instance: Callable[..., Instance]) -> Callable[..., Context]:
    """Makes the context of a fleet of two servers with two services each, in which every service is worth 1."""

    def make(information: str = "online", **scalars: Any) -> Context:
        instance = assignment_instance(
            capacity=[100, 100],
            service_server=[0, 0, 1, 1],
            utility_line=[[0.0, 0.0, 1.0, 1.0]] * 4,
            type_quality=[[0.0]] * 4,
            tasks=[(0.0, 100, 10.0, 0)],
            **scalars,
        )
        return problem_of(instance).context(instance, information)

    return make
