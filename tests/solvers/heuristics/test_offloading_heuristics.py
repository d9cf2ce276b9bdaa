"""Tests of the simple offloading heuristics: what they choose, compiled like stepped, and the mean delays that were observed."""

import numpy as np
import pytest

from aigcbench.agents import agents_of, compiled_form
from aigcbench.problems.offloading import greedy, model
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

NAMES = ("local-only", "capacity-lottery", "jsq", "opt-ts", "random", "round-robin")


@pytest.fixture
def known():
    """What is known of three stations of 10, 20 and 40 Gcycles/s and 400, 500 and 400 Mbit/s, by scenario flag and class."""

    def make(live=False, information="online"):
        scenario = scenario_named("offloading/live" if live else "offloading/paper")
        drawn = scenario.instance(0)
        arrays = dict(drawn.arrays) | {
            "station_capacity": np.array([10.0, 20.0, 40.0]),
            "station_rate": np.array([400.0, 500.0, 400.0]),
            "slot_tasks": drawn["slot_tasks"][:, :3],
        }
        instance = type(drawn)("offloading", "custom", 0, "test", 0, drawn.parameters, arrays)
        return model.context_of(instance, information)

    return make


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scenario", ["offloading/tiny", "offloading/light10", "offloading/live"])
def test_compiled_form_decides_alike(solver, play, play_compiled, scenario, name):
    """Stepped and compiled, every policy takes the same decisions."""
    instance = scenario_named(scenario).instance(3)
    stepped = play(solver(name)(), instance, seed=5).decisions["station"]
    np.testing.assert_array_equal(play_compiled(solver(name)(), instance, seed=5)["station"], stepped)


def test_local_only_serves_where_tasks_arrive(solver, play_compiled):
    """Nothing is offloaded."""
    instance = scenario_named("offloading/tiny").instance(1)
    decisions = play_compiled(solver("local-only")(), instance)["station"]
    np.testing.assert_array_equal(decisions, model.slots_and_stations(instance)[1])


def test_opt_ts_is_the_greedy_plan(solver, play_compiled):
    """The policy takes the plan's decisions, which replay the public code's."""
    instance = scenario_named("offloading/paper-code").instance(1)
    np.testing.assert_array_equal(play_compiled(solver("opt-ts")(), instance)["station"], greedy.opt_ts_plan(instance))


def test_opt_ts_breaks_ties_to_the_lowest_station(solver, known, observe):
    """Among equal least delays the first counts."""
    context, policy = known(information="informed"), solver("opt-ts")()
    policy.reset(context, np.random.default_rng(0))
    assert policy.act(observe(context.layout, "informed", delay=[3.0, 2.0, 2.0])) == 1


def test_lottery_draws_in_proportion_to_capacity(solver, known, observe):
    """Shares of 1, 2 and 4 sevenths, whatever the queues (chi-square at the 0.1 % level)."""
    context, policy = known(), solver("capacity-lottery")()
    policy.reset(context, np.random.default_rng(0))
    observation = observe(context.layout, "online", queue=[0.0, 0.0, 1e6])
    counts = np.bincount([policy.act(observation) for _ in range(14_000)], minlength=3)
    expected = np.array([2000, 4000, 8000])
    assert ((counts - expected) ** 2 / expected).sum() < 13.8


def test_jsq_counts_its_own_placements_until_the_slot_ends(solver, known, observe):
    """A station spreads the tasks of a slot by its own placements, counted once or for all stations, and forgets them with the slot."""
    context = known()

    def choose(policy, slot):
        parts = {"task_work": 20.0, "task_result": 1.0, "queue": [0.0, 0.0, 0.0], "station": 0, "slot": slot}
        return policy.act(observe(context.layout, "online", **parts))

    once, often = solver("jsq")(alike=0.0), solver("jsq")(alike=1.0)
    for policy in (once, often):
        policy.reset(context, np.random.default_rng(0))
    assert [choose(once, 0) for _ in range(4)] == [2, 1, 2, 2]  # 0.5 s, 1 s by the better rate, 1 s, 1.5 s
    assert [choose(once, 1) for _ in range(2)] == [2, 1]
    assert [choose(often, 0) for _ in range(3)] == [2, 1, 0]


def test_jsq_takes_live_work_as_it_is(solver, known, observe):
    """Where the work of all stations in the slot is shown, that counts once instead of the own placements."""
    context, policy = known(live=True), solver("jsq")()
    policy.reset(context, np.random.default_rng(0))
    parts = {"task_work": 10.0, "queue": [0.0, 0.0, 0.0], "station": 2}
    assert policy.act(observe(context.layout, "online", **parts)) == 2
    assert policy.act(observe(context.layout, "online", **parts)) == 2
    assert policy.act(observe(context.layout, "online", before=[0.0, 0.0, 30.0], **parts)) == 1


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("offloading/paper-code", {"opt-ts": 7.5, "capacity-lottery": 7.7, "local-only": 17.3, "random": 16.5}),
        ("offloading/paper", {"opt-ts": 8.8, "capacity-lottery": 8.9}),
    ],
)
def test_observed_means(solver, scenario, expected):
    """Mean delays over 20 episodes are those of the public code, within 4 standard errors of a difference of such means."""
    delays: dict[str, list[float]] = {name: [] for name in expected}
    for seed in range(20):
        instance = scenario_named(scenario).instance(seed, "validation")
        problem = problem_of(instance)
        for name, values in delays.items():
            policy = solver(name)()
            context = problem.context(instance, policy.information)
            form = compiled_form(agents_of(policy, context, np.random.default_rng(seed)))
            decisions = problem.run_compiled(instance, policy.information, *form)["station"]
            values.append(-problem.fitness(instance)(decisions[np.newaxis])[0])
    for name, mean in expected.items():
        assert abs(np.mean(delays[name]) - mean) < 4 * np.sqrt(2 / 20) * np.std(delays[name], ddof=1), name
