"""``aigcbench show``."""

import pytest


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf", ".html"])
def test_kinds_of_pictures(cli, instance_file, decisions_file, tmp_path, ending):
    """Decisions are drawn into each kind of file, and their score is shown."""
    out = tmp_path / f"picture{ending}"
    answer = cli("show", instance_file, decisions_file, "--out", out)
    assert (answer.code, answer.err) == (0, "")
    assert "score:" in answer.out
    assert out.stat().st_size > 1000


def test_an_instance_alone(cli, instance_file, tmp_path):
    """Without decisions there is the demand, light or dark."""
    for options in ([], ["--dark"]):
        out = tmp_path / f"alone{len(options)}.svg"
        assert cli("show", instance_file, "--out", out, *options).code == 0
        assert "steps wanted" in out.read_text()
    assert (tmp_path / "alone0.svg").read_text() != (tmp_path / "alone1.svg").read_text()


def test_decisions_of_a_store(cli, store_file, tmp_path):
    """A solver's row is drawn; one that is not there is refused."""
    file = tmp_path / "asp-tiny-0.json.gz"
    assert cli("generate", "assignment/asp-tiny", "--seed", "0", "--out", tmp_path).code == 0
    out = tmp_path / "prophet.svg"
    assert cli("show", file, "--store", store_file, "--solver", "prophet", "--out", out).code == 0
    assert "in use" in out.read_text()
    cli("show", file, "--store", store_file, "--solver", "sac", "--out", out).assert_refused("sac")


def test_bad_input(cli, instance_file, decisions_file, store_file, tmp_path):
    """Unknown endings, half an option and two sources are one line."""
    cli("show", instance_file, "--out", tmp_path / "a.gif").assert_refused("a.gif", ".svg")
    cli("show", instance_file, "--store", store_file).assert_refused("--solver")
    cli("show", instance_file, decisions_file, "--store", store_file, "--solver", "prophet").assert_refused(
        "decisions file and a store"
    )
