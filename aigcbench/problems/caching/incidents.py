"""Requests that missed their slot: which, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.caching.checker import delays
from aigcbench.problems.incident import Incident


def incidents(instance: Instance, decisions: Mapping[str, np.ndarray]) -> list[Incident]:
    """The request that was served latest of those that took longer than a slot."""
    delay, slot_s = delays(instance, decisions), float(instance.parameters["slot_s"])
    missed = int(np.sum(delay > slot_s))
    if not missed:
        return []
    frame, slot, user = (int(index) for index in np.unravel_index(int(delay.argmax()), delay.shape))
    model = int(instance["request"][frame, slot, user])
    where = f"user {user} in frame {frame}, slot {slot}"
    amount = f"{delay[frame, slot, user]:.3g} s taken, {slot_s:.3g} s allowed; model {model} was "
    amount += "cached" if decisions["cache"][frame, model] else "not cached"
    return [Incident("slot length", missed, where, amount)]
