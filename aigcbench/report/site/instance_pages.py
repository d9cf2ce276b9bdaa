"""The page of an instance: what is known about it, and every solver's score on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aigcbench.report import formats
from aigcbench.report.columns import metric_title
from aigcbench.report.site.rendering import Renderer
from aigcbench.report.site.runs import InstanceFacts
from aigcbench.report.site.schedules import Schedules


def instance_pages(
    renderer: Renderer, instances: Sequence[InstanceFacts], addresses: Mapping[str, str], schedules: Schedules | None
) -> Iterator[tuple[str, str]]:
    """Address and HTML of every instance's page.

    Parameters
    ----------
    addresses
        Of the pages, by the sha256 of their instance.
    schedules
        Draws the best decisions on each.
    """
    for number, instance in enumerate(instances):
        neighbours = [instances[n] if 0 <= n < len(instances) else None for n in (number - 1, number + 1)]
        before, after = (
            addresses[other.sha256] if other and other.scenario == instance.scenario else "" for other in neighbours
        )
        page = addresses[instance.sha256]
        best = instance.best
        yield (
            page,
            renderer.render(
                "instance.html",
                page,
                instance=instance,
                schedule=schedules.specification(instance.sha256, best.key) if schedules and best else None,
                before=before,
                after=after,
                metric=metric_title(instance.headline.primary),
                up=instance.headline.primary.direction == "up",
                decimals=formats.decimals_for([instance.bound, *(run.score for run in instance.runs)]),
                delay_decimals=formats.decimals_for(run.delay for run in instance.runs),
            ),
        )
