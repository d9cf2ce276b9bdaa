"""Compiled decisions of `attention.TokenActor`, for any number of servers and services."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigcbench.learning.forward import (
    ACTIVATIONS,
    COEFFICIENTS,
    Weights,
    activate,
    add_noise,
    affine,
    best_allowed,
    bits,
    fill_normal,
    kernel,
    step_back,
)
from aigcbench.learning.names import under
from aigcbench.learning.policy import LearnedPolicy
from aigcbench.learning.schedule import ReverseProcess, step_embedding
from aigcbench.learning.tokens import TokenLayout
from aigcbench.observation import Context

HEADER = 10  # T, chains, F, E, A, W, heads, activation, limit, length of the weights
SERVER_ENTRIES = 2  # of the observation, for each server


def pack_tokens(
    actor: Weights, layout: TokenLayout, process: ReverseProcess, activation: str, heads: int, chains: int
) -> np.ndarray:
    """Section of the token network for one fleet; service i has the vector of service i modulo those in training."""
    trained, width = actor["service"].shape
    n_services = len(layout.service_server)
    kind = ACTIVATIONS.index(activation)
    hidden = step_embedding(process.step, actor["step_first.weight"].shape[1]) @ actor["step_first.weight"].T
    hidden = (hidden + actor["step_first.bias"]).astype(np.float32)
    activate(kind, hidden)
    steps = hidden @ actor["step_second.weight"].T + actor["step_second.bias"]
    layers = ("task", "server", *(f"attention.{name}" for name in ("query", "key", "value", "out")), "first", "second")
    weights = bits(
        [
            actor["service"][np.arange(n_services) % trained],
            steps,
            actor["of_action"],
            actor["last.weight"],
            actor["last.bias"],
            *(part for name in layers for part in (actor[f"{name}.weight"].T, actor[f"{name}.bias"])),
        ]
    )
    sizes = [len(process), chains, len(layout.task), len(layout.servers), n_services, width, heads, kind]
    coefficients = [process.estimate_x, process.estimate_output, process.mean_x, process.mean_estimate, process.noise]
    entries = [layout.task, layout.servers.ravel(), layout.service_server]
    header = np.array([*sizes, process.limit, len(weights)], dtype=np.float64)
    return np.concatenate([header, np.array(coefficients).T.ravel(), *entries, weights])


@kernel
def linear_layer(weights, start, x, outputs):  # type: ignore[no-untyped-def]
    """Outputs (K, O) of the layer that begins at ``start``, and where the next one does."""
    inputs = x.shape[1]
    end = start + inputs * outputs
    return affine(x, weights[start:end].reshape(inputs, outputs), weights[end : end + outputs]), end + outputs


@kernel
def attend(query, key, value, heads):  # type: ignore[no-untyped-def]
    """What tokens with queries (A, W) read from tokens with keys and values (M, W)."""
    n, width = query.shape
    m, each = key.shape[0], width // heads
    scale = np.float32(1.0 / np.sqrt(each))
    transposed = np.ascontiguousarray(key.T)
    read = np.zeros((n, width), np.float32)
    scores = np.empty(m, np.float32)
    for head in range(heads):
        first = head * each
        for i in range(n):
            scores[:] = np.float32(0.0)
            for w in range(first, first + each):
                of_query, of_keys = query[i, w] * scale, transposed[w]
                for j in range(m):
                    scores[j] += of_query * of_keys[j]
            most = scores.max()
            total = np.float32(0.0)
            for j in range(m):
                scores[j] = np.exp(scores[j] - most)
                total += scores[j]
            for j in range(m):
                share = scores[j] / total
                for w in range(first, first + each):
                    read[i, w] += share * value[j, w]
    return read


@kernel
def token_chain(section, observation, noise):  # type: ignore[no-untyped-def]
    """x_0 (K, A) of K chains for one observation (D,) and noise (T, K, A) float32."""
    steps, n_chains, n_task = int(section[0]), int(section[1]), int(section[2])
    n_servers, n_services, width = int(section[3]), int(section[4]), int(section[5])
    heads, activation, limit = int(section[6]), int(section[7]), np.float32(section[8])
    at_task = HEADER + steps * COEFFICIENTS
    coefficients = section[HEADER:at_task].reshape(steps, COEFFICIENTS)
    at_servers = at_task + n_task
    at_services = at_servers + SERVER_ENTRIES * n_servers
    end = at_services + n_services
    weights = section[end : end + int(section[9])].view(np.float32)

    shown = np.empty((1, n_task), np.float32)
    for i in range(n_task):
        shown[0, i] = observation[int(section[at_task + i])]
    states = np.empty((n_servers, SERVER_ENTRIES), np.float32)
    for e in range(n_servers):
        for i in range(SERVER_ENTRIES):
            states[e, i] = observation[int(section[at_servers + SERVER_ENTRIES * e + i])]

    a = n_services * width
    b = a + steps * width
    kinds, step_terms = weights[:a].reshape(n_services, width), weights[a:b].reshape(steps, width)
    of_action, last, last_bias = weights[b : b + width], weights[b + width : b + 2 * width], weights[b + 2 * width]
    place = b + 2 * width + 1
    task, place = linear_layer(weights, place, shown, width)
    servers, place = linear_layer(weights, place, states, width)
    tokens = np.empty((1 + n_servers + n_services, width), np.float32)
    tokens[0] = task[0]
    tokens[1 : 1 + n_servers] = servers
    services = tokens[1 + n_servers :]
    for i in range(n_services):
        services[i] = kinds[i] + servers[int(section[at_services + i])] + task[0]
    query, place = linear_layer(weights, place, services, width)
    key, place = linear_layer(weights, place, tokens, width)
    value, place = linear_layer(weights, place, tokens, width)
    read, place = linear_layer(weights, place, attend(query, key, value, heads), width)
    hidden, place = linear_layer(weights, place, services + read, width)
    activate(activation, hidden)
    hidden, place = linear_layer(weights, place, hidden, width)

    x = noise[0].copy()
    output = np.empty_like(x)
    units = np.empty((n_services, width), np.float32)
    for t in range(steps):
        for k in range(n_chains):
            for i in range(n_services):
                for w in range(width):
                    units[i, w] = hidden[i, w] + step_terms[t, w] + x[k, i] * of_action[w]
            activate(activation, units)
            for i in range(n_services):
                logit = last_bias
                for w in range(width):
                    logit += units[i, w] * last[w]
                output[k, i] = np.tanh(logit)
        step_back(coefficients[t], limit, output, x)
        if t + 1 < steps:
            add_noise(coefficients[t], noise[t + 1], x)
    return x


@kernel
def choose_by_tokens(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """The best allowed action in the mean of the chains."""
    steps, n_chains, n_services = int(network[0]), int(network[1]), int(network[4])
    noise = np.empty((steps, n_chains, n_services), np.float32)
    fill_normal(random, noise.reshape(-1))
    x = token_chain(network, observation, noise)
    mean = np.zeros(n_services, np.float32)
    for k in range(n_chains):
        mean += x[k]
    return best_allowed(mean, allowed)


class TokenPolicy(LearnedPolicy):
    """Decides with the token network called ``actor``, whatever the number of servers and services.

    Parameters
    ----------
    weights
        Of `attention.TokenActor`.
    layout_of
        Where an observation's tokens stand, by its context.
    process, activation, heads, chains, masked
        As in training; see `pack_tokens`.
    """

    def __init__(
        self,
        weights: Weights,
        layout_of: Callable[[Context], TokenLayout],
        process: ReverseProcess,
        activation: str,
        heads: int,
        chains: int,
        masked: bool,
    ) -> None:
        self._actor, self._layout_of = under("actor", weights), layout_of
        self._settings = process, activation, heads, chains
        n_task, n_services = self._actor["task.weight"].shape[1], len(self._actor["service"])
        one_server = TokenLayout(
            np.arange(n_task), n_task + np.arange(2)[np.newaxis], np.zeros(n_services, dtype=np.int64)
        )
        network = pack_tokens(self._actor, one_server, *self._settings)
        super().__init__(choose_by_tokens, network, n_task + SERVER_ENTRIES, n_services, masked)

    def reset(self, context: Context, rng: np.random.Generator) -> None:
        self._network = pack_tokens(self._actor, self._layout_of(context), *self._settings)
        self.n_observation, self.n_actions = context.observation_length, context.n_actions
        super().reset(context, rng)
