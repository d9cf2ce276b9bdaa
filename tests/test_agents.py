"""Tests of decentralised agents."""

import dataclasses

import numpy as np
import pytest

from aigcbench.agents import agents_of, compiled_form
from aigcbench.problems.problem import problem_of
from aigcbench.solver import Policy


class Counter(Policy):
    """Remembers its place, its first random number and how often it was asked."""

    name, family, formulations, information = "counter", "heuristic", ("assignment",), "online"

    def reset(self, context, rng):
        self.place, self.draw, self.asked = context.agent, rng.random(), 0

    def act(self, observation):
        self.asked += 1
        return 0

    def compiled(self):
        return len, np.array([self.place, self.draw])


@pytest.fixture
def context(assignment_instance):
    """A context of one agent."""
    instance = assignment_instance(
        capacity=[100],
        service_server=[0],
        utility_line=[[0.0, 0.0, 1.0, 1.0]],
        type_quality=[[0.0]],
        tasks=[(0.0, 100, 10.0, 0)],
    )
    return problem_of(instance).context(instance, "online")


def test_a_single_agent_is_the_policy_itself_with_the_given_stream(context):
    """One agent changes nothing for a policy."""
    policy = Counter()
    assert agents_of(policy, context, np.random.default_rng(3)) == [policy]
    assert (policy.place, policy.draw) == (0, np.random.default_rng(3).random())


def test_agents_share_neither_memory_nor_random_numbers(context):
    """Each copy has its own place, stream and memory, the same in every run."""
    context = dataclasses.replace(context, n_agents=3)
    agents = agents_of(Counter(), context, np.random.default_rng(3))
    agents[1].act(None)
    assert [agent.place for agent in agents] == [0, 1, 2]
    assert [agent.asked for agent in agents] == [0, 1, 0]
    assert len({agent.draw for agent in agents}) == 3
    again = agents_of(Counter(), context, np.random.default_rng(3))
    assert [agent.draw for agent in again] == [agent.draw for agent in agents]


def test_compiled_form_has_a_row_of_state_for_each_agent(context):
    """Agents share a function, not a state; a policy without a compiled form has none."""
    agents = agents_of(Counter(), dataclasses.replace(context, n_agents=2), np.random.default_rng(3))
    _, states = compiled_form(agents)
    assert states.shape == (2, 2)
    assert states[:, 0].tolist() == [0.0, 1.0]

    class Plain(Counter):
        """No compiled form."""

        def compiled(self):
            return None

    assert compiled_form(agents_of(Plain(), context, np.random.default_rng(3))) is None
