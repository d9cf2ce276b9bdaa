"""A moment by which to be done."""

from __future__ import annotations

import time


class Deadline:
    """Counts down from its creation.

    Parameters
    ----------
    seconds
        Wall time from now, s.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.left == 0.0
