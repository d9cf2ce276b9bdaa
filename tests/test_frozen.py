"""The frozen instances that ship with the package."""

import hashlib

import pytest

from aigcbench.frozen import frozen_files, frozen_instances, instances_folder
from aigcbench.problems.problem import problems
from aigcbench.scenario import scenario_named


def test_checksums_match():
    """SHA256SUMS, in the form of ``sha256sum -c``, has every file and no other."""
    lines = (instances_folder() / "SHA256SUMS").read_text().splitlines()
    stated = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    found = {
        path.relative_to(instances_folder()).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in frozen_files()
    }
    assert stated == found


@pytest.mark.parametrize("path", frozen_files(), ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_drawn_again_it_is_the_same(path):
    """The scenario and seed that a file's place names give the instance of the same identity."""
    from aigcbench.problems.problem import load_instance

    scenario = path.parent.relative_to(instances_folder() / "frozen").as_posix()
    instance = load_instance(path)
    assert instance.name == f"{scenario}#{path.name.removesuffix('.json.gz')}"
    assert scenario_named(scenario).instance(instance.seed).sha256 == instance.sha256


def test_five_of_each_scenario():
    """Test seeds 0 to 4 of the scenarios of every formulation, in their order, together small enough to ship."""
    seeds = {}
    for instance in frozen_instances():
        seeds.setdefault(instance.scenario, []).append(instance.seed)
    assert list(seeds.values()) == [[0, 1, 2, 3, 4]] * 23
    assert {scenario.partition("/")[0] for scenario in seeds} == set(problems())
    assert sum(path.stat().st_size for path in frozen_files()) < 10e6
