"""Engines by name: what each takes, and one line where it cannot be had."""

import sys

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.engines.catalogue import ENGINES, engine_named
from aigcbench.harness.engines.local import LocalEngine


@pytest.mark.parametrize(("jobs", "timed"), [(None, True), (1, True), (2, False)])
def test_local(jobs, timed):
    """The local engine runs one cell at a time unless it is told otherwise, and only then are rows timed."""
    with engine_named("local", jobs=jobs) as engine:
        assert isinstance(engine, LocalEngine)
        assert engine.timed is timed
        assert list(engine.perform(iter(()))) == []


def test_the_local_engine_has_no_address():
    """An address is refused where there is no cluster to be at it."""
    with pytest.raises(InputError, match="--engine ray"):
        engine_named("local", "somewhere:6379")


def test_ray_is_not_installed(monkeypatch):
    """Without Ray its engine is refused with what installs it; the names of engines are known all the same."""
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "aigcbench.harness.engines.ray", raising=False)
    assert set(ENGINES) == {"local", "ray"}
    with pytest.raises(InputError, match=r"aigcbench\[ray\]"):
        engine_named("ray")
