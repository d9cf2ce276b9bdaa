"""What goes wrong in legal decisions: crashes, blocked requests, missed deadlines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Incident:
    """One kind of trouble on an instance, with its worst case.

    Parameters
    ----------
    constraint
        What could not be kept, e.g. ``server capacity``.
    count
        How many requests ran into it.
    where
        The worst of them and its place, e.g. ``task 412 on server 3``.
    amount
        By how much, and what it cost.
    """

    constraint: str
    count: int
    where: str
    amount: str
