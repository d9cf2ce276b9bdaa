"""``aigcbench generate``."""

import pytest

import aigcbench as ab


def test_files_are_the_draws(cli, tmp_path):
    """Each file holds the instance of its seed; the same command writes the same bytes again."""
    answer = cli("generate", "assignment/asp-tiny", "--seed", 3, "--count", 2, "--out", tmp_path / "a", "--json")
    files = [tmp_path / "a" / f"asp-tiny-{seed}.json.gz" for seed in (3, 4)]
    assert [row["file"] for row in answer.json] == [str(path) for path in files]
    assert [ab.load(path).sha256 for path in files] == [row["sha256"] for row in answer.json]
    assert ab.load(files[1]).sha256 == ab.make("assignment/asp-tiny", 4).sha256
    cli("generate", "assignment/asp-tiny", "--seed", 3, "--count", 2, "--out", tmp_path / "b")
    assert [path.read_bytes() for path in files] == [(tmp_path / "b" / path.name).read_bytes() for path in files]


def test_splits_have_their_own_files(cli, tmp_path):
    """A training instance says so in its file's name and in its own."""
    row = cli("generate", "assignment/asp-tiny", "--seed", 3, "--split", "train", "--out", tmp_path, "--json").json[0]
    assert row["file"].endswith("asp-tiny-train-3.json.gz")
    assert row["name"] == "assignment/asp-tiny#train3"


def test_the_text_names_file_and_identity(cli, tmp_path):
    """A person sees a line per file."""
    answer = cli("generate", "assignment/asp-tiny", "--seed", 3, "--out", tmp_path)
    assert answer.out.startswith(f"{tmp_path}/asp-tiny-3.json.gz  sha256 ")
    assert answer.out.count("\n") == 1


def test_another_instance_is_not_overwritten(cli, tmp_path):
    """Where a file of that name holds something else, it stays."""
    own = tmp_path / "asp-tiny.toml"
    own.write_text('schema = "aigcbench-scenario/1"\nversion = 1\nsummary = "own"\nextends = "assignment/asp-tiny"\n')
    cli("generate", "assignment/asp-tiny", "--seed", 3, "--out", tmp_path)
    before = (tmp_path / "asp-tiny-3.json.gz").read_bytes()
    cli("generate", own, "--seed", 3, "--out", tmp_path).assert_refused("another instance")
    assert (tmp_path / "asp-tiny-3.json.gz").read_bytes() == before
    assert cli("generate", "assignment/asp-tiny", "--seed", 3, "--out", tmp_path).code == 0


@pytest.mark.parametrize(
    ("scenario", "word"),
    [("assignment/asp-tny", "'assignment/asp-tiny'?"), ("nowhere.toml", "cannot be read"), ("", "unknown name")],
)
def test_unknown_scenarios(cli, tmp_path, scenario, word):
    """A misspelt scenario gets a hint, a missing file is said to be missing."""
    cli("generate", scenario, "--seed", 1, "--out", tmp_path).assert_refused(word)


def test_an_unwritable_folder(cli, tmp_path):
    """A folder that can't be made is one line."""
    (tmp_path / "file").write_text("")
    cli("generate", "assignment/asp-tiny", "--seed", 1, "--out", tmp_path / "file").assert_refused("cannot be written")
