"""The table of published bounds."""

import numpy as np
import pytest

from aigcbench.best_known import BestKnown
from aigcbench.decisions import DecisionsFile
from aigcbench.errors import InputError
from aigcbench.frozen import instances_folder
from aigcbench.problems.problem import Bound
from aigcbench.scenario import scenario_named
from aigcbench.submissions.bounds import exchange_bounds, load_bounds, publish_bounds

UP, DOWN = "assignment/asp-tiny#0", "offloading/tiny#0"  # utility is to be high, delay to be low
ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def path(tmp_path):
    """A table of two bounds."""
    file = tmp_path / "bounds.csv"
    assert publish_bounds(file, {ONE: (UP, Bound(1 / 3, "p")), TWO: (DOWN, Bound(0.1, "p"))}) == 2
    return file


def test_every_bit_comes_back(path):
    """The table is written by name of the instance, with every bit; the same content gives the same bytes."""
    found = load_bounds(path)
    assert [(sha256, item.instance, item.bound.value) for sha256, item in found.items()] == [
        (ONE, UP, 1 / 3),
        (TWO, DOWN, 0.1),
    ]
    before = path.read_bytes()
    assert publish_bounds(path, {}) == 0
    assert path.read_bytes() == before


def test_tighter_bounds_replace_looser_ones(path):
    """Tighter means lower where a high score is good, and higher where a low one is."""
    for name, sha256, looser, tighter in ((UP, ONE, 0.4, 0.2), (DOWN, TWO, 0.05, 0.15)):
        assert [publish_bounds(path, {sha256: (name, Bound(value, "q"))}) for value in (looser, tighter, tighter)] == [
            0,
            1,
            0,
        ]
        assert load_bounds(path)[sha256].bound == Bound(tighter, "q")
    assert publish_bounds(path, {ONE: (UP, Bound(float("-inf"), "q"))}) == 0


ROW = f"{UP},{ONE},0.5,p\n"
BAD = {
    "columns": "a,b\n", "fields": f"{UP},{ONE},0.5\n", "path": f"../x/y#0,{ONE},0.5,p\n", "no seed": f"assignment/asp-tiny#x,{ONE},0.5,p\n",
    "hash": f"{UP},ab,0.5,p\n", "nan": f"{UP},{ONE},nan,p\n", "text": f"{UP},{ONE},high,p\n", "markup": f"{UP},{ONE},0.5,<b>\n", "twice": ROW + ROW,
    "quotes": f'{UP},"{ONE}\n',
}  # fmt: skip


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_tables(path, text):
    """A table that does not hold together is refused in one line."""
    head = "" if text.startswith("a,b") else "instance,instance_sha256,bound,method\n"
    path.write_text(head + text)
    with pytest.raises(InputError) as caught:
        load_bounds(path)
    assert "\n" not in str(caught.value)


def test_both_tables_take_the_tighter_bound(path, tmp_path):
    """Of the bounds of an instance that stands in both tables the tighter ends up in both; others stay where they are."""
    best_known = BestKnown(tmp_path / "instances")
    instances = [scenario_named("assignment/asp-tiny").instance(seed) for seed in range(3)]
    for instance in instances:
        file = DecisionsFile(
            instance.sha256, "none", {}, 0, {"service": np.zeros(len(instance["task_arrival"]), np.int64)}
        )
        best_known.offer(instance, file, "how")
        best_known.offer_bound(instance, Bound(100.0, "here"))
    values = (90.0, 110.0)  # of the first two
    published = {i.sha256: (i.name, Bound(value, "there")) for i, value in zip(instances, values, strict=False)}
    publish_bounds(path, published)
    assert [exchange_bounds(path, best_known, instances) for _ in range(2)] == [2, 0]
    after, records = load_bounds(path), best_known.load()
    tight = [Bound(90.0, "there"), Bound(100.0, "here")]
    assert [after[i.sha256].bound for i in instances[:2]] == [records[i.sha256].bound for i in instances[:2]] == tight
    assert instances[2].sha256 not in after


def test_what_is_published_is_what_is_best_known():
    """For every instance of both tables that ship the bounds are equal, so that neither knows more than the other."""
    after = load_bounds(instances_folder().parent / "leaderboard" / "bounds.csv")
    records = BestKnown(instances_folder()).load()
    both = after.keys() & records.keys()
    assert len(both) >= 60
    assert {sha256: after[sha256].bound for sha256 in both} == {sha256: records[sha256].bound for sha256 in both}


def test_a_published_bound_that_decisions_disprove(path, tmp_path):
    """An exchange tells of a published bound that best known decisions pass, and keeps it out."""
    best_known, instance = BestKnown(tmp_path / "instances"), scenario_named("assignment/asp-tiny").instance(7)
    services = np.array([0, 1, 2, 2, 1])
    best_known.offer(instance, DecisionsFile(instance.sha256, "some", {}, 0, {"service": services}), "how")
    publish_bounds(path, {instance.sha256: (instance.name, Bound(0.1, "wrong"))})
    with pytest.raises(InputError, match="disprove the bound"):
        exchange_bounds(path, best_known, [instance])
    assert best_known.load()[instance.sha256].bound is None
