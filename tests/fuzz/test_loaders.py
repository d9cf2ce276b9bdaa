"""Hostile files: every loader takes what is sound and refuses the rest in one line, soon, without executing any of it."""

import gzip
import io
import json
import lzma
import os
import pickle
import random
import tomllib
import tracemalloc

import pytest
from fuzzing.hostile import DEEP, HUGE, mutate, to_json, to_toml
from fuzzing.targets import NAMES, taken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigcbench import instance as instance_module
from aigcbench.checkpoint import Checkpoint
from aigcbench.errors import InputError
from aigcbench.schema import read_toml

EVERY = pytest.mark.parametrize("name", NAMES)
FEW = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TRUNCATIONS = 60


@EVERY
def test_sound_files(targets, name):
    """What the fuzzer starts from is taken."""
    target = targets[name]
    assert all(taken(target, data) for data in target.sound)


@EVERY
@FEW
@given(seed=st.integers(0, 2**32))
def test_changed_files(targets, name, seed):
    """A sound file with hostile changes is taken or refused in one line."""
    target, rng = targets[name], random.Random(seed)
    taken(target, mutate(rng.choice(target.sound), target.form, rng))


@EVERY
@FEW
@given(data=st.binary(max_size=300))
def test_any_bytes(targets, name, data):
    """Bytes without any sense are taken or refused in one line."""
    taken(targets[name], data)


@EVERY
def test_truncated_files(targets, name):
    """A file cut off anywhere is taken or refused in one line."""
    sound = targets[name].sound[0]
    for end in sorted({k * len(sound) // TRUNCATIONS for k in range(TRUNCATIONS)} | {0, 1, len(sound) - 1}):
        taken(targets[name], sound[:end])


def header(entries, length=None):
    """A file of weights whose header says these entries, or claims another length."""
    text = json.dumps(entries).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    """One array of such a header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


WEIGHTS = {
    "a header of 2^63 bytes": header({}, 2**63),
    "a header of a gigabyte": header({}, 2**30),
    "overlapping arrays": header({"a": entry(offsets=(0, 4)), "b": entry(offsets=(2, 6))}) + b"0" * 6,
    "an array that ends before it starts": header({"a": entry(offsets=(4, 0))}) + b"0" * 4,
    "an offset of 2^64": header({"a": entry(offsets=(0, 2**64))}) + b"0" * 4,
    "a shape of 2^62 by 4": header({"a": entry(shape=(2**62, 4))}) + b"0" * 4,
    "a shape of 0 by 2^63": header({"a": entry(shape=(0, 2**63), offsets=(0, 0))}),
    "a hundred dimensions": header({"a": entry(shape=(1,) * 100)}) + b"0" * 4,
    "a negative length": header({"a": entry(shape=(-1,))}) + b"0" * 4,
    "an unknown dtype": header({"a": entry(dtype="OBJECT")}) + b"0" * 4,
    "half precision of brains": header({"a": entry("BF16", (2,))}) + b"0" * 4,
    "eighth precision": header({"a": entry("F8_E4M3", (4,))}) + b"0" * 4,
    "no length": header({"a": {"dtype": "F32", "shape": [1]}}) + b"0" * 4,
    "a pickle": pickle.dumps({"a": 1}),
}


@pytest.mark.parametrize("data", WEIGHTS.values(), ids=WEIGHTS)
def test_headers_of_weights(targets, data):
    """A header that lies about lengths, dtypes or places is refused."""
    assert not taken(targets["weights"], data)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_checkpoints_execute_nothing(tmp_path, suffix):
    """A pickle in place of either file of a checkpoint is refused and never unpickled."""
    for place in (".json", ".safetensors"):
        (tmp_path / f"trap{place}").write_bytes(b"{}")
    (tmp_path / f"trap{suffix}").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(InputError):
        Checkpoint.load(tmp_path / "trap.json")
    assert not (tmp_path / "sprung").exists()


def peak_megabytes(action):
    """The most memory that Python has held during an action."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_gzip_bomb(targets, monkeypatch):
    """A packed instance that unpacks to more than the limit is refused without holding more than about that."""
    monkeypatch.setattr(instance_module, "MAXIMUM_BYTES", 10**6)
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb") as stream:
        stream.write(b"[" * 3 * 10**7)
    target = targets["packed-instance"]
    assert peak_megabytes(lambda: taken(target, bomb.getvalue())) < 8
    assert not taken(target, bomb.getvalue())


def test_xz_bomb(targets):
    """Decisions that unpack to far more than the rows say are refused without unpacking them."""
    bomb = lzma.compress(bytes(10**8), preset=1)
    target = targets["packed-decisions"]
    assert peak_megabytes(lambda: taken(target, bomb)) < 60
    assert not taken(target, bomb)


def test_many_lists(targets):
    """A document of a million empty lists is refused before it takes 28 times its size."""
    data = b'{"schema":[' + b"[]," * 10**6 + b"[]]}"
    assert not taken(targets["instance"], data)
    assert peak_megabytes(lambda: taken(targets["instance"], data)) < 15


def test_many_dimensions(targets):
    """A shape of many large lengths is refused before they are multiplied."""
    shape = ",".join([str(2**39)] * 10**5)
    data = '{"schema":"aigcbench-decisions/1","instance":"","solver":"","parameters":{},"seed":0,"decisions":{"a":%s}}'
    entry = f'{{"dtype":"int64","shape":[{shape}],"data":[]}}'
    assert not taken(targets["decisions"], (data % entry).encode())
    assert not taken(targets["arrays"], f'[["a","int64",[{shape}]]]\n'.encode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n" * 10**6, "more than 4194304 bytes"),
        (".".join("a" * 20_000) + " = 1", "too many dots on a line"),
        (to_toml({"schema": DEEP}).decode(), "deep"),
        (to_toml({"schema": HUGE}).decode(), "a whole number of more than 10000 bits"),
    ],
    ids=["large", "dotted", "deep", "long number"],
)
def test_costly_toml(tmp_path, text, message):
    """TOML that would take long to parse, or could not be shown, is refused."""
    (tmp_path / "file.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        read_toml(tmp_path / "file.toml", "x/1")


def test_long_plans(targets):
    """A plan of 300,000 seeds is read in one pass; one of many solvers is refused before any is looked up."""
    sound = targets["plan"].sound[0]
    seeds = ", ".join(map(str, range(300_000))).encode()
    assert taken(targets["plan"], sound.replace(b"\nseeds = [0]", b"\nseeds = [" + seeds + b"]"))
    names = ", ".join(f'"{k}.py"' for k in range(2000)).encode()
    assert not taken(targets["plan"], sound.replace(b'["random", ', b"[" + names + b", "))


NAMES_OF_FILES = {
    "NUL": "\0",
    "long": "x" * 300,
    "deep": "x/" * 3000,
    "above": "..",
    "line break": "a\nb",
    "right to left": "\u202ex",
    "device": "/dev",
    "here": ".",
}


@pytest.mark.parametrize("name", NAMES_OF_FILES.values(), ids=NAMES_OF_FILES)
def test_names_of_files(targets, name):
    """A plan whose solvers, files or scenarios have names that no file system takes is refused in a line."""
    sound = tomllib.loads(targets["plan"].sound[0].decode())
    for key, suffix in (
        ("solvers", ".py"),
        ("solvers", ".py:x"),
        ("solvers", ""),
        ("files", ".json"),
        ("scenarios", ""),
    ):
        assert not taken(targets["plan"], to_toml(sound | {key: [name + suffix]}))


def test_duplicate_keys(targets):
    """A key that stands twice is an error in TOML; in JSON the identity of the content decides."""
    assert not taken(targets["plan"], targets["plan"].sound[0] + b'summary = "Another"\n')
    sound = targets["instance"].sound[0]
    assert not taken(targets["instance"], sound.replace(b'"seed":0', b'"seed":0,"seed":1', 1))


@pytest.mark.parametrize("text", ["a\nb", "\0", "\u202egnp.exe", "а\u0301bc", "<script>", "\x1b[31m", "x" * 10**5])
def test_texts(targets, text):
    """Line breaks, NUL, characters that change direction or cannot be seen, and markup never reach an error message whole."""
    for name in ("instance", "decisions", "checkpoint", "submission"):
        document = json.loads(targets[name].sound[0])
        for key in [key for key, value in document.items() if isinstance(value, str)]:
            taken(targets[name], to_json(document | {key: text}))
        assert not taken(targets[name], to_json(document | {text: 1, "schema": text}))
