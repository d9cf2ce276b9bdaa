"""Looks through a policy's source for ways around its information class. Nothing is executed.

A policy's process never holds the instance, but the library that it may import can draw it anew, and files can be read. Whoever hides
such a thing well enough will not be found here; what is plain to see is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from aigcbench.errors import one_line

FORBIDDEN_MODULES = (
    "aigcbench.scenario", "aigcbench.frozen", "aigcbench.instance", "aigcbench.facade", "aigcbench.harness", "aigcbench.best_known",
    "aigcbench.content", "aigcbench.decisions", "aigcbench.discovery", "aigcbench.environments", "aigcbench.problems.problem",
    "aigcbench.submissions", "aigcbench.tasks", "aigcbench.traces", "aigcbench.cli", "aigcbench.trial", "aigcbench.tuning",
    "asyncio", "builtins", "ctypes", "gc", "glob", "http", "importlib", "inspect", "io", "mmap", "multiprocessing", "os", "pathlib",
    "pickle", "runpy", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "urllib",
)  # fmt: skip
FORBIDDEN_NAMES = frozenset(
    [
        "open",
        "exec",
        "eval",
        "compile",
        "__import__",
        "globals",
        "breakpoint",
        "input",
        "memmap",
        "fromfile",
        "loadtxt",
        "genfromtxt",
    ]
)


def ways_around(path: Path) -> list[str]:
    """Lines of a policy's file that reach for what a policy may not know, e.g. ``line 3: imports os``."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"cannot be parsed ({one_line(error, 60)})"]
    return list(dict.fromkeys(f"line {line}: {what}" for node in ast.walk(tree) for line, what in _suspicious(node)))


def _suspicious(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason, where a node is suspicious."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, f"imports {item.name}") for item in node.names if _is_forbidden(item.name))
    elif isinstance(node, ast.ImportFrom):
        for item in node.names:
            if _is_forbidden(f"{node.module}.{item.name}") or _is_forbidden(str(node.module)):
                yield node.lineno, f"imports {item.name} from {node.module}"
    elif isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
        yield node.lineno, f"uses {node.id}"
    elif isinstance(node, ast.Attribute) and (node.attr in FORBIDDEN_NAMES or _is_inner(node.attr)):
        yield node.lineno, f"uses .{node.attr}"


def _is_forbidden(module: str) -> bool:
    """Whether a module is, or lies in, one that a policy may not import; ``aigcbench`` itself makes instances."""
    parts = module.split(".")
    names = {".".join(parts[: k + 1]) for k in range(len(parts))}
    return module == "aigcbench" or "generator" in parts or not names.isdisjoint(FORBIDDEN_MODULES)


def _is_inner(attribute: str) -> bool:
    """Whether an attribute leads to the interpreter's inside."""
    return attribute in (
        "__globals__",
        "__builtins__",
        "__subclasses__",
        "__loader__",
        "__code__",
        "__dict__",
        "f_back",
        "f_globals",
    )
