"""Where an observation shows the task, the servers and what is offered on them: what an attention network reads as tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TokenLayout:
    """Entries of an observation vector by token.

    Parameters
    ----------
    task
        Entries that describe the current task, and the clock (int64, F).
    servers
        Entries of each server: its capacity and what is free of that (int64, E x 2).
    service_server
        The server of each service (int64, A); actions are services.
    """

    task: np.ndarray
    servers: np.ndarray
    service_server: np.ndarray
