"""The verb train: a checkpoint with its curve, refusals, resumption; solve and list with what it wrote."""

import json

import pytest

from aigcbench.cli import train
from aigcbench.cli.main import main


@pytest.fixture
def agent(tmp_path, monkeypatch, capsys):
    """The file of a learner to start from, in a folder of its own that is the current one."""
    monkeypatch.chdir(tmp_path)
    assert main(["new-solver", "my-agent", "--kind", "learner"]) == 0
    capsys.readouterr()
    return "my_agent.py"


SMALL = ("--steps", "30000", "--to", "made", "--cpu-seconds", "60")
TINY = "assignment/asp-tiny"


def test_train_solve_list(agent, tmp_path, capsys):
    """What was trained is written with its curve, listed, and decides on a test instance with --checkpoint."""
    assert main(["train", TINY, "--solver", agent, *SMALL, "--seed", "2", "--param", "elite_share=0.5"]) == 0
    captured = capsys.readouterr()
    assert "my-agent[elite_share=0.5] seed 2 trains on assignment/asp-tiny: validation" in captured.out
    assert "25600 environment steps, 2 updates" in captured.out
    assert "validation" in captured.err
    folder = tmp_path / "made" / TINY
    name = "my-agent-elite-share-0.5-seed2"
    assert {file.name for file in folder.iterdir()} == {
        f"{name}.{end}" for end in ("json", "safetensors", "csv", "svg")
    }
    lines = (folder / f"{name}.csv").read_text().splitlines()
    assert lines[0] == "environment_steps,updates,cpu_seconds,validation,mean_reward"
    assert len(lines) == 3
    assert "<polyline" in (folder / f"{name}.svg").read_text()

    assert main(["list", "checkpoints", "--dir", "made"]) == 0
    listed = capsys.readouterr().out
    assert "my-agent[elite_share=0.5]  assignment/asp-tiny  2     custom" in listed
    assert main(["list", "checkpoints", "--dir", "made", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)

    assert main(["generate", TINY, "--seed", "0", "--out", "."]) == 0
    command = ["solve", "asp-tiny-0.json.gz", "--solver", agent, "--checkpoint", f"made/{TINY}/{name}.json"]
    capsys.readouterr()
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert f"trained on {TINY}, seed 2 (custom budget" in shown
    assert f"sha256 {row['sha256'][:12]}" in shown
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoint_sha256"] == row["sha256"]
    assert main([*command, "--param", "elite_share=0.3"]) == 2
    assert "a checkpoint of my-agent[elite_share=0.5], version 1; expected" in capsys.readouterr().err
    assert main(["solve", "asp-tiny-0.json.gz", "--solver", "prophet", *command[-2:]]) == 2
    assert "prophet is a policy" in capsys.readouterr().err

    again = ["train", TINY, "--solver", agent, *SMALL, "--seed", "2", "--param", "elite_share=0.5"]
    assert main(again) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*again, "--resume"]) == 0
    assert "done already" in capsys.readouterr().out
    (folder / f"{name}.safetensors").write_bytes(b"")
    assert main(["list", "checkpoints", "--dir", "made"]) == 0
    assert capsys.readouterr().err.count("left out") == 1


def test_solve_without_a_checkpoint(agent, capsys):
    """A learner for which nothing is shipped is skipped with one clear line."""
    assert main(["generate", TINY, "--seed", "0", "--out", "."]) == 0
    capsys.readouterr()
    assert main(["solve", "asp-tiny-0.json.gz", "--solver", agent]) == 1
    shown = capsys.readouterr().out
    assert "skipped (no checkpoint of my-agent for assignment/asp-tiny, training seed 0; 'aigcbench train'" in shown


def test_interrupted_training(agent, tmp_path, capsys):
    """A training that ended without a checkpoint is refused without --resume, and goes on with it."""
    path, undisturbed = tmp_path / agent, (tmp_path / agent).read_text()
    save = 'run.save({"rule": mean}); raise RuntimeError'
    path.write_text(undisturbed.replace("            run.report(point)", f"            {save}"))
    options = [TINY, "--solver", agent, *SMALL]
    assert main(["train", *options]) == 1
    assert main(["train", *options]) == 2
    assert "an interrupted training; expected --resume" in capsys.readouterr().err
    assert main(["train", *options, "--resume"]) == 1
    assert "RuntimeError" in capsys.readouterr().err


def test_gymnasium(agent, tmp_path, monkeypatch, capsys):
    """In an environment of Gymnasium the test episodes are played, printed and kept."""
    monkeypatch.setattr(train, "TEST_EPISODES", 4)
    source = (tmp_path / agent).read_text().replace('formulations = ("assignment",)', 'formulations = ("*",)')
    (tmp_path / agent).write_text(source)
    assert main(["train", "--env", "CartPole-v1", "--solver", agent, *SMALL, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["environment_steps"] == 25600
    test = json.loads((tmp_path / "made" / "gymnasium" / "CartPole-v1" / "my-agent-seed0.test.json").read_text())
    assert test == answer["test"]
    assert (test["episodes"], len(test["returns"])) == (4, 4)
    assert test["low"] <= test["mean"] <= test["high"]
    assert test["checkpoint_sha256"] == answer["sha256"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--solver", "prophet"], "both or neither of a scenario and --env"),
        ([TINY, "--env", "CartPole-v1", "--solver", "prophet"], "both or neither"),
        ([TINY, "--solver", "prophet"], "solver prophet: a policy; expected a learner"),
        ([TINY, "--solver", "none"], "unknown name 'none'"),
        (["assignment/asp-tny", "--solver", "my_agent.py"], "unknown name 'assignment/asp-tny'"),
        (["--env", "CartPol", "--solver", "my_agent.py"], "--env: "),
        ([TINY, "--solver", "my_agent.py", "--param", "x=1"], "unknown key 'x'"),
    ],
)
def test_bad_arguments(agent, capsys, arguments, words):
    """What cannot be trained is refused in one line."""
    assert main(["train", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_failed_training(agent, tmp_path, capsys):
    """A training that fails is told in one line, with exit code 1."""
    path = tmp_path / agent
    path.write_text(path.read_text().replace('return {"rule": best}', "raise ValueError('no idea')"))
    assert main(["train", TINY, "--solver", agent, *SMALL]) == 1
    assert "error, training failed: ValueError: no idea (my_agent.py:" in capsys.readouterr().err
