"""What a caching instance is: the refusal of unsound instances, layout, scale, context."""

import json

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.problems.caching import model
from aigcbench.scenario import scenario_named

TINY = scenario_named("caching/tiny").instance(0)


def changed(arrays=None, **parameters):
    """The tiny instance with some arrays or scalars replaced."""
    return Instance(
        "caching", "custom", 0, "test", 0, dict(TINY.parameters) | parameters, dict(TINY.arrays) | (arrays or {})
    )


def with_entry(name, index, value):
    """The tiny instance with one entry replaced."""
    array = TINY[name].copy()
    array[index] = value
    return changed({name: array})


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        (changed(delay_weight=1.5), "delay_weight: 1.5"),
        (changed(slot_s=0.0), "slot_s: 0.0"),
        (changed(minimum_share=0.0), "minimum_share: 0.0"),
        (changed(minimum_share=0.5), "0.5 for 3 users is more than the band; expected at most 0.333333"),
        (changed(surplus=1), "surplus"),
        (with_entry("request", (1, 2, 0), 4), "request[1, 2, 0]: 4; expected below 4"),
        (with_entry("request", (0, 0, 0), -1), "request[0, 0, 0]: -1"),
        (with_entry("gain", (0, 0, 0), 0.0), "gain[0, 0, 0]: 0.0"),
        (with_entry("gain", (0, 0, 0), np.nan), "gain[0, 0, 0]: nan"),
        (with_entry("input_size", (0, 0, 0), -1.0), "input_size[0, 0, 0]: -1.0"),
        (with_entry("model_quality", (2, 2), 10.0), "model_quality (A3)[2]: 10.0; expected A3 above A1"),
        (with_entry("model_quality", (2, 3), 900.0), "model_quality (A4)[2]: 900.0; expected A4 at most A2"),
        (with_entry("model_storage", 0, -1.0), "model_storage[0]: -1.0"),
        (changed({"skewness": TINY["skewness"][:-1]}), "length 2 on axis 0"),
        (changed({name: TINY[name][:, :, :0] for name in ("request", "input_size", "gain")}), "no users"),
    ],
)
def test_unsound_instances(instance, message):
    """Each rule that an instance breaks is named with its place, in one line."""
    with pytest.raises(InputError) as caught:
        model.validate(instance, "file")
    assert str(caught.value).startswith("file: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("users", "models"), [(1, 1), (3, 4), (10, 10)])
def test_layout_covers_every_entry_once(users, models):
    """The parts fill the informed vector without gap or overlap, and end where a shorter observation ends."""
    layout = model.layout(users, models)
    vector = np.zeros(layout.lengths["informed"])
    for view in layout.views:
        view.of(vector)[...] += 1
    assert (vector == 1).all()
    assert layout.lengths == {
        "paper": 4 + 4 * users + models,
        "online": 4 + 6 * users + 2 * models,
        "informed": 4 + 12 * users + 2 * models,
    }


def test_paper_state_has_4u_plus_m_entries_besides_the_decision():
    """The paper's slot state (eq. 21) is 4U + M numbers; here it follows the kind of decision, its place and gamma."""
    layout = model.layout(10, 10)
    assert layout.lengths["paper"] - 4 == 4 * 10 + 10


def test_online_context_hides_how_models_generate():
    """Storage and output are known to all, A1 to B2 only to informed policies; both cross a pipe as JSON."""
    online, informed = (model.context_of(TINY, information) for information in ("online", "informed"))
    assert set(online.arrays) == {"model_storage", "model_output"}
    assert set(informed.arrays) == {*online.arrays, "model_quality", "model_time"}
    assert online.action_shape == (4 + 2 * 3,)
    assert online.n_actions == 0
    assert [online[name] for name in ("n_frames", "n_slots", "n_users", "n_models")] == [2, 3, 3, 4]
    assert len(online.scale) == online.observation_length
    json.dumps(dict(informed.parameters))
