"""Aggregation of result rows to standings."""

import numpy as np
import pytest

from aigcbench.report.leaderboard import boards_of


def only_board(results):
    """The single board of a table."""
    (board,) = boards_of(results)
    return board


def standing_of(board, label):
    """One solver's standing."""
    (standing,) = (each for each in board.standings if each.label == label)
    return standing


def test_best_first_with_normalised_score_and_gap(table):
    """Standings are sorted by mean; 0 is random, 1 the bound, the gap relative to the bound."""
    board = only_board(table(("random", 0, 20.0), ("good", 0, 80.0), ("random", 1, 40.0), ("good", 1, 90.0)))
    assert [standing.label for standing in board.standings] == ["good", "random"]
    good, random = board.standings
    assert (good.primary.value, good.position, random.position) == (85.0, 1, 2)
    assert (good.normalised, random.normalised) == (pytest.approx((85 - 30) / (100 - 30)), 0.0)
    assert good.gap == pytest.approx(0.15)
    assert (board.bound, board.reference, board.bound_methods) == (100.0, 30.0, ("prices",))
    assert board.lead.value == pytest.approx(55.0)


def test_a_failure_counts_as_the_worst(table):
    """A run without a score counts utility 0, gap 1 and crash rate 1, and no delay."""
    board = only_board(table(("flaky", 0, 80.0), ("flaky", 1, None)))
    (flaky,) = board.standings
    assert flaky.primary.value == 40.0
    assert flaky.gap == pytest.approx((0.2 + 1.0) / 2)
    assert flaky.crash_rate == pytest.approx((0.1 + 1.0) / 2)
    assert flaky.delay == 20.0
    assert (flaky.scored, flaky.runs, flaky.statuses) == (1, 2, {"crash": 1, "ok": 1})


def test_a_stopped_run_is_judged_by_its_incumbent_and_invalid_ones_never(table):
    """A timeout with metrics keeps its score; metrics beside any other status are not believed."""
    board = only_board(
        table(
            ("stopped", 0, 70.0, {"status": "timeout"}), ("cheat", 0, 99.0, {"status": "invalid"}), ("empty", 0, None)
        )
    )
    assert standing_of(board, "stopped").primary.value == 70.0
    assert standing_of(board, "cheat").primary.value == 0.0
    assert standing_of(board, "cheat").scored == 0


def test_seeds_of_an_instance_are_averaged_first(table):
    """Three seeds on one instance weigh as much as one seed on another."""
    seeds = [("a", 0, 30.0, {"seed": seed}) for seed in range(3)]
    board = only_board(table(*seeds, ("a", 1, 60.0)))
    assert board.standings[0].primary.value == 45.0
    assert (board.standings[0].runs, board.standings[0].instances) == (4, 2)


def test_missing_instances_mean_no_rank(table):
    """Whoever leaves out a hard instance, by skipping or otherwise, stands last without a rank."""
    board = only_board(
        table(
            ("whole", 0, 50.0),
            ("whole", 1, 10.0),
            ("picky", 0, 90.0),
            ("skipper", 0, 95.0),
            ("skipper", 1, None, {"status": "skipped"}),
            ("absent", 0, None, {"status": "skipped"}),
        )
    )
    assert board.standings[0].label == "whole"
    assert [standing.position for standing in board.standings] == [1, None, None, None]
    assert standing_of(board, "absent").runs == 0
    assert standing_of(board, "skipper").statuses == {"ok": 1, "skipped": 1}


def test_a_learner_is_ranked_where_every_training_ran_every_instance(table):
    """Trainings that share the instances out among them are incomplete, though together they ran them all."""
    shares = [("shares", i, 90.0, {"training_seed": float(i % 3)}) for i in range(6)]
    lacks = [("lacks", i, 80.0, {"training_seed": float(t)}) for i in range(6) for t in range(3) if (i, t) != (5, 2)]
    board = only_board(table(*shares, *lacks, *[("whole", i, 50.0) for i in range(6)]))
    assert [(s.label, s.position, s.instances) for s in board.standings] == [
        ("whole", 1, 6), ("shares", None, 0), ("lacks", None, 5),
    ]  # fmt: skip
    assert standing_of(board, "shares").primary.value == 90.0


def test_classes_and_limits_are_never_mixed(table):
    """Each information class and each set of limits has its own board; random is the zero of all of them."""
    boards = boards_of(
        table(
            ("random", 0, 20.0),
            ("planner", 0, 60.0, {"information": "clairvoyant"}),
            ("planner", 0, 80.0, {"information": "clairvoyant", "wall_limit_s": 600.0}),
        )
    )
    assert [(b.information, b.wall_limit_s) for b in boards] == [
        ("online", 60.0),
        ("clairvoyant", 60.0),
        ("clairvoyant", 600.0),
    ]
    assert [b.standings[0].normalised for b in boards] == [0.0, pytest.approx(0.5), pytest.approx(0.75)]


def test_without_a_bound_nothing_is_made_up(table):
    """Gap and normalised score are unknown, the order by score remains."""
    board = only_board(table(("random", 0, 20.0, {"bound": np.nan}), ("good", 0, 80.0, {"bound": np.nan})))
    good = board.standings[0]
    assert good.label == "good"
    assert np.isnan([good.gap, good.geometric_gap, good.normalised, board.bound]).all()
    assert board.bounded == 0


def test_the_tightest_bound_counts_and_a_passed_bound_is_reported(table):
    """Of several bounds of an instance the lowest is used; a score above it is flagged."""
    board = only_board(table(("a", 0, 80.0, {"bound": 120.0}), ("b", 0, 95.0, {"bound": 90.0, "bound_method": "milp"})))
    assert (board.bound, board.bound_methods, board.passed_bounds) == (90.0, ("milp",), 1)


def test_equal_means_share_a_place_and_too_few_instances_give_no_tier(table):
    """Places are shared by equal means; two instances cannot tell anybody apart."""
    board = only_board(table(*((label, i, {"a": 5.0, "b": 5.0, "c": 4.0}[label]) for label in "cab" for i in range(2))))
    assert [(s.label, s.position, s.tier) for s in board.standings] == [("a", 1, None), ("b", 1, None), ("c", 3, None)]


def test_tiers_show_ties(table):
    """With enough instances, solvers that differ by noise share tier 1, and all of them lead."""
    rng = np.random.default_rng(3)
    cells = []
    for instance in range(14):
        base, noise = rng.normal(60, 5), rng.normal(0, 1)
        cells += [("a", instance, base + 0.1), ("b", instance, base + noise), ("c", instance, base - 20 + noise / 5)]
    board = only_board(table(*cells))
    assert {s.label: s.tier for s in board.standings} == {"a": 1, "b": 1, "c": 2}
    assert {s.label for s in board.leaders} == {"a", "b"}


def test_a_repeated_cell_counts_once(table):
    """Of rows with the same instance, label, seed and limits the last one stands."""
    board = only_board(table(("a", 0, 10.0), ("a", 0, 30.0)))
    assert (board.standings[0].primary.value, board.standings[0].runs) == (30.0, 1)


def test_times_are_taken_from_undisturbed_runs(table):
    """Runs beside others give times only where there are no better ones, and are marked."""
    board = only_board(
        table(
            ("a", 0, 10.0, {"wall_seconds": 9.0, "timed": False}),
            ("a", 1, 10.0, {"wall_seconds": 2.0}),
            ("b", 0, 5.0, {"wall_seconds": 9.0, "timed": False}),
            ("b", 1, 5.0, {"wall_seconds": 7.0, "timed": False}),
        )
    )
    assert [(s.wall_seconds, s.timed) for s in board.standings] == [(2.0, True), (8.0, False)]


def test_rows_in_any_order_give_the_same_boards(realistic):
    """Aggregation does not depend on the order of rows."""
    shuffled = realistic.sample(frac=1.0, random_state=4)
    assert str(boards_of(shuffled)) == str(boards_of(realistic))


def test_lower_is_better_where_the_metric_says_so(table, delay_first):
    """Order, gap, normalised score and the penalty of a failure turn around."""
    cells = [
        ("random", 0, 1.0, {"metric.mean_delay": 50.0, "bound": 10.0}),
        ("good", 0, 1.0, {"metric.mean_delay": 20.0, "bound": 10.0}),
        ("dead", 0, None, {"bound": 10.0}),
    ]
    board = only_board(table(*cells))
    assert [s.label for s in board.standings] == ["good", "random", "dead"]
    assert board.standings[0].normalised == pytest.approx(0.75)
    assert board.standings[0].gap == pytest.approx(1.0)
    assert standing_of(board, "dead").primary.value == 80.0
    assert board.standings[0].tail_delay == 40.0


def test_trainings_of_a_learner_are_one_row(table):
    """Training seeds are averaged per instance; the interval tells of their luck, and their number is known."""
    cells = [
        ("d2sac", instance, 60.0 + 10.0 * training, {"training_seed": float(training), "training_cpu_seconds": 100.0})
        for instance in range(4)
        for training in range(3)
    ]
    board = only_board(table(*cells, *[("random", instance, 40.0) for instance in range(4)]))
    standing = standing_of(board, "d2sac")
    assert (standing.trainings, standing.runs, standing.instances, standing.position) == (3, 12, 4, 1)
    assert standing.primary.value == pytest.approx(70.0)
    assert standing.primary.low < 65.0 < 75.0 < standing.primary.high
    assert standing.training_cpu_seconds == 100.0
    assert standing_of(board, "random").trainings == 0


def test_the_luck_of_a_training_is_no_clear_win(table):
    """A learner ahead on every instance by one lucky training shares the tier, and its lead may be none."""
    levels = {"lucky": (50.0, 51.0, 60.0), "steady": (50.1, 50.0, 49.9)}
    cells = [
        (label, instance, level + instance, {"training_seed": float(training)})
        for label, own in levels.items()
        for training, level in enumerate(own)
        for instance in range(12)
    ]
    board = only_board(table(*cells, *[("random", instance, 5.0 + instance) for instance in range(12)]))
    assert [(s.label, s.tier) for s in board.standings] == [("lucky", 1), ("steady", 1), ("random", 2)]
    assert board.lead.low < 0.0 < board.lead.value == pytest.approx(11.0 / 3.0)


def test_same_training_twice(table):
    """Of two rows of the same training seed the last one counts."""
    seed = {"training_seed": 1.0}
    board = only_board(table(("d2sac", 0, 60.0, seed), ("d2sac", 0, 80.0, seed)))
    assert standing_of(board, "d2sac").primary.value == 80.0


def test_geometric_gaps_penalised_and_on_common_instances(table):
    """A failure costs the whole gap; over the instances that both solved it does not count."""
    board = only_board(table(("whole", 0, 80.0), ("whole", 1, 50.0), ("flaky", 0, 90.0), ("flaky", 1, None)))
    flaky, whole = standing_of(board, "flaky"), standing_of(board, "whole")
    assert board.common == 1
    assert (flaky.common_gap, whole.common_gap) == (pytest.approx(0.1), pytest.approx(0.2))
    assert flaky.geometric_gap == pytest.approx((0.11 * 1.01) ** 0.5 - 0.01)
    assert whole.geometric_gap == pytest.approx((0.21 * 0.51) ** 0.5 - 0.01)


def test_probability_of_beating_the_next(table):
    """Each ranked solver has one against the solver below it, the last and the unranked have none."""
    cells = [(label, i, score) for i in range(4) for label, score in {"a": 9.0 - i, "b": 7.5, "c": 1.0}.items()]
    board = only_board(table(*cells, ("picky", 0, 99.0)))
    assert [standing.label for standing in board.standings] == ["a", "b", "c", "picky"]
    values = [standing.improvement.value for standing in board.standings]
    assert values[:2] == [0.5, 1.0]
    assert np.isnan(values[2:]).all()


def test_best_known_is_over_all_classes_and_limits(table):
    """The best score of anybody on the instance, and the distance to it over time."""
    results = table(
        ("slow", 0, 60.0, {"information": "clairvoyant", "wall_seconds": 60.0}),
        ("long", 0, 80.0, {"information": "clairvoyant", "wall_limit_s": 600.0}),
        ("dead", 0, None, {"information": "clairvoyant"}),
    )
    short, _ = boards_of(results, {"0": np.array([[30.0, 40.0]])})
    assert short.best_known == 80.0
    assert standing_of(short, "slow").primal_integral == pytest.approx((30.0 + 30.0 * 0.5) / 60.0)
    assert standing_of(short, "dead").primal_integral == 1.0
    assert np.isnan(boards_of(results)[0].standings[0].primal_integral)


def test_interquartile_mean_has_an_interval(table):
    """One terrible instance moves the mean, not the interquartile mean."""
    board = only_board(table(*[("a", i, 1.0 if i == 0 else 50.0 + i / 10) for i in range(12)]))
    (standing,) = board.standings
    assert standing.primary.value < 48.0
    assert (
        50.0 < standing.interquartile_mean.low <= standing.interquartile_mean.value <= standing.interquartile_mean.high
    )
