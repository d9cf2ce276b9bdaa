"""A submission's folder, read as what a stranger has sent: known places, plain files, bounded sizes, no links."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from aigcbench.errors import InputError, one_line
from aigcbench.submissions.text import SLUG, matching

MEGABYTE = 1_000_000
MAXIMUM_ENTRIES = 2000
MAXIMUM_BYTES = 100 * MEGABYTE
METADATA, ROWS = "submission.json", "rows.jsonl"
PLACES = (
    (re.compile(re.escape(METADATA)), MEGABYTE),
    (re.compile(re.escape(ROWS)), 40 * MEGABYTE),
    (re.compile(r"README\.md"), MEGABYTE),
    (re.compile(r"decisions/[a-z0-9-]{1,40}/[a-z0-9-]{1,60}\.xz"), 40 * MEGABYTE),
    (re.compile(r"solvers/[a-z][a-z0-9_]{0,59}\.py"), MEGABYTE),
    (
        re.compile(r"checkpoints/[a-z0-9-]{1,40}/[a-z0-9-]{1,60}/[A-Za-z0-9_=,.-]{1,150}\.(json|safetensors)"),
        40 * MEGABYTE,
    ),
)
"""Every place that a file may have, with its largest size in bytes."""
EXPECTED = f"{METADATA}, {ROWS}, README.md, decisions/*/*.xz, solvers/*.py, checkpoints/*/*/*"


def decisions_place(scenario: str) -> str:
    """Where the decisions on a scenario's instances lie."""
    return f"decisions/{scenario}.xz"


class SubmissionFolder:
    """The files of a submission.

    Parameters
    ----------
    path
        The folder, whose name is the submission's. Raises `InputError` for anything in it that does not belong there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = matching(
            SLUG, path.absolute().name, str(path), "a folder named in lower case letters, digits and dashes"
        )
        if path.is_symlink() or not path.is_dir():
            raise InputError(str(path), "no folder" if not path.is_symlink() else "a link", "a submission's folder")
        self.files = frozenset(self._files())
        for place in (METADATA, ROWS):
            if place not in self.files:
                raise InputError(str(path), f"no {place}", "a folder that 'aigcbench submit' wrote")

    def _files(self) -> list[str]:
        """Places of all files, each of which has been looked at."""
        found: list[str] = []
        todo, entries, total = [(self.path, "")], 0, 0
        while todo:
            folder, prefix = todo.pop()
            with os.scandir(folder) as listing:
                for entry in listing:
                    place = prefix + entry.name
                    entries += 1
                    if entries > MAXIMUM_ENTRIES:
                        raise InputError(str(self.path), "too many files", f"at most {MAXIMUM_ENTRIES}")
                    if entry.is_dir(follow_symlinks=False) and place.count("/") < 3:
                        todo.append((folder / entry.name, f"{place}/"))
                        continue
                    total += self._size(entry, place)
                    found.append(place)
        if total > MAXIMUM_BYTES:
            raise InputError(str(self.path), f"{total / MEGABYTE:.0f} MB", f"at most {MAXIMUM_BYTES / MEGABYTE:.0f} MB")
        return found

    def _size(self, entry: os.DirEntry[str], place: str) -> int:
        """Bytes of a file that may lie where it does, or `InputError`."""
        where = f"{self.path}/{one_line(ascii(place)[1:-1], 120)}"
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise InputError(
                where, "a link" if stat.S_ISLNK(status.st_mode) else "no plain file", "plain files and no links"
            )
        most = next((limit for pattern, limit in PLACES if pattern.fullmatch(place)), None)
        if most is None:
            raise InputError(where, "does not belong into a submission", EXPECTED)
        if status.st_size > most:
            raise InputError(where, f"{status.st_size / MEGABYTE:.1f} MB", f"at most {most / MEGABYTE:.0f} MB")
        return status.st_size

    def read(self, place: str) -> bytes:
        """The bytes of one of the files; never through a link, never more than was found when the folder was listed."""
        where, most = f"{self.path}/{place}", next(limit for pattern, limit in PLACES if pattern.fullmatch(place))
        try:
            with os.fdopen(os.open(self.path / place, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
                data = stream.read(most + 1)
        except OSError as error:
            raise InputError(where, f"cannot be read ({error.strerror})", "a plain file") from None
        if len(data) > most:
            raise InputError(where, "grew while it was read", f"at most {most / MEGABYTE:.0f} MB")
        return data

    def solver_files(self) -> list[Path]:
        """The solver files that came along."""
        return [self.path / place for place in sorted(self.files) if place.startswith("solvers/")]

    def checkpoints(self) -> Path:
        """Where the checkpoints of its learners lie, if there are any."""
        return self.path / "checkpoints"
