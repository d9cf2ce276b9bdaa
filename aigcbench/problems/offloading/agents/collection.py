"""Lets all agents decide their tasks of a slot at once, and makes transitions from task to task of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aigcbench.problems.offloading.agents.replay import Transitions
from aigcbench.problems.offloading.stations import StationsEnv

SEED_LIMIT = 2**31

Choose = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From observations (G, K, D) and latents (G, K, A) to actions (G, K) int64 and the latents that they leave (G, K, A)."""


class SlotCollector:
    """Steps the stations of N episodes slot by slot, and keeps what every station remembers.

    A station remembers x_0 of its m-th task of the latest slot that had one, for every m (X_b[n] in the paper's Algorithm 1): it
    starts the chain of the m-th task of the next slot. This memory outlasts episodes.

    Parameters
    ----------
    environments
        Of N episodes, B stations and at most M tasks of a station in a slot.
    shared
        One agent for all stations (G = 1) rather than one for each (G = B).
    gamma
        Discount from one task of a station to its next.
    empty_boundary
        At the end of a slot show empty queues as the next ones, as the public code does (it reads them before they are set).
    """

    def __init__(
        self, environments: StationsEnv, shared: bool, gamma: float, empty_boundary: bool, generator: torch.Generator
    ) -> None:
        self._environments, self._generator = environments, generator
        self._gamma, self._empty_boundary = gamma, empty_boundary
        self._shape = (environments.num_envs, environments.n_stations, environments.n_tasks)
        self.n_agents = 1 if shared else environments.n_stations
        rows = environments.num_envs * environments.n_stations * environments.n_tasks // self.n_agents
        self.latents = torch.randn(self.n_agents, rows, environments.n_stations, generator=generator)
        self.returns: list[float] = []

    def restart(self) -> None:
        """Seed all environments anew, so that what follows depends on the generator alone."""
        seed = int(torch.randint(SEED_LIMIT, (1,), generator=self._generator))
        tasks = self._environments.reset(seed=seed)
        self._observation, self._mask = torch.from_numpy(tasks.observations), torch.from_numpy(tasks.mask)
        self.returns.clear()

    def step(self, choose: Choose) -> tuple[Transitions, Tensor]:
        """Let the agents decide one slot; return transitions (G, K) and which of them there are, bool (G, K)."""
        observation, mask = self._observation, self._mask
        latents = self.latents
        action, after = choose(self._by_agent(observation), latents)
        self.latents = torch.where(self._by_agent(mask)[..., None], after, latents)
        delays, tasks, ended, info = self._environments.step(self._by_station(action).numpy())
        self._observation, self._mask = torch.from_numpy(tasks.observations), torch.from_numpy(tasks.mask)
        if ended:
            self.returns.extend((-info["mean_delay"]).tolist())
        following, discount, place = self._following(observation, mask, ended)
        # The latent of the next task in a slot is the one before this slot's decision, that of the next slot's first task the one after.
        before = self._by_station(latents).roll(-1, dims=2)
        last = self._last(mask)
        next_latent = torch.where(last[..., None], self._by_station(self.latents)[:, :, :1], before)
        transitions = Transitions(
            observation=self._by_agent(observation),
            latent=latents,
            place=self._by_agent(self._places()),
            action=action,
            reward=self._by_agent(torch.from_numpy(-delays.astype("float32"))),
            discount=self._by_agent(discount),
            next_observation=self._by_agent(following),
            next_latent=self._by_agent(next_latent),
            next_place=self._by_agent(place),
        )
        return transitions, self._by_agent(mask)

    def _following(self, observation: Tensor, mask: Tensor, ended: bool) -> tuple[Tensor, Tensor, Tensor]:
        """What each task's station observes next (N, B, M, D), the discount until then, and the place of its latent."""
        last = self._last(mask)
        first = self._observation[:, :, :1]
        if self._empty_boundary:
            first = first.clone()
            first[..., 2 : 2 + self._environments.n_stations] = 0.0
        following = torch.where(last[..., None], first, observation.roll(-1, dims=2))
        goes_on = ~last | (self._mask[:, :, :1] & (not ended))
        places = self._places()
        return following, self._gamma * goes_on, torch.where(last, places[:, :, :1], places.roll(-1, dims=2))

    def _last(self, mask: Tensor) -> Tensor:
        """Whether a task is its station's last one of the slot, (N, B, M) bool."""
        later = mask.roll(-1, dims=2)
        later[:, :, -1] = False
        return mask & ~later

    def _places(self) -> Tensor:
        """Row of each task in its agent's memory, (N, B, M) int64."""
        rows = torch.arange(self.latents.shape[1]).expand(self.n_agents, -1)
        return self._by_station(rows)

    def _by_agent(self, x: Tensor) -> Tensor:
        """(N, B, M, ...) as (G, K, ...)."""
        if self.n_agents == 1:
            return x.reshape(1, -1, *x.shape[3:])
        return x.transpose(0, 1).reshape(self.n_agents, -1, *x.shape[3:])

    def _by_station(self, x: Tensor) -> Tensor:
        """(G, K, ...) as (N, B, M, ...)."""
        n, stations, tasks = self._shape
        if self.n_agents == 1:
            return x.reshape(n, stations, tasks, *x.shape[2:])
        return x.reshape(stations, n, tasks, *x.shape[2:]).transpose(0, 1)
