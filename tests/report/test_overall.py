"""Solvers over all scenarios of a formulation."""

import pandas as pd
import pytest

from aigcbench.report.overall import overall_boards_of


@pytest.fixture
def two_scenarios(table):
    """An easy scenario, and one whose scores are a hundred times as large; one solver ran the first only."""

    def cells(scale):
        levels = {"random": 20.0, "good": 60.0, "picky": 90.0}
        return [
            (label, f"{scale}-{instance}", scale * (level + instance), {"bound": scale * 100.0})
            for instance in range(6)
            for label, level in levels.items()
            if scale == 1 or label != "picky"
        ]

    easy, hard = table(*cells(1)), table(*cells(100)).assign(scenario="assignment/hard")
    return pd.concat([easy, hard], ignore_index=True)


def test_scenarios_weigh_by_instances_not_by_scale(two_scenarios):
    """Scores are normalised before they are averaged; who lacks a scenario stands last."""
    (board,) = overall_boards_of(two_scenarios)
    assert board.scenarios == ("assignment/asp-paper", "assignment/hard")
    assert [(s.label, s.scenarios, s.instances) for s in board.standings] == [
        ("good", 2, 12),
        ("random", 2, 12),
        ("picky", 1, 6),
    ]
    good, random, _ = board.standings
    expected = [40.0 / (80.0 - instance) for instance in range(6)]
    assert good.normalised.value == pytest.approx(sum(expected[1:5]) / 4, abs=0.01)
    assert good.normalised.low < good.normalised.value < good.normalised.high
    assert random.normalised.value == 0.0


def test_trainings_that_share_the_instances_out_stand_last(two_scenarios):
    """A learner counts the instances that every training of it ran."""
    good = two_scenarios[two_scenarios["label"] == "good"]
    shared = good.assign(label="shares", training_seed=[float(number % 3) for number in range(len(good))])
    (board,) = overall_boards_of(pd.concat([two_scenarios, shared], ignore_index=True))
    assert board.best.label == "good"
    assert [(s.label, s.instances) for s in board.standings if s.label == "shares"] == [("shares", 0)]


def test_classes_and_limits_are_apart(two_scenarios):
    """Each class and each set of limits has a board of its own, with the reference solver of all of them as zero."""
    planned = two_scenarios[two_scenarios["label"] == "good"].assign(information="clairvoyant", wall_limit_s=600.0)
    boards = overall_boards_of(pd.concat([two_scenarios, planned], ignore_index=True))
    assert [(board.information, board.wall_limit_s) for board in boards] == [("online", 60.0), ("clairvoyant", 600.0)]
    assert boards[1].standings[0].normalised == boards[0].standings[0].normalised


def test_nothing_to_normalise(table):
    """Without a bound, without a reference or without runs there is no board."""
    assert overall_boards_of(table(("good", 0, 50.0))) == ()
    assert overall_boards_of(table(("random", 0, None, {"status": "skipped"}))) == ()
    assert overall_boards_of(table(("random", 0, 100.0))) == ()
