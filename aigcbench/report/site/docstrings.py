"""What solvers say about themselves, read from their source without running it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from aigcbench.card import SolverCard


def docstring_of(card: SolverCard) -> str:
    """The docstrings of a solver's module and class; its summary where there is no source to read.

    A solver that lies in a module of somebody's package, which would have to be imported to be found, is left with its summary.
    """
    try:
        tree = ast.parse(Path(card.location).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return card.summary
    texts = [ast.get_docstring(tree)]
    texts += [
        ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef) and node.name == card.class_name
    ]
    return "\n\n".join(inspect.cleandoc(text) for text in texts if text) or card.summary
