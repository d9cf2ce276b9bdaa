"""What an offloading instance is: the refusal of unsound instances, what an operator knows, the layout's scales."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.offloading import model, simulator
from aigcbench.scenario import scenario_named

TINY = scenario_named("offloading/tiny").instance(0)


def changed(arrays=None, **parameters):
    """The tiny instance with some arrays or scalars replaced."""
    return Instance(
        "offloading", "custom", 0, "test", 0, dict(TINY.parameters) | parameters, dict(TINY.arrays) | (arrays or {})
    )


def with_entry(name, index, value):
    """The tiny instance with one entry replaced."""
    array = TINY[name].copy()
    array[index] = value
    return changed({name: array})


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        (changed(slot_s=0.0), "slot_s"),
        (changed(live_queues=1), "live_queues"),
        (changed(deadline_s=-1.0), "deadline_s"),
        (changed(surplus=1), "surplus"),
        (with_entry("station_capacity", 0, 0.0), "station_capacity[0]: 0.0"),
        (with_entry("station_rate", 1, np.inf), "station_rate[1]: inf"),
        (changed({"station_rate": TINY["station_rate"][:-1]}), "station_rate: length"),
        (with_entry("slot_tasks", (0, 0), -1), "slot_tasks[0, 0]: -1"),
        (with_entry("slot_tasks", (0, 0), 7), "as in task_work"),
        (with_entry("task_data", 0, -1.0), "task_data[0]: -1.0"),
        (with_entry("task_data", 0, 6.0), "task_data[0]: 6.0; expected at most max_data_mbit = 5.0"),
        (with_entry("task_work", 1, 5.0), "at most max_work_gcycles"),
        (with_entry("task_result", 2, 1.5), "at most max_result_mbit"),
        (with_entry("task_result", 0, np.nan), "task_result[0]: nan"),
        (changed({name: TINY[name][:0] for name in TINY.arrays if name.startswith("task")}), "no tasks"),
        (changed({"slot_tasks": TINY["slot_tasks"][:0]}), "no slots"),
    ],
)
def test_unsound_instances(instance, message):
    """Each rule that an instance breaks is named with its place, in one line."""
    with pytest.raises(InputError) as caught:
        model.validate(instance, "file")
    assert str(caught.value).startswith("file: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(TINY.arrays)), data=st.data())
def test_hostile_entries(name, data):
    """An arbitrary number anywhere is refused in one line, or the instance has finite delays."""
    array = TINY[name]
    numbers = st.integers(-(2**63), 2**63 - 1) if array.dtype.kind == "i" else st.floats()
    index = data.draw(st.tuples(*(st.integers(0, length - 1) for length in array.shape)), label="index")
    instance = with_entry(name, index, data.draw(numbers, label="value"))
    message = ""
    try:
        model.validate(instance, "file")
    except InputError as error:
        message = str(error)
    else:
        assert np.isfinite(simulator.fitness(instance)(np.zeros((1, len(instance["task_work"])), np.int64))).all()
    assert not message or message.isprintable()


def test_slots_and_stations_of_tasks(offloading_instance):
    """Tasks lie by slot, then station; slots and stations without a task are passed over."""
    task = (1.0, 1.0, 1.0)
    instance = offloading_instance([1.0, 1.0], [1.0, 1.0], [[[], [task]], [[], []], [[task, task], [task]]])
    slots, stations = model.slots_and_stations(instance)
    assert slots.tolist() == [0, 2, 2, 2]
    assert stations.tolist() == [1, 0, 0, 1]


def test_context_tells_the_fleet_and_nothing_of_the_tasks():
    """An operator knows stations, scalars and the number of slots, never how many tasks come or what they are."""
    instance = scenario_named("offloading/paper").instance(0)
    context = model.context_of(instance, "online")
    assert set(context.arrays) == {"station_capacity", "station_rate"}
    assert set(context.parameters) == set(instance.parameters) | {"n_slots"}
    assert (context.n_actions, context["n_slots"], context.reject_allowed, context.n_agents) == (20, 60, False, 20)
    assert model.context_of(instance, "informed").n_agents == 1


@pytest.mark.parametrize(("name", "lengths"), [("paper", [22, 25, 45]), ("live", [22, 45, 65])])
def test_lengths_and_scales_of_the_observation(name, lengths):
    """Each class sees the one before and more; a queue of ten slots' work and a delay of ten slots scale to 1."""
    instance = scenario_named(f"offloading/{name}").instance(0)
    context = model.context_of(instance, "informed")
    assert [context.layout.lengths[kind] for kind in ("paper", "online", "informed")] == lengths
    ten_slots = np.zeros(lengths[-1])
    context.layout["queue"].of(ten_slots)[...] = 10 * instance["station_capacity"]
    context.layout["delay"].of(ten_slots)[...] = 10.0
    assert set(np.unique(ten_slots / context.scale)) == {0.0, 1.0}
    assert (context.scale > 0).all()
