"""Discovery: the content folder, entry points, files; and sources that are broken in every way."""

import importlib.metadata
import os
import subprocess
import sys
import time

import psutil
import pytest

from aigcbench import discovery
from aigcbench.content import content_directory
from aigcbench.discovery import catalogue, describe, describe_apart, find_solver
from aigcbench.errors import InputError

POLICY = """
from aigcbench.solver import Policy
class {title}(Policy):
    name, family, formulations, information = "{name}", "heuristic", ("assignment",), "online"
    def act(self, observation):
        return 0
"""


def policy(name: str) -> str:
    """Source of a policy of that name."""
    return POLICY.format(title=name.title(), name=name)


@pytest.fixture
def content(tmp_path, monkeypatch):
    """An empty content folder in place of the shipped one, and no entry points."""
    folder = tmp_path / "solvers"
    folder.mkdir()
    monkeypatch.setattr(discovery, "content_directory", lambda name: folder)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [])
    catalogue.cache_clear()
    yield folder
    catalogue.cache_clear()


@pytest.fixture
def entry_point(monkeypatch, tmp_path):
    """Adds a module with an entry point."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def add(value: str, source: str) -> None:
        (tmp_path / "plugin.py").write_text(source)
        point = importlib.metadata.EntryPoint("any", value, discovery.ENTRY_POINTS)
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point])
        catalogue.cache_clear()

    return add


def test_the_shipped_catalogue_is_whole():
    """Every solver file of the content folder is in the catalogue."""
    cards, broken = catalogue()
    assert broken == ()
    files = {str(path) for path in content_directory("solvers").rglob("*.py") if path.name[0] != "_"}
    assert {card.location for card in cards.values()} == files


def test_shipped_solvers_import_nothing_heavy():
    """Describing the catalogue loads neither torch nor any exact solver's library."""
    heavy = ("torch", "ortools", "highspy", "pulp", "deap")
    code = f"import sys; from aigcbench.discovery import catalogue; catalogue(); print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_content_folder(content):
    """Solvers are found in folders of any depth; files with an underscore are not looked at."""
    (content / "deep" / "er").mkdir(parents=True)
    (content / "deep" / "er" / "one.py").write_text(policy("one") + policy("two"))
    (content / "_helper.py").write_text("raise SystemExit")
    cards, broken = catalogue()
    assert (list(cards), broken) == (["one", "two"], ())
    assert find_solver("two").class_name == "Two"


def test_one_broken_file_does_not_take_the_others(content):
    """A file that can't be read is left out and told in one line; the rest is there."""
    (content / "a.py").write_text("import nothing_of_this_name")
    (content / "b.py").write_text(policy("fine"))
    (content / "c.py").write_text("print('hello')\nraise SystemExit('bye')")
    cards, broken = catalogue()
    assert list(cards) == ["fine"]
    assert [line.partition("; ")[0] for line in broken] == [
        f"{content}/a.py: import failed: ModuleNotFoundError: No module named 'nothing_of_this_name'",
        f"{content}/c.py: import failed: SystemExit: bye",
    ]
    with pytest.raises(InputError, match=r"2 sources are broken: .*a\.py.*'fine'\?"):
        find_solver("fin")


def test_two_solvers_with_one_name(content):
    """The first one stays, the second is told."""
    (content / "a.py").write_text(policy("same"))
    (content / "b.py").write_text(policy("same"))
    cards, broken = catalogue()
    assert cards["same"].location == str(content / "a.py")
    assert broken == (f"{content}/b.py: solver 'same' exists already in {content}/a.py",)


def test_prints_at_import_do_not_disturb(content, capsys):
    """What a file prints when imported is not on standard output."""
    (content / "a.py").write_text("print('noise')\n" + policy("loud"))
    assert list(catalogue()[0]) == ["loud"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", ["plugin", "plugin:One", "plugin:One [extra]"])
def test_entry_points(content, entry_point, value):
    """An entry point names a module, with or without the class; its solvers are found by their own names."""
    entry_point(value, policy("one"))
    cards, broken = catalogue()
    assert broken == ()
    assert (cards["one"].location, cards["one"].class_name) == ("plugin", "One")


@pytest.mark.parametrize(
    ("value", "source", "word"),
    [
        ("no_such_module", "", "ModuleNotFoundError"),
        ("not a module!", "", "import failed"),
        ("plugin", "import os; os._exit(7)", "ended the process (exit 7)"),
        ("plugin", "x = 1", "defines no solver"),
    ],
)
def test_broken_entry_points(content, entry_point, value, source, word):
    """A foreign package can break only itself."""
    (content / "a.py").write_text(policy("fine"))
    entry_point(value, source)
    cards, (line,) = catalogue()
    assert list(cards) == ["fine"]
    assert word in line


def test_an_installed_package_adds_its_solvers(tmp_path):
    """A distribution with the entry point is found by the command line, and its solver runs."""
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aigcbench.solvers]\nanything = other_solvers\n")
    (tmp_path / "other_solvers.py").write_text("print('noise')\n" + policy("other"))
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    code = (
        "import aigcbench as ab\n"
        "print(ab.solve(ab.make('assignment/asp-tiny'), 'other').status)\n"
        "from aigcbench.cli.main import main\nmain(['list', 'solvers'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("ok\n")
    assert "\nother " in done.stdout
    assert "noise" not in done.stdout.splitlines()


def test_a_file(tmp_path):
    """A file with one solver needs only its path, one with several also a name."""
    path = tmp_path / "mine.py"
    path.write_text(policy("one"))
    assert find_solver(str(path)).name == "one"
    assert find_solver(f"{path}:one").location == str(path)
    path.write_text(policy("one") + policy("two") + "Alias = Two\n")
    assert find_solver(f"{path}:two").class_name == "Two"
    with pytest.raises(InputError, match=r"several solvers: one, two; expected exactly one; choose with mine\.py:name"):
        find_solver(str(path))
    with pytest.raises(InputError, match="no solver 'three' among one, two"):
        find_solver(f"{path}:three")


def test_a_file_under_a_published_name(tmp_path):
    """Another solver's name is refused, since its rows would pass for the other's; a copy of that solver is no other."""
    path = tmp_path / "mine.py"
    path.write_text(policy("random"))
    with pytest.raises(
        InputError, match="'random' is the name of a solver that is published; expected a name of its own"
    ):
        find_solver(str(path))
    path.write_bytes((content_directory("solvers") / "heuristics" / "random_choice.py").read_bytes())
    assert find_solver(str(path)).name == "random"


def test_the_hash_is_of_the_source(tmp_path):
    """A change of the file is a change of the card."""
    path = tmp_path / "mine.py"
    path.write_text(policy("one"))
    before = find_solver(str(path)).source_sha256
    path.write_text(policy("one") + "# changed\n")
    assert find_solver(str(path)).source_sha256 != before


@pytest.mark.parametrize("name", ["none.py", "none.py:one", "folder.py"])
def test_missing_files(tmp_path, name):
    """A path that is no file is said to be none."""
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(InputError, match="no such file"):
        find_solver(str(tmp_path / name))


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def (:", "SyntaxError"),
        ("open('weights.bin')", "FileNotFoundError: [Errno 2] No such file or directory: 'weights.bin'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended the process (exit -9)"),
        ("", "defines no solver"),
        ("from aigcbench.solver import Policy", "defines no solver"),
        (policy("one").replace('"one"', '""'), "defines no solver"),
        (policy("one").replace("heuristic", "magic"), "class One: family"),
        (
            policy("one")
            .replace("    def", "    size: Missing = 1\n    def")
            .join(["from __future__ import annotations\n", ""]),
            "NameError",
        ),
        (policy("one").replace("    def", "    size: int = [1]\n    def"), "mutable default"),
        ("raise ValueError('a\\nb\\x1b[31m' + 'c' * 1000)", "ValueError: a b?[31m"),
    ],
)
def test_broken_files(tmp_path, source, word):
    """Whatever a file does when imported, the caller gets one line."""
    path = tmp_path / "broken.py"
    path.write_text(source)
    with pytest.raises(InputError) as error:
        find_solver(str(path))
    text = str(error.value)
    assert word in text
    assert text.startswith(str(path))
    assert text.isprintable()


def test_a_file_that_never_ends(tmp_path, monkeypatch):
    """A file that hangs when imported is given up."""
    monkeypatch.setattr(discovery, "DESCRIBE_SECONDS", 1)
    path = tmp_path / "endless.py"
    path.write_text("while True: pass")
    with pytest.raises(InputError, match="import took over 1 s"):
        find_solver(str(path))


def test_threads_and_prints_of_a_file_are_no_matter(tmp_path):
    """Output of any kind and a thread that never ends do not disturb the answer."""
    path = tmp_path / "loud.py"
    noise = "import os, threading\nprint('noise')\nos.write(1, b'noise')\nthreading.Thread(target=threading.Event().wait).start()\n"
    path.write_text(noise + policy("loud"))
    assert find_solver(str(path)).name == "loud"


def test_described_here_or_apart_is_the_same():
    """A card does not depend on which process wrote it."""
    location = find_solver("learned-greedy").location
    assert describe(location) == describe_apart(location)


def test_a_file_that_forks_at_import_leaves_no_process(tmp_path):
    """The fork is ended with the description, which does not wait for it."""
    path = tmp_path / "forks.py"
    path.write_text(
        "import os, time\n"
        "if os.fork() == 0:\n"
        f"    open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(600)\n"
        f"while not os.path.exists({str(tmp_path / 'pid')!r}) or not open({str(tmp_path / 'pid')!r}).read(): time.sleep(0.01)\n"
        "from aigcbench.solver import Policy\n"
        "class Forks(Policy):\n"
        "    name = 'forks'; family = 'heuristic'; formulations = ('assignment',); information = 'online'\n"
        "    def act(self, observation): return 0\n"
    )
    assert find_solver(str(path)).name == "forks"
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5.0  # a process that was killed still has to die
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
