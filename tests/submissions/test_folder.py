"""Hostile folders."""

import os

import pytest

from aigcbench.errors import InputError
from aigcbench.submissions import folder as module
from aigcbench.submissions.folder import SubmissionFolder
from aigcbench.submissions.submission import Submission


def refused(folder):
    """The one line with which a folder is refused."""
    with pytest.raises(InputError) as caught:
        Submission.load(folder)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_an_honest_folder(folder):
    """Its files are known by their places, README and solvers among them."""
    (folder / "README.md").write_text("Hello.\n")
    assert SubmissionFolder(folder).files == {
        "README.md", "submission.json", "rows.jsonl", "decisions/assignment/asp-tiny.xz", "decisions/caching/tiny.xz",
    }  # fmt: skip


@pytest.mark.parametrize("place", ["rows.jsonl", "submission.json", "decisions/caching/tiny.xz"])
def test_links_are_refused(folder, tmp_path, place):
    """A link is refused, wherever it points, and never read."""
    target = tmp_path / "secret"
    (folder / place).rename(target)
    (folder / place).symlink_to(target)
    assert "a link" in refused(folder)


def test_linked_folders_are_refused(folder, tmp_path):
    """A linked folder is refused, inside and as the submission itself."""
    (tmp_path / "link").symlink_to(folder)
    assert "a link" in refused(tmp_path / "link")
    (folder / "decisions" / "caching").rename(tmp_path / "elsewhere")
    (folder / "decisions" / "caching").symlink_to(tmp_path / "elsewhere")
    assert "a link" in refused(folder)


def test_a_link_that_appears_later(folder, tmp_path):
    """A file that turns into a link after it was listed is not followed."""
    listed = SubmissionFolder(folder)
    (folder / "rows.jsonl").rename(tmp_path / "rows")
    (folder / "rows.jsonl").symlink_to(tmp_path / "rows")
    with pytest.raises(InputError, match="cannot be read"):
        listed.read("rows.jsonl")


def test_pipes_are_refused(folder):
    """A named pipe, which would hang who reads it, is refused."""
    (folder / "rows.jsonl").unlink()
    os.mkfifo(folder / "rows.jsonl")
    assert "no plain file" in refused(folder)


@pytest.mark.parametrize(
    "place",
    ["evil.sh", "decisions/x.xz", "decisions/a/b/c.xz", "solvers/Evil.py", "a\nb", "\u202exz.py", "conftest.py"],
)
def test_other_files_are_refused(folder, place):
    """A file that has no place in a submission is refused; its name is told in ASCII."""
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text("x")
    assert "does not belong" in refused(folder)
    assert refused(folder).isascii()


def test_sizes_are_limited(folder, monkeypatch):
    """Large files and many files are refused before they are read."""
    with (folder / "README.md").open("wb") as stream:
        stream.truncate(2 * module.MEGABYTE)
    assert "2.0 MB; expected at most 1 MB" in refused(folder)
    (folder / "README.md").unlink()
    monkeypatch.setattr(module, "MAXIMUM_ENTRIES", 3)
    assert "too many files" in refused(folder)
    monkeypatch.undo()
    monkeypatch.setattr(module, "MAXIMUM_BYTES", 10)
    assert "expected at most 0 MB" in refused(folder)


@pytest.mark.parametrize("place", ["rows.jsonl", "submission.json", "decisions/caching/tiny.xz"])
def test_missing_files(folder, place):
    """Without one of its files it is no submission."""
    (folder / place).unlink()
    assert refused(folder)


@pytest.mark.parametrize("name", ["Honest", "a..b", "-x", "<b>", "p\u0430per"])
def test_names_of_folders(folder, name):
    """A folder's name is a plain one, and the submission's own."""
    assert refused(folder.rename(folder.with_name(name)))


def test_a_renamed_folder(folder):
    """The name in the metadata is that of the folder."""
    assert "'honest'; expected 'other'" in refused(folder.rename(folder.with_name("other")))


def test_no_folder(tmp_path):
    """A file, or nothing, is no submission."""
    (tmp_path / "file").write_text("x")
    assert "no folder" in refused(tmp_path / "file")
    assert "no folder" in refused(tmp_path / "nothing")
