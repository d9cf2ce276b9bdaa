"""A claim of a submission that does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from aigcbench.errors import one_line


@dataclass(frozen=True)
class Finding:
    """One refused claim.

    Parameters
    ----------
    claim
        What kind of claim it is: ``instance``, ``solver``, ``status``, ``score``, ``bound``, ``limits``, ``plan``,
        ``information`` or ``twice``.
    where, wrong, expected
        The row or file, what stands there, and what would be right.
    """

    claim: str
    where: str
    wrong: str
    expected: str

    def __str__(self) -> str:
        return one_line(f"{self.claim}: {self.where}: {self.wrong}; expected {self.expected}")
