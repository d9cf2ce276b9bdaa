"""What T2DRL's learners have in common: how training and decisions are put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from aigcbench.learning.learner import NeuralLearner
from aigcbench.problems.caching.two_timescale.settings import TwoTimescaleSettings

if TYPE_CHECKING:
    import gymnasium
    import torch

    from aigcbench.learning.training import Turns
    from aigcbench.problems.caching.two_timescale.policy import TwoTimescalePolicy
    from aigcbench.solver import Weights


class TwoTimescaleLearner(TwoTimescaleSettings, NeuralLearner):
    """Algorithm 1 of Liu et al. over batched environments; subclasses choose the actor's network.

    The paper states neither discounts nor batch and replay sizes. Neither a cache nor a slot's shares change what comes later, so that
    a discount of 0 loses nothing. A slot decision is followed by the next one of its frame, a frame decision by the next frame's.

    `PAPER` holds the settings of Section 7.1 and Table 2.
    """

    formulations = ("caching",)
    information = "online"

    PAPER: ClassVar[Mapping[str, Any]] = {
        "state": "paper",
        "amender": "paper",
        "masked": False,
        "centred": False,
        "decay": False,
        "gamma": 0.95,
        "learning_rate": 1e-6,
        "environments": 1,
        "cache_updates": 1,
        "exploration": 0.1,
        "updates": 55_000,
    }

    def turns(self, environments: gymnasium.vector.VectorEnv, generator: torch.Generator) -> Turns:
        from aigcbench.problems.caching.two_timescale.turns import TwoTimescaleTurns

        return TwoTimescaleTurns(self, environments, generator)

    def policy(self, weights: Weights) -> TwoTimescalePolicy:
        from aigcbench.problems.caching.two_timescale.policy import TwoTimescalePolicy

        return TwoTimescalePolicy(self, weights)
