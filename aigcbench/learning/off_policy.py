"""Learning from replay: collect with many environments at once, then update from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

from aigcbench.learning import masking, snapshot
from aigcbench.learning.collection import Collector
from aigcbench.learning.names import joined, under
from aigcbench.learning.replay import NStep, Transitions, UniformReplay
from aigcbench.learning.training import Turn

if TYPE_CHECKING:
    from aigcbench.learning.learner import OffPolicyLearner

REPORTS = 200  # of losses in a full training


@dataclass(frozen=True)
class Batch:
    """What an update learns from: transitions, and what is allowed (B, A) bool before and after them, None for everything."""

    transitions: Transitions
    allowed: Tensor | None
    next_allowed: Tensor | None


class Algorithm(Protocol):
    """What one off-policy algorithm adds to the shared loop."""

    modules: Mapping[str, nn.Module]
    """Every network, target networks too."""
    optimizers: Mapping[str, torch.optim.Optimizer]
    """Their learning rates fall linearly to 0 where the learner says so."""

    def explore(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        """Actions (N,) to collect with, ``share`` of the training being done."""

    def update(self, batch: Batch) -> Mapping[str, Tensor]:
        """One gradient update of every network; return losses."""

    def policy_modules(self) -> Mapping[str, nn.Module]:
        """The networks that decisions need."""


class OffPolicyTurns:
    """One turn: a step of every environment, then the learner's number of updates. Fulfils `training.Turns`."""

    def __init__(
        self,
        algorithm: Algorithm,
        learner: OffPolicyLearner,
        environments: gymnasium.vector.VectorEnv,
        generator: torch.Generator,
    ) -> None:
        n_observation = int(np.prod(environments.single_observation_space.shape or ()))
        self._algorithm, self._learner, self._generator = algorithm, learner, generator
        self._n_environments, self._n_actions = environments.num_envs, int(environments.single_action_space.n)  # type: ignore[attr-defined]
        self._collector = Collector(environments, learner.masked, generator)
        self._n_step = NStep(learner.n_steps, learner.gamma, environments.num_envs, n_observation)
        self._replay = UniformReplay(learner.replay, n_observation)
        self._rates = {name: one.param_groups[0]["lr"] for name, one in algorithm.optimizers.items()}
        self._offset = 0.0
        self._learns = False
        self._until_report = 0

    def restart(self) -> None:
        self._collector.restart()
        self._collector.returns.clear()
        self._n_step.forget()
        self._until_report = 0

    def turn(self, share: float) -> Turn:
        with torch.no_grad():
            step = self._collector.step(lambda observation, allowed: self._choose(observation, allowed, share))
        arrived = (step.next_observation, step.terminated, step.ended)
        self._replay.add(self._n_step.push(step.observation, step.action, step.reward, *arrived))
        if not self._learns and len(self._replay) >= max(self._learner.warm_up, 1):
            self._learns = True
            self._offset = self._mean_value() if self._learner.centred else 0.0
        if not self._learns:
            return Turn(self._n_environments, 0, {})
        if self._learner.decay:
            for name, optimizer in self._algorithm.optimizers.items():
                optimizer.param_groups[0]["lr"] = self._rates[name] * (1.0 - share)
        losses: Mapping[str, Tensor] = {}
        for _ in range(self._learner.updates_per_turn):
            losses = self._algorithm.update(self._batch())
        return Turn(self._n_environments, self._learner.updates_per_turn, self._report(losses))

    def weights(self) -> dict[str, np.ndarray]:
        modules = self._algorithm.policy_modules().items()
        return joined({name: snapshot.module_arrays(module) for name, module in modules})

    def arrays(self) -> dict[str, np.ndarray]:
        parts = {f"module.{name}": snapshot.module_arrays(one) for name, one in self._algorithm.modules.items()}
        optimizers = self._algorithm.optimizers.items()
        parts |= {f"optimizer.{name}": snapshot.optimizer_arrays(one) for name, one in optimizers}
        parts["replay"] = self._replay.arrays()
        parts["generator"] = snapshot.generator_arrays(self._generator)
        parts["turns"] = {"offset": np.array(self._offset), "learns": np.array(self._learns)}
        return joined(parts)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        for name, module in self._algorithm.modules.items():
            snapshot.restore_module(module, under(f"module.{name}", arrays))
        for name, optimizer in self._algorithm.optimizers.items():
            snapshot.restore_optimizer(optimizer, under(f"optimizer.{name}", arrays))
        self._replay.restore(under("replay", arrays))
        snapshot.restore_generator(self._generator, under("generator", arrays))
        self._offset, self._learns = float(arrays["turns.offset"]), bool(arrays["turns.learns"])

    def _choose(self, observation: Tensor, allowed: Tensor | None, share: float) -> Tensor:
        if not self._learns and self._learner.warm_up:
            return masking.uniform(len(observation), self._n_actions, allowed, self._generator)
        return self._algorithm.explore(observation, allowed, share)

    def _batch(self) -> Batch:
        drawn = self._replay.sample(self._learner.batch, self._generator)
        # With values V + offset in place of V, networks need not learn what all actions have in common.
        drawn = drawn._replace(returns=drawn.returns + (drawn.discount - 1.0) * self._offset)
        allowed = self._collector.allowed
        return Batch(drawn, allowed(drawn.observation), allowed(drawn.next_observation))

    def _mean_value(self) -> float:
        """The value of behaving as in the warm-up, in the mean over what is stored."""
        stored = self._replay.at(torch.arange(len(self._replay)))
        return float(stored.returns.mean() / (1.0 - stored.discount.mean()))

    def _report(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        self._until_report -= self._learner.updates_per_turn
        if self._until_report > 0:
            return {}
        self._until_report += max(1, self._learner.updates // REPORTS)
        metrics = {name: float(loss.detach()) for name, loss in losses.items()}
        if returns := self._collector.returns:
            metrics["training_return"] = float(np.mean(returns))
            returns.clear()
        return metrics
