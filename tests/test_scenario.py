"""Scenarios: the catalogue, bad files, disjoint splits, the same bytes everywhere."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.content import content_directory
from aigcbench.errors import InputError
from aigcbench.instance import SPLITS
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import load_scenario, scenario_named, scenario_names

PINNED = {
    ("assignment/asp-paper", 0): "438183c1ecf6026b88396f9425a6243dc87ea17f0f16aad7f2e6e1831db1fea4",
    ("assignment/orchestration-mixed", 7): "9bc3cd5213f872f0412e697e8b90f404f32f097a7be47a8d3e625c887aea1d8b",
}
SMALL = [name for name in scenario_names() if not name.endswith("-large")]
ASP_PAPER = (content_directory("instances") / "scenarios" / "assignment" / "asp-paper.toml").read_text("utf-8")


@pytest.mark.parametrize("name", scenario_names())
def test_catalogue_loads(name):
    """Every scenario of the catalogue is valid and says what it is and where it comes from."""
    scenario = scenario_named(name)
    assert scenario.name == name
    assert scenario.version >= 1
    assert scenario.summary
    assert scenario.source


@pytest.mark.parametrize("name", SMALL)
def test_instances_are_sound(name):
    """What a scenario generates fulfils its formulation, in every split."""
    for split in SPLITS:
        instance = scenario_named(name).instance(3, split)
        problem_of(instance).validate(instance, instance.name)


@pytest.mark.parametrize("name", SMALL)
def test_splits_and_seeds_are_disjoint(name):
    """The same seed of another split, and another seed of the same split, is another instance."""
    scenario = scenario_named(name)
    drawn = [scenario.instance(seed, split).sha256 for split in SPLITS for seed in range(5)]
    assert len(set(drawn)) == len(drawn)


def test_splits_are_independent_streams():
    """Equal seeds of two splits share no demand: arrival times coincide no more often than chance has it."""
    scenario = scenario_named("assignment/asp-paper")
    test, train = (scenario.instance(0, split)["task_arrival"][1:] for split in ("test", "train"))
    assert len(np.intersect1d(test, train)) < 12  # about 1000 of 10^6 seconds each: 1 expected


@pytest.mark.parametrize(("name", "seed"), PINNED)
def test_pinned_instances(name, seed):
    """These instances never change; whoever changes a distribution raises the scenario's version and pins anew."""
    assert scenario_named(name).instance(seed).sha256 == PINNED[name, seed]


def test_same_bytes_in_another_process():
    """Another process with another hash seed writes the same files."""
    program = (
        "import hashlib; from aigcbench.scenario import scenario_named\n"
        f"for name, seed in {list(PINNED)!r}:\n"
        "    print(hashlib.sha256(scenario_named(name).instance(seed).to_bytes()).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop().split()) == len(PINNED)


@pytest.mark.parametrize(("seed", "split"), [(-1, "test"), (2**63, "test"), (1.0, "test"), (True, "test"), (0, "tset")])
def test_bad_seed_or_split(seed, split):
    """A seed that is no whole number from 0 on, or an unknown split, is refused."""
    with pytest.raises(InputError, match="split" if split == "tset" else "seed"):
        scenario_named("assignment/asp-paper").instance(seed, split)


def test_unknown_name_gets_a_hint():
    """A misspelt name is answered with the nearest one."""
    with pytest.raises(InputError, match=r"'assignment/asp-paper'\?"):
        scenario_named("assignment/asp-papr")


def test_extends(tmp_path):
    """A file that extends another keeps its parameters and fleet but for what it replaces."""
    path = tmp_path / "more.toml"
    path.write_text(
        'schema = "aigcbench-scenario/1"\nversion = 3\nextends = "assignment/asp-paper"\nsummary = "More"\n'
        "[parameters]\narrival_rate_per_s = 0.01\n"
    )
    scenario, paper = scenario_named(str(path)), scenario_named("assignment/asp-paper")
    assert (scenario.name, scenario.version, scenario.source) == ("custom/more", 3, paper.source)
    assert scenario.parameters == paper.parameters | {"arrival_rate_per_s": 0.01}
    assert scenario.fleet == paper.fleet


def refusal(tmp_path, text):
    """The line with which a scenario file is refused, or None where it loads."""
    path = tmp_path / "scenario.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    message = None
    try:
        load_scenario(path)
    except InputError as error:
        message = str(error)
    assert message is None or message.isprintable()
    return message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("scenario/1", "scenario/2", "schema 'aigcbench-scenario/2'"),
        ("version = 1", 'version = "1"', "version: str; expected int"),
        ("version = 1", "version = -1", "version"),
        ("version = 1", "", "'version' is missing"),
        ('formulation = "assignment"', 'formulation = "asignment"', "unknown formulation"),
        ("servers = 20", "servers = 0", "parameters.servers: 0 is out of range; expected int in [1, 1e+06]"),
        ("servers = 20", "servers = 21", "20 servers; expected 21"),
        ("servers = 20", "server = 20", "unknown key 'server'; expected 'servers'?"),
        ("servers = 20", f"servers = {'9' * 5000}", "not TOML"),
        ("servers = 20\nservices_per_server = 1", "servers = 1000000\nservices_per_server = 1000", "too many servers"),
        ("task_types = 1", "task_types = 2", "1 types; expected 2"),
        ("services_per_server = 1", "services_per_server = 2", "20 services; expected 40"),
        ("crash_penalty = 2.0", "crash_penalty = nan", "crash_penalty: nan"),
        ("crash_penalty = 2.0", f"crash_penalty = {'9' * 400}", "more than 64 bits"),
        ("horizon_s = 1_000_000", "horizon_s = 1e15", "at most 100,000,000 tasks"),
        ("low = 100, high = 250, step = 10", "low = 250, high = 100, step = 10", "at least low = 250"),
        ("low = 100, high = 250, step = 10", "low = 100, high = 250, step = 0", "step"),
        ("low = 100, high = 250, step = 10", "low = 100, high = 1e300, step = 1", "task_steps"),
        ("low = 100, high = 250, step = 10", "low = 100, high = 250", "'step' is missing"),
        ("low = 100, high = 250, step = 10", "low = 100.5, high = 250, step = 10", "not whole numbers"),
        ("low = 100, high = 250, step = 10", "low = 0, high = 250, step = 10", "not whole numbers above 0"),
        ("constant = -14", "constant = -1e9", "a run time of 0 or less"),
        ("utility_bx = { low = 150", "utility_bx = { low = 90", "above utility_ax.high"),
        ("[400, 500, 500,", "[400.5, 500, 500,", "server_capacity"),
        ("[400, 500, 500,", "[-400, 500, 500,", "server_capacity[0]: -400"),
        ("[400, 500, 500,", f"[{2**70}, 500, 500,", "server_capacity"),
        ("[10.0, 0.0, 210.0,", "[10.0, 210.0,", "utility_line"),
        ("[10.0, 0.0, 210.0,", "[10.0, 0.0, 5.0,", "utility_line"),
        ("[[0.0], [0.0],", "[[-1.0], [0.0],", "type_quality[0, 0]: -1.0"),
        ("[parameters]", "[[parameters]]", "parameters: list; expected dict"),
        ("summary =", "sumary =", "unknown key 'sumary'; expected 'summary'?"),
        ("[fleet]", "[fleet.more]", "fleet"),
        ("[fleet]", "[fleet", "not TOML"),
        ("version = 1", "version = 1\nextends = 5", "extends"),
        ("version = 1", 'version = 1\nextends = ["a"]', "extends"),
        ("version = 1", 'version = 1\nextends = "no/such"', "extends: 'no/such'"),
    ],
)
def test_bad_files(tmp_path, old, new, message):
    """Each mistake in a file is refused in one line that names the place."""
    assert old in ASP_PAPER
    refused = refusal(tmp_path, ASP_PAPER.replace(old, new, 1))
    assert refused is not None
    assert message in refused


def test_a_file_cannot_extend_itself(tmp_path):
    """Only the catalogue can be extended, so that there are no circles."""
    path = tmp_path / "scenario.toml"
    text = ASP_PAPER.replace("version = 1", f'version = 1\nextends = "{path}"')
    assert "extends" in refusal(tmp_path, text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_mutated_files_load_or_are_refused(tmp_path_factory, data):
    """A line removed, doubled or given another value leaves a valid file or one that is refused in one line."""
    lines = ASP_PAPER.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    value = data.draw(
        st.sampled_from(['""', "[]", "{}", "-1", "0", "1e308", "-inf", "nan", "true", "1979-05-27", str(2**63), "[["])
        | st.text(max_size=8)
    )
    key = lines[index].partition("=")[0]
    lines[index : index + 1] = data.draw(st.sampled_from([[], [lines[index]] * 2, [f"{key}= {value}"]]))
    refusal(tmp_path_factory.getbasetemp(), "\n".join(lines).encode("utf-8", "surrogatepass"))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(content=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(tmp_path_factory, content):
    """Bytes that are no scenario are refused in one line."""
    assert refusal(tmp_path_factory.getbasetemp(), content)


def test_missing_file(tmp_path):
    """A path that is no file is refused with the path."""
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        scenario_named(str(tmp_path / "none.toml"))
