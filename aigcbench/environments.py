"""Registers every formulation's environments with Gymnasium, e.g. ``aigcbench/Assignment-v0``.

Importing this module is what registers them, so that one id does both::

    gymnasium.make("aigcbench.environments:aigcbench/Assignment-v0", scenario="assignment/asp-paper")
    gymnasium.make_vec("aigcbench.environments:aigcbench/Assignment-v0", num_envs=256)

A formulation takes part by having a module ``env`` with the classes ``<Formulation>Env`` and ``<Formulation>VectorEnv``. They
are named here, not imported.
"""

from __future__ import annotations

import pkgutil
from pathlib import Path

import gymnasium

import aigcbench.problems


def environment_ids() -> dict[str, str]:
    """Module of each environment by its id, for every formulation that has one."""
    modules = {}
    for folder in aigcbench.problems.__path__:
        for package in pkgutil.iter_modules([folder]):
            if (Path(folder) / package.name / "env.py").is_file():
                modules[f"aigcbench/{package.name.capitalize()}-v0"] = f"aigcbench.problems.{package.name}.env"
    return modules


def register() -> None:
    """Register what is not registered yet."""
    for name, module in environment_ids().items():
        if name not in gymnasium.registry:
            formulation = name.removeprefix("aigcbench/").removesuffix("-v0")
            gymnasium.register(
                name,
                entry_point=f"{module}:{formulation}Env",
                vector_entry_point=f"{module}:{formulation}VectorEnv",
            )


register()
