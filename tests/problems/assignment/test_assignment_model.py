"""What an assignment instance is: utilities and the refusal of unsound instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.assignment import model
from aigcbench.scenario import scenario_named

TINY = scenario_named("assignment/orchestration-tiny").instance(0)


def changed(arrays=None, **parameters):
    """The tiny instance with some arrays or scalars replaced."""
    return Instance(
        "assignment", "custom", 0, "test", 0, dict(TINY.parameters) | parameters, dict(TINY.arrays) | (arrays or {})
    )


def with_entry(name, index, value):
    """The tiny instance with one entry replaced."""
    array = TINY[name].copy()
    array[index] = value
    return changed({name: array})


@pytest.mark.parametrize(("steps", "utility"), [(9, 0.0), (10, 0.0), (20, 0.25), (30, 0.5), (31, 0.5), (1000, 0.5)])
def test_utility_line(assignment_instance, steps, utility):
    """Utility is 0 below ax, rises from 0 at ax to by - ay at bx, and stays there."""
    instance = assignment_instance([5], [0], [[10, 0.25, 30, 0.75]], [[0.0]], [(0, steps, 1.0, 0)])
    assert model.utilities(instance) == pytest.approx(np.array([[utility]]))


def test_utility_of_types(assignment_instance):
    """The quality of a service on the task's type is added with the weight beta."""
    instance = assignment_instance(
        [5], [0, 0], [[0, 0, 10, 1]] * 2, [[0.0, 0.2], [0.4, 0.8]], [(0, 5, 1.0, 0), (1, 5, 1.0, 1)], quality_weight=0.5
    )
    np.testing.assert_allclose(model.utilities(instance), [[0.5, 0.7], [0.6, 0.9]])


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        (changed(crash_penalty=-1.0), "crash_penalty"),
        (changed(reject_allowed=1), "reject_allowed"),
        (changed(surplus=1), "surplus"),
        (with_entry("service_server", 0, 1), "service_server"),
        (with_entry("service_server", -1, 2), "service_server[3]: 2; expected below 2"),
        (changed({"service_server": np.zeros(4, np.int64)}), "server 1 has no service"),
        (with_entry("task_arrival", 0, 99999.0), "task_arrival[1]"),
        (with_entry("task_arrival", 0, -1.0), "task_arrival[0]: -1.0"),
        (with_entry("task_steps", 0, 0), "task_steps[0]: 0"),
        (with_entry("task_steps", 0, 250), "at most max_steps = 240"),
        (with_entry("task_runtime", 0, np.nan), "task_runtime[0]: nan"),
        (with_entry("task_runtime", 0, 0.0), "task_runtime[0]: 0.0"),
        (with_entry("task_runtime", 0, 1e6), "at most max_runtime_s"),
        (with_entry("task_type", 0, 2), "task_type[0]: 2; expected below 2"),
        (with_entry("server_capacity", 0, -1), "server_capacity[0]: -1"),
        (with_entry("server_capacity", 0, 10**6), "at most max_capacity"),
        (with_entry("utility_line", (1, 2), -5.0), "utility_line (bx)[1]: -5.0; expected bx above ax"),
        (changed({name: TINY[name][:0] for name in TINY.arrays if name.startswith("task")}), "no tasks"),
        (changed({"task_type": TINY["task_type"][:-1]}), "task_type: length"),
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
    """An arbitrary number anywhere is refused in one line, or the instance has finite utilities."""
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
        assert np.isfinite(model.utilities(instance)).all()
    assert not message or message.isprintable()
