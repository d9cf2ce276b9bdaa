"""The table of best known decisions and bounds: what gets in, and that what ships holds."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.best_known import COLUMNS, BestKnown, Record
from aigcbench.decisions import DecisionsFile
from aigcbench.errors import InputError, InvalidDecisions
from aigcbench.frozen import frozen_files, frozen_instances, instances_folder
from aigcbench.problems.problem import Bound, problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.score import primary_metric

BAD, GOOD = [0, 0, 2, 2, 2], [0, 1, 2, 2, 1]  # of five tasks on three services: nothing served, the optimum


@pytest.fixture(scope="module")
def tiny():
    """An instance of five tasks and three services."""
    return scenario_named("assignment/asp-tiny").instance(7)


@pytest.fixture
def best_known(tmp_path):
    """An empty table."""
    return BestKnown(tmp_path)


def decided(instance, services, dtype=np.int64):
    """Decisions with their origin."""
    return DecisionsFile(instance.sha256, "some-solver", {"a": 1}, 3, {"service": np.array(services, dtype)})


def utility(instance, services):
    """The checker's primary score."""
    return score(instance, np.array(services)).primary


@pytest.fixture
def filled(best_known, tiny):
    """A table with good decisions and a bound for one instance."""
    best_known.offer(tiny, decided(tiny, GOOD), "a=1, seed 3")
    best_known.offer_bound(tiny, Bound(utility(tiny, GOOD) * 1.004, "some-proof"))
    return best_known


def test_better_decisions_replace_worse_ones(best_known, tiny):
    """The first decisions are taken, better ones too, the same ones or worse ones not; the file goes along."""
    assert utility(tiny, BAD) < utility(tiny, GOOD)
    assert [best_known.offer(tiny, decided(tiny, s), "how") for s in (BAD, GOOD, GOOD, BAD)] == [
        True,
        True,
        False,
        False,
    ]
    (record,) = best_known.load().values()
    assert (record.instance, record.utility, record.solver) == (tiny.name, utility(tiny, GOOD), "some-solver")
    assert best_known.decisions(record).decisions["service"].tolist() == GOOD


def test_illegal_decisions_never_get_in(best_known, tiny):
    """Decisions that break a rule, are of another shape, or are for another instance are refused, and nothing is written."""
    for services in ([9, 0, 0, 0, 0], [-1, 0, 0, 0, 0], [0, 0]):
        with pytest.raises(InvalidDecisions):
            best_known.offer(tiny, decided(tiny, services), "how")
    other = replace(decided(tiny, GOOD), instance_sha256="0" * 64)
    with pytest.raises(InputError, match="decisions for"):
        best_known.offer(tiny, other, "how")
    assert list(best_known.folder.iterdir()) == []


def test_the_file_holds_the_declared_type(best_known, tiny):
    """Narrower whole numbers are kept in the type that every decisions file has."""
    best_known.offer(tiny, decided(tiny, GOOD, np.int8), "how")
    assert best_known.decisions(best_known.load()[tiny.sha256]).decisions["service"].dtype == np.int64


def test_tighter_bounds_replace_looser_ones(filled, tiny):
    """A tighter bound is kept, a looser one, an infinite one, and one of an instance without decisions are not."""
    best = utility(tiny, GOOD)
    assert [filled.offer_bound(tiny, Bound(best * f, "p")) for f in (1.005, 1.002, np.inf, np.nan)] == [0, 1, 0, 0]
    assert filled.load()[tiny.sha256].bound == Bound(best * 1.002, "p")
    assert not filled.offer_bound(scenario_named("assignment/asp-tiny").instance(8), Bound(100.0, "p"))


def test_better_decisions_keep_the_bound(best_known, tiny):
    """The bound stays when the decisions change."""
    best_known.offer(tiny, decided(tiny, BAD), "how")
    best_known.offer_bound(tiny, Bound(50.0, "p"))
    best_known.offer(tiny, decided(tiny, GOOD), "how")
    assert best_known.load()[tiny.sha256].bound == Bound(50.0, "p")


def test_a_contradiction_is_told(filled, tiny):
    """A bound below known decisions, and decisions above a known bound, are errors, for one of them must be wrong."""
    with pytest.raises(InputError, match="disprove the bound"):
        filled.offer_bound(tiny, Bound(utility(tiny, GOOD) * 0.99, "wrong-proof"))
    record = filled.load()[tiny.sha256]
    low = replace(record, utility=0.1, bound=Bound(0.2, "wrong-proof"))
    filled.save({tiny.sha256: low})
    with pytest.raises(InputError, match=r"disprove the bound 0\.2 by wrong-proof"):
        filled.offer(tiny, decided(tiny, GOOD), "how")
    assert filled.load() == {tiny.sha256: low}


@pytest.mark.parametrize(
    ("bound", "status"),
    [(1.0, "easy"), (1.001, "easy"), (1.0099, "medium"), (1.05, "hard"), (1.06, "open"), (None, "open")],
)
def test_status_follows_from_the_gap(bound, status):
    """Easy up to 0.1 %, medium to 1 %, hard to 5 %, open beyond and without a bound."""
    proof = None if bound is None else Bound(bound, "p")
    assert Record("a#0", "0" * 64, 1.0, "d", "0" * 64, "s", "h", "2024-01-01", proof).status == status


def test_what_is_written_reads_back(filled, tiny):
    """Every field survives, also text with commas, quotes and other letters."""
    records = {k: replace(r, solver='é, "x"', how="a=1, b='2'") for k, r in filled.load().items()}
    filled.save(records)
    assert filled.load() == records


@pytest.mark.parametrize("scenario", ["../../etc", "/etc", "a/../b", "a b", "", "A\n"])
def test_a_name_cannot_lead_out_of_the_folder(best_known, tiny, scenario):
    """The scenario's name in an instance file is not trusted as a path."""
    hostile = replace(tiny, scenario=scenario)
    with pytest.raises(InputError, match="scenario"):
        best_known.offer(hostile, decided(hostile, GOOD), "how")
    assert list(best_known.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("instance", ""),
        ("instance_sha256", "abc"),
        ("utility", "nan"),
        ("utility", "1e999"),
        ("utility", "many"),
        ("decisions", "../../secret.json.gz"),
        ("decisions", "best_known/../../x.json.gz"),
        ("decisions_sha256", "Z" * 64),
        ("solver", ""),
        ("when", "yesterday"),
        ("bound", "inf"),
        ("bound", ""),
        ("gap", "0"),
        ("status", "easy"),
        ("how", "x" * 200_000),
    ],
)
def test_a_hostile_field_is_one_line(filled, column, value):
    """A field that can't be right is refused with its place, in one short line."""
    header, row = filled.path.read_text().splitlines()
    fields = dict(zip(COLUMNS, row.replace('"a=1, seed 3"', "how").split(","), strict=True)) | {column: value}
    filled.path.write_text(f"{header}\n{','.join(fields.values())}\n")
    with pytest.raises(InputError, match="best_known") as error:
        filled.load()
    assert len(str(error.value)) <= 400


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("utility", "score"),
        lambda text: text.replace("medium", "medium,surplus"),
        lambda text: text.replace(",medium", ""),
        lambda text: text + text.splitlines()[1] + "\n",
        lambda text: text + '"unfinished',
        lambda text: "",
        lambda text: text + "\0",
        lambda text: text + "\udcff",
    ],
)
def test_a_broken_table_is_one_line(filled, spoil):
    """Other columns, surplus, missing and repeated rows, and what is not CSV at all."""
    assert len(filled.load()) == 1
    filled.path.write_text(spoil(filled.path.read_text()), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match="best_known"):
        filled.load()


def test_a_changed_decisions_file_is_told(filled, tiny):
    """A decisions file that is not the one that the table means, or is missing, is refused."""
    record = filled.load()[tiny.sha256]
    decided(tiny, BAD).save(filled.folder / record.decisions)
    with pytest.raises(InputError, match="sha256"):
        filled.decisions(record)
    (filled.folder / record.decisions).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        filled.decisions(record)


SHIPPED = BestKnown(instances_folder())


def test_every_frozen_instance_has_its_row():
    """The table that ships has the frozen instances and no others, each with a bound, and no decisions without a row."""
    records = SHIPPED.load()
    assert {record.instance for record in records.values()} == {instance.name for instance in frozen_instances()}
    assert all(record.bound for record in records.values())
    files = (instances_folder() / "best_known").rglob("*.json.gz")
    assert {path.relative_to(instances_folder()).as_posix() for path in files} == {
        r.decisions for r in records.values()
    }


@pytest.mark.parametrize("path", frozen_files(), ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_the_shipped_table_holds(path):
    """The checker gives each row's score from its decisions file, and no score is better than its bound."""
    from aigcbench.problems.problem import load_instance

    instance = load_instance(path)
    record = SHIPPED.load()[instance.sha256]
    assert score(instance, SHIPPED.decisions(record).decisions).primary == record.utility
    sign = 1.0 if primary_metric(problem_of(instance).metrics).direction == "up" else -1.0
    assert sign * record.bound.value >= sign * record.utility
