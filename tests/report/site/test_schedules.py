"""Pictures of schedules on instance pages."""

import base64
import json
import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.report.site.schedules import Schedules
from aigcbench.scenario import scenario_named


def schedules(decisions):
    """Of a store with one instance and one row."""
    instance = scenario_named("assignment/asp-tiny").instance(0)
    return instance, Schedules(SimpleNamespace(instance=lambda sha256: instance, decisions=lambda key: decisions))


def test_decisions_are_drawn():
    """A row's decisions become a chart, packed for a script element."""
    instance, _ = schedules(None)
    legal = {"service": np.zeros(len(instance["task_arrival"]), np.int64)}
    text = schedules(legal)[1].specification(instance.sha256, "key")
    assert "vconcat" in json.loads(zlib.decompress(base64.b64decode(text)))
    assert "<" not in text


def test_crashes_are_told():
    """All tasks on one service crash its server; without readable decisions there is nothing to tell."""
    instance, _ = schedules(None)
    first = {"service": np.zeros(len(instance["task_arrival"]), np.int64)}
    (crash,) = schedules(first)[1].incidents(instance.sha256, "key")
    assert crash.constraint == "server capacity"
    assert schedules(None)[1].incidents(instance.sha256, "key") == []


@pytest.mark.parametrize("decisions", [None, {}, {"service": np.array([9**9])}, {"other": np.zeros(3)}])
def test_what_cannot_be_drawn_has_no_picture(decisions):
    """Missing, unreadable and illegal decisions leave the page without a picture."""
    instance, drawn = schedules(decisions)
    assert drawn.specification(instance.sha256, "key") is None


def test_a_missing_instance_has_no_picture():
    """So does an instance that cannot be read."""

    def refuse(sha256):
        raise InputError("store", "unreadable", "an instance")

    assert Schedules(SimpleNamespace(instance=refuse)).specification("0" * 64, "key") is None
