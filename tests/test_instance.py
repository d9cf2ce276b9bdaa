"""Instance: exact round trip, identity, hostile input."""

import copy
import gzip
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from aigcbench.errors import InputError
from aigcbench.instance import Instance, dump_arrays, parse_arrays
from aigcbench.problems.problem import load_instance
from aigcbench.scenario import scenario_named

SHAPES = arrays_of.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)
FLOATS = arrays_of.arrays(np.float64, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False))
INTEGERS = arrays_of.arrays(np.int64, SHAPES)
SCALARS = st.one_of(st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
INSTANCES = st.builds(
    Instance,
    formulation=NAMES,
    scenario=NAMES,
    scenario_version=st.integers(0, 2**63 - 1),
    split=st.sampled_from(["test", "train", "validation"]),
    seed=st.integers(0, 2**63 - 1),
    parameters=st.dictionaries(NAMES, SCALARS | NAMES, max_size=3),
    arrays=st.dictionaries(NAMES, FLOATS | INTEGERS, max_size=3),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def tiny():
    """A small sound instance."""
    return scenario_named("assignment/orchestration-tiny").instance(0)


def assert_equal(a, b):
    """Same header, same scalars with their types, same arrays bit for bit."""
    for name in ("formulation", "scenario", "scenario_version", "split", "seed", "sha256"):
        assert getattr(a, name) == getattr(b, name)
    assert [(k, type(v), v) for k, v in a.parameters.items()] == [(k, type(v), v) for k, v in b.parameters.items()]
    assert list(a.arrays) == list(b.arrays)
    for name in a.arrays:
        assert (a[name].dtype, a[name].shape) == (b[name].dtype, b[name].shape)
        assert a[name].tobytes() == b[name].tobytes()


@given(INSTANCES)
def test_round_trip_keeps_every_bit(instance):
    """Any instance survives its JSON form exactly: subnormal numbers, negative zero, empty arrays, any name."""
    assert_equal(Instance.from_bytes(instance.to_bytes()), instance)


@pytest.mark.parametrize("name", ["instance.json", "folder/instance.json.gz"])
def test_files(tiny, tmp_path, name):
    """Plain and compressed files load to the same instance; equal content is equal bytes; nothing partial stays behind."""
    path = tmp_path / name
    tiny.save(path)
    first = path.read_bytes()
    assert_equal(load_instance(path), tiny)
    tiny.save(path)
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_pickled(tiny):
    """An instance that went to another process is the same one, and as frozen."""
    copied = pickle.loads(pickle.dumps(tiny))
    assert copied.to_bytes() == tiny.to_bytes()
    assert not any(array.flags.writeable for array in copied.arrays.values())


def test_arrays_cannot_be_changed(tiny):
    """An instance is frozen: neither its arrays nor the one it was made of can alter it."""
    with pytest.raises(ValueError, match="read-only"):
        tiny["task_steps"][0] = 1
    source = np.zeros(2)
    instance = Instance("f", "s", 1, "test", 0, {}, {"a": source})
    source[0] = 1
    assert instance["a"][0] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"formulation": "other"},
        {"scenario": "custom"},
        {"scenario_version": 2},
        {"split": "train"},
        {"seed": 1},
        {"parameters": {"a": 1, "b": True}},
        {"parameters": {"a": 1.0, "b": False}},
        {"parameters": {"a": 1}},
        {"arrays": {"x": np.array([0.0, 1.0]), "y": np.array([1, 2])}},
        {"arrays": {"x": np.array([0, np.nextafter(1, 2)]), "y": np.array([1, 2])}},
        {"arrays": {"x": np.array([-0.0, 1]), "y": np.array([1, 3])}},
        {"arrays": {"x": np.array([-0.0, 1]), "y": np.array([[1, 2]])}},
        {"arrays": {"x": np.array([-0.0, 1]), "z": np.array([1, 2])}},
        {"arrays": {"x": np.array([-0.0, 1]), "y": np.array([1.0, 2.0])}},
    ],
)
def test_sha256_changes_with_any_change(change):
    """Identity is the whole content: each field, type, name, shape and bit."""
    fields = {
        "formulation": "f",
        "scenario": "s",
        "scenario_version": 1,
        "split": "test",
        "seed": 0,
        "parameters": {"a": 1, "b": False},
        "arrays": {"x": np.array([-0.0, 1]), "y": np.array([1, 2])},
    }
    assert Instance(**fields).sha256 == Instance(**copy.deepcopy(fields)).sha256
    assert Instance(**fields).sha256 != Instance(**(fields | change)).sha256


def test_sha256_ignores_order_and_memory_layout():
    """The order of names and the strides of arrays are no content."""
    matrix = np.arange(6.0).reshape(2, 3)
    a = Instance("f", "s", 1, "test", 0, {"p": 1, "q": 2}, {"x": matrix, "y": matrix})
    b = Instance("f", "s", 1, "test", 0, {"q": 2, "p": 1}, {"y": np.asfortranarray(matrix), "x": matrix})
    assert a.sha256 == b.sha256


def refused(data, where="file"):
    """The one line with which bytes are refused, or None where they load."""
    message = None
    try:
        Instance.from_bytes(data, where)
    except InputError as error:
        message = str(error)
    assert message is None or message.isprintable()
    return message


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_refused(data):
    """Bytes that are no instance are refused in one line that begins with the file's name."""
    assert refused(data).startswith("file")


def paths_of(document, prefix=()):
    """Every place in a JSON document."""
    yield prefix
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, child in children:
        yield from paths_of(child, (*prefix, key))


@settings(max_examples=300, derandomize=True)
@given(data=st.data())
def test_mutated_documents_are_refused(tiny, data):
    """One value replaced or removed anywhere in a file is noticed, even where it is still a sound instance."""
    original = json.loads(tiny.to_bytes())
    path = data.draw(st.sampled_from([p for p in paths_of(original) if p]))
    document = copy.deepcopy(original)
    place = document
    for key in path[:-1]:
        place = place[key]
    if data.draw(st.booleans()):
        del place[path[-1]]
    else:
        place[path[-1]] = data.draw(JSON)
    message = refused(json.dumps(document).encode())
    if message is None:  # the same number written in another way
        assert math.isclose(place[path[-1]], _at(original, path), rel_tol=0)


def _at(document, path):
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"dtype": "object", "shape": [1], "data": [1]}, "not an array entry"),
        ({"dtype": "int64", "shape": [2**62, 2**62], "data": []}, "bad shape"),
        ({"dtype": "int64", "shape": [-1], "data": [1]}, "bad shape"),
        ({"dtype": "int64", "shape": [2], "data": [1]}, "1 numbers; expected 2"),
        ({"dtype": "int64", "shape": [1], "data": [1.0]}, r"\[0\]: 1.0; expected int64"),
        ({"dtype": "int64", "shape": [1], "data": [True]}, r"\[0\]: True; expected int64"),
        ({"dtype": "int64", "shape": [1], "data": [2**63]}, "expected int64"),
        ({"dtype": "float64", "shape": [2], "data": [1, None]}, r"\[1\]: None; expected float64"),
        ({"dtype": "float64", "shape": [1] * 100, "data": [1]}, "bad shape"),
    ],
)
def test_bad_array_entries(tiny, entry, message):
    """Each malformed array is refused with its name."""
    document = json.loads(tiny.to_bytes())
    document["arrays"]["task_steps"] = entry
    with pytest.raises(InputError, match=r"task_steps.*" + message):
        Instance.from_bytes(json.dumps(document).encode())


def test_deep_nesting_is_refused():
    """A tower of brackets does not bring the reader down."""
    assert "not JSON" in refused(b"[" * 100_000)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"not gzip", gzip.compress(b"{}" * 1000, mtime=0)[:-20]])
def test_unreadable_files(tmp_path, content):
    """A broken archive is refused with its path."""
    path = tmp_path / "x.json.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.json\.gz"):
        load_instance(path)


def test_missing_file_and_folder(tmp_path):
    """A path that is no file is refused, on reading and on writing."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            load_instance(path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written"):
        scenario_named("assignment/asp-tiny").instance(0).save(tmp_path / "file" / "x.json")


def test_archive_bomb(tmp_path, monkeypatch):
    """Content beyond the size limit is refused before it is parsed."""
    monkeypatch.setattr("aigcbench.instance.MAXIMUM_BYTES", 1000)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * 10_000))
    with pytest.raises(InputError, match="more than"):
        load_instance(path)


def test_unknown_formulation(tmp_path):
    """A sound file of a formulation that does not exist is refused, with those that do."""
    path = tmp_path / "x.json"
    Instance("asignment", "custom", 0, "test", 0, {}, {}).save(path)
    with pytest.raises(InputError, match="unknown formulation 'asignment'; expected one of assignment"):
        load_instance(path)


@given(st.dictionaries(NAMES, FLOATS | INTEGERS, max_size=3))
def test_array_bytes_round_trip(arrays):
    """Named arrays survive their byte form exactly."""
    parsed = parse_arrays(dump_arrays(arrays))
    assert list(parsed) == list(arrays)
    for name, array in arrays.items():
        assert (parsed[name].dtype, parsed[name].shape) == (array.dtype, array.shape)
        assert parsed[name].tobytes() == np.ascontiguousarray(array).tobytes()


@given(
    st.binary(max_size=100)
    | st.tuples(JSON, st.binary(max_size=64)).map(lambda t: json.dumps(t[0]).encode() + b"\n" + t[1])
)
def test_hostile_array_bytes(data):
    """Bytes from a sender that is not trusted are either arrays or refused in one line."""
    message = ""
    try:
        arrays = parse_arrays(data)
    except InputError as error:
        message = str(error)
    else:
        assert all(isinstance(array, np.ndarray) for array in arrays.values())
    assert not message or message.isprintable()
