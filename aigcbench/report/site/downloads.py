"""Standings and result rows as files for machines: CSV, JSON, Parquet, and a LaTeX table for each scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import pandas as pd

from aigcbench.instance import write_file
from aigcbench.report.board import Board
from aigcbench.report.site import addresses
from aigcbench.report.site.latex import latex_table
from aigcbench.report.site.sections import Section

STANDINGS_FILES = {"CSV": "data/standings.csv", "JSON": "data/standings.json", "Parquet": "data/standings.parquet"}
RESULTS_FILES = {"JSON (gzip)": "data/results.json.gz", "Parquet": "data/results.parquet"}
"""What pages offer, by the name of the format. Runs are many and alike: packed they take a sixth."""
JSON_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY


def write_downloads(
    out_dir: Path, boards: Sequence[Board], sections: Sequence[Section], results: pd.DataFrame, meta: Mapping[str, str]
) -> None:
    """Write everything that the pages offer for download, but the figures.

    All standings and all rows lie at one place; of each scenario there are its rows as CSV, without the columns of other
    formulations, and its standings as LaTeX.
    """
    standings = standings_table(boards)
    document = {"meta": dict(meta), "boards": boards}
    write_file(out_dir / STANDINGS_FILES["CSV"], _csv(standings))
    write_file(out_dir / STANDINGS_FILES["JSON"], orjson.dumps(document, option=JSON_OPTIONS))
    _write_parquet(standings, out_dir / STANDINGS_FILES["Parquet"])
    rows = results.sort_values(["scenario", "instance", "label", "training_seed", "seed", "key"], kind="stable")
    _write_parquet(rows, out_dir / RESULTS_FILES["Parquet"])
    rows = rows.drop(columns="key")  # a fifth of a packed row, which scenario, instance, label and seeds tell as well
    write_file(out_dir / RESULTS_FILES["JSON (gzip)"], columns_and_rows(rows))
    for scenario, own in rows.groupby("scenario", sort=True):
        write_file(out_dir / addresses.data_file(str(scenario), "csv.gz"), _csv(own.dropna(axis="columns", how="all")))
    for scenario in dict.fromkeys(section.head.scenario for section in sections):
        tables = [latex_table(section) for section in sections if section.head.scenario == scenario]
        write_file(out_dir / addresses.data_file(scenario, "tex"), "\n".join(tables).encode())


def standings_table(boards: Sequence[Board]) -> pd.DataFrame:
    """All standings as one flat table, one row each; an estimate takes three columns, of which two end in ``_low`` and ``_high``."""
    rows = []
    for board in boards:
        place = {name: getattr(board, name) for name in ("formulation", "scenario", "information")}
        place |= {name: getattr(board, name) for name in ("wall_limit_s", "memory_limit_mb", "threads")}
        for standing in board.standings:
            row: dict[str, object] = {"primary_metric": board.headline.primary.name}
            for name, value in vars(standing).items():
                row |= _flat(name, value)
            rows.append(place | row | {"bound": board.bound, "reference": board.reference})
    return pd.DataFrame(rows)


def columns_and_rows(table: pd.DataFrame) -> bytes:
    """A table as JSON that ``pandas.read_json(orient="split")`` reads; unknown values are null."""
    columns = [table[name].astype(object).where(table[name].notna(), None).tolist() for name in table]
    document = {"columns": list(table.columns), "data": list(zip(*columns))}
    return orjson.dumps(document, option=JSON_OPTIONS)


def _flat(name: str, value: object) -> dict[str, object]:
    """A field of a standing as one or several columns."""
    if hasattr(value, "low"):
        return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {name: ", ".join(f"{n} {status}" for status, n in value.items())}
    return {name: value}


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()
