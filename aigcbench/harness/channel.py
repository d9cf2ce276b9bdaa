"""Frames over a socket between the supervisor and a worker: one letter of kind, a length, bytes. Nothing is ever unpickled."""

from __future__ import annotations

import contextlib
import socket
import struct

HEADER = struct.Struct("<cQ")
REWARD = struct.Struct("<d")  # of the last decision: all that the last frame of an episode holds
REQUEST = struct.Struct("<dq")  # that reward, and the agent who is asked now; the observation follows
MAXIMUM_FRAME = 8 * 1024**3

# Supervisor to worker
JOB, CONTEXT, FIRST, STEP, INSTANCE, TRAIN, WEIGHTS = b"J", b"C", b"F", b"S", b"I", b"T", b"G"
# Worker to supervisor
READY, STEPWISE, COMPILED, ACTION, INCUMBENT, DONE = b"R", b"W", b"X", b"A", b"N", b"D"
PROGRESS, TRAINED = b"O", b"P"
ERROR, INVALID = b"E", b"V"


class ProtocolError(Exception):
    """The other side sent what no frame looks like."""


class Channel:
    """One end of the conversation.

    Parameters
    ----------
    sock
        A connected stream socket, owned from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Send one frame; `OSError` when the other side is gone."""
        self._sock.sendall(HEADER.pack(kind, len(payload)) + payload)

    def receive(self, limit: int = MAXIMUM_FRAME) -> tuple[bytes, bytes]:
        """Wait for one frame of at most ``limit`` bytes; `EOFError` when the other side is gone."""
        head = self._exactly(HEADER.size)
        kind, length = HEADER.unpack(head)
        if length > limit:
            raise ProtocolError(f"a frame of {length} bytes")
        return kind, self._exactly(length) if length else b""

    def has_unread(self) -> bool:
        """Whether something lies here unread."""
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def hang_up(self) -> None:
        """End the conversation from another thread: whoever waits here gets `EOFError`."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

    def _exactly(self, size: int) -> bytes:
        """Read ``size`` bytes; memory grows only with what really arrives."""
        try:
            data = self._sock.recv(min(size, 1 << 20))
            if len(data) == size:
                return data
            if not data:
                raise EOFError
            parts, missing = [data], size - len(data)
            while missing:
                data = self._sock.recv(min(missing, 1 << 20))
                if not data:
                    raise EOFError
                parts.append(data)
                missing -= len(data)
        except ConnectionError:
            raise EOFError from None
        return b"".join(parts)
