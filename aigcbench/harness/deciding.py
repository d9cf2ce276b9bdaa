"""The agents of an episode while they decide: all in the worker, or each in a process of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from aigcbench.errors import one_line
from aigcbench.harness import channel as ch
from aigcbench.harness.channel import Channel
from aigcbench.observation import Context, Observation
from aigcbench.problems.problem import problem_named
from aigcbench.processes import die_with
from aigcbench.solver import Policy


class Agents:
    """Agents that decide in this process.

    Parameters
    ----------
    policies
        One for each agent, all reset.
    context
        What they were reset with.
    """

    def __init__(self, policies: Sequence[Policy], context: Context) -> None:
        self._policies = policies
        self._learns = type(policies[0]).feedback is not Policy.feedback
        vector = np.zeros(context.observation_length)
        self._memory = memoryview(vector).cast("B")  # type: ignore[arg-type]
        self._observation = Observation(vector, context.layout)
        self._dtype, self._shape = problem_named(context.formulation).action.dtype, context.action_shape
        self._is_index = self._shape == () and self._dtype == "int64"

    def learn(self, place: int, reward: float) -> None:
        """Tell an agent the reward of its last action, if it wants to know."""
        if self._learns:
            self._policies[place].feedback(reward)

    def answer(self, place: int, vector: bytes) -> bytes:
        """What an agent decides on an observation (float64), as it crosses to the supervisor."""
        self._memory[:] = vector
        chosen = self._policies[place].act(self._observation)
        return _index_bytes(chosen) if self._is_index else _array_bytes(chosen, self._dtype, self._shape)


class AgentsApart:
    """The same agents, each in a process forked after all were reset: one can tell another nothing that it has seen.

    Parameters
    ----------
    agents
        The agents to part.
    number
        How many they are.
    upwards
        This process's way to the supervisor, which the agents' processes close.
    """

    def __init__(self, agents: Agents, number: int, upwards: Channel) -> None:
        self._channels: list[Channel] = []
        myself = os.getpid()
        for place in range(number):
            ours, theirs = socket.socketpair()
            if os.fork() == 0:
                for foreign in (upwards, *self._channels, Channel(ours)):
                    foreign.close()
                _live(agents, place, Channel(theirs), myself)
            theirs.close()
            self._channels.append(Channel(ours))

    def learn(self, place: int, reward: float) -> None:
        """As `Agents.learn`."""
        self._channels[place].send(ch.STEP, ch.REWARD.pack(reward))

    def answer(self, place: int, vector: bytes) -> bytes:
        """As `Agents.answer`; `RuntimeError` where the agent raised."""
        self._channels[place].send(ch.FIRST, vector)
        kind, payload = self._channels[place].receive()
        if kind == ch.ERROR:
            raise RuntimeError(payload.decode(errors="replace"))
        return payload


def _live(agents: Agents, place: int, channel: Channel, parent: int) -> None:
    """The life of one agent in its process; never returns."""
    try:
        die_with(parent)
        while True:
            kind, payload = channel.receive()
            if kind == ch.STEP:
                agents.learn(place, ch.REWARD.unpack(payload)[0])
            else:
                channel.send(ch.ACTION, agents.answer(place, payload))
    except EOFError:
        pass
    except BaseException as error:
        channel.send(ch.ERROR, f"{type(error).__name__}: {one_line(error, 200)}".encode(errors="replace"))
    finally:
        os._exit(0)


def _index_bytes(chosen: Any) -> bytes:
    """An action that is one whole number; nothing is rounded, nothing is parsed."""
    try:
        return index(chosen).to_bytes(8, "little", signed=True)
    except (TypeError, OverflowError):
        raise TypeError(
            f"act returned {one_line(repr(chosen), 60)}, expected a whole number, the index of an action"
        ) from None


def _array_bytes(chosen: Any, dtype: str, shape: tuple[int, ...]) -> bytes:
    """An action that is an array of the declared shape, in the declared dtype."""
    answer = np.asarray(chosen)
    if answer.dtype.kind not in "iuf" or not np.can_cast(answer.dtype, dtype) or answer.shape != shape:
        raise TypeError(f"act returned dtype {answer.dtype}, shape {answer.shape}, expected {dtype}, {shape}")
    return answer.astype(dtype).tobytes()
