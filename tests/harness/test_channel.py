"""Frames: whole whatever the pieces, refused when too large, end-of-file when the other side is gone."""

import socket
import threading

import pytest

from aigcbench.harness.channel import HEADER, Channel, ProtocolError


@pytest.fixture
def ends():
    """A channel and the bare socket at its other end."""
    ours, theirs = socket.socketpair()
    yield Channel(ours), theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("cut", range(1, 14))
def test_frame_in_two_pieces(ends, cut):
    """A frame is whole wherever it was split."""
    channel, other = ends
    data = HEADER.pack(b"A", 5) + b"hello"
    other.sendall(data[:cut])
    threading.Timer(0.01, other.sendall, [data[cut:]]).start()
    assert channel.receive() == (b"A", b"hello")


def test_round_trip(ends):
    """What is sent arrives: empty, small, and larger than any socket buffer."""
    channel, other = ends
    far = Channel(other)
    for payload in (b"", b"x", bytes(range(256)) * 20_000):
        sender = threading.Thread(target=far.send, args=(b"D", payload))
        sender.start()
        assert channel.receive() == (b"D", payload)
        sender.join()


def test_two_frames_at_once(ends):
    """Frames that arrive together stay apart."""
    channel, other = ends
    other.sendall(HEADER.pack(b"A", 1) + b"1" + HEADER.pack(b"B", 0))
    assert [channel.receive(), channel.receive()] == [(b"A", b"1"), (b"B", b"")]


@pytest.mark.parametrize("size", [0, 4, 9, 12])
def test_end_of_file(ends, size):
    """The other side's end is end-of-file, in the middle of a frame too."""
    channel, other = ends
    other.sendall((HEADER.pack(b"A", 5) + b"hell")[:size])
    other.close()
    with pytest.raises(EOFError):
        channel.receive()


def test_reset(ends):
    """A connection that is reset is end-of-file."""
    channel, other = ends
    channel.send(b"J", b"never read")
    other.close()
    with pytest.raises(EOFError):
        channel.receive()


def test_too_large(ends):
    """A frame above the limit is refused before its content is read."""
    channel, other = ends
    other.sendall(HEADER.pack(b"D", 101))
    with pytest.raises(ProtocolError, match="a frame of 101 bytes"):
        channel.receive(100)


def test_unread(ends):
    """What lies unread is seen without being read."""
    channel, other = ends
    assert not channel.has_unread()
    other.sendall(HEADER.pack(b"A", 0))
    assert channel.has_unread()
    assert channel.receive() == (b"A", b"")
    other.close()
    assert not channel.has_unread()


def test_hang_up(ends):
    """Hanging up from another thread wakes the one that waits; what had arrived is still read."""
    channel, other = ends
    other.sendall(HEADER.pack(b"A", 0))
    threading.Timer(0.05, channel.hang_up).start()
    assert channel.receive() == (b"A", b"")
    with pytest.raises(EOFError):
        channel.receive()
