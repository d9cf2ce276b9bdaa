"""Tests of the learned greedy policy."""

import numpy as np
import pytest

from aigcbench.problems.assignment.model import utilities
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named


@pytest.mark.parametrize(
    ("scenario", "whole", "second_half"), [("asp-paper", 0.95, 0.99), ("orchestration-paper", 0.94, 0.985)]
)
def test_learns_to_be_as_good_as_the_prophet(solver, play, scenario, whole, second_half):
    """Knowing nothing at first it has most of the prophet's utility in one episode, and nearly all in its second half."""
    ours, prophets, ours_late, prophets_late = [], [], [], []
    for seed in range(5):
        instance = scenario_named(f"assignment/{scenario}").instance(seed)
        learned, prophet = play(solver("learned-greedy")(), instance), play(solver("prophet")(), instance)
        half = len(learned.rewards) // 2
        ours.append(score(instance, learned.decisions)["utility"])
        prophets.append(score(instance, prophet.decisions)["utility"])
        ours_late.append(learned.rewards[half:].sum())
        prophets_late.append(prophet.rewards[half:].sum())
    assert np.mean(ours) >= whole * np.mean(prophets)
    assert np.mean(ours_late) >= second_half * np.mean(prophets_late)


def test_crashes_only_when_nothing_has_room(solver, play, monkeypatch):
    """Without rejection a task that fits nowhere is all that ever crashes a server."""
    instance = scenario_named("assignment/orchestration-paper").instance(2)
    policy, act, fits = solver("learned-greedy")(), solver("learned-greedy").act, []

    def watched(self, observation):
        fits.append(observation.free_steps.max() >= observation.task_steps)
        return act(self, observation)

    monkeypatch.setattr(type(policy), "act", watched)
    played = play(policy, instance)
    np.testing.assert_array_equal(played.rewards > -2.0, fits)
    assert not all(fits)


def test_rejects_what_fits_nowhere(solver, play):
    """Where rejection is allowed no server ever crashes."""
    instance = scenario_named("assignment/asp-stress3").instance(0)
    measured = score(instance, play(solver("learned-greedy")(), instance).decisions)
    assert measured["server_crashes"] == 0
    assert measured["rejected_rate"] > 0


def test_tries_every_service_and_then_takes_the_best(solver, play, assignment_instance):
    """On equal tasks with ample room it tries each service once or so, then stays with the best."""
    instance = assignment_instance(
        capacity=[100] * 3,
        service_server=[0, 1, 2],
        utility_line=[[0.0, 0.0, 10.0, 0.3], [0.0, 0.0, 10.0, 0.8], [0.0, 0.0, 10.0, 0.5]],
        type_quality=[[0.0]] * 3,
        tasks=[(10.0 * k, 10, 5.0, 0) for k in range(30)],
        quality_weight=0.0,
    )
    actions = play(solver("learned-greedy")(), instance).actions
    assert set(actions[:6]) == {0, 1, 2}
    assert (actions[6:] == 1).all()


def test_learns_the_utilities_of_what_it_serves(solver, play):
    """After an episode the expected utilities of the last tasks differ from the true ones by less than 0.01 on average."""
    instance = scenario_named("assignment/orchestration-paper").instance(0)
    policy = solver("learned-greedy")()
    actions = play(policy, instance).actions
    expected = policy.model.expected(instance["task_steps"], instance["task_type"])
    every = np.arange(len(actions))
    error = expected[every, actions] - utilities(instance)[every, actions]
    assert np.abs(error[-100:]).mean() < 0.01


def test_optimism_must_not_be_negative(solver):
    """The parameter's range is declared, so that a caller is told."""
    from aigcbench.card import card_of

    (parameter,) = card_of(solver("learned-greedy"), "somewhere.py", "").parameters
    assert (parameter.name, parameter.default, parameter.minimum) == ("optimism", 1.0, 0.0)
