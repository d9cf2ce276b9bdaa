"""Submissions written from stores."""

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.store import Store
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.writing import write_submission


def contents(folder):
    """Every file's bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_same_store_gives_the_same_bytes(submit, store_file, original, tmp_path):
    """A submission depends on nothing but the store and its name."""
    assert contents(submit(store_file, tmp_path / "honest")) == contents(original)


def test_rows_and_decisions(store_file, original):
    """Every row of the store is there, with its decisions and the plan that they make up."""
    submission = Submission.load(original)
    with Store(store_file) as store:
        stored = {(row["label"], row["instance"]): row for row in store.rows()}
    assert {(row["label"], f"{row['scenario']}#{row['instance_seed']}") for row in submission.rows} == set(stored)
    assert all(arrays is not None for _, arrays in submission.decided())
    plan = submission.metadata.plan
    assert (plan.scenarios, plan.instances, plan.seeds, plan.training_seeds) == (
        ("assignment/asp-tiny", "caching/tiny"),
        2,
        1,
        0,
    )
    assert plan.limits.wall_seconds == 60.0
    assert submission.metadata.summary == "4 solvers on assignment/asp-tiny, caching/tiny"


def refused(store_file, folder, author="A. Name"):
    """The one line with which a store is refused; nothing is left behind."""
    with Store(store_file) as store, pytest.raises(InputError) as caught:
        write_submission(store, folder, author, "")
    assert not folder.exists()
    return str(caught.value)


def test_half_a_plan_is_refused(store_of, tmp_path):
    """A store whose instances do not count from 0 makes no submission."""
    store = store_of(scenarios=["assignment/asp-tiny"], solvers=["random"], instances=[1], bound_seconds=0)
    assert "random: assignment/asp-tiny#0, seed 0 is missing" in refused(store, tmp_path / "half")


def test_an_empty_store_is_refused(tmp_path):
    """There is nothing to submit in an empty store."""
    assert "rows under 0 different limits" in refused(tmp_path / "empty.sqlite", tmp_path / "nothing")


def test_texts_are_held_to_the_same_rules(store_file, tmp_path):
    """What a reader would refuse is not written."""
    assert "author" in refused(store_file, tmp_path / "markup", author="<b>")
    assert "folder named in lower case" in refused(store_file, tmp_path / "Upper")


def test_nothing_is_overwritten(store_file, folder):
    """A folder that exists stays as it is."""
    before = contents(folder)
    with Store(store_file) as store, pytest.raises(InputError, match="exists already"):
        write_submission(store, folder, "A. Name", "")
    assert contents(folder) == before
