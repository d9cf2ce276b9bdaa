"""From submissions to a store."""

import shutil

import pytest

from aigcbench.harness.store import Store
from aigcbench.problems.problem import Bound, score
from aigcbench.submissions.bounds import PublishedBound
from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.publication import add_bounds, add_verified, published_twice
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import Verification, instance_of

TINY = "assignment/asp-tiny"


@pytest.fixture
def published(tmp_path):
    """Verifies a submission into a store and reads its rows."""

    def publish(folder, name="published.sqlite"):
        submission = Submission.load(folder)
        with Store(tmp_path / name) as store:
            for verified in Verification(submission, Declarations([]), {}).rows():
                add_verified(store, submission, verified)
            return store.results(), {key: (computed, arrays) for key, _, _, computed, arrays in store.decided()}

    return publish


def test_a_store_comes_back(published, store_file, folder):
    """What went from a store into a submission comes back from it, but for the keys."""
    results, _ = published(folder)
    with Store(store_file) as store:
        original = store.results()
    ours = ["key", "submission", "verified", "bound", "bound_method"]
    same = results.drop(columns=ours).equals(original.drop(columns=ours))
    assert same
    assert set(results["submission"]) == {"honest"}
    assert results["verified"].all()


def test_scores_are_computed_not_copied(published, folder, forger):
    """A forged score does not get into the store, even of a submission that should have been refused before."""
    forger.first("random", metrics={"utility": 99.0})
    results, decided = published(folder)
    first = results[(results["solver"] == "random") & (results["instance"] == f"{TINY}#0")].iloc[0]
    computed, arrays = decided[first["key"]]
    assert computed == dict(score(instance_of(TINY, 0), arrays).metrics)
    assert first["metric.utility"] == computed["utility"] != 99.0


def test_keys_belong_to_the_submission(published, folder, forger, tmp_path):
    """Rows of two submissions never share a key, so that none hides another's."""
    first, _ = published(folder, "first.sqlite")
    copy = shutil.copytree(folder, tmp_path / "another")
    type(forger)(copy).metadata(name="another")
    second, _ = published(copy, "second.sqlite")
    assert len(set(first["key"]) | set(second["key"])) == 2 * len(first)


def test_a_solver_is_published_once(folder, forger, tmp_path):
    """Rows of the same solver, scenario and limits in two submissions are refused, those under other limits are not."""
    copy = shutil.copytree(folder, tmp_path / "another")
    other = type(forger)(copy)
    other.metadata(name="another")
    found = published_twice([Submission.load(folder), Submission.load(copy)])
    assert len(found) == 4
    assert str(found[0]).startswith("twice: another: annealing[iterations=50] on assignment/asp-tiny#0")
    other.plan(limits={"wall_seconds": 20.0, "memory_mb": 4000.0, "threads": 1})
    assert published_twice([Submission.load(folder), Submission.load(copy)]) == []


def test_bounds_are_of_their_instances(tmp_path):
    """A published bound of another instance than it names is refused, the others are kept."""
    instance = instance_of(TINY, 0)
    bounds = {
        instance.sha256: PublishedBound(instance.name, Bound(5.0, "p")),
        "0" * 64: PublishedBound(f"{TINY}#1", Bound(5.0, "p")),
    }
    with Store(tmp_path / "store.sqlite") as store:
        (finding,) = add_bounds(store, bounds)
        assert store.bounded() == {instance.sha256}
    assert str(finding).startswith(f"instance: bound of {TINY}#1: 000000000000;")
