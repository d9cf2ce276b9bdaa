"""Finds solvers: in the content folder, by entry point ``aigcbench.solvers``, or in a file that somebody names.

Only our own content is imported here. Foreign code is described by a process of its own, so that a file that hangs, exits
or crashes when imported cannot take the caller with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from aigcbench.card import SolverCard, card_of
from aigcbench.content import content_directory
from aigcbench.errors import InputError, one_line
from aigcbench.solver import Solver

ENTRY_POINTS = "aigcbench.solvers"
DESCRIBE_SECONDS = 60


@cache
def catalogue() -> tuple[dict[str, SolverCard], tuple[str, ...]]:
    """All solvers by name, and a line for each source that could not be read."""
    cards: dict[str, SolverCard] = {}
    broken: list[str] = []
    sources = [str(path) for path in sorted(content_directory("solvers").rglob("*.py")) if path.name[0] != "_"]
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    foreign = sorted({point.value.partition(":")[0].partition("[")[0].strip() for point in points})
    for location in sources + foreign:
        try:
            found = describe(location) if location in sources else describe_apart(location)
        except InputError as error:
            broken.append(str(error))
            continue
        for card in found:
            if card.name in cards:
                broken.append(f"{location}: solver '{card.name}' exists already in {cards[card.name].location}")
            else:
                cards[card.name] = card
    return dict(sorted(cards.items())), tuple(broken)


def find_solver(name: str) -> SolverCard:
    """The card of a solver of the catalogue, or of ``file.py`` / ``file.py:name`` where the file holds several.

    Raises
    ------
    InputError
        For an unknown name, a file that is no solver module, or another solver under the name of one of the catalogue: their
        rows could not be told apart.
    """
    path, _, wanted = name.partition(".py:")
    if name.endswith(".py") or wanted:
        return _solver_in_file(Path(path + ".py" if wanted else name), wanted)
    cards, broken = catalogue()
    if name in cards:
        return cards[name]
    import difflib

    near = difflib.get_close_matches(name, cards, n=1)
    hint = (
        f"'{near[0]}'? see 'aigcbench list solvers'" if near else "a name from 'aigcbench list solvers' or a .py file"
    )
    note = f" ({len(broken)} sources are broken: {one_line(broken[0], 160)})" if broken else ""
    raise InputError("solver", f"unknown name '{one_line(name, 60)}'{note}", hint)


def _solver_in_file(path: Path, wanted: str) -> SolverCard:
    try:
        exists = path.is_file()
    except OSError:  # its name is too long
        exists = False
    if not exists:
        raise InputError(str(path), "no such file", "a solver file")
    found = describe_apart(str(path.resolve()))
    chosen = [card for card in found if card.name == wanted or not wanted]
    if len(chosen) != 1:
        names = ", ".join(card.name for card in found)
        problem = f"no solver '{one_line(wanted, 60)}' among {names}" if not chosen else f"several solvers: {names}"
        raise InputError(str(path), problem, f"exactly one; choose with {path.name}:name")
    card = chosen[0]
    taken = catalogue()[0].get(card.name)
    if taken is not None and taken.source_sha256 != card.source_sha256:
        raise InputError(str(path), f"'{card.name}' is the name of a solver that is published", "a name of its own")
    return card


def load_module(location: str) -> ModuleType:
    """Import a solver module from a file path or by its module name."""
    if not location.endswith(".py"):
        return importlib.import_module(location)
    path = Path(location)
    name = f"aigcbench_solver_{hashlib.sha256(location.encode()).hexdigest()[:12]}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def describe(location: str) -> list[SolverCard]:
    """Import a solver module here and describe the solvers that it defines; `InputError` if that fails."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what a module prints must not mix with a verb's answer
            module = load_module(location)
        digest = hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()
    except (Exception, SystemExit) as error:
        raise InputError(
            location, f"import failed: {type(error).__name__}: {error}", "a Python solver module"
        ) from None
    solvers = _solvers_of(module)
    if not solvers:
        raise InputError(location, "defines no solver", "a subclass of Policy, Planner or Learner with a name")
    try:
        return [card_of(solver, location, digest) for solver in solvers]
    except InputError:
        raise
    except Exception as error:
        reason = f"bad declaration: {type(error).__name__}: {error}"
        raise InputError(location, reason, "what aigcbench.solver asks for") from None


def _solvers_of(module: ModuleType) -> list[type[Solver]]:
    """The classes with a solver's name that a module itself defines, each once."""
    classes = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Solver)]
    return [item for item in dict.fromkeys(classes) if item.__module__ == module.__name__ and item.name]


def describe_apart(location: str) -> list[SolverCard]:
    """`describe` in a process of its own."""
    # -P: files of the current folder must not stand in for library modules, e.g. a solver file called random.py.
    command = [sys.executable, "-P", "-m", "aigcbench.discovery", location]
    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdin=nowhere, stdout=subprocess.PIPE, stderr=nowhere, timeout=DESCRIBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(location, f"import took over {DESCRIBE_SECONDS} s", "a module that imports at once") from None
    try:
        answer = json.loads(done.stdout.rpartition(b"\n")[2])
    except ValueError:
        raise InputError(
            location, f"import ended the process (exit {done.returncode})", "a Python solver module"
        ) from None
    if "error" in answer:
        raise InputError(*answer["error"])
    return [SolverCard.from_json(card) for card in answer["solvers"]]


def _main(location: str) -> None:
    """Answer one line of JSON on the real standard output; what the module prints goes elsewhere."""
    from aigcbench import processes

    processes.adopt_orphans()
    answer_to = os.dup(1)
    os.dup2(2, 1)
    try:
        answer: dict[str, Any] = {"solvers": [card.to_json() for card in describe(location)]}
    except InputError as error:
        answer = {"error": [error.where, error.wrong, error.expected]}
    processes.send(processes.tree_below(os.getpid()), signal.SIGKILL)  # what the module has forked must not live on
    os.write(answer_to, b"\n" + json.dumps(answer).encode())
    os._exit(0)  # threads that the module has started are not waited for


if __name__ == "__main__":
    _main(sys.argv[1])
