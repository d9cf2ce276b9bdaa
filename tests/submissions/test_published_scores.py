"""What holds the published results together: on every frozen instance proven bound, best known score and all published scores are in order."""

from pathlib import Path

import pytest

from aigcbench.best_known import BestKnown
from aigcbench.frozen import frozen_files, instances_folder
from aigcbench.problems.problem import load_instance, problem_named, problem_of, score
from aigcbench.score import primary_metric
from aigcbench.submissions.bounds import load_bounds
from aigcbench.submissions.submission import Submission

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"
SUBMISSIONS = sorted((LEADERBOARD / "submissions").iterdir())
ROUNDING = 1e-9  # relative
FIRST_OF_EACH = [path for path in frozen_files() if path.name == "0.json.gz"]


@pytest.fixture(scope="module")
def best_known():
    """The table that ships, by sha256 of the instance."""
    return BestKnown(instances_folder()).load()


def surplus(formulation, better, worse):
    """By how much, relative, ``better`` is the better score; negative where it is the worse one."""
    sign = 1.0 if primary_metric(problem_named(formulation).metrics).direction == "up" else -1.0
    return sign * (better - worse) / max(abs(better), 1e-300)


def test_no_best_known_score_passes_a_bound(best_known):
    """Neither the bound beside it nor the published one, where there is one."""
    published = load_bounds(LEADERBOARD / "bounds.csv")
    passed = [
        (record.instance, bound)
        for sha256, record in best_known.items()
        for bound in (record.bound, published[sha256].bound if sha256 in published else None)
        if bound and surplus(record.instance.partition("/")[0], bound.value, record.utility) < -ROUNDING
    ]
    assert passed == []


@pytest.mark.heavy
@pytest.mark.parametrize("folder", SUBMISSIONS, ids=lambda folder: folder.name)
def test_no_published_score_beats_the_best_known_one(folder, best_known):
    """The checker gives no published decisions of a frozen instance a better score than the best known ones have."""
    frozen = {instance.sha256: instance for instance in map(load_instance, _frozen_files_of(folder.name))}
    better = []
    for row, decisions in Submission.load(folder).decided():
        instance = frozen.get(row["instance_sha256"])
        if instance is not None and decisions is not None:
            best, found = best_known[instance.sha256].utility, score(instance, decisions).primary
            if surplus(instance.formulation, best, found) < -ROUNDING:
                better.append((instance.name, row["label"], found, best))
    assert better == []


@pytest.mark.heavy
@pytest.mark.parametrize("path", FIRST_OF_EACH, ids=lambda path: "-".join(path.parent.parts[-2:]))
def test_a_quick_relaxation_bounds_the_best_known_score(path, best_known):
    """What half a second proves anew is no better than optimistic."""
    instance = load_instance(path)
    relaxed = problem_of(instance).bound(instance, 0.5)
    assert surplus(instance.formulation, relaxed.value, best_known[instance.sha256].utility) >= -ROUNDING


def _frozen_files_of(submission):
    """The frozen instances of a submission's formulation, which its name has after the version."""
    return [path for path in frozen_files() if path.parts[-3] == submission.split("-")[1]]
