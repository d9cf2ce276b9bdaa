"""Decisions of trained agents, compiled: each station decides with its own row of the weights and its own memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aigcbench.learning import forward
from aigcbench.learning.forward import ChainLayers, Weights, fill_normal, kernel, next_bits
from aigcbench.learning.names import under
from aigcbench.learning.policy import LearnedPolicy
from aigcbench.learning.schedule import step_embedding
from aigcbench.observation import Context
from aigcbench.problems.offloading.agents.limits import EMBEDDING, LARGEST_LATENT

if TYPE_CHECKING:
    from aigcbench.problems.offloading.agents.settings import DiffusionSettings

REST = 3  # entries of the online observation beyond the paper's: result, slot, station
MEMORY = 128
"""Tasks of a slot whose latents a station tells apart; the next one counts as its first again."""

LARGEST = np.float32(LARGEST_LATENT)

# Head of an agent's section: how many entries its network sees, whether the best action is taken rather than one drawn, what divides
# the logits; with chains also where the observation has the slot, whether they start from latents, whether probabilities are stored,
# the latest slot, and the tasks of it so far.
SEEN, BEST, SOFTNESS, SLOT, LATENT, PROBABILITIES, LATEST, TASKS = range(8)
LOGITS_HEAD, CHAIN_HEAD = 3, 8


class AgentPolicy(LearnedPolicy):
    """Decides with the network of its station.

    Parameters
    ----------
    choose
        See `learning.policy.compile_decision`.
    networks
        A section for each agent, or the one that all share (float64, G x n).
    n_stations
        B.
    """

    def __init__(self, choose: Any, networks: Sequence[np.ndarray], n_stations: int) -> None:
        super().__init__(choose, networks[0], n_stations + 2 + REST, n_stations, masked=False)
        self._networks = networks

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        self._network = self._networks[context.agent % len(self._networks)]
        super().reset(context, rng)


def logits_policy(weights: Weights, group: str, activation: str, decision: str, softness: float) -> AgentPolicy:
    """Decides by the outputs of the stacked networks (`networks.StackedMLP`) called ``group``."""
    own = under(group, weights)
    depth = len(own) // 2
    n, seen, _ = own["weights.0"].shape
    head = np.array([seen, decision == "best", softness])
    networks = []
    for agent in range(n):
        layers = [(own[f"weights.{k}"][agent], own[f"biases.{k}"][agent, 0]) for k in range(depth)]
        networks.append(np.concatenate([head, forward.pack_mlp(layers, activation)]))
    return AgentPolicy(choose_by_logits, networks, own[f"biases.{depth - 1}"].shape[-1])


def chain_policy(weights: Weights, settings: DiffusionSettings) -> AgentPolicy:
    """Decides by the stacked chains (`networks.StackedChains`) called ``actor``, as in training."""
    own, process = under("actor", weights), settings.process()
    n, inputs, _ = own["weights.0"].shape
    n_actions = own["biases.2"].shape[-1]
    seen = inputs - n_actions - EMBEDDING
    slot = n_actions + 3  # behind task, queues and result
    ways = (settings.start == "latent", settings.stored == "probabilities")
    head = np.array([seen, settings.decision == "best", settings.softness, slot, *ways, -1.0, 0.0])
    memory = np.zeros(MEMORY * n_actions)
    networks = []
    for agent in range(n):
        first, second, last = (own[f"weights.{k}"][agent] for k in range(3))
        layers = ChainLayers(
            steps=step_embedding(process.step - 1, EMBEDDING) @ first[n_actions:-seen] + own["biases.0"][agent],
            of_action=first[:n_actions],
            of_observation=first[-seen:],
            second=second,
            second_bias=own["biases.1"][agent, 0],
            last=last,
            last_bias=own["biases.2"][agent, 0],
        )
        output = "none" if settings.output == "linear" else settings.output
        section = forward.pack_chain(layers, process, settings.activation, output=output)
        networks.append(np.concatenate([head, memory, section]))
    return AgentPolicy(choose_by_latents, networks, n_actions)


@kernel
def take(scores, best, softness, random):  # type: ignore[no-untyped-def]
    """Turn logits (A,) into probabilities in place; return the most probable action, or one drawn."""
    scores -= scores.max()
    scores[:] = np.exp(scores / np.float32(softness))
    scores /= scores.sum()
    if best > 0.0:
        return scores.argmax()
    remaining = np.float64(next_bits(random) >> np.uint64(11)) / 9007199254740992.0
    for action in range(scores.shape[0]):
        remaining -= scores[action]
        if remaining < 0.0:
            return action
    return scores.argmax()


@kernel
def choose_by_logits(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """By a fully connected network."""
    seen = observation[: int(network[SEEN])].reshape(1, -1)
    return take(forward.mlp(network[LOGITS_HEAD:], seen)[0], network[BEST], network[SOFTNESS], random)


@kernel
def choose_by_latents(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """By a chain that starts from what the same task of the slot before left, or from noise."""
    n_actions = allowed.shape[0]
    memory = network[CHAIN_HEAD : CHAIN_HEAD + MEMORY * n_actions].reshape(MEMORY, n_actions)
    section = network[CHAIN_HEAD + MEMORY * n_actions :]
    slot = np.float64(observation[int(network[SLOT])])
    if network[LATEST] < 0.0:
        fill_normal(random, memory.reshape(-1))
    if slot != network[LATEST]:
        network[LATEST], network[TASKS] = slot, 0.0
    place = int(network[TASKS]) % MEMORY
    network[TASKS] += 1.0
    noise = np.empty((int(section[0]), 1, n_actions), np.float32)
    fill_normal(random, noise.reshape(-1))
    if network[LATENT] > 0.0:
        noise[0, 0] = memory[place]
    x = forward.chain(section, observation[: int(network[SEEN])], noise)[0]
    scores = x.copy()
    action = take(scores, network[BEST], network[SOFTNESS], random)
    memory[place] = scores if network[PROBABILITIES] > 0.0 else np.minimum(np.maximum(x, -LARGEST), LARGEST)
    return action
