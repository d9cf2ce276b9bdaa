"""Looks through a policy's source for ways around its information class. Nothing is executed.

The library that a policy may import can draw its instance anew, files can be read, and stations that decide alone can leave word for one
another in what they share. Whoever hides such a thing well enough will not be found here; what is plain to see is.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from aigcbench.errors import one_line

LIBRARY_MODULES = (
    "aigcbench.solver", "aigcbench.observation", "aigcbench.errors", "aigcbench.optimization", "aigcbench.learning",
    "aigcbench.problems.assignment.bidding", "aigcbench.problems.assignment.model", "aigcbench.problems.assignment.utility_model",
    "aigcbench.problems.caching.amender", "aigcbench.problems.caching.exact_policy", "aigcbench.problems.caching.forecast_policy",
    "aigcbench.problems.caching.policy", "aigcbench.problems.caching.popularity",
    "aigcbench.problems.caching.population", "aigcbench.problems.flow.dispatch", "aigcbench.problems.flow.model",
    "aigcbench.problems.flow.pricing", "aigcbench.problems.offloading.pricing",
)  # fmt: skip
"""All of the library that a policy may import. What makes, reads or runs instances is refused by name as well, wherever it is got."""
FORBIDDEN_MODULES = (
    "asyncio", "builtins", "ctypes", "gc", "glob", "http", "importlib", "inspect", "io", "mmap", "multiprocessing", "os", "pathlib",
    "pickle", "runpy", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "urllib",
)  # fmt: skip
FORBIDDEN_NAMES = (
    "open", "exec", "eval", "compile", "__import__", "globals", "breakpoint", "input", "memmap", "fromfile", "loadtxt", "genfromtxt",
    "setattr", "delattr", "vars", "objmode", "carray", "farray",
)  # fmt: skip
INSTANCE_MAKERS = ("scenario_named", "problem_of", "problem_named", "run_compiled", "single_state", "load_episode")


def ways_around(path: Path) -> list[str]:
    """Lines of a policy's file that reach for what a policy may not know, e.g. ``line 3: imports os``."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"cannot be parsed ({one_line(error, 60)})"]
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    found = (item for node in ast.walk(tree) for item in _suspicious(node, imported))
    return list(dict.fromkeys(f"line {line}: {what}" for line, what in found))


def _imported(node: ast.AST) -> list[str]:
    """Names that an import binds."""
    if isinstance(node, ast.Import):
        return [item.asname or item.name.partition(".")[0] for item in node.names]
    return [item.asname or item.name for item in node.names] if isinstance(node, ast.ImportFrom) else []


def _suspicious(node: ast.AST, imported: Collection[str]) -> Iterator[tuple[int, str]]:
    """Line and reason, where a node is suspicious in a file that has imported these names."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, f"imports {item.name}") for item in node.names if _is_forbidden(item.name))
    elif isinstance(node, ast.ImportFrom):
        for item in node.names:
            if _is_forbidden(f"{node.module}.{item.name}") or item.name in (*FORBIDDEN_NAMES, *INSTANCE_MAKERS):
                yield node.lineno, f"imports {item.name} from {node.module}"
    elif isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
        yield node.lineno, f"uses {node.id}"
    elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        if (name := _root(node)) in imported:
            yield node.lineno, f"writes into {name}, which it has imported"
    elif isinstance(node, ast.Attribute) and (
        node.attr in (*FORBIDDEN_NAMES, *INSTANCE_MAKERS) or _is_inner(node.attr)
    ):
        yield node.lineno, f"uses .{node.attr}"


def _root(node: ast.expr) -> str:
    """The name at the front of ``name.attribute[index]...``; ``""`` where it is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_forbidden(module: str) -> bool:
    """Whether a module is, or lies in, one that a policy may not import; of the library it may import little."""
    parts = module.split(".")
    names = {".".join(parts[: k + 1]) for k in range(len(parts))}
    return names.isdisjoint(LIBRARY_MODULES) if parts[0] == "aigcbench" else not names.isdisjoint(FORBIDDEN_MODULES)


def _is_inner(attribute: str) -> bool:
    """Whether an attribute leads to the interpreter's inside."""
    return attribute in (
        "__globals__",
        "__builtins__",
        "__subclasses__",
        "__loader__",
        "__code__",
        "__dict__",
        "__mro__",
        "__bases__",
        "__base__",
        "f_back",
        "f_globals",
    )
