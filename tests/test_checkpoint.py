"""Checkpoints: what is saved comes back; what is damaged, foreign or absurd is refused in one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from aigcbench import checkpoint as module
from aigcbench.checkpoint import Checkpoint, Spent, Training
from aigcbench.errors import InputError
from aigcbench.solver import BUDGETS, Budget


@pytest.fixture
def training():
    """A training of a learner with an unusual parameter."""
    return Training(
        solver="linear",
        version=2,
        parameters={"rate": 0.5},
        source_sha256="ab",
        label="linear[rate=0.5]",
        task="assignment/asp-tiny",
        task_version=1,
        task_sha256="cd",
        seed=3,
        budget=BUDGETS["quick"],
    )


@pytest.fixture
def checkpoint(training):
    """Weights of every dtype that is allowed, a scalar and an empty array among them."""
    weights = {
        "layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "bias": np.array(0.25),
        "table": np.zeros((0, 4), np.int64),
        "mask": np.array([True, False]),
    }
    curve = ({"updates": 1.0, "validation": -3.5}, {"updates": 2.0})
    return Checkpoint(training, weights, Spent(640, 2, 0.5), -3.5, curve, {"numpy": "2"})


def test_round_trip(checkpoint, tmp_path):
    """Every field comes back, weights bit for bit, given either file; equal content is equal bytes."""
    path = checkpoint.save(tmp_path / "deep")
    assert path.name == "linear-rate-0.5-seed3.json"
    for given in (path, path.with_suffix(".safetensors")):
        loaded = Checkpoint.load(given)
        assert loaded.sha256 == checkpoint.sha256
        assert (loaded.training, loaded.spent, loaded.validation) == (checkpoint.training, checkpoint.spent, -3.5)
        assert (loaded.curve, loaded.packages) == (checkpoint.curve, {"numpy": "2"})
        for name, array in checkpoint.weights.items():
            assert (loaded.weights[name].dtype, loaded.weights[name].shape) == (array.dtype, array.shape)
            assert (loaded.weights[name] == array).all()
    before = [file.read_bytes() for file in sorted(path.parent.iterdir())]
    Checkpoint.load(path).save(path.parent)
    assert [file.read_bytes() for file in sorted(path.parent.iterdir())] == before


def test_identity(checkpoint, training):
    """Weights and training are in the hash, measured cost is not; the order of arrays does not matter."""
    turned = dict(reversed(checkpoint.weights.items()))
    assert replace(checkpoint, weights=turned, spent=Spent(1, 1, 99.0)).sha256 == checkpoint.sha256
    assert replace(checkpoint, weights=checkpoint.weights | {"bias": np.array(0.5)}).sha256 != checkpoint.sha256
    for change in ({"seed": 4}, {"task_sha256": "x"}, {"parameters": {}}, {"budget": Budget(cpu_seconds=1.0)}):
        assert replace(checkpoint, training=replace(training, **change)).sha256 != checkpoint.sha256
    assert (training.budget_name, replace(training, budget=Budget(updates=1)).budget_name) == ("quick", "custom")


def edited(change):
    """A damage that changes the JSON document in place."""

    def damage(path):
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return damage


def weights_of(**arrays):
    """A damage that puts other weights beside the JSON file."""
    return lambda path: path.with_suffix(".safetensors").write_bytes(save(arrays))


def cut(suffix, keep):
    """A damage that truncates one of the files."""

    def damage(path):
        file = path.with_suffix(suffix)
        file.write_bytes(file.read_bytes()[:keep])

    return damage


def huge_header(path):
    """A safetensors file whose header claims to have 2^60 bytes."""
    path.with_suffix(".safetensors").write_bytes((2**60).to_bytes(8, "little") + b"{}")


DAMAGES = {
    "no weights": (lambda path: path.with_suffix(".safetensors").unlink(), "cannot be read (No such file"),
    "no JSON file": (lambda path: path.unlink(), "cannot be read (No such file"),
    "truncated weights": (cut(".safetensors", -1), "not safetensors"),
    "weights cut in the header": (cut(".safetensors", 20), "not safetensors"),
    "empty weights": (cut(".safetensors", 0), "not safetensors"),
    "a huge header": (huge_header, "not safetensors"),
    "truncated JSON": (cut(".json", -30), "not JSON"),
    "another schema": (edited(lambda d: d.update(schema="x")), "schema 'x'"),
    "an unknown key": (edited(lambda d: d.update(more=1)), "unknown key 'more'"),
    "a missing key": (edited(lambda d: d.pop("spent")), "'spent' is missing or not of type dict"),
    "a missing key of the training": (edited(lambda d: d["training"].pop("seed")), "'seed' is missing"),
    "an unknown key of the training": (edited(lambda d: d["training"].update(x=1)), "unknown key 'x'"),
    "a budget of words": (edited(lambda d: d["training"]["budget"].update(updates="1")), "'updates' is missing or no"),
    "an empty budget": (edited(lambda d: d["training"]["budget"].update(updates=0)), "budget.updates: 0"),
    "a cost of words": (edited(lambda d: d["spent"].update(updates=None)), "'updates' is missing or no number"),
    "a curve of words": (edited(lambda d: d["curve"].append({"updates": "many"})), "curve[2]: {'updates': 'many'}"),
    "other names": (weights_of(bias=np.array(0.25)), "arrays are not those of the weights beside it"),
    "another number": (edited(lambda d: d["training"].update(seed=4)), "content has sha256"),
    "NaN": (weights_of(bias=np.array(np.nan)), ".safetensors.bias: a number that is not finite"),
    "infinity": (weights_of(bias=np.array([1, np.inf], np.float32)), "a number that is not finite"),
    "a wrong dtype": (weights_of(bias=np.zeros(2, np.uint8)), "uint8"),
    "no arrays": (weights_of(), "0 arrays"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_files(checkpoint, tmp_path, damage, message):
    """Whatever is wrong with either file is told in one line, with the file's name."""
    path = checkpoint.save(tmp_path)
    damage(path)
    with pytest.raises(InputError) as caught:
        Checkpoint.load(path)
    assert message in str(caught.value)
    assert "linear-rate" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (None, "NoneType"),
        ({}, "0 arrays"),
        ({"a": [1.0]}, "weights.a: list"),
        ({1: np.zeros(1)}, "weights.1: float64"),
        ({"a": np.array(["x"])}, "weights.a: <U1"),
        ({"a": np.array([np.nan])}, "weights.a: a number that is not finite"),
        ({"a": np.zeros(3, np.complex128)}, "weights.a: complex128"),
    ],
)
def test_refused_weights(checkpoint, weights, message):
    """What a learner may not return as weights never becomes a checkpoint."""
    with pytest.raises(InputError) as caught:
        replace(checkpoint, weights=weights)
    assert message in str(caught.value)
    assert str(caught.value).startswith("weights")


def test_refused_size(checkpoint, tmp_path, monkeypatch):
    """Weights beyond the limit are refused, in memory and before a file is read."""
    path = checkpoint.save(tmp_path)
    monkeypatch.setattr(module, "MAXIMUM_BYTES", 16)
    with pytest.raises(InputError, match="34 bytes; expected at most 16"):
        replace(checkpoint)
    monkeypatch.setattr(module, "MAXIMUM_BYTES", 16 - 1024**2)
    with pytest.raises(InputError, match="bytes; expected at most"):
        Checkpoint.load(path)
