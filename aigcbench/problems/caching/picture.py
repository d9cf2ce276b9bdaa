"""The picture of caching: what is asked for and what is cached in each frame, and who gets which share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigcbench.instance import Instance
from aigcbench.problems.picture import BINS, heat_map, stacked

FRAME = "frame"
CACHED_COLOUR = "#e4572e"
"""Read well on every colour of the heat map and on both grounds."""


def picture(instance: Instance, decisions: Mapping[str, np.ndarray] | None) -> Any:
    """Share of the requests of each frame by model; with decisions, dots at what is cached, and mean shares of every user."""
    request = instance["request"]
    n_frames, n_models = len(request), len(instance["model_storage"])
    starts = np.unique(np.linspace(0, n_frames, min(n_frames, BINS) + 1).astype(np.int64))
    first, sizes = starts[:-1], np.diff(starts)
    asked = np.stack([np.bincount(frame.ravel(), minlength=n_models) / max(frame.size, 1) for frame in request])
    edges = starts.astype(float)
    popular = heat_map(
        (100.0 * np.add.reduceat(asked, first) / sizes[:, None]).T, edges, "model", FRAME, "% of the requests"
    )
    if decisions is None:
        return stacked(popular)
    cached = np.add.reduceat(decisions["cache"], first) / sizes[:, None] >= 0.5
    panels = [_with_cache(popular, cached, edges)]
    for name, title in (("bandwidth", "mean % of the band"), ("steps", "mean % of the steps")):
        by_user = 100.0 * decisions[name].mean(axis=1)  # frames x users
        panels.append(heat_map((np.add.reduceat(by_user, first) / sizes[:, None]).T, edges, "user", FRAME, title))
    return stacked(*panels)


def _with_cache(popular: Any, cached: np.ndarray, edges: np.ndarray) -> Any:
    """Dots on the heat map where a model is cached (bool, groups of frames x models) for most of the time."""
    import altair as alt

    middle = ((edges[:-1] + edges[1:]) / 2).tolist()
    columns = [{"x": x, "r": np.flatnonzero(models).tolist(), "what": "cached"} for x, models in zip(middle, cached)]
    dots = (
        alt.Chart(alt.InlineData(values=columns))  # a list for each column: there may be thousands of dots
        .transform_flatten(["r"])
        .mark_point(filled=True, color=CACHED_COLOUR, size=60, opacity=1.0, stroke="white", strokeWidth=0.7)
        .encode(x="x:Q", y="r:O", tooltip=[alt.Tooltip("what:N", title="what"), alt.Tooltip("r:O", title="model")])
    )
    return alt.layer(popular, dots)
