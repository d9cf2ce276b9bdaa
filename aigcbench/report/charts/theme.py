"""Colours and type of the charts: one Vega-Lite configuration for light pages, one for dark ones.

The background is transparent. The colours of ``category`` belong to solvers and are told apart by readers with any of the
common colour vision deficiencies; a line pattern repeats what they say. Those of ``ordinal`` belong to the information
classes, in their order.
"""

from __future__ import annotations

from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'

PICTURE_FONT = f'"Figure Sans", {FONT}'
"""Of picture files: a font that comes along (in ``fonts``), since those of a machine are not those of the next."""


def _configuration(ink: str, soft: str, rule: str, grid: str, solvers: list[str], classes: list[str]) -> dict[str, Any]:
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "range": {"category": solvers, "ordinal": classes},
        "title": {"color": ink, "subtitleColor": soft, "anchor": "start", "fontSize": 13, "subtitleFontSize": 11},
        "axis": {
            "labelColor": soft,
            "titleColor": soft,
            "titleFontWeight": "normal",
            "domainColor": rule,
            "tickColor": rule,
            "gridColor": grid,
        },
        "legend": {"labelColor": ink, "titleColor": soft, "labelLimit": 260, "symbolStrokeWidth": 2},
        "header": {"labelColor": ink, "titleColor": soft},
        "text": {"color": ink, "fontSize": 11},
        "rule": {"color": soft},
        "style": {"bound": {"color": soft}, "whisker": {"color": ink}},
    }


LIGHT = _configuration(
    ink="#1b1d21",
    soft="#5b6068",
    rule="#dedad3",
    grid="#ebe8e4",
    solvers=["#0072b2", "#d55e00", "#117733", "#aa3377", "#a07800", "#332288", "#3a93cc", "#6b6b6b"],
    classes=["#0f6b8c", "#96560a", "#6a48ad"],
)
DARK = _configuration(
    ink="#e9e7e2",
    soft="#a3a8b0",
    rule="#343941",
    grid="#272b31",
    solvers=["#56b4e9", "#ee8866", "#44bb99", "#ffaabb", "#eedd88", "#a99cff", "#bbcc33", "#bbbbbb"],
    classes=["#62bfdd", "#e3a850", "#b39cf0"],
)
