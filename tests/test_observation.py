"""Observations: named views on one vector."""

import numpy as np
import pytest

from aigcbench.observation import Observation
from aigcbench.problems.assignment import model
from aigcbench.scenario import scenario_named


@pytest.fixture(scope="module", params=["assignment/asp-tiny", "assignment/orchestration-tiny"])
def instance(request):
    """An instance with one task type, and one with several."""
    return scenario_named(request.param).instance(0)


def test_views_share_the_vectors_memory(instance):
    """Every part is the vector's own memory: what changes there is seen, nothing is copied."""
    layout = model.layout_of(instance)
    vector = np.zeros(layout.lengths["informed"])
    observation = Observation(vector, layout)
    for view in layout.views:
        if view.count is not None:
            assert np.shares_memory(getattr(observation, view.name), vector), view.name
    vector[:] = np.arange(len(vector))
    for view in layout.views:
        np.testing.assert_array_equal(getattr(observation, view.name), view.of(vector), err_msg=view.name)


def test_views_cover_the_vector_once(instance):
    """Each entry of the informed observation belongs to exactly one named part."""
    layout = model.layout_of(instance)
    positions = np.arange(layout.lengths["informed"])
    covered = np.concatenate([np.atleast_1d(view.of(positions)) for view in layout.views])
    np.testing.assert_array_equal(np.sort(covered), positions)


def test_shorter_observations_lack_the_later_parts(instance):
    """The paper's observation is a prefix of the online one, and that of the informed; parts beyond the end do not exist."""
    layout = model.layout_of(instance)
    assert layout.lengths["paper"] < layout.lengths["online"] < layout.lengths["informed"]
    paper = Observation(np.zeros(layout.lengths["paper"]), layout)
    assert len(paper.free_steps) == len(instance["server_capacity"])
    with pytest.raises(AttributeError, match="no part 'time'"):
        paper.time  # noqa: B018
    with pytest.raises(AttributeError, match="no part 'utility'"):
        Observation(np.zeros(layout.lengths["online"]), layout).utility  # noqa: B018


def test_views_of_a_batch(instance):
    """A view cuts the last axis, whatever stands before it."""
    layout = model.layout_of(instance)
    batch = np.arange(2.0 * layout.lengths["informed"]).reshape(2, -1)
    for view in layout.views:
        np.testing.assert_array_equal(view.of(batch)[1], view.of(batch[1]), err_msg=view.name)


def test_context_hides_what_is_not_known(instance):
    """Utilities are in the context of an informed policy only; the number of tasks is in none."""
    online, informed = (model.context_of(instance, information) for information in ("online", "informed"))
    assert set(online.arrays) == {"server_capacity", "service_server"}
    assert set(informed.arrays) == {"server_capacity", "service_server", "utility_line", "type_quality"}
    for context in (online, informed):
        assert len(context.scale) == context.observation_length
        assert not any(name.startswith("task_") for name in context.arrays)
        assert "n_tasks" not in context.parameters
        assert context["horizon_s"] == instance.parameters["horizon_s"]
