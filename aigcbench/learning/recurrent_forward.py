"""Compiled decisions of networks with memory (`recurrent.RecurrentNetwork`), which is the end of their section."""

from __future__ import annotations

import numpy as np

from aigcbench.learning.forward import ACTIVATIONS, Weights, activate, add_product, affine, best_allowed, bits, kernel

HEADER = 5


def pack_recurrent(weights: Weights, activation: str) -> np.ndarray:
    """Section of a recurrent network, its memory being empty."""
    hidden, n_observation = weights["first.weight"].shape
    n_actions = weights["last.bias"].shape[0]
    packed = bits(
        [
            weights["first.weight"].T,
            weights["first.bias"],
            weights["memory.weight_ih_l0"].T,
            weights["memory.weight_hh_l0"].T,
            weights["memory.bias_ih_l0"] + weights["memory.bias_hh_l0"],
            weights["last.weight"].T,
            weights["last.bias"],
        ]
    )
    header = [n_observation, hidden, n_actions, ACTIVATIONS.index(activation), len(packed)]
    return np.concatenate([np.array(header, dtype=np.float64), packed, np.zeros(hidden)])


@kernel
def _sigmoid(x):  # type: ignore[no-untyped-def]
    return np.float32(1.0) / (np.float32(1.0) + np.exp(-x))


@kernel
def recurrent(section, observation):  # type: ignore[no-untyped-def]
    """Outputs (A,) for one observation (D,) float32 after all those before it; the memory takes note of it."""
    n_observation, hidden, n_actions = int(section[0]), int(section[1]), int(section[2])
    end = HEADER + int(section[4])
    weights, memory = section[HEADER:end].view(np.float32), section[end:].view(np.float32).reshape(2, hidden)
    a = n_observation * hidden
    b = a + hidden
    c = b + hidden * 4 * hidden
    d = c + hidden * 4 * hidden
    e = d + 4 * hidden
    f = e + hidden * n_actions
    units = affine(observation.reshape(1, -1), weights[:a].reshape(n_observation, hidden), weights[a:b])
    activate(int(section[3]), units)
    gates = affine(units, weights[b:c].reshape(hidden, 4 * hidden), weights[d:e])
    add_product(memory[:1], weights[c:d].reshape(hidden, 4 * hidden), gates)
    for h in range(hidden):
        take, keep, show = _sigmoid(gates[0, h]), _sigmoid(gates[0, hidden + h]), _sigmoid(gates[0, 3 * hidden + h])
        memory[1, h] = keep * memory[1, h] + take * np.tanh(gates[0, 2 * hidden + h])
        memory[0, h] = show * np.tanh(memory[1, h])
    return affine(memory[:1], weights[e:f].reshape(hidden, n_actions), weights[f : f + n_actions])[0]


@kernel
def choose_by_recurrent(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """The allowed action with the highest output of a recurrent network."""
    return best_allowed(recurrent(network, observation), allowed)
