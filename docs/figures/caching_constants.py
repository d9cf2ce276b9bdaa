"""Draws docs/images/caching-constants.svg: what the constants of `caching/paper` do. Run from anywhere, takes seconds."""

import itertools
from pathlib import Path

import numpy as np

from aigcbench.problems.caching.slot.solver import MAXIMUM_NODES, solve_frame
from aigcbench.problems.caching.slot.terms import Terms, terms_of
from aigcbench.problems.caching.slot.upload import upload_time
from aigcbench.scenario import scenario_named

TARGET = Path(__file__).parents[1] / "images" / "caching-constants.svg"
HEIGHT, TOP, BOTTOM = 330, 40, 285
MODELS_LEFT, MODELS_RIGHT, LONGEST = 60, 370, 110.0  # px, px, s
CACHES_LEFT, CACHES_RIGHT = 450, 740  # px
BLUE, ORANGE, GREY, RED = "#2266aa", "#dd7711", "#777777", "#cc2222"


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#222222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def dot(x: float, y: float, colour: str, radius: float = 4.5) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'


def draw_models(terms: Terms) -> list[str]:
    """Delay of a mean request on an equal share of the band: at the edge without and with A3 steps, and from the cloud."""
    users = terms.request.shape[2]
    uploads = [upload_time(limit, snr, 1.0 / users) for limit, snr in zip(terms.limit.flat, terms.snr.flat)]
    air, backhaul = float(np.mean(uploads) + terms.download.mean()), float(terms.backhaul.mean())

    def place(seconds: float) -> float:
        return MODELS_LEFT + (MODELS_RIGHT - MODELS_LEFT) * seconds / LONGEST

    parts = [text(MODELS_LEFT, 20, "Delay by model (s), deadline in red")]
    parts += [text(place(tick), BOTTOM + 18, str(tick), "middle") for tick in range(0, 101, 20)]
    parts.append(line(place(terms.deadline), TOP - 8, place(terms.deadline), BOTTOM, RED, 1.5))
    for model, (_, _, steps, _, step_time, start) in enumerate(terms.models):
        y = TOP + (BOTTOM - TOP) * (model + 0.5) / len(terms.models)
        none, full = air + start, air + start + step_time * steps
        parts += [
            text(MODELS_LEFT - 8, y + 4, f"{model}", "end"),
            line(place(none), y, place(full + backhaul), y, GREY),
        ]
        parts += [dot(place(full + backhaul), y, GREY), dot(place(full), y, ORANGE, 3), dot(place(none), y, BLUE)]
    names = ((BLUE, "edge, no step"), (ORANGE, "edge, A3 steps"), (GREY, "cloud"))
    return parts + [
        text(MODELS_LEFT + 110 * i, HEIGHT - 8, f"● {name}", "start", c) for i, (c, name) in enumerate(names)
    ]


def draw_caches(terms: Terms, storage: np.ndarray, capacity: float) -> list[str]:
    """Cost against hit ratio of every cache of the first frame, every slot at its optimum."""
    _, slots, users = terms.request.shape
    caches = np.array(list(itertools.product([0, 1], repeat=len(storage))), np.int64)
    caches = caches[caches @ storage <= capacity]
    shares = np.empty((slots, users)), np.empty((slots, users))
    cost = np.array([solve_frame(terms, 0, cache, MAXIMUM_NODES, *shares)[0] / slots for cache in caches])
    hits = np.array([cache[terms.request[0]].mean() for cache in caches])
    low, high, most = np.floor(cost.min() / 5) * 5, np.ceil(cost.max() / 5) * 5, np.ceil(hits.max() * 10) / 10

    def place(index: int) -> tuple[float, float]:
        x = CACHES_LEFT + (CACHES_RIGHT - CACHES_LEFT) * hits[index] / most
        return x, BOTTOM - (BOTTOM - TOP) * (cost[index] - low) / (high - low)

    best, hit = int(cost.argmin()), int(np.lexsort((cost, -hits))[0])
    parts = [text(CACHES_LEFT, 20, f"Cost of the {len(caches)} caches of a frame, by hit ratio")]
    parts += [dot(*place(index), GREY, 1.5) for index in range(len(caches))]
    parts += [dot(*place(best), BLUE), dot(*place(hit), ORANGE)]
    for share in np.arange(0, most + 0.01, 0.2):
        x = CACHES_LEFT + (CACHES_RIGHT - CACHES_LEFT) * share / most
        parts.append(text(x, BOTTOM + 18, f"{share:.1f}", "middle"))
    for level in np.arange(low, high + 1, 5):
        parts.append(
            text(CACHES_LEFT - 12, BOTTOM - (BOTTOM - TOP) * (level - low) / (high - low) + 4, f"{level:.0f}", "end")
        )
    parts.append(text(CACHES_LEFT, HEIGHT - 8, f"● best {cost[best]:.1f}", "start", BLUE))
    return [*parts, text(CACHES_LEFT + 110, HEIGHT - 8, f"● most hits {cost[hit]:.1f}", "start", ORANGE)]


def main() -> None:
    """Write the figure."""
    instance = scenario_named("caching/paper").instance(0)
    terms = terms_of(instance)
    parts = draw_models(terms) + draw_caches(terms, instance["model_storage"], float(instance.parameters["storage_gb"]))
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {HEIGHT}" font-family="sans-serif" font-size="12">'
    )
    background = f'<rect width="760" height="{HEIGHT}" fill="white"/>'
    TARGET.write_text("\n".join([frame, background, *parts, "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
