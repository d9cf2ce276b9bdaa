"""Training curves: as CSV for whoever wants to plot them, and as a plain figure of the validation score."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from xml.sax.saxutils import escape

from aigcbench.checkpoint import Checkpoint
from aigcbench.instance import write_file

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 72, 16, 36, 48
FIRST_COLUMNS = ("environment_steps", "updates", "cpu_seconds", "validation")


def write_curve(checkpoint: Checkpoint, path: Path) -> None:
    """Write ``<path>.csv`` and ``<path>.svg``."""
    write_file(path.with_name(path.name + ".csv"), curve_csv(checkpoint).encode())
    write_file(path.with_name(path.name + ".svg"), curve_svg(checkpoint).encode())


def curve_csv(checkpoint: Checkpoint) -> str:
    """One row per point of the curve; empty where a point has no such number."""
    names = dict.fromkeys(name for point in checkpoint.curve for name in point)
    columns = [*FIRST_COLUMNS, *sorted(set(names) - set(FIRST_COLUMNS))]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(checkpoint.curve)
    return stream.getvalue()


def curve_svg(checkpoint: Checkpoint) -> str:
    """Validation score over CPU-seconds; a dot marks the best."""
    points = [(point["cpu_seconds"], point["validation"]) for point in checkpoint.curve if "validation" in point]
    if not points:
        points = [(checkpoint.spent.cpu_seconds, checkpoint.validation)]
    last, (low, high) = max(max(x for x, _ in points), 1e-9), _range([y for _, y in points])

    def across(seconds: float) -> float:
        return round(LEFT + seconds / last * (WIDTH - LEFT - RIGHT), 1)

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    training = checkpoint.training
    title = f"{training.label} on {training.task}, training seed {training.seed}"
    line = " ".join(f"{across(x)},{up(y)}" for x, y in points)
    best = max(points, key=lambda point: point[1])
    levels = [low + share * (high - low) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
        *[_level(value, up(value)) for value in levels],
        *[_moment(share * last, across(share * last)) for share in (0.0, 0.5, 1.0)],
        f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 10}" text-anchor="middle">CPU-seconds; vertical: validation score</text>',
        f'<polyline points="{line}" fill="none" stroke="#1f6f8b" stroke-width="2"/>',
        f'<circle cx="{across(best[0])}" cy="{up(best[1])}" r="4" fill="#1f6f8b"/>',
        "</svg>\n",
    ]
    return "\n".join(parts)


def _range(values: list[float]) -> tuple[float, float]:
    """The ends of the vertical axis."""
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _level(value: float, y: float) -> str:
    """A horizontal line with its score."""
    line = f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>'
    return f'{line}<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{_number(value)}</text>'


def _moment(seconds: float, x: float) -> str:
    """A number below the horizontal axis."""
    return f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_number(seconds)}</text>'


def _number(value: float) -> str:
    """A short number with four digits that count."""
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{min(digits, 4)}f}"
