"""Compiled forward passes of trained networks: float32, one observation at a time, without torch.

A network is one flat float64 section, so that a policy's whole state is a single array: first sizes and settings as numbers, then
the float32 weights bit for bit, two in each entry. Matrices are stored (inputs, outputs), so that inner loops run over
neighbouring outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from aigcbench.learning.schedule import ReverseProcess, step_embedding

ACTIVATIONS = ("none", "relu", "silu", "mish", "tanh", "softmax")
RELU, SILU, MISH, TANH, SOFTMAX = range(1, 6)
MEAN, BY_CRITIC = 0, 1
CHAIN_HEADER = 10
COEFFICIENTS = 5

kernel = njit(cache=True, error_model="numpy", fastmath={"contract"})

Weights = Mapping[str, np.ndarray]


def bits(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays one after the other as float32, bit for bit in a float64 array."""
    flat = np.concatenate([np.ravel(array).astype(np.float32) for array in arrays])
    return np.append(flat, np.zeros(len(flat) % 2, np.float32)).view(np.float64)


def pack_mlp(layers: Sequence[tuple[np.ndarray, np.ndarray]], activation: str) -> np.ndarray:
    """Section of a fully connected network: layers of weight (inputs, outputs) and bias (outputs,)."""
    sizes = [layers[0][0].shape[0], *(weight.shape[1] for weight, _ in layers)]
    header = np.array([len(layers), ACTIVATIONS.index(activation), *sizes], dtype=np.float64)
    return np.concatenate([header, bits([part for layer in layers for part in layer])])


@kernel
def activate(kind, x):  # type: ignore[no-untyped-def]
    """Apply an activation in place to ``x`` (K, H) float32."""
    one = np.float32(1.0)
    for k in range(x.shape[0]):
        row = x[k]
        if kind == RELU:
            for i in range(row.shape[0]):
                row[i] = max(row[i], np.float32(0.0))
        elif kind == SILU:
            for i in range(row.shape[0]):
                row[i] = row[i] / (one + np.exp(-row[i]))
        elif kind == MISH:  # x tanh(ln(1 + e^x)), with one exponential; the tanh is 1 in float32 from 20 on
            for i in range(row.shape[0]):
                grown = one + np.exp(min(row[i], np.float32(20.0)))
                square = grown * grown
                row[i] = row[i] * (square - one) / (square + one)
        elif kind == TANH:
            for i in range(row.shape[0]):
                row[i] = np.tanh(row[i])
        elif kind == SOFTMAX:
            row[:] = np.exp(row - row.max())
            row /= row.sum()


@kernel
def add_product(x, weight, out):  # type: ignore[no-untyped-def]
    """Add ``x @ weight`` to ``out``: (K, I), (I, O), (K, O) float32."""
    inputs, outputs = weight.shape
    blocked = inputs - inputs % 4
    for i in range(0, blocked, 4):
        first, second, third, fourth = weight[i], weight[i + 1], weight[i + 2], weight[i + 3]
        for k in range(x.shape[0]):
            a, b, c, d = x[k, i], x[k, i + 1], x[k, i + 2], x[k, i + 3]
            row = out[k]
            for o in range(outputs):
                row[o] += a * first[o] + b * second[o] + c * third[o] + d * fourth[o]
    for i in range(blocked, inputs):
        first = weight[i]
        for k in range(x.shape[0]):
            a = x[k, i]
            row = out[k]
            for o in range(outputs):
                row[o] += a * first[o]


@kernel
def affine(x, weight, bias):  # type: ignore[no-untyped-def]
    """``x @ weight + bias``, (K, O) float32."""
    out = np.empty((x.shape[0], weight.shape[1]), np.float32)
    out[:] = bias
    add_product(x, weight, out)
    return out


@kernel
def mlp(section, x):  # type: ignore[no-untyped-def]
    """Outputs (K, O) of a fully connected network for inputs (K, I) float32."""
    n_layers, activation = int(section[0]), int(section[1])
    sizes = section[2 : 3 + n_layers]
    weights = section[3 + n_layers :].view(np.float32)
    start = 0
    for layer in range(n_layers):
        inputs, outputs = int(sizes[layer]), int(sizes[layer + 1])
        weight = weights[start : start + inputs * outputs].reshape(inputs, outputs)
        start += inputs * outputs
        x = affine(x, weight, weights[start : start + outputs])
        start += outputs
        if layer < n_layers - 1:
            activate(activation, x)
    return x


@kernel
def best_allowed(scores, allowed):  # type: ignore[no-untyped-def]
    """The first action with the highest score (A,) among those allowed (A,)."""
    best = -1
    for action in range(scores.shape[0]):
        if allowed[action] and (best < 0 or scores[action] > scores[best]):
            best = action
    return best


@kernel
def choose_by_network(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """The allowed action with the highest output of a fully connected network."""
    return best_allowed(mlp(network, observation.reshape(1, -1))[0], allowed)


class ChainLayers(NamedTuple):
    """Matrices of a denoising chain's network, weights as (inputs, outputs)."""

    steps: np.ndarray  # (T, H), what each step adds to the first hidden layer, its bias included
    of_action: np.ndarray  # (A, H)
    of_observation: np.ndarray  # (D, H)
    second: np.ndarray  # (H, H)
    second_bias: np.ndarray  # (H,)
    last: np.ndarray  # (H, A)
    last_bias: np.ndarray  # (A,)


def pack_chain(
    layers: ChainLayers,
    process: ReverseProcess,
    activation: str,
    chains: int = 1,
    critics: Sequence[np.ndarray] = (),
    output: str = "tanh",
) -> np.ndarray:
    """Section of denoising chains whose network ends in ``output``, with the critics' sections where they choose among chains."""
    n_observation, hidden = layers.of_observation.shape
    n_actions = layers.of_action.shape[0]
    header = [len(process), chains, n_observation, n_actions, hidden, ACTIVATIONS.index(activation)]
    coefficients = [process.estimate_x, process.estimate_output, process.mean_x, process.mean_estimate, process.noise]
    weights = bits(layers)
    tail = [process.limit, BY_CRITIC if critics else MEAN, len(weights), ACTIVATIONS.index(output)]
    parts = [np.array(header + tail, dtype=np.float64), np.array(coefficients).T.ravel(), weights]
    if critics:
        parts += [np.array([float(len(critics[0]))]), *critics]
    return np.concatenate(parts)


def chain_layers(actor: Weights, process: ReverseProcess, activation: str) -> ChainLayers:
    """Matrices of a `diffusion.DenoisingActor`."""
    n_actions, length = actor["last.weight"].shape[0], actor["step_second.weight"].shape[0]
    hidden = step_embedding(process.step, length) @ actor["step_first.weight"].T + actor["step_first.bias"]
    activate(ACTIVATIONS.index(activation), hidden)
    embedding = hidden @ actor["step_second.weight"].T + actor["step_second.bias"]
    first = actor["first.weight"].T
    return ChainLayers(
        steps=embedding @ first[n_actions : n_actions + length] + actor["first.bias"],
        of_action=first[:n_actions],
        of_observation=first[n_actions + length :],
        second=actor["second.weight"].T,
        second_bias=actor["second.bias"],
        last=actor["last.weight"].T,
        last_bias=actor["last.bias"],
    )


@kernel
def step_back(coefficients, limit, output, x):  # type: ignore[no-untyped-def]
    """Turn x_t (K, A) into the mean of x_{t-1}, given the network's output (K, A); see `schedule.ReverseProcess`."""
    estimate_x, estimate_output = np.float32(coefficients[0]), np.float32(coefficients[1])
    mean_x, mean_estimate = np.float32(coefficients[2]), np.float32(coefficients[3])
    for k in range(x.shape[0]):
        for i in range(x.shape[1]):
            estimate = estimate_x * x[k, i] + estimate_output * output[k, i]
            x[k, i] = mean_x * x[k, i] + mean_estimate * min(max(estimate, -limit), limit)


@kernel
def add_noise(coefficients, noise, x):  # type: ignore[no-untyped-def]
    """Add a reverse step's noise (K, A), standard normal numbers, to x (K, A)."""
    scale = np.float32(coefficients[4])
    for k in range(x.shape[0]):
        for i in range(x.shape[1]):
            x[k, i] += scale * noise[k, i]


@kernel
def chain(section, observation, noise):  # type: ignore[no-untyped-def]
    """x_0 (K, A) of K chains for one observation (D,) and noise (T, K, A) float32: x_T, then what each step but the last adds."""
    steps, n_chains, n_observation, n_actions = int(section[0]), int(section[1]), int(section[2]), int(section[3])
    hidden, activation, limit = int(section[4]), int(section[5]), np.float32(section[6])
    end = CHAIN_HEADER + steps * COEFFICIENTS
    coefficients = section[CHAIN_HEADER:end].reshape(steps, COEFFICIENTS)
    weights = section[end : end + int(section[8])].view(np.float32)
    a = steps * hidden
    b = a + n_actions * hidden
    c = b + n_observation * hidden
    d = c + hidden * hidden
    e = d + hidden
    f = e + hidden * n_actions
    step_terms = weights[:a].reshape(steps, hidden)
    of_action = weights[a:b].reshape(n_actions, hidden)
    of_observation = weights[b:c].reshape(n_observation, hidden)
    second, second_bias = weights[c:d].reshape(hidden, hidden), weights[d:e]
    last, last_bias = weights[e:f].reshape(hidden, n_actions), weights[f : f + n_actions]

    fixed = np.zeros((1, hidden), np.float32)
    add_product(observation.reshape(1, -1), of_observation, fixed)
    x = noise[0].copy()
    for t in range(steps):
        units = np.empty((n_chains, hidden), np.float32)
        for k in range(n_chains):
            for h in range(hidden):
                units[k, h] = fixed[0, h] + step_terms[t, h]
        add_product(x, of_action, units)
        activate(activation, units)
        units = affine(units, second, second_bias)
        activate(activation, units)
        output = affine(units, last, last_bias)
        activate(int(section[9]), output)
        step_back(coefficients[t], limit, output, x)
        if t + 1 < steps:
            add_noise(coefficients[t], noise[t + 1], x)
    return x


@kernel
def choose_by_chain(observation, allowed, network, random):  # type: ignore[no-untyped-def]
    """By the mean of the chains, or the best by the lower of two critics among what each chain would take."""
    steps, n_chains, n_actions = int(network[0]), int(network[1]), int(network[3])
    noise = np.empty((steps, n_chains, n_actions), np.float32)
    fill_normal(random, noise.reshape(-1))
    x = chain(network, observation, noise)
    if int(network[7]) == MEAN:
        mean = np.zeros(n_actions, np.float32)
        for k in range(n_chains):
            mean += x[k]
        return best_allowed(mean, allowed)
    start = CHAIN_HEADER + steps * COEFFICIENTS + int(network[8])
    length = int(network[start])
    one = mlp(network[start + 1 : start + 1 + length], observation.reshape(1, -1))[0]
    other = mlp(network[start + 1 + length :], observation.reshape(1, -1))[0]
    proposed = np.zeros(n_actions, np.bool_)
    for k in range(n_chains):
        proposed[best_allowed(x[k], allowed)] = True
    return best_allowed(np.minimum(one, other), proposed)


@kernel
def next_bits(random):  # type: ignore[no-untyped-def]
    """64 random bits (SplitMix64: Steele et al., OOPSLA 2014); ``random`` (1,) uint64 is its state."""
    random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def fill_normal(random, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with standard normal numbers in pairs (Box and Muller, 1958)."""
    unit = 1.0 / 9007199254740992.0  # 2^-53
    for i in range(0, out.shape[0], 2):
        radius = np.sqrt(-2.0 * np.log((np.float64(next_bits(random) >> np.uint64(11)) + 0.5) * unit))
        angle = 2.0 * np.pi * (np.float64(next_bits(random) >> np.uint64(11)) * unit)
        out[i] = radius * np.cos(angle)
        if i + 1 < out.shape[0]:
            out[i + 1] = radius * np.sin(angle)
