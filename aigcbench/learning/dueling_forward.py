"""Compiled decisions of dueling networks that know distributions of returns (`distributional.DuelingDistribution`)."""

from __future__ import annotations

import numpy as np

from aigcbench.learning import forward
from aigcbench.learning.forward import Weights, best_allowed, kernel, mlp

HEADER = 3


def pack_dueling(weights: Weights, activation: str, low: float, high: float) -> np.ndarray:
    """Section of a dueling network by its mean weights; ``low`` and ``high`` are the ends of the support."""

    def stream(name: str) -> np.ndarray:
        layers = ("trunk", f"{name}_first", f"{name}_last")
        return forward.pack_mlp([(weights[f"{one}.weight"].T, weights[f"{one}.bias"]) for one in layers], activation)

    value, advantage = stream("value"), stream("advantage")
    return np.concatenate([np.array([low, high, float(len(value))]), value, advantage])


@kernel
def expected_returns(section, observation):  # type: ignore[no-untyped-def]
    """Mean of every action's distribution (A,) float32 for one observation (D,)."""
    low, high, end = section[0], section[1], HEADER + int(section[2])
    x = observation.reshape(1, -1)
    value, advantage = mlp(section[HEADER:end], x)[0], mlp(section[end:], x)[0]
    atoms = value.shape[0]
    n_actions = advantage.shape[0] // atoms
    advantage = advantage.reshape(n_actions, atoms)
    common = value.copy()
    for z in range(atoms):
        common[z] -= advantage[:, z].mean()
    result = np.empty(n_actions, np.float32)
    for a in range(n_actions):
        logits = common + advantage[a]
        highest = logits.max()
        total, mean = 0.0, 0.0
        for z in range(atoms):
            weight = np.exp(logits[z] - highest)
            total += weight
            mean += weight * (low + (high - low) * z / (atoms - 1))
        result[a] = mean / total
    return result


@kernel
def choose_by_dueling(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """The allowed action with the highest expected return."""
    return best_allowed(expected_returns(network, observation), allowed)
