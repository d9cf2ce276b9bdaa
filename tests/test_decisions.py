"""The decisions file: round trips, and what is refused."""

import gzip
import json

import numpy as np
import pytest

import aigcbench as ab
from aigcbench.decisions import SCHEMA, DecisionsFile
from aigcbench.errors import InputError

SERVICE = np.array([0, -1, 2, 1, 0])


@pytest.fixture
def file():
    """Decisions of five tasks."""
    return DecisionsFile("ab" * 32, "me", {"share": 0.25, "backend": "x"}, 3, {"service": SERVICE})


@pytest.mark.parametrize("name", ["d.json", "d.json.gz", "new/folder/d.json"])
def test_round_trip(file, tmp_path, name):
    """What is read is what was written, compressed or not; equal content is equal bytes."""
    file.save(tmp_path / name)
    read = DecisionsFile.load(tmp_path / name)
    assert (read.instance_sha256, read.solver, read.parameters, read.seed) == ("ab" * 32, "me", file.parameters, 3)
    np.testing.assert_array_equal(read.decisions["service"], SERVICE)
    before = (tmp_path / name).read_bytes()
    read.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == before


def test_floats_keep_every_bit(tmp_path):
    """A float64 comes back as it was."""
    share = np.array([[0.1, 1 / 3], [5e-324, 1e308]])
    DecisionsFile("0", "me", {}, 0, {"share": share}).save(tmp_path / "d.json")
    read = DecisionsFile.load(tmp_path / "d.json").decisions["share"]
    assert read.tobytes() == share.tobytes()
    assert read.shape == (2, 2)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema": "aigcbench-instance/1"}, "schema"),
        ({"instance": 5}, "'instance'"),
        ({"solver": None}, "'solver'"),
        ({"seed": 1.5}, "'seed'"),
        ({"seed": True}, "'seed'"),
        ({"parameters": []}, "'parameters'"),
        ({"decisions": [0, 1]}, "'decisions'"),
        ({"decisions": {"service": [0, 1]}}, "service: not an array entry"),
        ({"decisions": {"service": {"dtype": "int64", "shape": [3], "data": [0, 1]}}}, "service: 2 numbers"),
        ({"decisions": {"service": {"dtype": "int64", "shape": [2], "data": [0, 1.5]}}}, "service[1]: 1.5"),
        ({"decisions": {"service": {"dtype": "int64", "shape": [1], "data": [1e999]}}}, "not JSON"),
        ({"decisions": {"service": {"dtype": "object", "shape": [1], "data": [0]}}}, "not an array entry"),
    ],
)
def test_other_content_is_refused(file, tmp_path, change, word):
    """Each field has one type; the error names the file and the field in one line."""
    path = tmp_path / "d.json"
    file.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change).replace("Infinity", "1e999"))
    with pytest.raises(InputError) as error:
        DecisionsFile.load(path)
    assert str(path) in str(error.value)
    assert word in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"schema": "' + SCHEMA.encode() + b'"}'])
def test_files_that_are_none(tmp_path, content):
    """Empty, foreign and unfinished files are refused, compressed too."""
    for path, data in ((tmp_path / "d.json", content), (tmp_path / "d.json.gz", gzip.compress(content))):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"d\.json"):
            DecisionsFile.load(path)


def test_a_name_of_a_solver_is_one_line(file, tmp_path):
    """Text from a file can't write over a terminal."""
    path = tmp_path / "d.json"
    file.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"solver": "a\n\x1b[2Jb" + "c" * 200}))
    assert DecisionsFile.load(path).solver.startswith("a ?[2Jbccc")
    assert len(DecisionsFile.load(path).solver) == 100


def test_they_belong_to_one_instance(file):
    """Decisions for another instance are refused by name."""
    instance = ab.make("assignment/asp-tiny", 7)
    with pytest.raises(InputError, match="expected decisions for assignment/asp-tiny#7"):
        file.refuse_other(instance, "d.json")
    DecisionsFile(instance.sha256, "me", {}, 0, {}).refuse_other(instance, "d.json")


def test_an_unwritable_place(file, tmp_path):
    """A file that can't be written is an input error, and nothing half-written stays."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        file.save(tmp_path / "file" / "d.json")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
