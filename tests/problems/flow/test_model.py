"""What a flow instance is: the refusal of unsound instances, the observation, what a policy may know."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.flow import model
from aigcbench.scenario import scenario_named

TINY = scenario_named("flow/tiny").instance(0)


def changed(arrays=None, **parameters):
    """The tiny instance with some arrays or scalars replaced."""
    return Instance(
        "flow", "custom", 0, "test", 0, dict(TINY.parameters) | parameters, dict(TINY.arrays) | (arrays or {})
    )


def with_entry(name, index, value):
    """The tiny instance with one entry replaced."""
    array = TINY[name].copy()
    array[index] = value
    return changed({name: array})


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        (changed(compute_units=0), "compute_units"),
        (changed(compute_tflops=0.0), "compute_tflops"),
        (changed(blocked_share=0.0), "blocked_share"),
        (changed(surplus=1), "surplus"),
        (with_entry("gateway_capacity", 0, 0.0), "gateway_capacity[0]: 0.0"),
        (with_entry("gateway_capacity", 1, 1e6), "at most max_gateway_mbit_s = 30.0"),
        (with_entry("level_rate", 2, -1.0), "level_rate[2]: -1.0"),
        (with_entry("level_units", 0, 0), "level_units[0]: 0"),
        (changed({"level_units": np.array([1, 2])}), "level_units: length 2"),
        (with_entry("flow_slot", 0, 19), "non-decreasing order"),
        (with_entry("flow_slot", -1, 20), "below n_slots = 20"),
        (with_entry("flow_rate", 0, np.nan), "flow_rate[0]: nan"),
        (with_entry("flow_rate", 0, 0.0), "flow_rate[0]: 0.0"),
        (with_entry("flow_rate", 0, 20.5), "at most max_rate_mbit_s = 20.0"),
        (with_entry("flow_deadline", 3, 1.5), "flow_deadline[3]: 1.5; expected at most max_deadline_s"),
        (with_entry("flow_data", 1, 13.0), "at most max_data_mbit"),
        (with_entry("flow_work", 1, 101.0), "at most max_work_gflop"),
        (with_entry("flow_priority", 0, 4), "flow_priority[0]: 4"),
        (with_entry("flow_priority", 0, 0), "flow_priority[0]: 0"),
        (with_entry("flow_type", 0, 3), "flow_type[0]: 3"),
        (changed({name: TINY[name][:0] for name in TINY.arrays if name.startswith("flow")}), "no flows"),
        (changed({name: TINY[name][:0] for name in TINY.arrays if name.startswith("level")}), "no levels"),
        (changed({"flow_type": TINY["flow_type"][:-1]}), "flow_type: length"),
    ],
)
def test_unsound_instances(instance, message):
    """Each rule that an instance breaks is named with its place, in one line."""
    with pytest.raises(InputError) as caught:
        model.validate(instance, "file")
    assert str(caught.value).startswith("file: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_views_cover_the_vector_once():
    """Every entry of the longest vector belongs to exactly one view, and each class sees a prefix."""
    layout = model.layout_of(TINY)
    seen = np.zeros(layout.lengths["informed"])
    for view in layout.views:
        view.of(seen)[...] += 1
    assert (seen == 1).all()
    assert layout.lengths == {"paper": 13, "online": 14, "informed": 20}


def test_a_policy_knows_the_fleet_and_no_flow():
    """The context has gateways, levels and scenario, and nothing of a length that tells the number of flows."""
    context = model.context_of(TINY, "informed")
    assert set(context.arrays) == {"gateway_capacity", "level_rate", "level_units"}
    assert (context.n_actions, context.reject_allowed) == (6, True)
    assert "flows" not in context.parameters
    assert len(context.scale) == context.observation_length


def test_speed_of_a_unit():
    """The server's speed is divided evenly among its units."""
    assert model.unit_gflops(scenario_named("flow/paper").instance(0)) == 250.0
