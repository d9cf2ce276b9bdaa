"""Show the best known scores and proven bounds of the frozen instances, or offer a store's decisions for them.

The checker scores every offer anew; it replaces an entry of best_known.csv only if it is better. For bounds see
'aigcbench bounds frozen --update'.

Example:
  aigcbench best-known
  aigcbench run frozen --store frozen.sqlite
  aigcbench best-known --from-store frozen.sqlite --bounds leaderboard/bounds.csv
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.best_known import BestKnown, Record
from aigcbench.cli.arguments import add_json, print_json
from aigcbench.decisions import DecisionsFile
from aigcbench.errors import InputError, InvalidDecisions

if TYPE_CHECKING:
    import numpy as np


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--from-store", metavar="FILE", help="offer the decisions of this store first")
    parser.add_argument(
        "--bounds", metavar="FILE", help="exchange bounds with this table (bounds.csv): the tighter goes into both"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Offer, then show."""
    from aigcbench.frozen import frozen_instances, instances_folder
    from aigcbench.submissions.bounds import exchange_bounds

    best_known = BestKnown(instances_folder())
    offers = _harvest(best_known, options.from_store) if options.from_store else Counter()
    exchanged = exchange_bounds(Path(options.bounds), best_known, frozen_instances()) if options.bounds else None
    records = sorted(best_known.load().values(), key=lambda record: record.instance)
    if options.json:
        found = {"offers": offers, "best_known": [_to_json(record) for record in records]}
        print_json(found if exchanged is None else found | {"exchanged": exchanged})
        return 0
    for record in records:
        bound = f"{record.bound.value:12.4f}  gap {record.gap:8.3%}" if record.bound else "    no bound"
        print(f"{record.instance:<36} {record.utility:12.4f} {bound}  {record.status:<6} {record.solver}")
    if options.from_store:
        print(", ".join(f"{count} {what}" for what, count in offers.items()) or "no decisions in the store")
    if exchanged is not None:
        print(f"{exchanged} bounds became tighter, here or in {options.bounds}")
    return 0


def _to_json(record: Record) -> dict[str, Any]:
    """The row with its numbers as numbers."""
    bound = record.bound.value if record.bound else None
    return record.to_row() | {"utility": record.utility, "bound": bound, "gap": record.gap}


def _harvest(best_known: BestKnown, path: str) -> Counter[str]:
    """Offer every row's decisions; count how many are better, not better, illegal, or not for a frozen instance."""
    from aigcbench.frozen import frozen_instances
    from aigcbench.harness.store import Store

    frozen = {instance.sha256: instance for instance in frozen_instances()}
    counts: Counter[str] = Counter()
    with Store(path, must_exist=True) as store:
        runs = store.results().set_index("key").to_dict("index")
        for key, _, sha256, _, decisions in store.decided():
            if sha256 not in frozen or not decisions:
                counts["without decisions for a frozen instance"] += 1
                continue
            file, how = _offer_of(runs[key], decisions, f"{path}: row {key[:12]}")
            try:
                counts["better" if best_known.offer(frozen[sha256], file, how) else "not better"] += 1
            except InvalidDecisions:
                counts["illegal"] += 1
    return counts


def _offer_of(run: Mapping[Any, Any], decisions: Mapping[str, np.ndarray], where: str) -> tuple[DecisionsFile, str]:
    """A row's decisions with their origin, and how they were found, in words."""
    try:
        parameters = dict(json.loads(run["parameters"]))
        seed, seconds, threads = int(run["seed"]), float(run["wall_limit_s"]), int(run["threads"])
    except (ValueError, TypeError) as error:
        raise InputError(where, f"parameters or limits are unreadable ({error})", "a row of a run") from None
    how = ", ".join(f"{name}={value}" for name, value in parameters.items())
    how += f"{', ' if how else ''}seed {seed}, {seconds:g} s, {threads} thread{'' if threads == 1 else 's'}"
    return DecisionsFile(run["instance_sha256"], str(run["solver"]), parameters, seed, decisions), how
