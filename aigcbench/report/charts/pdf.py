"""One byte form for PDF files that show the same: writers number objects and list resources in any order."""

from __future__ import annotations

import re

REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
RESOURCES = re.compile(rb"(?:[ ]+/\w+ \d+ 0 R\n)+")
STREAM = b"\nstream\n"


def canonical(document: bytes) -> bytes:
    """Number the objects in the order in which they are mentioned, from the catalogue on, and sort named resources.

    Objects that say the same (states of the pen, mostly) become one.

    A document without a plain cross-reference table is given back as it is.

    Parameters
    ----------
    document
        A PDF file with every object uncompressed, but for the content of streams.
    """
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", document)
    table = document[int(start[1]) :] if start else b""
    trailer = re.search(rb"trailer\n(.*)\nstartxref", table, re.DOTALL)
    if trailer is None:
        return document
    offsets = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n", table)]
    bodies = {}
    ends = sorted([*offsets, document.rindex(b"xref\n0")])
    for offset in offsets:
        number, _, body = document[offset : ends[ends.index(offset) + 1]].partition(b" 0 obj\n")
        bodies[number] = _with_sorted_resources(body)
    first: dict[bytes, bytes] = {}
    same = {number: first.setdefault(body, number) for number, body in bodies.items()}
    bodies = {number: _renumbered(body, same) for number, body in bodies.items()}
    order = _mentioned(trailer[1], bodies)
    new = {number: str(place).encode() for place, number in enumerate(order, start=1)}

    written = document[: min(offsets)]
    places = []
    for number in order:
        places.append(len(written))
        written += new[number] + b" 0 obj\n" + _renumbered(bodies[number], new).rstrip() + b"\n\n"
    size = len(order) + 1
    entries = b"".join(b"%010d 00000 n\r\n" % place for place in places)
    ending = re.sub(rb"/Size \d+", b"/Size %d" % size, _renumbered(trailer[1], new))
    head = b"xref\n0 %d\n0000000000 65535 f\r\n" % size
    return written + head + entries + b"trailer\n" + ending + b"\nstartxref\n%d\n%%%%EOF" % len(written)


def _renumbered(body: bytes, numbers: dict[bytes, bytes]) -> bytes:
    """An object that refers to others by their new numbers."""
    head, stream, content = body.partition(STREAM)
    return REFERENCE.sub(lambda found: numbers[found[1]] + b" 0 R", head) + stream + content


def _with_sorted_resources(body: bytes) -> bytes:
    head, stream, content = body.partition(STREAM)
    return RESOURCES.sub(lambda run: b"".join(sorted(run[0].splitlines(keepends=True))), head) + stream + content


def _mentioned(trailer: bytes, bodies: dict[bytes, bytes]) -> list[bytes]:
    """Numbers of all objects that the trailer leads to, each where it is first mentioned."""
    order: list[bytes] = []
    waiting = [trailer]
    while waiting:
        head = waiting.pop(0).partition(STREAM)[0]
        for number in REFERENCE.findall(head):
            if number not in order:
                order.append(number)
                waiting.append(bodies[number])
    return order
