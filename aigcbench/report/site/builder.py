"""Writes the whole site."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from aigcbench.instance import write_file
from aigcbench.problems.problem import problem_named
from aigcbench.report import columns, statistics
from aigcbench.report.leaderboard import boards_of
from aigcbench.report.site import addresses
from aigcbench.report.site.assets import write_assets
from aigcbench.report.site.charts import charts_of, write_chart
from aigcbench.report.site.content import SiteContent
from aigcbench.report.site.downloads import write_downloads
from aigcbench.report.site.instance_pages import instance_pages
from aigcbench.report.site.overview import overview_page
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.reproduction_page import PAGE as REPRODUCTION
from aigcbench.report.site.reproduction_page import reproduction_page
from aigcbench.report.site.runs import instances_of
from aigcbench.report.site.scenario_pages import scenario_page
from aigcbench.report.site.sections import sections_of
from aigcbench.report.site.solver_pages import solver_pages
from aigcbench.solver import FAMILIES


def write_site(content: SiteContent, out_dir: Path) -> Path:
    """Write the site into a folder, made if it is missing, and return the address of its first page.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    boards = boards_of(content.results, content.incumbents)
    sections = sections_of(boards)
    instances = instances_of(content.results, content.best_known, content.verified)
    pages = addresses.instance_pages((instance.scenario, instance.name, instance.sha256) for instance in instances)
    renderer = Renderer(content.meta)

    def write(page: str, html: str) -> None:
        write_file(out_dir / page, html.encode())

    any_charts = False
    for scenario, members in groupby(sections, key=lambda section: section.head.scenario):
        own = list(members)
        charts = list(charts_of(own, content.results, content.incumbents))
        for chart in charts:
            write_chart(chart, out_dir)
        any_charts = any_charts or bool(charts)
        on_it = [instance for instance in instances if instance.scenario == scenario]
        write(own[0].page, scenario_page(renderer, content, own, on_it, charts, pages))
    for page, html in solver_pages(renderer, content, sections, instances, pages):
        write(page, html)
    for page, html in instance_pages(renderer, instances, pages, content.schedules):
        write(page, html)
    method = renderer.render(
        "method.html",
        "method.html",
        classes=columns.CLASSES,
        families=FAMILIES,
        legend=columns.legend_of(boards),
        alpha=statistics.ALPHA,
        formulations={name: problem_named(name) for name in sorted({board.formulation for board in boards})},
    )
    write("method.html", method)
    write(REPRODUCTION, reproduction_page(renderer, content))
    write("index.html", overview_page(renderer, content, sections, pages))
    write_assets(out_dir, any_charts or content.schedules is not None)
    write_downloads(out_dir, boards, sections, content.results, content.meta)
    return out_dir / "index.html"
