"""The files that all pages share: style, behaviour, and the library that draws charts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aigcbench.instance import write_file
from aigcbench.report.charts import theme
from aigcbench.report.site.rendering import HERE

CHART_LIBRARY = "assets/vega.js"
THEMES = {"light": theme.LIGHT, "dark": theme.DARK}


def write_assets(out_dir: Path, charts: bool) -> None:
    """Write the folder ``assets``; the library for charts (Vega, Vega-Lite, Vega-Embed and our colours in one file) only where there are any."""
    for path in sorted((HERE / "assets").iterdir()):
        write_file(out_dir / "assets" / path.name, path.read_bytes())
    if charts:
        write_file(out_dir / CHART_LIBRARY, _chart_library())


@cache
def _chart_library() -> bytes:
    import vl_convert

    themes = f"window.chartThemes = {json.dumps(THEMES)};"
    return vl_convert.javascript_bundle(f"window.vegaEmbed = vegaEmbed; {themes}").encode()
