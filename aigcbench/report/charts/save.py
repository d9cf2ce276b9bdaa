"""A figure as a picture file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.errors import InputError
from aigcbench.instance import write_file
from aigcbench.report.charts import pdf, theme
from aigcbench.report.charts.figure import Figure

if TYPE_CHECKING:
    import altair

PIXELS_PER_INCH = 144
ENDINGS = (".svg", ".png", ".pdf", ".html")


def save(figure: Figure, path: Path, config: Mapping[str, Any] = theme.LIGHT) -> None:
    """Write a figure as a file, as `save_chart` does."""
    save_chart(figure.chart, path, config)


def save_chart(chart: altair.TopLevelMixin, path: Path, config: Mapping[str, Any] = theme.LIGHT) -> None:
    """Write a chart as SVG, PNG, PDF or HTML, by the path's ending; nothing is loaded from the network, then or later.

    Parameters
    ----------
    config
        One of `theme`; pictures have a white ground with `theme.LIGHT`, since paper and viewers differ, else none.

    Raises
    ------
    InputError
        For another ending.
    """
    import altair
    import vl_convert

    specification: Any = chart.to_dict(validate=False)
    version = altair.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    _register_fonts()
    settings = {**config, "font": theme.PICTURE_FONT}
    if config is theme.LIGHT:
        settings["background"] = "white"
    offline: list[str] = []
    match path.suffix:
        case ".svg":
            svg = vl_convert.vegalite_to_svg(specification, version, settings, allowed_base_urls=offline)
            content = svg.encode()
        case ".png":
            content = vl_convert.vegalite_to_png(
                specification, version, ppi=PIXELS_PER_INCH, config=settings, allowed_base_urls=offline
            )
        case ".pdf":
            seen = without_invisible_points(specification)
            written = vl_convert.vegalite_to_pdf(seen, version, config=settings, allowed_base_urls=offline)
            content = pdf.canonical(written)
        case ".html":
            html = vl_convert.vegalite_to_html(specification, version, bundle=True, config=settings, renderer="svg")
            content = html.encode()
        case suffix:
            raise InputError(
                str(path), f"no such kind of picture ({suffix or 'no ending'})", f"one of {', '.join(ENDINGS)}"
            )
    write_file(path, content)


@cache
def _register_fonts() -> None:
    """Make the font known that comes along: pictures are the same whatever fonts a machine has."""
    import vl_convert

    vl_convert.register_font_directory(str(Path(__file__).parent / "fonts"))


def without_invisible_points(specification: Any) -> Any:
    """A specification without the points that are there for the pointer only, and take most of a file."""
    if isinstance(specification, dict):
        point = specification.get("point")
        kept = {k: v for k, v in specification.items() if k != "point"} if _is_invisible(point) else specification
        return {key: without_invisible_points(value) for key, value in kept.items()}
    if isinstance(specification, list):
        return [without_invisible_points(value) for value in specification]
    return specification


def _is_invisible(point: Any) -> bool:
    return isinstance(point, dict) and point.get("fillOpacity") == point.get("strokeOpacity") == 0.0
