"""A submission as it was read from its folder: sound in form, and not yet believed in anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import numpy as np

from aigcbench.errors import InputError
from aigcbench.submissions.archive import MAXIMUM_FILE_BYTES, Unpacker, n_bytes
from aigcbench.submissions.folder import METADATA, ROWS, SubmissionFolder, decisions_place
from aigcbench.submissions.metadata import Metadata
from aigcbench.submissions.row import Row, rows_from_bytes

Decided: TypeAlias = tuple[Row, dict[str, np.ndarray] | None]
"""A row with its decisions, None where it has none."""


@dataclass(frozen=True)
class Submission:
    """A submission.

    Parameters
    ----------
    folder, metadata, rows
        Its files, what it says of itself, and its claims in order.
    """

    folder: SubmissionFolder
    metadata: Metadata
    rows: list[Row]

    @classmethod
    def load(cls, path: Path) -> Submission:
        """Read a folder of which nothing is known; `InputError` for anything that is not a sound submission."""
        folder = SubmissionFolder(path)
        metadata = Metadata.from_bytes(folder.read(METADATA), f"{path}/{METADATA}")
        if metadata.name != folder.name:
            raise InputError(f"{path}/{METADATA}: name", repr(metadata.name), f"{folder.name!r}, as its folder")
        submission = cls(folder, metadata, rows_from_bytes(folder.read(ROWS), f"{path}/{ROWS}"))
        submission._refuse_loose_ends()
        return submission

    def _refuse_loose_ends(self) -> None:
        """Raise `InputError` where rows and the other files do not belong together."""
        where = f"{self.folder.path}/{ROWS}"
        for row in self.rows:
            if row["environment"] >= len(self.metadata.environments):
                raise InputError(f"{where}: environment", str(row["environment"]), "one of the metadata's environments")
        wanted = {decisions_place(row["scenario"]) for row in self.rows if row["decisions"] is not None}
        given = {place for place in self.folder.files if place.startswith("decisions/")}
        if wanted != given:
            raise InputError(
                f"{self.folder.path}/{min(wanted ^ given)}", "missing, or of no row", "a file for each scenario"
            )

    def decided(self) -> Iterator[Decided]:
        """Every row with its decisions, unpacked one row at a time."""
        for scenario, group in groupby(self.rows, key=lambda row: str(row["scenario"])):
            rows = list(group)
            sizes = [n_bytes(row["decisions"]) for row in rows if row["decisions"] is not None]
            if not sizes:
                yield from ((row, None) for row in rows)
                continue
            place = decisions_place(scenario)
            where = f"{self.folder.path}/{place}"
            if sum(sizes) > MAXIMUM_FILE_BYTES:
                raise InputError(where, f"{sum(sizes)} bytes unpacked", f"at most {MAXIMUM_FILE_BYTES}")
            unpacker = Unpacker(self.folder.read(place), where)
            for row in rows:
                yield row, None if row["decisions"] is None else unpacker.row(row["decisions"])
            unpacker.end()
