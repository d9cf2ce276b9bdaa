"""The local engine: accelerators of this machine."""

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.cell import Cell, Status
from aigcbench.harness.devices import VISIBLE
from aigcbench.harness.engines.local import LocalEngine
from aigcbench.harness.work import CellWork
from aigcbench.solver import Limits

TELLS = "raise RuntimeError('sees ' + repr(os.environ['CUDA_VISIBLE_DEVICES']))"


@pytest.fixture
def units(rogue, tiny):
    """Makes units of work whose solver fails with the accelerators that it sees."""
    card = rogue(TELLS)
    return lambda gpus, count: [CellWork(Cell.of(card, {}, tiny, k, Limits(gpus=gpus)), tiny) for k in range(count)]


@pytest.mark.parametrize(("gpus", "seen"), [(0, {"''"}), (1, {"'4'", "'7'"}), (2, {"'4,7'", "'7,4'"})])
def test_a_unit_sees_its_own(monkeypatch, units, gpus, seen):
    """A unit sees as many accelerators as it asks for, of those that the driver may use, and otherwise none."""
    monkeypatch.setenv(VISIBLE, "4,7")
    with LocalEngine(jobs=2) as engine:
        outcomes = [performed.result for _, performed in engine.perform(iter(units(gpus, 4)))]
    assert {outcome.status for outcome in outcomes} == {Status.ERROR}
    assert {outcome.detail.split("sees ")[1].split(" ")[0] for outcome in outcomes} <= seen


def test_more_than_there_are(monkeypatch, units):
    """Limits that this machine has too few accelerators for are refused in one line."""
    monkeypatch.setenv(VISIBLE, "0")
    with LocalEngine() as engine, pytest.raises(InputError, match="1 accelerators on this machine; expected the 2"):
        next(engine.perform(iter(units(2, 1))))
