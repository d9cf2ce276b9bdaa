"""Standings and rows as files."""

import gzip
import json

import pandas as pd

from aigcbench.report.leaderboard import boards_of
from aigcbench.report.site.downloads import standings_table
from aigcbench.report.site.latex import escape, latex_table
from aigcbench.report.site.sections import sections_of


def test_every_standing_is_in_every_format(site):
    """CSV, Parquet and JSON hold the same; what is unknown is empty or null."""
    flat = pd.read_csv(site / "data/standings.csv")
    same = pd.read_parquet(site / "data/standings.parquet")
    boards = json.loads((site / "data/standings.json").read_text())["boards"]
    assert len(flat) == len(same) == sum(len(board["standings"]) for board in boards) == 7
    best = boards[0]["standings"][0]
    assert (flat["label"][0], flat["primary"][0]) == (best["label"], best["primary"]["value"])
    assert flat["primary_low"][0] == same["primary_low"][0] == best["primary"]["low"]
    assert boards[2]["standings"][0]["decision_p50_s"] is None


def test_every_row_is_in_every_format(site, realistic):
    """The runs come back with all their columns."""
    split = json.loads(gzip.decompress((site / "data/results.json.gz").read_bytes()))
    for table in (
        pd.read_parquet(site / "data/results.parquet"),
        pd.DataFrame(split["data"], columns=split["columns"]),
    ):
        assert set(realistic.columns) - {"key"} <= set(table.columns)
        assert sorted(zip(table["instance"], table["label"])) == sorted(zip(realistic["instance"], realistic["label"]))


def test_a_scenario_has_its_rows(site, realistic):
    """All rows of a scenario come back, with all columns that hold anything."""
    table = pd.read_csv(site / "data/assignment/asp-paper.csv.gz")
    assert set(realistic.dropna(axis="columns", how="all").columns) - {"key"} <= set(table.columns)
    assert sorted(zip(table["instance"], table["label"])) == sorted(zip(realistic["instance"], realistic["label"]))


def test_standings_hold_plain_values(realistic):
    """No nested value is left in the flat table."""
    table = standings_table(boards_of(realistic))
    assert {type(value) for name in table for value in table[name]} <= {str, int, float, bool, type(None)} | {
        type(value) for value in table.select_dtypes("number").to_numpy().ravel()
    }


def test_latex_is_escaped_and_whole(realistic):
    """Hostile names are set letter by letter, every row has as many cells, leaders are bold."""
    (section,) = sections_of(boards_of(realistic))
    text = latex_table(section)
    rows = [line for line in text.splitlines() if line.endswith(r" \\") and "multicolumn" not in line]
    assert len(rows) == 1 + sum(len(board.standings) for board in section.boards)
    assert len({row.replace(r"\&", "").count("&") for row in rows}) == 1
    assert r"\textless{}script\textgreater{}alert(1)" in text
    assert r"\textbf{milp[backend=cbc]}" in text
    assert text.count(r"\begin") == text.count(r"\end") == 2


def test_latex_letters():
    """Every letter that LaTeX takes for a command is told not to be one."""
    assert escape(r"a_b & 5 % \x{} ~^") == r"a\_b \& 5 \% \textbackslash{}x\{\} \textasciitilde{}\textasciicircum{}"
