"""The wheel: what is installed works from any folder, with its solvers and scenarios inside."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment with the wheel alone; its dependencies are borrowed from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", find], check=True, capture_output=True, text=True).stdout.strip())
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent, packages


@pytest.fixture
def aigcbench(installed, tmp_path):
    """Calls the installed command from an empty folder."""

    def call(*arguments: str) -> str:
        command = [installed[0] / "aigcbench", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_the_content_is_inside(installed, aigcbench):
    """Solvers come from inside the installed package, and all of this checkout's are there."""
    cards = json.loads(aigcbench("list", "solvers", "--json"))
    inside = installed[1] / "aigcbench" / "content" / "solvers"
    assert cards
    assert all(Path(card["location"]).is_relative_to(inside) for card in cards)
    here = {path.relative_to(ROOT / "solvers").as_posix() for path in (ROOT / "solvers").rglob("*.py")}
    assert {path.relative_to(inside).as_posix() for path in inside.rglob("*.py")} == here


def test_scenarios_and_plans_are_inside(installed, aigcbench):
    """Every scenario and plan of this checkout is known to the installed package."""
    names = [row["name"] for row in json.loads(aigcbench("list", "scenarios", "--json"))]
    root = ROOT / "instances" / "scenarios"
    assert names == sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.toml"))
    assert "demo" in aigcbench("list", "plans")


def test_the_whole_road(aigcbench, tmp_path):
    """Generate, solve, check, run, leaderboard, and a solver of one's own."""
    aigcbench("generate", "assignment/asp-tiny", "--seed", "7", "--out", "i")
    aigcbench("solve", "i/asp-tiny-7.json.gz", "--solver", "prophet", "--out", "d.json")
    answer = json.loads(aigcbench("check", "i/asp-tiny-7.json.gz", "d.json", "--json"))
    assert answer["metrics"]["utility"] == pytest.approx(1.0816666666666668)
    aigcbench("new-solver", "my-rule")
    assert "9 of 9" in aigcbench("test-solver", "my_rule.py")
    plan = 'schema = "aigcbench-plan/1"\nscenarios = ["assignment/asp-tiny"]\nsolvers = ["random", "my_rule.py"]\n'
    (tmp_path / "p.toml").write_text(plan + "bound_seconds = 0\n")
    assert "2 rows (2 ok)" in aigcbench("run", "p.toml", "--store", "s.sqlite")
    assert "my-rule" in aigcbench("leaderboard", "--store", "s.sqlite", "--out", "board")
    assert "my-rule" in (tmp_path / "board" / "index.html").read_text(encoding="utf-8")
