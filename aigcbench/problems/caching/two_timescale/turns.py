"""T2DRL in training: frame and slot decisions of N environments in step, and updates of both levels from replay (Algorithm 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import torch
from torch import Tensor

from aigcbench.learning.deterministic import DeterministicPolicyGradient, Experience
from aigcbench.learning.double_q import SubsetDoubleQ, SubsetExperience
from aigcbench.learning.names import joined, under
from aigcbench.learning.networks import MLP
from aigcbench.learning.replay import Transitions, UniformReplay
from aigcbench.learning.state import LearningState
from aigcbench.learning.training import Reporter, Turn
from aigcbench.problems.caching.amender import amend_cache
from aigcbench.problems.caching.frames import OVERFULL_PENALTY
from aigcbench.problems.caching.two_timescale.features import Sizes, StateEncoder
from aigcbench.problems.caching.two_timescale.networks import Amender, ShareActor, ShareCritic, SlotState
from aigcbench.problems.caching.two_timescale.settings import cache_values

if TYPE_CHECKING:
    from aigcbench.problems.caching.two_timescale.settings import TwoTimescaleSettings

SEED_LIMIT = 2**31
LAST_CACHE_EXPLORATION = 0.05  # share of random caches
WARM_UP_DEVIATION = 2.0  # of random wishes before the sigmoid
FRAMES_PER_SLOT = 0.1  # of the replay's sizes
ROUNDING = 1e-6  # float32, in sums of storage


class TwoTimescaleNetworks:
    """Every network of both levels. Fulfils `state.Networks`."""

    def __init__(self, settings: TwoTimescaleSettings, encoder: StateEncoder, generator: torch.Generator) -> None:
        self.generator = generator
        n_features, per_group = encoder.n_features, 2 * encoder.sizes.users // encoder.groups
        amender = Amender(settings.amender == "paper", settings.step_range)
        self.actor = ShareActor(
            settings.actor_network(n_features, per_group, generator), settings.output_gain(), amender
        )
        critic = MLP(settings.critic_sizes(n_features + per_group), settings.activation, generator)
        self.slots = DeterministicPolicyGradient(
            self.actor,
            ShareCritic(critic, settings.state != "paper", settings.step_range),
            settings.learning_rate,
            settings.tau,
            generator,
        )
        values = cache_values(settings.caches, encoder.sizes.models)
        network = MLP(settings.cache_sizes(values.n_outputs), settings.activation, generator)
        self.frames = SubsetDoubleQ(network, values, settings.masked, settings.learning_rate, settings.tau)
        self.modules: Mapping[str, torch.nn.Module] = {**self.slots.modules, **self.frames.modules}
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {**self.slots.optimizers, **self.frames.optimizers}

    def policy_modules(self) -> Mapping[str, torch.nn.Module]:
        return {"actor": self.actor, "q": self.modules["q"]}


class TwoTimescaleTurns:
    """One turn: a decision of every environment, then updates. Fulfils `training.Turns`.

    All environments are at the same kind of decision, as all episodes of a scenario are equally long.
    """

    def __init__(
        self, settings: TwoTimescaleSettings, environments: gymnasium.vector.VectorEnv, generator: torch.Generator
    ) -> None:
        self._settings, self._environments, self._generator = settings, environments, generator
        context = environments.unwrapped.context  # type: ignore[attr-defined]
        sizes = Sizes(int(context["n_users"]), int(context["n_models"]))
        self._encoder = StateEncoder(settings.state, context.layout, sizes)
        self._is_frame = context.layout["is_frame"]
        self._networks = TwoTimescaleNetworks(settings, self._encoder, generator)
        self._state = LearningState(self._networks)
        self._slots = UniformReplay(settings.replay, context.observation_length, 2 * sizes.users)
        self._frames = UniformReplay(
            max(1, int(FRAMES_PER_SLOT * settings.replay)), context.observation_length, sizes.models
        )
        self._reporter = Reporter(settings.updates)
        self._centre, self._unit, self._learns = 0.0, 1.0, False

    def restart(self) -> None:
        seed = int(torch.randint(SEED_LIMIT, (1,), generator=self._generator))
        self._observation, _ = self._environments.reset(seed=seed)
        self._frame_start = self._observation
        self._subset = np.zeros((self._environments.num_envs, self._encoder.sizes.models), np.bool_)
        self._frame_reward, self._frame_slots = np.zeros(self._environments.num_envs), 0
        self._reporter.restart()
        self._rewards: list[float] = []

    def turn(self, share: float) -> Turn:
        if self._learns and self._settings.decay:
            self._state.slow_down(share)
        updates, losses = self._frame_turn(share) if self._at_frame() else self._slot_turn()
        metrics = self._reporter.metrics(updates, losses, self._rewards) if updates else {}
        return Turn(self._environments.num_envs, updates, metrics)

    def weights(self) -> dict[str, np.ndarray]:
        return self._state.weights()

    def arrays(self) -> dict[str, np.ndarray]:
        own = {"centre": self._centre, "unit": self._unit, "learns": self._learns}
        replays = {"slots": self._slots.arrays(), "frames": self._frames.arrays()}
        return self._state.arrays() | joined(replays | {"rewards": {name: np.array(one) for name, one in own.items()}})

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._state.restore(arrays)
        self._slots.restore(under("slots", arrays))
        self._frames.restore(under("frames", arrays))
        own = under("rewards", arrays)
        self._centre, self._unit, self._learns = float(own["centre"]), float(own["unit"]), bool(own["learns"])

    def _at_frame(self) -> bool:
        return bool(self._is_frame.of(self._observation)[0] > 0)

    def _frame_turn(self, share: float) -> tuple[int, Mapping[str, Tensor]]:
        """Choose every environment's cache; nothing is learnt before its slots are played."""
        sizes = self._encoder.storage(self._observation)
        subset = self._networks.frames.best(torch.from_numpy(self._encoder.frame(self._observation)), sizes)
        progress = min(share / self._settings.cache_exploration, 1.0)
        epsilon = 1.0 - progress * (1.0 - LAST_CACHE_EXPLORATION) if self._learns else 1.0
        wishes = torch.rand(sizes.shape, generator=self._generator).numpy()
        random = amend_cache(0.5 + 0.5 * wishes, sizes, 1.0) > 0 if self._settings.masked else wishes > 0.5
        explores = torch.rand(len(sizes), generator=self._generator).numpy() < epsilon
        self._subset = np.where(explores[:, None], random, subset)
        self._frame_start, self._frame_reward, self._frame_slots = self._observation, np.zeros(len(sizes)), 0
        action = np.zeros((len(sizes), sizes.shape[1] + 2 * self._encoder.sizes.users), np.float32)
        action[:, : sizes.shape[1]] = self._subset
        self._observation, _, _, _, _ = self._environments.step(action)
        return 0, {}

    def _slot_turn(self) -> tuple[int, Mapping[str, Tensor]]:
        """Choose every environment's shares, keep what happened, and learn."""
        before = self._observation
        state = self._slot_state(before)
        with torch.no_grad():
            if self._learns:
                logits = self._networks.actor.logits(state, self._generator)
                deviation = self._settings.exploration
            else:
                logits = torch.zeros(len(before), 2, self._encoder.sizes.users)
                deviation = WARM_UP_DEVIATION
            noise = torch.randn(logits.shape, generator=self._generator)
            shares = self._networks.actor.shares_of(logits + deviation * noise, state.hit).flatten(1)
        cached = np.zeros((len(before), self._encoder.sizes.models), np.float32)
        action = np.concatenate([cached, shares.numpy().clip(0.0, 1.0)], axis=1)
        after, reward, ended, _, _ = self._environments.step(action)
        self._observation = after
        frame_ends = self._at_frame()
        self._keep_slot(before, shares, reward, after, frame_ends)
        self._frame_reward += reward
        self._frame_slots += 1
        if frame_ends:
            self._keep_frame(after, bool(ended[0]))
        return self._learn(frame_ends)

    def _keep_slot(self, before: np.ndarray, shares: Tensor, reward: np.ndarray, after: np.ndarray, ends: bool) -> None:
        discount = torch.full((len(before),), 0.0 if ends else self._settings.gamma)
        returns = torch.from_numpy(reward.astype(np.float32))
        self._slots.add(Transitions(torch.from_numpy(before), shares, returns, discount, torch.from_numpy(after)))
        self._rewards.append(float(reward.mean()))

    def _keep_frame(self, after: np.ndarray, episode_ends: bool) -> None:
        """Keep the frame's choice with the mean reward of its slots (eq. 32)."""
        storage = self._encoder.storage(self._frame_start)
        overfull = (self._subset * storage).sum(axis=1) > 1.0 + ROUNDING
        returns = self._frame_reward / self._frame_slots - OVERFULL_PENALTY * overfull
        discount = torch.full((len(after),), 0.0 if episode_ends else self._settings.gamma)
        kept = (self._frame_start, self._subset.astype(np.float32), returns.astype(np.float32))
        start, subset, reward = (torch.from_numpy(array) for array in kept)
        self._frames.add(Transitions(start, subset, reward, discount, torch.from_numpy(after)))

    def _learn(self, frame_ended: bool) -> tuple[int, Mapping[str, Tensor]]:
        if not self._learns and len(self._slots) >= min(self._settings.warm_up, self._settings.replay):
            self._learns = True
            if self._settings.centred:
                stored = self._slots.at(torch.arange(len(self._slots))).returns
                self._centre, self._unit = float(stored.mean()), max(float(stored.std()), 1e-6)
        if not self._learns:
            return 0, {}
        losses = dict(self._networks.slots.update(self._slot_batch()))
        if not frame_ended:
            return 1, losses
        for _ in range(self._settings.cache_updates):
            losses |= self._networks.frames.update(self._frame_batch())
        return 1 + self._settings.cache_updates, losses

    def _slot_batch(self) -> Experience:
        drawn = self._slots.sample(self._settings.batch, self._generator)
        following: Any = self._slot_state(drawn.next_observation.numpy()) if self._settings.gamma > 0 else None
        state = self._slot_state(drawn.observation.numpy())
        return Experience(state, drawn.action, self._normal(drawn.returns), drawn.discount, following)

    def _frame_batch(self) -> SubsetExperience:
        drawn = self._frames.sample(self._settings.cache_batch, self._generator)
        before, after = drawn.observation.numpy(), drawn.next_observation.numpy()
        state, following = (torch.from_numpy(self._encoder.frame(one)) for one in (before, after))
        sizes = self._encoder.storage(before)
        return SubsetExperience(state, drawn.action, self._normal(drawn.returns), drawn.discount, following, sizes)

    def _slot_state(self, observations: np.ndarray) -> SlotState:
        hit = torch.from_numpy(self._encoder.hits(observations).astype(np.float32))
        return SlotState(torch.from_numpy(self._encoder.slot(observations)), hit)

    def _normal(self, rewards: Tensor) -> Tensor:
        return (rewards - self._centre) / self._unit
