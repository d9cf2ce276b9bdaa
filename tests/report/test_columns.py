"""Which columns a board has, and what they say."""

import numpy as np

from aigcbench.report.columns import columns_of, legend_of
from aigcbench.report.leaderboard import boards_of


def test_columns_without_numbers_are_left_out(realistic):
    """Without curves there is no primal integral, without training no cost of it."""
    keys = [column.key for column in columns_of(boards_of(realistic)[0])]
    assert keys[0] == "primary"
    assert {"iqm", "geometric", "improvement", "solved"} <= set(keys)
    assert not {"primal-integral", "training"} & set(keys)


def test_some_columns_wait_to_be_chosen(realistic):
    """At first sight a reader gets the score, the gap and how sure it is, not every statistic."""
    shown = {column.key: column.shown for column in columns_of(boards_of(realistic)[0])}
    assert all(shown[key] for key in ("primary", "gap", "improvement", "latency", "solved"))
    assert not any(shown[key] for key in ("iqm", "geometric", "wall"))


def test_probability_of_improvement_in_words(table):
    """It is a share with its interval, and empty for the last."""
    cells = [("a", instance, 50.0 + (instance % 4 > 0)) for instance in range(12)]
    (board,) = boards_of(table(*cells, *[("b", instance, 50.5) for instance in range(12)]))
    (column,) = [column for column in columns_of(board) if column.key == "improvement"]
    first, last = board.standings
    assert column.text(first) == "75 %"
    assert column.detail(first).startswith("[")
    assert (column.text(last), column.detail(last)) == ("–", "")


def test_primal_integral_of_planners(table):
    """With incumbents there is a column, in per cent of the time limit."""
    results = table(("a", 0, 80.0, {"wall_seconds": 30.0}), ("b", 0, 100.0, {"wall_seconds": 60.0}))
    (board,) = boards_of(results, {"0": np.array([[15.0, 50.0]])})
    (column,) = [column for column in columns_of(board) if column.key == "primal-integral"]
    texts = {standing.label: column.text(standing) for standing in board.standings}
    assert texts == {"a": "47.5 %", "b": "100.0 %"}


def test_legend_explains_every_column(realistic):
    """One entry per column, whatever the board."""
    boards = boards_of(realistic)
    keys = {column.key for board in boards for column in columns_of(board)}
    assert {entry.key for entry in legend_of(boards)} == keys
