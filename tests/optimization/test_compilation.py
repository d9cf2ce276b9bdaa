"""Tests of compiling decision functions."""

import numpy as np

from aigcbench.optimization.compilation import compile_decide


def first_entry(vector, reward, state):
    """Decide by the first entry, and count in the state."""
    state[0] += reward
    return int(vector[0])


def test_compiles_a_function_once():
    """The same function gives the same compiled object, which decides alike and changes the state in place."""
    compiled, state = compile_decide(first_entry), np.zeros(1)
    assert compile_decide(first_entry) is compiled
    assert compiled(np.array([7.0]), 2.5, state) == first_entry(np.array([7.0]), 2.5, np.zeros(1)) == 7
    assert state[0] == 2.5
