"""Named arrays in groups: ``group.name``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Arrays = dict[str, np.ndarray]


def prefixed(group: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The same arrays as ``group.name``."""
    return {f"{group}.{name}": array for name, array in arrays.items()}


def under(group: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The arrays called ``group.name``, as ``name``."""
    start = f"{group}."
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def joined(groups: Mapping[str, Mapping[str, np.ndarray]]) -> Arrays:
    """The arrays of all groups as ``group.name``."""
    return {f"{group}.{name}": array for group, arrays in groups.items() for name, array in arrays.items()}
