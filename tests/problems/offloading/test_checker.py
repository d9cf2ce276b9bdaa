"""The checker: the public code's brute-forced runs, hand-made cases, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.offloading import model, simulator
from aigcbench.problems.offloading.checker import check
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named


def test_delays_are_those_of_the_public_code(brute_forced):
    """On the brute-forced instances the mean and tail delay of the best decisions are what the public code computed."""
    instance, optimum = brute_forced
    metrics = check(instance, np.array(optimum["actions"]))
    assert metrics["mean_delay"] == pytest.approx(optimum["mean_delay"], abs=1e-12)
    assert metrics["p95_delay"] == pytest.approx(np.percentile(optimum["delay"], 95), abs=1e-12)
    assert metrics["max_queue"] == pytest.approx(np.max(optimum["queue_end"]), abs=1e-12)


@pytest.fixture
def two_slots(offloading_instance):
    """Stations of 2 and 4 Gcycles/s with rates 10 and 5 Mbit/s; three tasks, then an empty slot, then one more."""
    tasks = [[[(10.0, 6.0, 1.0), (10.0, 2.0, 1.0)], [(20.0, 4.0, 2.0)]], [[], []], [[], [(10.0, 4.0, 1.0)]]]
    return offloading_instance([2.0, 4.0], [10.0, 5.0], tasks, deadline_s=3.5)


def test_every_metric_by_hand(two_slots):
    """Each metric of a small run is what pencil and paper say."""
    delay = [0.1 + 3.0, 2.0 + 0.5 + 0.2, 2.0 + 2.0 + 3.0 + 0.2, 1.0 + 0.1 + 2.0 + (10.0 - 4.0) / 2.0]
    assert check(two_slots, np.array([0, 1, 0, 0])) == pytest.approx(
        {
            "mean_delay": sum(delay) / 4,
            "p95_delay": np.percentile(delay, 95),
            "p99_delay": np.percentile(delay, 99),
            "mean_delay_small": (delay[1] + delay[2] + delay[3]) / 3,  # both limits are 4 Gcycles
            "mean_delay_medium": 0.0,
            "mean_delay_large": delay[0],
            "late_rate": 2 / 4,
            "max_queue": 8.0,
            "offloaded_rate": 3 / 4,
        }
    )


def test_a_queue_never_falls_below_nothing(offloading_instance):
    """What a station could have served while it stood idle is lost: the next slot starts with an empty queue, not a negative one."""
    instance = offloading_instance([5.0], [1.0], [[[(1.0, 1.0, 0.0)]], [[(1.0, 5.0, 0.0), (1.0, 5.0, 0.0)]]])
    assert check(instance, np.zeros(3, int))["mean_delay"] == pytest.approx((0.2 + 1.0 + 2.0) / 3)


def test_slot_length_counts(two_slots, offloading_instance):
    """Half the slot serves half the work before the next one."""
    tasks = [[[(1.0, 4.0, 0.0)]], [[(1.0, 4.0, 0.0)]]]
    for slot_s, wait in ((1.0, 1.0), (0.5, 1.5), (2.0, 0.0)):
        instance = offloading_instance([2.0], [1.0], tasks, slot_s=slot_s)
        assert check(instance, np.zeros(2, int))["mean_delay"] == pytest.approx((2.0 + 2.0 + wait) / 2)


def test_no_deadline_means_none_is_late(offloading_instance):
    """A deadline of 0 stands for none; a task exactly at its deadline is not late."""
    tasks = [[[(1.0, 4.0, 0.0), (1.0, 4.0, 0.0)]]]
    for deadline, share in ((0.0, 0.0), (1.9, 1.0), (2.0, 0.5), (4.0, 0.0)):
        instance = offloading_instance([2.0], [1.0], tasks, deadline_s=deadline)
        assert check(instance, np.zeros(2, int))["late_rate"] == share


@pytest.mark.parametrize("plan", range(2))
def test_simple_plans_are_late_in_the_scenario_with_a_deadline(plan):
    """Where a task is late after 15 s, greedy and local plans are late, by what checker and simulator both count."""
    instance = scenario_named("offloading/deadline").instance(0, "train")
    problem = problem_of(instance)
    station = problem.simple_plans(instance)[plan]
    rewards = np.empty(len(station))
    simulator.replay(simulator.single_state(instance, 0), 0, station, rewards)
    metrics = check(instance, station)
    assert instance.parameters["deadline_s"] == 15.0
    assert metrics["late_rate"] == (-rewards > 15.0).mean() > 0.0
    assert metrics["mean_delay"] == pytest.approx(-rewards.mean(), abs=1e-9)


def test_a_single_task(offloading_instance):
    """One task is a whole instance: it counts as small, and every metric is finite."""
    metrics = check(offloading_instance([2.0], [4.0], [[[(1.0, 4.0, 2.0)]]]), np.array([0]))
    assert metrics["mean_delay"] == metrics["mean_delay_small"] == metrics["p99_delay"] == 2.5
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize("bad", [-(2**63), -1, 2, 2**63 - 1])
@pytest.mark.parametrize("task", range(4))
def test_a_station_that_does_not_exist_is_refused(two_slots, task, bad):
    """The first task out of range is named, with its station and the range."""
    station = np.array([0, 1, 0, 0])
    station[task:] = bad
    with pytest.raises(InvalidDecisions) as caught:
        check(two_slots, station)
    assert caught.value.constraint == "station-range"
    assert str(caught.value) == f"task {task}: station {bad}; expected a station from 0 to 1"


@pytest.mark.parametrize(
    ("station", "text"),
    [
        (np.zeros(3, int), "task 3: decisions of shape (3,); expected one for each of 4 tasks"),
        (np.zeros(5, int), "task 4: decisions of shape (5,); expected one for each of 4 tasks"),
        (np.zeros((4, 1), int), "station: decisions of shape (4, 1); expected one for each of 4 tasks"),
    ],
)
def test_a_wrong_number_of_decisions_is_refused(two_slots, station, text):
    """Too few, too many or a table: the place where they end is named."""
    with pytest.raises(InvalidDecisions) as caught:
        check(two_slots, station)
    assert caught.value.constraint == "length"
    assert str(caught.value) == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_checker_and_simulator_agree(random_instance, seed):
    """On random instances and decisions the mean delay, and the delay of each task, are the same to 1e-9."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, int(rng.integers(1, 6)), int(rng.integers(1, 8)), 12)
    station = rng.integers(len(instance["station_capacity"]), size=len(instance["task_work"]))
    problem, metrics = problem_of(instance), check(instance, station)
    assert problem.fitness(instance)(station[None])[0] == pytest.approx(-metrics["mean_delay"], abs=1e-9)
    episode = problem.episode(instance, "informed")
    delay = [-episode.step(np.int64(choice)) for choice in station]
    assert metrics["p95_delay"] == pytest.approx(np.percentile(delay, 95), abs=1e-9)
    assert metrics["p99_delay"] == pytest.approx(np.percentile(delay, 99), abs=1e-9)
    thirds = [metrics[f"mean_delay_{size}"] for size in ("small", "medium", "large")]
    assert min(delay) - 1e-9 <= max(thirds) <= max(delay) + 1e-9


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), bad=st.sampled_from([-(2**63), -1, 9, 2**63 - 1]))
def test_a_mutated_decision_is_refused(random_instance, seed, bad):
    """One decision moved out of range, dropped or added is found, and its task is named."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, 3, 3, 6)
    station = rng.integers(3, size=len(instance["task_work"]))
    check(instance, station)
    task = int(rng.integers(len(station)))
    mutated = station.copy()
    mutated[task] = bad
    for wrong, constraint, place in (
        (mutated, "station-range", task),
        (station[:-1], "length", len(station) - 1),
        (np.append(station, 0), "length", len(station)),
    ):
        with pytest.raises(InvalidDecisions, match=f"^task {place}: ") as caught:
            check(instance, wrong)
        assert caught.value.constraint == constraint


def test_names_are_those_of_the_formulation(two_slots):
    """The checker fills every declared metric, each finite, and no other."""
    metrics = check(two_slots, np.zeros(4, int))
    assert list(metrics) == [metric.name for metric in model.METRICS]
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


def test_agreement_at_paper_size():
    """On 30,000 tasks checker and simulator have the same mean delay to 1e-9."""
    instance = scenario_named("offloading/paper").instance(0)
    station = np.random.default_rng(5).integers(20, size=len(instance["task_work"]))
    (score,) = problem_of(instance).fitness(instance)(station[None])
    assert check(instance, station)["mean_delay"] == pytest.approx(-score, abs=1e-9)
