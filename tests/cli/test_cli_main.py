"""What all verbs share: help, exit codes, one line for bad input, a quick start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import aigcbench
from aigcbench.cli import info
from aigcbench.cli.main import VERBS

HEAVY = ("numpy", "numba", "pandas", "scipy", "gymnasium", "rich", "psutil", "torch")


def test_help_lists_every_verb(cli):
    """The first page names each verb with what it does, and how to start."""
    answer = cli("--help")
    assert answer.code == 0
    for verb in VERBS:
        assert f"\n    {verb} " in answer.out or f"\n    {verb}\n" in answer.out
    assert "aigcbench run demo --store demo.sqlite" in answer.out


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_an_example(cli, verb):
    """Each verb's help shows a command that can be copied."""
    answer = cli(verb, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Example:\n  aigcbench {verb} " in answer.out or f"\n  aigcbench {verb} " in answer.out


def test_help_imports_nothing_heavy():
    """The first page comes without numpy, numba and what else takes long to import."""
    code = (
        "import sys\nfrom aigcbench.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('heavy:', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("heavy: []\n")


def test_version(cli):
    """The version is the package's."""
    assert cli("--version").out == f"aigcbench {aigcbench.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "VERB"),
        (["slove"], "invalid choice"),
        (["solve"], "required"),
        (["list", "things"], "invalid choice"),
        (["generate", "assignment/asp-tiny", "--seed", "1", "--out", "x", "--frobnicate"], "--frobnicate"),
        (["info", "a", "line\nbreak \x1b[31m"], "unrecognized"),
    ],
)
def test_a_wrong_command_line_is_one_line(cli, arguments, word):
    """What argparse refuses is told in one printable line that points to the help."""
    answer = cli(*arguments)
    answer.assert_refused(word, "--help")
    assert answer.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "option",
    [
        ["--time-limit", "0"],
        ["--time-limit", "-3"],
        ["--time-limit", "nan"],
        ["--time-limit", "inf"],
        ["--time-limit", "soon"],
        ["--memory-limit", "0"],
        ["--threads", "0"],
        ["--threads", "1.5"],
        ["--seed", "-1"],
        ["--seed", "9223372036854775808"],
        ["--seed", "9" * 5000],
    ],
)
def test_bad_numbers_are_refused(cli, instance_file, option):
    """Limits are finite and above 0, seeds are whole numbers of 63 bits."""
    cli("solve", instance_file, "--solver", "prophet", *option).assert_refused(option[0])


def test_an_interrupt_is_one_line(cli, monkeypatch):
    """Ctrl-C ends with the shell's usual exit code and without a traceback."""

    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "run", interrupted)
    answer = cli("info", "demo")
    assert (answer.code, answer.out, answer.err) == (130, "", "aigcbench: interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    """Output that can't be written ends in one line and exit code 2."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "aigcbench", "list", "scenarios"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("aigcbench: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_is_no_error():
    """``aigcbench list ... | head`` ends quietly."""
    command = [sys.executable, "-m", "aigcbench", "list", "scenarios", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_output_in_another_encoding(tmp_path):
    """A terminal that knows only ASCII gets escapes, not a traceback."""
    command = [sys.executable, "-m", "aigcbench", "generate", "assignment/asp-tiny", "--seed", "1", "--out"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*command, tmp_path / "é"], capture_output=True, env=environment, check=True)
    assert b"/\\xe9/asp-tiny-1.json.gz" in done.stdout


def test_json_is_strict(capsys):
    """What is not a finite number becomes null."""
    from aigcbench.cli.arguments import print_json

    print_json({"a": [float("nan"), (float("inf"), 1.5)], "b": {"c": -float("inf")}})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "a": [None, [None, 1.5]],
        "b": {"c": None},
    }
