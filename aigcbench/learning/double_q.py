"""Double Q-learning over subsets under a capacity (van Hasselt et al., AAAI 2016; T2DRL, Section 6.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aigcbench.learning import optimization
from aigcbench.learning.networks import MLP
from aigcbench.learning.subsets import SubsetValues

HALF = 0.5  # eq. 33


class SubsetExperience(NamedTuple):
    """B choices of a subset."""

    state: Tensor  # (B, S)
    subset: Tensor  # (B, M), 0 or 1
    returns: Tensor  # (B,)
    discount: Tensor  # (B,), 0 where nothing follows
    next_state: Tensor  # (B, S)
    sizes: np.ndarray  # (B, M), shares of the capacity


class SubsetDoubleQ:
    """One network chooses the next subset, its slow copy values it.

    Parameters
    ----------
    network
        From states to the outputs that ``values`` reads.
    fitting
        Whether only subsets that fit are chosen.
    rate
        Of Adam.
    tau
        How fast the target network follows.
    """

    def __init__(self, network: MLP, values: SubsetValues, fitting: bool, rate: float, tau: float) -> None:
        self.network, self._values, self._fitting, self._tau = network, values, fitting, tau
        self._target = optimization.frozen_copy(network)
        self.modules = {"q": network, "target_q": self._target}
        self.optimizers = {"q": optimization.adam(network, rate)}

    def best(self, state: Tensor, sizes: np.ndarray) -> np.ndarray:
        """The subset (N, M) bool of the highest value in each row."""
        with torch.no_grad():
            return self._values.best(self.network(state).numpy(), sizes, self._fitting)

    def update(self, batch: SubsetExperience) -> Mapping[str, Tensor]:
        """One update of the network and its target; return the loss."""
        with torch.no_grad():  # eq. 33a
            wanted = batch.returns
            if bool(batch.discount.any()):
                following = self.best(batch.next_state, batch.sizes)
                next_value = self._values.value(self._target(batch.next_state), following)
                wanted = wanted + batch.discount * next_value
        value = self._values.value(self.network(batch.state), batch.subset.numpy() > 0)  # eq. 33b
        loss = HALF * functional.mse_loss(value, wanted)
        optimization.descend(self.optimizers["q"], loss)
        optimization.soft_update(self._target, self.network, self._tau)  # eq. 35
        return {"q_loss": loss}
