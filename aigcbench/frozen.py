"""The frozen instances: files that ship with the package, so that everybody's scores are on the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aigcbench.content import content_directory
from aigcbench.instance import Instance
from aigcbench.problems.problem import load_instance


def instances_folder() -> Path:
    """The folder with the frozen instances and what is best known about them."""
    return content_directory("instances")


def frozen_files() -> list[Path]:
    """``frozen/<formulation>/<scenario>/<seed>.json.gz``, by scenario and seed."""
    files = (instances_folder() / "frozen").rglob("*.json.gz")
    return sorted(files, key=lambda path: (path.parent, len(path.name), path.name))


def frozen_instances() -> Iterator[Instance]:
    """The frozen instances, one at a time."""
    return map(load_instance, frozen_files())
