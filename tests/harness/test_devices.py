"""Accelerators of this machine: what is found, and that no two units of work have the same."""

import threading

import pytest

from aigcbench.harness.devices import VISIBLE, Pool, devices_here


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("0,1", ["0", "1"]),
        (" 2 , GPU-8932f937-d72c ,MIG-1/0", ["2", "GPU-8932f937-d72c", "MIG-1/0"]),
        ("1,1", ["1"]),
        ("0,-1,1", ["0"]),
        ("", []),
        ("NoDevFiles", []),
    ],
)
def test_the_variable_says_what_there_is(monkeypatch, variable, found):
    """Devices are those that the variable names, up to the first name that is none."""
    monkeypatch.setenv(VISIBLE, variable)
    assert devices_here() == found


@pytest.mark.parametrize(
    ("tool", "found"),
    [("#!/bin/sh\nprintf '0\\n1\\n'", ["0", "1"]), ("#!/bin/sh\necho No devices were found\nexit 6", []), (None, [])],
    ids=["two", "none answers", "no driver"],
)
def test_the_driver_lists_what_there_is(monkeypatch, tmp_path, tool, found):
    """Where the variable is not set the driver's tool is asked; without it there is nothing."""
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":" if tool else None)
    if tool:
        (tmp_path / "nvidia-smi").write_text(tool)
        (tmp_path / "nvidia-smi").chmod(0o755)
    assert devices_here() == found


def test_devices_are_lent_to_one_at_a_time():
    """Who asks for more than are free waits until they are given back."""
    pool, seen = Pool(["0", "1", "2"]), []

    def ask():
        with pool.lent(2) as devices:
            seen.append(devices)

    with pool.lent(2) as mine:
        waiting = threading.Thread(target=ask)
        waiting.start()
        with pool.lent(1) as other:
            assert {*mine, *other} == {"0", "1", "2"}
        assert seen == []
    waiting.join()
    assert len(set(seen[0])) == 2
    with pool.lent(3) as everything:
        assert set(everything) == {"0", "1", "2"}
