"""The policies that trained weights make: by the outputs of a network, by what it remembers, or by denoising chains."""

from __future__ import annotations

import numpy as np

from aigcbench.learning import dueling_forward, forward, recurrent_forward
from aigcbench.learning.forward import Weights
from aigcbench.learning.names import under
from aigcbench.learning.policy import LearnedPolicy
from aigcbench.learning.schedule import ReverseProcess


def network_policy(weights: Weights, group: str, activation: str, masked: bool) -> LearnedPolicy:
    """Takes the action with the highest output of the fully connected network (`networks.MLP`) called ``group``."""
    section = network_section(weights, group, activation)
    sizes = network_sizes(weights, group)
    return LearnedPolicy(forward.choose_by_network, section, *sizes, masked)


def network_section(weights: Weights, group: str, activation: str) -> np.ndarray:
    """The section that `forward.mlp` reads (float64) of the fully connected network (`networks.MLP`) called ``group``."""
    own = under(group, weights)
    layers = [(own[f"layers.{n}.weight"].T, own[f"layers.{n}.bias"]) for n in range(len(own) // 2)]
    return forward.pack_mlp(layers, activation)


def network_sizes(weights: Weights, group: str) -> tuple[int, int]:
    """Inputs and outputs of the fully connected network called ``group``."""
    own = under(group, weights)
    last = len(own) // 2 - 1
    return own["layers.0.weight"].shape[1], own[f"layers.{last}.bias"].shape[0]


def dueling_policy(
    weights: Weights, group: str, activation: str, low: float, high: float, masked: bool
) -> LearnedPolicy:
    """Takes the action of the highest mean return of the network `distributional.DuelingDistribution` called ``group``."""
    own = under(group, weights)
    section = dueling_forward.pack_dueling(own, activation, low, high)
    n_actions = own["advantage_last.bias"].shape[0] // own["value_last.bias"].shape[0]
    return LearnedPolicy(dueling_forward.choose_by_dueling, section, own["trunk.weight"].shape[1], n_actions, masked)


def recurrent_policy(weights: Weights, group: str, activation: str, masked: bool) -> LearnedPolicy:
    """Takes the action with the highest output of the network `recurrent.RecurrentNetwork` called ``group``."""
    own = under(group, weights)
    section = recurrent_forward.pack_recurrent(own, activation)
    sizes = own["first.weight"].shape[1], own["last.bias"].shape[0]
    return LearnedPolicy(recurrent_forward.choose_by_recurrent, section, *sizes, masked)


def chain_policy(
    weights: Weights, process: ReverseProcess, activation: str, chains: int, by_critic: bool, masked: bool
) -> LearnedPolicy:
    """Takes the best action of the denoising chain ``actor``: in the mean of chains, or by the ``critic`` among theirs."""
    actor = under("actor", weights)
    critics = []
    if by_critic:
        critic = under("critic", weights)
        for twin in range(2):
            values = [(critic[f"weights.{n}"][twin], critic[f"biases.{n}"][twin, 0]) for n in range(len(critic) // 2)]
            critics.append(forward.pack_mlp(values, activation))
    layers = forward.chain_layers(actor, process, activation)
    section = forward.pack_chain(layers, process, activation, chains, critics)
    n_actions, n_hidden_inputs = actor["last.bias"].shape[0], actor["first.weight"].shape[1]
    n_observation = n_hidden_inputs - n_actions - actor["step_second.bias"].shape[0]
    return LearnedPolicy(forward.choose_by_chain, section, n_observation, n_actions, masked)


def without_attention(weights: Weights) -> dict[str, np.ndarray]:
    """The weights of a chain whose attention across the batch is a layer in front of the second one, as it is for one sample."""
    own = under("actor.attention", weights)
    product = own["out.weight"] @ own["value.weight"]
    constant = own["out.weight"] @ own["value.bias"] + own["out.bias"]
    second = weights["actor.second.weight"]
    plain = {name: array for name, array in weights.items() if not name.startswith("actor.attention.")}
    folded = {
        "actor.second.weight": second @ product,
        "actor.second.bias": second @ constant + weights["actor.second.bias"],
    }
    return plain | folded
