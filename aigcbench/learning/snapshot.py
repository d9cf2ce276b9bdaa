"""The state of modules, optimisers and generators as named arrays, for exact resume; no pickle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from aigcbench.learning.names import Arrays


def module_arrays(module: nn.Module) -> Arrays:
    """A copy of a module's parameters."""
    return {name: parameter.detach().numpy().copy() for name, parameter in module.named_parameters()}


def restore_module(module: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put back what `module_arrays` gave."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(np.array(arrays[name])))


def optimizer_arrays(optimizer: torch.optim.Optimizer) -> Arrays:
    """A copy of an optimiser's moments and step counts; its hyperparameters are not state."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}.{name}": tensor.detach().numpy().copy()
        for index, own in state.items()
        for name, tensor in own.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, arrays: Mapping[str, np.ndarray]) -> None:
    """Put back what `optimizer_arrays` gave."""
    whole = optimizer.state_dict()
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, array in arrays.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = torch.from_numpy(np.array(array))
    optimizer.load_state_dict(whole | {"state": state})


def generator_arrays(generator: torch.Generator) -> Arrays:
    """The state of a random generator."""
    return {"state": generator.get_state().numpy().copy()}


def restore_generator(generator: torch.Generator, arrays: Mapping[str, np.ndarray]) -> None:
    """Put back what `generator_arrays` gave."""
    generator.set_state(torch.from_numpy(np.array(arrays["state"])))
