"""Training curves: every number in the CSV, and a figure that is well-formed whatever the labels."""

from xml.etree import ElementTree

import numpy as np
import pytest

from aigcbench.checkpoint import Checkpoint, Spent, Training
from aigcbench.report.curves import curve_csv, curve_svg
from aigcbench.solver import Budget


@pytest.fixture
def checkpoint():
    """Builds a checkpoint with a given curve."""

    def build(*curve, label="a<b>&"):
        training = Training("a", 1, {}, "", label, "assignment/asp-tiny", 1, "", 0, Budget())
        return Checkpoint(training, {"rule": np.zeros(1)}, Spent(10, 1, 2.0), 3.0, curve)

    return build


def test_csv(checkpoint):
    """Columns that every learner has come first; what a point lacks stays empty."""
    first = {"environment_steps": 4.0, "updates": 1.0, "cpu_seconds": 0.5, "loss": 0.25}
    second = {"environment_steps": 8.0, "updates": 2.0, "cpu_seconds": 1.0, "validation": -1.5, "best": -1.5}
    assert curve_csv(checkpoint(first, second)).splitlines() == [
        "environment_steps,updates,cpu_seconds,validation,best,loss",
        "4.0,1.0,0.5,,,0.25",
        "8.0,2.0,1.0,-1.5,-1.5,",
    ]


@pytest.mark.parametrize("values", [(), (5.0,), (5.0, 5.0), (-200.0, 0.0, 1e-3), (0.0, 500.0)])
def test_figure(checkpoint, values):
    """The line has a point for each validation, within the picture; the dot is on the best."""
    curve = [{"cpu_seconds": 2.0 * k, "validation": value} for k, value in enumerate(values)]
    root = ElementTree.fromstring(curve_svg(checkpoint({"cpu_seconds": 0.0, "updates": 0.0}, *curve)))
    assert root.findtext("{*}text").startswith("a<b>& on assignment/asp-tiny, training seed 0")
    points = [tuple(map(float, pair.split(","))) for pair in root.find("{*}polyline").get("points").split()]
    assert len(points) == max(1, len(values))
    assert all(72 <= x <= 624 and 36 <= y <= 312 for x, y in points)
    dot = root.find("{*}circle")
    assert float(dot.get("cy")) == min(y for _, y in points)
