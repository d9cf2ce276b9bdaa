"""Claims that do not hold, each found with nothing of the submission executed."""

from dataclasses import replace

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.problems.problem import Bound, score
from aigcbench.submissions import verification
from aigcbench.submissions.bounds import PublishedBound
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import instance_of

TINY = "assignment/asp-tiny"


def is_first(row, solver, scenario=TINY):
    """Whether it is a solver's row on the first instance of a scenario."""
    return (row["solver"], row["scenario"], row["instance_seed"]) == (solver, scenario, 0)


def test_honest_claims_hold(folder, findings):
    """What the benchmark wrote itself holds in everything."""
    assert findings(folder) == []


def test_a_forged_score(folder, forger, findings):
    """A better score than the decisions give is refused with the right one; so is any other metric, by any amount that counts."""
    (row, *_) = [row for row in Submission.load(folder).rows if is_first(row, "random")]
    forger.first("random", metrics=row["metrics"] | {"utility": 99.0})
    (line,) = findings(folder)
    assert line.startswith(f"score: random on {TINY}#0, seed 0: utility 99.0; expected {row['metrics']['utility']!r}")
    forger.first("random", metrics=row["metrics"] | {"mean_delay": row["metrics"]["mean_delay"] + 1e-3})
    assert len(findings(folder)) == 1
    forger.first("random", metrics=row["metrics"] | {"mean_delay": row["metrics"]["mean_delay"] * (1 + 1e-14)})
    assert findings(folder) == []


def test_missing_and_invented_metrics(folder, forger, findings):
    """A score has just the metrics that the checker computes."""
    for metrics in (None, {}, {"utility": 1.0}):
        forger.first("random", metrics=metrics)
        assert any("missing or unknown metrics" in line for line in findings(folder))


def test_decisions_of_another_row(folder, forger, findings):
    """Better decisions under an old score, or an old score over other decisions: the score is the decisions' own."""
    forger.decisions(lambda row, arrays: {"service": np.zeros(6, np.int64)} if is_first(row, "random") else arrays)
    assert any(line.startswith("score: random") for line in findings(folder))


def test_the_instance_is_drawn_anew(folder, forger, findings):
    """An easier instance under a published name has another hash, and none of its claims counts."""
    forger.first("random", instance_sha256="0" * 64)
    (line,) = findings(folder)
    assert line.startswith(f"instance: random on {TINY}#0, seed 0: sha256 000000000000...; expected ")


def test_an_unknown_scenario(folder, forger, findings):
    """Only scenarios of the catalogue can be drawn anew."""
    forger.plan(scenarios=[TINY, "assignment/easy", "caching/tiny"])
    with pytest.raises(InputError, match="'assignment/easy' is not in the catalogue"):
        findings(folder)


def test_capacity_overspent(folder, forger, findings):
    """Decisions that cache more than the storage holds are no success, whatever the row says."""

    def cache_everything(row, arrays):
        return (
            arrays | {"cache": np.ones_like(arrays["cache"])}
            if is_first(row, "static-popular", "caching/tiny")
            else arrays
        )

    forger.decisions(cache_everything)
    found = findings(folder)
    assert any("status: static-popular" in line and "storage" in line for line in found)
    assert any("a score without legal decisions" in line for line in found)


@pytest.mark.parametrize("amount", [np.nan, np.inf, -1.0])
def test_shares_that_are_none(folder, forger, findings, amount):
    """NaN, infinite and negative shares of the band are no decisions."""

    def spoil(row, arrays):
        return arrays | {"bandwidth": np.full_like(arrays["bandwidth"], amount)} if "bandwidth" in arrays else arrays

    forger.decisions(spoil)
    assert any("status: static-popular" in line for line in findings(folder))


@pytest.mark.parametrize("length", [0, 1, 5, 7, 1000])
def test_decisions_of_another_length(folder, forger, findings, length):
    """Every task is decided, and no other."""
    forger.decisions(lambda row, arrays: {"service": np.zeros(length, np.int64)} if is_first(row, "random") else arrays)
    assert any("status: random" in line and "length" in line for line in findings(folder))


def test_a_status_is_what_the_decisions_say(folder, forger, findings):
    """Success without decisions, failure with them, and failure that was none are refused."""
    forger.decisions(lambda row, arrays: None if is_first(row, "random") else arrays)
    assert any("ok, without decisions" in line for line in findings(folder))
    for status, wrong in (
        ("crash", "crash with decisions"),
        ("invalid", "the decisions are legal"),
        ("timeout", "of a policy"),
    ):
        forger.first("prophet", status=status)
        assert any(f"status: prophet on {TINY}#0" in line and wrong in line for line in findings(folder))


def test_a_stopped_planner_may_have_decisions(folder, forger, findings):
    """A planner that was stopped at its limit is scored by its last incumbent."""
    forger.first("annealing", status="timeout")
    assert findings(folder) == []


def test_failures_without_decisions_hold(folder, forger, findings):
    """A row that failed has neither decisions nor a score."""
    forger.decisions(lambda row, arrays: None if is_first(row, "random") else arrays)
    forger.first("random", status="crash", detail="SIGSEGV", metrics=None)
    assert findings(folder) == []


def test_limits_are_kept(folder, forger, findings):
    """A run that finished took neither more time nor more memory than its limits."""
    forger.first("random", wall_seconds=99.0)
    forger.first("prophet", peak_memory_mb=9999.0)
    assert [line.partition(",")[0] for line in findings(folder)] == [
        f"limits: prophet on {TINY}#0",
        f"limits: random on {TINY}#0",
    ]


def test_picked_instances(folder, forger, findings):
    """A solver that shows only the instances that went well is refused, one line for each that is missing."""
    forger.drop(lambda row: is_first(row, "prophet"))
    assert findings(folder) == [f"plan: honest: prophet: {TINY}#0, seed 0 is missing; expected the whole plan"]


def test_picked_scenarios(folder, forger, findings):
    """A solver that leaves out a whole scenario of its formulation is refused; other formulations are none of its business."""
    forger.plan(scenarios=["assignment/asp-paper", TINY, "caching/tiny"], instances=2)
    found = findings(folder)
    assert "plan: honest: prophet: assignment/asp-paper#0, seed 0 is missing; expected the whole plan" in found
    assert not any("static-popular" in line for line in found)


def test_picked_seeds(folder, forger, findings):
    """The best of several seeds is not one run: seeds and instances count from 0, and all of them are there."""
    forger.rows(lambda rows: [row.update(seed=17) for row in rows if row["solver"] == "random"])
    found = findings(folder)
    assert f"plan: honest: random: {TINY}#0, seed 0 is missing; expected the whole plan" in found
    assert f"plan: honest: random: {TINY}#1, seed 17 goes beyond the declared plan; expected the whole plan" in found
    forger.plan(seeds=18)
    assert any("seed 1 is missing" in line for line in findings(folder))


def test_left_out_instances(folder, forger, findings):
    """Declaring fewer instances than others ran, or more than there are rows of, does not go unnoticed."""
    forger.plan(instances=3)
    assert any("#2, seed 0 is missing" in line for line in findings(folder))
    forger.plan(instances=1)
    assert any("#1, seed 0 goes beyond" in line for line in findings(folder))


def test_a_solver_is_what_it_declares(folder, forger, findings):
    """A known solver's class, family, parameters and label are those that it declares itself."""
    forger.first("annealing", information="online")
    assert any("information 'online'; expected 'clairvoyant'" in line for line in findings(folder))
    forger.first("annealing", information="clairvoyant", family="drl")
    assert any("family 'drl'" in line for line in findings(folder))
    forger.first("annealing", family="local-search", parameters={"iterations": 51})
    assert any("solver: annealing" in line and "another label" in line for line in findings(folder))
    forger.first("annealing", parameters={"colour": 1})
    assert any("unknown key 'colour'" in line for line in findings(folder))
    forger.first("prophet", training_seed=0)
    assert any("one for a learner" in line for line in findings(folder))


def test_a_score_better_than_the_bound(folder, findings):
    """A score that passes what was proven is refused: then the checker or the proof is wrong, and somebody has to look."""
    instance = instance_of(TINY, 0)
    low = PublishedBound(instance.name, Bound(1e-3, "some-proof"))
    found = findings(folder, {instance.sha256: low})
    assert found
    assert all(line.startswith("bound: ") and "better than the bound 0.001 by some-proof" in line for line in found)
    assert findings(folder, {instance.sha256: replace(low, bound=Bound(99.0, "some-proof"))}) == []


def test_the_best_known_bounds_count_too(folder, findings, monkeypatch):
    """Scores are held against the bounds of the frozen instances without being asked to."""
    monkeypatch.setattr(verification, "score", lambda instance, decisions: _raised(score(instance, decisions)))
    assert any(line.startswith("bound: ") for line in findings(folder))


def _raised(computed):
    """A score that no decisions can have."""
    return (
        replace(computed, metrics=dict(computed.metrics) | {"utility": 1e6})
        if "utility" in computed.metrics
        else computed
    )
