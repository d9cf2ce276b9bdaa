"""Compiles a policy's decision function with numba, once in a process."""

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def compile_decide(decide: Callable[..., int]) -> Any:
    """The numba form of a plain function ``decide(vector, reward, state) -> int`` (see `Policy.compiled`).

    The same function gives the same object again, so that a kernel which runs it is compiled once, not once an episode.
    """
    from numba import njit

    return njit(decide)
