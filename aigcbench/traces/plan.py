"""The plan that runs imported instances."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from aigcbench.discovery import catalogue
from aigcbench.harness.plan import SCHEMA
from aigcbench.problems.problem import problem_named

TEMPLATE = """\
schema = "{schema}"
summary = {summary}
files = {files}
solvers = {solvers}
bound_seconds = 5

[limits]
wall_seconds = 60
memory_mb = 4000
threads = 1
"""


def plan_text(formulation: str, summary: str, files: Sequence[Path]) -> str:
    """A plan of instance files with the formulation's reference solver and every other policy that needs no training."""
    reference = problem_named(formulation).reference_solver
    cards = catalogue()[0].values()
    names = [
        card.name for card in cards if card.kind == "policy" and card.solves(formulation) and card.name != reference
    ]
    return TEMPLATE.format(
        schema=SCHEMA,
        summary=_text(summary),
        files=_list([str(file.resolve()) for file in files]),
        solvers=_list([reference, *sorted(names)]),
    )


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return "[\n" + "".join(f"  {_text(text)},\n" for text in texts) + "]"
