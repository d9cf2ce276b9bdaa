"""Policies that cheat: decisions that their own file does not give again where it cannot see what they saw."""

import math
import shutil
from textwrap import dedent

import numpy as np
import pytest

from aigcbench.checkpoint import Checkpoint
from aigcbench.discovery import catalogue
from aigcbench.errors import InputError
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.supervisor import run_cell
from aigcbench.submissions import replay
from aigcbench.submissions.declarations import Declarations
from aigcbench.submissions.submission import Submission
from aigcbench.submissions.verification import Verification

TINY = "assignment/asp-tiny"
HEAD = """
from aigcbench.solver import Policy

class Mine(Policy):
    \"\"\"A policy of one's own.\"\"\"
    name, family, formulations, information = "mine", "heuristic", ("assignment",), "online"
"""
RULE = """
    def act(self, observation):
        return int(observation.free_steps.argmax())
"""
READER = """
    def reset(self, context, rng):
        import numpy as np, os
        path = {path!r}
        self.plan = list(np.load(path)) if os.path.exists(path) else [0] * 6

    def act(self, observation):
        return int(self.plan.pop(0))
"""
DRAWER = """
    def reset(self, context, rng):
        from aigcbench.scenario import scenario_named
        instance = scenario_named("assignment/asp-tiny").instance(0)
        self.plan = [task % 2 for task in range(len(instance["task_arrival"]))]

    def act(self, observation):
        return self.plan.pop(0)
"""
WISHER = """
    def reset(self, context, rng):
        self.future = context["task_arrival"]

    def act(self, observation):
        return 0
"""


LISTENER = '''
import numpy
from aigcbench.solver import Policy

class Mine(Policy):
    """Goes where the one before it went."""
    name, family, formulations, information = "mine", "heuristic", ("offloading",), "online"

    def reset(self, context, rng):
        self.place, self.word = context.agent, numpy.__dict__.setdefault("word", [0])

    def act(self, observation):
        chosen, self.word[0] = self.word[0], self.place
        return chosen
'''


@pytest.fixture
def own(store_of, submit, tmp_path):
    """A submission of one's own policy, from its source."""

    def make(body, **plan):
        file = tmp_path / "mine.py"
        file.write_text(dedent(HEAD) + body)
        store = store_of(scenarios=[TINY], solvers=[str(file)], bound_seconds=0, **plan)
        return submit(store, tmp_path / "mine-first", solvers=[file])

    return make


def test_honest_policies_decide_again(folder, replayed):
    """Every policy of the catalogue decides the same again, random ones too; planners are not re-run."""
    assert replayed(folder) == ([], 6)


def test_a_policy_of_ones_own(own, replayed):
    """A policy whose file came along is re-run from it."""
    assert replayed(own(RULE)) == ([], 2)


def test_decisions_that_the_policy_did_not_take(folder, forger, findings, replayed):
    """A plan made with the future in view, under the name of a policy: the policy decides otherwise, and where is told."""
    rows = {}
    forger.decisions(
        lambda row, arrays: rows.setdefault((row["solver"], row["scenario"], row["instance_seed"]), arrays)
    )
    planned, decided = rows["annealing", TINY, 0], rows["random", TINY, 0]
    assert planned["service"].tolist() != decided["service"].tolist()
    forger.decisions(
        lambda row, arrays: (
            planned if (row["solver"], row["scenario"], row["instance_seed"]) == ("random", TINY, 0) else arrays
        )
    )
    metrics = next(
        row["metrics"] for row in _rows(forger) if row["solver"] == "annealing" and row["instance_seed"] == 0
    )
    forger.first("random", metrics=metrics)
    assert findings(folder) == []  # the score is that of the decisions
    (line,), _ = replayed(folder, strict=False)
    assert line.startswith(f"information: random on {TINY}#0, seed 0: the policy decides otherwise: service[")


def _rows(forger):
    found = []
    forger.rows(found.extend)
    return found


def test_one_bit_is_enough(folder, forger, replayed):
    """Shares that differ in their last bit are other decisions."""

    def nudge(row, arrays):
        return arrays | {"bandwidth": np.nextafter(arrays["bandwidth"], 0.0)} if "bandwidth" in arrays else arrays

    forger.decisions(nudge)
    lines, _ = replayed(folder)
    assert any("static-popular" in line and "decides otherwise: bandwidth[0, 0, 0]" in line for line in lines)


def test_a_policy_that_reads_a_file(own, replayed, tmp_path):
    """A policy that read its decisions from a file decides otherwise without it, and its source shows the attempt."""
    np.save(tmp_path / "plan.npy", np.array([1, 0, 1, 0, 1, 0] * 3))
    folder = own(READER.format(path=str(tmp_path / "plan.npy")))
    (tmp_path / "plan.npy").unlink()
    lines, count = replayed(folder)
    assert count == 2
    assert any("solvers/mine.py: line 9: imports os" in line for line in lines)
    assert sum("the policy decides otherwise: service[0] is 0, not 1" in line for line in lines) == 2


def test_a_policy_that_draws_the_instance(own, replayed):
    """A policy that draws the instance anew would decide the same again; its source gives it away."""
    lines, _ = replayed(own(DRAWER))
    assert lines == [
        "information: solvers/mine.py: line 9: imports scenario_named from aigcbench.scenario; "
        "expected a policy that decides by its observations"
    ]


def test_a_policy_that_wants_the_future(own, replayed):
    """A policy that asks for the future fails where there is none: nothing is claimed, nothing to re-run."""
    assert replayed(own(WISHER)) == ([], 0)


def test_strict_wants_every_policy(own, replayed):
    """Without its file a policy cannot be re-run: strict refuses it, otherwise it is passed over."""
    folder = own(RULE)
    shutil.rmtree(folder / "solvers")
    assert replayed(folder, strict=False) == ([], 0)
    lines, _ = replayed(folder)
    assert len(lines) == 2
    assert all("no file of the policy mine" in line for line in lines)


def test_another_file_than_decided(own, replayed):
    """The file that came along is the one that decided, to the byte."""
    folder = own(RULE)
    with (folder / "solvers" / "mine.py").open("a") as stream:
        stream.write("# later\n")
    lines, _ = replayed(folder)
    assert len(lines) == 2
    assert all("decided by another solver file" in line for line in lines)


def test_a_planner_in_disguise(own, forger_of, replayed):
    """A row that calls itself another class than its file declares is refused."""
    folder = own(RULE)
    forger_of(folder).first("mine", information="informed")
    lines, _ = replayed(folder)
    assert any("solver: mine" in line and "information 'informed'; expected 'online'" in line for line in lines)


@pytest.mark.parametrize(
    "source", ["import os\nos._exit(0)", "raise SystemExit", "x = 1", "def ("], ids=["exit", "raise", "none", "syntax"]
)
def test_files_that_are_no_solver(tmp_path, source):
    """A file that ends its process, declares nothing or is no Python is refused in one line."""
    file = tmp_path / "bad.py"
    file.write_text(source)
    with pytest.raises(InputError):
        Declarations([file])


def test_a_name_that_is_taken(tmp_path):
    """A file cannot pass for a solver of the catalogue."""
    file = tmp_path / "prophet.py"
    file.write_text(dedent(HEAD).replace('"mine"', '"prophet"') + RULE)
    with pytest.raises(InputError, match="solver 'prophet' exists already"):
        Declarations([file])


@pytest.mark.heavy
def test_a_learner_decides_with_its_checkpoint(store_of, submit, tmp_path, forger_of, replayed):
    """A learned policy is re-run with the checkpoint that its row names; another one's hash is refused."""
    paper = "assignment/asp-paper"
    learners = [card for card in catalogue()[0].values() if card.kind == "learner" and card.solves("assignment")]
    trained = [
        card.name for card in learners if isinstance(Checkpoints().find(card, card.validated({}), paper, 0), Checkpoint)
    ]
    store = store_of(scenarios=[paper], instances=1, solvers=trained[:1], training_seeds=[0], bound_seconds=0)
    folder = submit(store, tmp_path / "learned")
    assert replayed(folder) == ([], 1)
    forger_of(folder).first(trained[0], paper, checkpoint_sha256="0" * 64)
    (line,), count = replayed(folder)
    assert "checkpoint 000000000000..." in line
    assert count == 0


def test_stations_that_leave_word_for_one_another(store_of, submit, tmp_path, replayed):
    """What stations tell one another in a library that they share is lost where each has its own process."""
    file = tmp_path / "mine.py"
    file.write_text(LISTENER)
    store = store_of(scenarios=["offloading/light10"], instances=1, solvers=[str(file)], bound_seconds=0)
    lines, count = replayed(submit(store, tmp_path / "mine-first", solvers=[file]))
    assert count == 1
    assert any("line 10: uses .__dict__" in line for line in lines)
    assert any("the policy decides otherwise: station[" in line for line in lines)


def test_re_runs_are_stepped_whatever_the_size(own, nursery, monkeypatch):
    """Where a policy could run compiled, beside the instance, its re-run is stepped too and gets more time for it."""
    submission = Submission.load(own(RULE + "\n    def compiled(self):\n        raise ValueError\n"))
    ran = []
    monkeypatch.setattr(replay, "COMPILED_FROM", 1)
    monkeypatch.setattr(
        replay, "run_cell", lambda *args, **how: ran.append((args[1].limits, how)) or run_cell(*args, **how)
    )
    again = replay.Replay(submission, Declarations(submission.folder.solver_files()), nursery, True)
    for item in Verification(submission, again._declarations, {}).rows():
        assert again.findings(item.row, item.instance, item.decisions) == []
    assert [how["compiled_from"] for _, how in ran] == [math.inf] * 2
    assert all(limits.wall_seconds > again.limits.wall_seconds for limits, _ in ran)
