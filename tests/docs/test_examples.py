"""What the documentation shows works as it is written."""

import re
import shlex
from pathlib import Path

import pytest

from aigcbench.cli.main import main

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return [text for found, text in FENCE.findall((DOCS / page).read_text(encoding="utf-8")) if found == language]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder with the plan and the solver file of the documentation."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-plan.toml").write_text(blocks("getting-started.md", "toml")[0], encoding="utf-8")
    (tmp_path / "most_room.py").write_text(blocks("add-a-solver.md", "python")[0], encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("page", ["getting-started.md", "add-a-solver.md"])
def test_commands_of_a_page_run(page, folder, capsys):
    """Every command of the page ends well, in the order in which it stands there."""
    commands = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command, comments=True)
        assert program == "aigcbench"
        assert main(arguments) == 0, command
    capsys.readouterr()


def test_python_examples_run(folder):
    """The Python examples run and their assertions hold."""
    for block in blocks("getting-started.md", "python"):
        exec(compile(block, "getting-started.md", "exec"), {})
