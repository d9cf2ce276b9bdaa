"""The generator draws from the declared distributions; seeds are fixed, so each outcome is too."""

import itertools
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from aigcbench.errors import InputError
from aigcbench.problems.offloading import generator, model
from aigcbench.scenario import scenario_named, scenario_names

SIGNIFICANCE = 1e-3
PAPER = scenario_named("offloading/paper")


def pooled(name, array, count=3):
    """One array of the first instances of a scenario, flat."""
    return np.concatenate([scenario_named(name).instance(seed)[array].ravel() for seed in range(count)])


def assert_whole_uniform(values, limits):
    """The values are whole numbers from low to high, each equally likely (chi-square)."""
    expected = np.arange(limits["low"], limits["high"] + 1)
    assert set(np.unique(values)) <= set(expected)
    assert stats.chisquare([(values == value).sum() for value in expected]).pvalue > SIGNIFICANCE


def test_arrivals_and_sizes():
    """Numbers of tasks, inputs and results are uniform over the paper's ranges."""
    assert_whole_uniform(pooled("offloading/paper", "slot_tasks"), {"low": 1, "high": 50})
    for array, low, high in (("task_data", 2, 5), ("task_result", 0.6, 1.0)):
        values = pooled("offloading/paper", array)
        assert stats.kstest((values - low) / (high - low), "uniform").pvalue > SIGNIFICANCE


def test_work():
    """Work is the product of uniform cycles per step and 1 to 15 steps: its mean and variance, within 5 standard errors."""
    work = pooled("offloading/paper", "task_work")
    density, steps = np.linspace(0.1024, 0.3072, 10_001), np.arange(1, 16)
    mean, square = density.mean() * steps.mean(), (density**2).mean() * (steps**2).mean()
    assert abs(work.mean() - mean) < 5 * np.sqrt((square - mean**2) / len(work))
    assert work.var() == pytest.approx(square - mean**2, rel=0.02)
    assert 0.1024 <= work.min() < work.max() <= 15 * 0.3072


@pytest.mark.parametrize(
    ("array", "name"), [("station_capacity", "capacity_gcycles_s"), ("station_rate", "rate_mbit_s")]
)
def test_drawn_fleets(array, name):
    """Capacities and rates of drawn stations are whole numbers, uniform over their ranges."""
    rng, parameters = np.random.default_rng(3), dict(PAPER.parameters) | {"slots": 1}
    drawn = [generator.generate(parameters, None, rng)[1][array] for _ in range(200)]
    assert_whole_uniform(np.concatenate(drawn), PAPER.parameters[name])


@pytest.mark.parametrize(("name", "distinct"), [("paper", 1), ("mixed", 4)])
def test_fleets_are_fixed_or_drawn(name, distinct):
    """The paper preset has one fleet for all its instances, the mixed preset another one each time."""
    fleets = {scenario_named(f"offloading/{name}").instance(seed)["station_capacity"].tobytes() for seed in range(4)}
    assert len(fleets) == distinct


def test_paper_fleet_is_the_public_codes(data):
    """Capacities and rates of both paper presets, and the task profile of paper-code, are those of the recorded episode."""
    golden = np.load(data / "offloading" / "paper_stock_101.npz")
    for name in ("paper", "paper-code"):
        instance = scenario_named(f"offloading/{name}").instance(0)
        np.testing.assert_array_equal(instance["station_capacity"], golden["capacity"])
        np.testing.assert_array_equal(instance["station_rate"], golden["tran_rate"])
    profile = golden["comp_density"] * golden["task_quality"]
    first_of_each = np.concatenate([[0], np.cumsum(instance["slot_tasks"].ravel())[:-1]])
    assert (instance["task_work"][first_of_each] == profile[0]).all()
    n = np.arange(len(instance["task_work"])) - np.repeat(first_of_each, instance["slot_tasks"].ravel())
    np.testing.assert_array_equal(instance["task_work"], profile[n])
    np.testing.assert_array_equal(instance["task_result"], golden["results_bit"][n])
    assert len(instance["slot_tasks"]) == 59


def test_drawn_profiles_correlate_work_per_step_and_result():
    """Where stations and the shared profile are drawn, the tasks' results lie in their range and repeat by index."""
    parameters = dict(scenario_named("offloading/paper-code").parameters)
    scalars, arrays = generator.generate(parameters, None, np.random.default_rng(1))
    counts = arrays["slot_tasks"].ravel()
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    longest = int(counts.argmax())
    profile = arrays["task_result"][starts[longest] : starts[longest] + counts[longest]]
    for cell in range(100):
        result = arrays["task_result"][starts[cell] : starts[cell] + counts[cell]]
        np.testing.assert_array_equal(result, profile[: counts[cell]])
    density = 0.1024 + (profile - 0.6) / 0.4 * 0.2048
    steps = arrays["task_work"][starts[longest] : starts[longest] + counts[longest]] / density
    np.testing.assert_allclose(steps, np.round(steps), rtol=1e-9)
    assert arrays["task_work"].max() <= scalars["max_work_gcycles"]


@pytest.mark.parametrize("name", ["offloading/paper", "offloading/paper-code", "offloading/mixed"])
def test_stream_has_the_bytes_of_the_whole(name):
    """Slot by slot the stream yields the very tasks of the instance."""
    scenario = scenario_named(name)
    scalars, arrays = generator.generate(scenario.parameters, scenario.fleet, np.random.default_rng(9))
    stream = generator.stream(scenario.parameters, scenario.fleet, np.random.default_rng(9))
    assert stream.parameters == scalars
    for array, values in stream.stations.items():
        np.testing.assert_array_equal(arrays[array], values)
    task = 0
    for slot, tasks in enumerate(stream.slots):
        np.testing.assert_array_equal(tasks.counts, arrays["slot_tasks"][slot])
        for array in ("data", "work", "result"):
            n_tasks = len(tasks.work)
            np.testing.assert_array_equal(getattr(tasks, array), arrays[f"task_{array}"][task : task + n_tasks])
        task += n_tasks
    assert (slot + 1, task) == (len(arrays["slot_tasks"]), len(arrays["task_work"]))


def test_stream_draws_a_slot_when_it_is_asked_for():
    """A stream of 10^7 tasks takes the memory of some slots."""
    parameters = dict(scenario_named("offloading/large").parameters) | {"slots": 556}
    tracemalloc.start()
    stream = generator.stream(parameters, None, np.random.default_rng(0))
    n_tasks = sum(len(tasks.work) for tasks in itertools.islice(stream.slots, 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_tasks > 20 * 15_000
    assert peak < 4e6


def test_large_preset():
    """The large preset has about 10^6 tasks on 1000 stations and needs little memory beyond its arrays."""
    tracemalloc.start()
    instance = scenario_named("offloading/large").instance(0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert abs(len(instance["task_work"]) - 1e6) < 2e4
    assert len(instance["station_capacity"]) == 1000
    assert peak < 3 * sum(array.nbytes for array in instance.arrays.values())


@pytest.mark.parametrize("name", [n for n in scenario_names() if n.startswith("offloading/") and "large" not in n])
def test_every_preset_gives_sound_instances(name):
    """Each preset's first instance passes its own formulation's validation."""
    model.validate(scenario_named(name).instance(0), name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": 5}, "parameters.tasks: missing or not a table"),
        ({"tasks": {"low": 0, "high": 5}}, "tasks.low: 0"),
        ({"tasks": {"low": 9, "high": 5}}, "tasks.high: 5; expected above 0, at least low = 9"),
        ({"data_mbit": {"low": 0, "high": 0}}, "data_mbit.high: 0"),
        ({"steps": {"low": 1, "high": 1.5}}, "steps.high: 1.5 is not of type int"),
        ({"slots": 10**9}, "at most 1,000,000,000 tasks"),
        ({"steps": {"low": 1, "high": 10**9}, "step_gcycles": {"low": 1, "high": 5}}, "at most 1e9 Gcycles"),
        ({"stations": 19}, "stations: 20 entries; expected 19"),
        ({"shared_task_profile": True}, "fleet.profile_step_gcycles: missing"),
        ({"live_queue": True}, "'live_queues'?"),
    ],
)
def test_unsound_scenarios(changes, message):
    """Each rule that a scenario breaks is named with its place."""
    with pytest.raises(InputError) as caught:
        generator.validate_scenario(dict(PAPER.parameters) | changes, PAPER.fleet, "file")
    assert str(caught.value).startswith("file: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("fleet", "message"),
    [
        ({"station_capacity": [1.0] * 20}, "fleet.station_rate: missing"),
        ({"station_capacity": ["a"] * 20, "station_rate": [1] * 20}, "fleet.station_capacity: missing or not"),
        ({"station_capacity": [0] * 20, "station_rate": [1] * 20}, "station_capacity[0]: 0.0"),
        ({"profile_steps": [1]}, "unknown key 'profile_steps'"),
    ],
)
def test_unsound_fleets(fleet, message):
    """A fixed fleet must have every array, in numbers, in range."""
    with pytest.raises(InputError, match="file: fleet") as caught:
        generator.validate_scenario(PAPER.parameters, fleet, "file")
    assert message in str(caught.value)
