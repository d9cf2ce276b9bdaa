"""A conversation with one worker under the eyes of a watchdog, and the reason when it ends without an answer."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aigcbench.card import SolverCard
from aigcbench.harness import channel as ch
from aigcbench.harness.cell import Status
from aigcbench.harness.channel import Channel, ProtocolError
from aigcbench.harness.nursery import START_SECONDS, Nursery
from aigcbench.harness.watchdog import Watchdog
from aigcbench.solver import Limits

T = TypeVar("T")
EXIT_SECONDS = 1.0  # for a worker that has hung up to end by itself, so that its exit code can say why


def solver_job(card: SolverCard, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a worker is told of a solver."""
    return {
        "location": card.location,
        "class_name": card.class_name,
        "source_sha256": card.source_sha256,
        "parameters": dict(parameters),
    }


class Failure(Exception):
    """A worker that gave no answer: its status and detail."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Conversation:
    """One worker from its start to its burial.

    Parameters
    ----------
    nursery
        Where the worker is forked.
    limits
        What the watchdog holds it to.
    largest_frame
        Bytes that one frame of the worker may have.
    """

    def __init__(self, nursery: Nursery, limits: Limits, largest_frame: int) -> None:
        self._nursery, self._limits, self._largest_frame = nursery, limits, largest_frame
        self.channel: Channel
        self.watchdog: Watchdog
        self.done_at = 0.0

    def hold(self, talk: Callable[[], T]) -> T:
        """Start the worker, let ``talk`` get its answer through `channel`, and bury it; `Failure` where none came."""
        failure, patience, answers = None, 0.0, []
        self.channel = self._nursery.spawn()
        self.watchdog = Watchdog(self._nursery, self.channel, self._limits, START_SECONDS)
        self.watchdog.start()
        try:
            answers.append(talk())
        except Failure as caught:
            failure = caught
        except (EOFError, OSError):
            patience = EXIT_SECONDS  # the worker is gone: the watchdog or the exit code says why
        except ProtocolError as error:
            failure = Failure(Status.ERROR, f"the solver's process sent {error}")
        finally:
            self.done_at = self.done_at or self.watchdog.verdict_at or time.monotonic()
            self.watchdog.disarm()
            self.channel.close()
            exit_code = self._nursery.bury(patience)
            self.watchdog.count_worker()
        if answers and not self.watchdog.verdict:
            return answers[0]
        raise self._reason(failure, exit_code)

    def settle(self, now: float) -> None:
        """The answer has come; `EOFError` if a limit was passed before."""
        if not self.watchdog.settle():
            raise EOFError
        self.done_at = now

    def expect(self, *kinds: bytes) -> tuple[bytes, bytes]:
        """The next frame, which must be of one of these kinds."""
        kind, payload = self.channel.receive(self._largest_frame)
        if kind in (ch.ERROR, ch.INVALID):
            self.settle(time.monotonic())
            raise Failure(Status.ERROR if kind == ch.ERROR else Status.INVALID, payload.decode(errors="replace"))
        if kind not in kinds:
            raise ProtocolError(f"an unexpected frame {kind!r}")
        return kind, payload

    def _reason(self, failure: Failure | None, exit_code: int | None) -> Failure:
        """Why there is no answer: a limit first, then what the worker said, then how it died."""
        if self.watchdog.verdict:
            return Failure(*self.watchdog.verdict)
        if failure:
            return failure
        if exit_code is None:
            return Failure(Status.ERROR, "the solver's process closed its connection to the benchmark")
        if exit_code < 0:
            return Failure(Status.CRASH, _signal_name(-exit_code))
        return Failure(Status.ERROR, f"the solver's process ended by itself with exit code {exit_code}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
