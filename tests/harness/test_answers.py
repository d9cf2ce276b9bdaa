"""What solvers answer: only whole, legal decisions count, and only what came in time."""

import numpy as np
import pytest

from aigcbench.harness import supervisor
from aigcbench.harness.cell import Status

ACTIONS = {
    "NaN": ("float('nan')", Status.ERROR, "TypeError: act returned nan, expected a whole number"),
    "a float": ("1.0", Status.ERROR, "TypeError"),
    "a numpy float": ("np.float64(1.0)", Status.ERROR, "TypeError"),
    "None": ("None", Status.ERROR, "TypeError: act returned None"),
    "a string": ("'1'", Status.ERROR, "TypeError: act returned '1'"),
    "a list": ("[0]", Status.ERROR, "TypeError: act returned [0]"),
    "one-element array": ("np.array([0])", Status.ERROR, "TypeError"),
    "0-d float array": ("np.array(0.0)", Status.ERROR, "TypeError"),
    "beyond 64 bit": ("2**63", Status.ERROR, "act returned 9223372036854775808"),
    "unsigned beyond": ("np.uint64(2**64 - 1)", Status.ERROR, "act returned np.uint64("),
    "largest": ("2**63 - 1", Status.INVALID, "service-range: task 0"),
    "smallest": ("-2**63", Status.INVALID, "service-range: task 0"),
    "out of range": ("3", Status.INVALID, "service-range: task 0: service 3"),
    "rejection, forbidden": ("-1", Status.INVALID, "task 0: -1"),
    "an int": ("1", Status.OK, ""),
    "True": ("True", Status.OK, ""),
    "numpy int": ("np.int32(1)", Status.OK, ""),
    "0-d array": ("np.array(1)", Status.OK, ""),
    "uint8 scalar": ("np.uint8(1)", Status.OK, ""),
}


@pytest.mark.parametrize(("action", "status", "detail"), ACTIONS.values(), ids=ACTIONS)
def test_action(rogue, run, action, status, detail):
    """An action is one whole number in range; nothing is rounded, parsed or wrapped."""
    outcome = run(rogue(f"return {action}"))
    assert (outcome.status, outcome.score is not None) == (status, status is Status.OK)
    assert detail in outcome.detail
    if status is Status.OK:
        assert outcome.decisions["service"].tolist() == [1] * 6
        assert len(outcome.latencies) == 6


PLANS = {
    "None": ("None", "format: decisions.service: dtype object"),
    "strings": ("['a'] * 6", "format: decisions.service: dtype <U1"),
    "floats": ("np.zeros(6)", "format: decisions.service: dtype float64"),
    "NaN": ("np.full(6, np.nan)", "format: decisions.service: dtype float64"),
    "unsigned 64": ("np.full(6, 2**64 - 1, np.uint64)", "format: decisions.service: dtype uint64"),
    "booleans": ("np.zeros(6, bool)", "format: decisions.service: dtype bool"),
    "a scalar": ("0", "format: decisions.service: 0 dimensions"),
    "a matrix": ("np.zeros((6, 1), int)", "format: decisions.service: 2 dimensions"),
    "too few": ("np.zeros(5, int)", "length: task 5"),
    "too many": ("np.zeros(70000, int)", "length: task 6"),
    "none at all": ("{}", "format: decisions: no arrays; expected arrays service"),
    "another name": ("{'servers': legal}", "format: decisions: arrays servers"),
    "one too many": ("{'service': legal, 'x': legal}", "format: decisions: arrays service, x"),
    "out of range": ("legal + 99", "service-range: task 0: service 99"),
    "rejection, forbidden": ("legal - 1", "rejection: task 0"),
}


@pytest.mark.parametrize(("plan", "detail"), PLANS.values(), ids=PLANS)
def test_plan_that_breaks_a_rule(rogue, run, plan, detail):
    """Decisions of a wrong form or out of range have no score, and the rule that they break is named."""
    outcome = run(rogue(f"return {plan}", "planner"))
    assert outcome.status is Status.INVALID
    assert detail in outcome.detail
    assert outcome.score is None


def test_plan_of_small_integers(rogue, run):
    """Narrow integers are widened."""
    outcome = run(rogue("return {'service': legal.astype(np.uint8) + 1}", "planner"))
    assert outcome.decisions["service"].dtype == np.int64
    assert outcome.decisions["service"].tolist() == [1] * 6


FORGED = {
    "no header": b"",
    "no JSON": b"xyz\n",
    "bad UTF-8": b"\xff\xfe\n",
    "a number": b"7\n",
    "too few fields": b'[["service"]]\n',
    "unknown dtype": b'[["service", "object", [1]]]\n12345678',
    "lengths beyond 64 bit": b'[["service", "int64", [1180591620717411303424]]]\n',
    "negative length": b'[["service", "int64", [-1]]]\n',
    "a product beyond 64 bit": b'[["service", "int64", [4294967296, 4294967296, 4294967296]]]\n',
    "surplus": b'[["service", "int64", [1]]]\n12345678x',
    "deep": b"[" * 100_000,
    "a hundred dimensions": b'[["service", "int64", [' + b"1, " * 99 + b"1]]]\n12345678",
}


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_forged_decisions(rogue, run, payload):
    """Decisions that no honest worker writes are invalid, not a crash of the supervisor."""
    outcome = run(rogue(f"frame(b'D', {payload!r}); time.sleep(1000)", "planner"))
    assert outcome.status is Status.INVALID
    assert outcome.detail.startswith("format: ")


def test_forged_done_of_a_policy(rogue, run):
    """A policy cannot deliver decisions that it did not take one by one."""
    outcome = run(rogue("frame(b'D', b''); time.sleep(1000)"))
    assert outcome.detail == "the solver's process sent an unexpected frame b'D'"


def test_action_of_a_wrong_size(rogue, run):
    """An action frame of a wrong size is refused."""
    outcome = run(rogue("frame(b'A', bytes(7)); time.sleep(1000)"))
    assert outcome.detail == "the solver's process sent an action of 7 bytes instead of 8"


def test_answer_before_the_question(rogue, run):
    """A policy that sends its actions in one go, to look fast, is refused."""
    outcome = run(rogue("os.write(channel(), struct.pack('<cQq', b'A', 8, 0) * 6); time.sleep(1000)"))
    assert outcome.status is Status.ERROR
    assert outcome.detail == "the solver's process sent an answer before the question"


def test_gone_after_the_last_action(rogue, run):
    """A policy that leaves once it has decided everything is scored."""
    body = "self.count = getattr(self, 'count', 0) + 1\nif self.count == 6: frame(b'A', bytes(8)); os._exit(0)"
    outcome = run(rogue(body))
    assert (outcome.status, outcome.decisions["service"].tolist()) == (Status.OK, [0] * 6)


def test_feedback_that_raises(rogue, run):
    """An exception in feedback is an error of the solver."""
    source = """
        class Rogue(Declared, Policy):
            information = "online"
            def act(self, observation): return 0
            def feedback(self, reward): raise ValueError(f"reward {type(reward).__name__}")
    """
    outcome = run(rogue(source, "source"))
    assert outcome.detail.startswith("ValueError: reward float (rogue.py:")


def test_instance_cannot_be_changed(rogue, run):
    """The arrays that a planner sees are read-only."""
    outcome = run(rogue("instance['task_steps'][:] = 1", "planner"))
    assert outcome.status is Status.ERROR
    assert "read-only" in outcome.detail


def test_instance_changed_by_force(rogue, run):
    """A planner that changes its copy of the instance changes nothing about the score."""
    force = "a = instance['task_steps']\nctypes.memset(a.ctypes.data, 0, a.nbytes)"
    changed, honest = run(rogue(force, "planner")), run(rogue("pass", "planner"))
    assert changed.score.metrics == honest.score.metrics


def test_incumbents_and_an_answer(rogue, run):
    """Legal incumbents make the anytime curve, illegal ones no point of it; the answer ends it."""
    outcome = run(rogue("incumbent(legal + 1); incumbent(legal + 99); incumbent(legal)", "planner"))
    assert outcome.status is Status.OK
    assert len(outcome.anytime) == 3
    assert outcome.anytime[-1][1] == outcome.anytime[-2][1] == outcome.score.primary
    seconds = [point[0] for point in outcome.anytime]
    assert seconds == sorted(seconds)


def test_incumbent_of_a_wrong_form(rogue, run):
    """An incumbent of a wrong form is an exception where it was reported; uncaught, it makes the run invalid."""
    outcome = run(rogue("incumbent('abc')", "planner"))
    assert outcome.status is Status.INVALID
    assert outcome.detail.startswith("format: ")


def test_flood_of_incumbents(rogue, run):
    """Thousands of incumbents are thinned out; the first and the last stay."""
    outcome = run(rogue("for k in range(5000): incumbent(legal + (0 < k < 4999))", "planner"))
    assert outcome.status is Status.OK
    assert len(outcome.anytime) == supervisor.MAXIMUM_INCUMBENTS + 1
    scores = [score for _, score in outcome.anytime]
    assert scores[0] == scores[-2] == scores[-1] == outcome.score.primary


@pytest.mark.parametrize(
    ("end", "status", "seconds"),
    [
        ("time.sleep(1000)", Status.TIMEOUT, 0.3),
        ("held = [np.ones(10**7) for _ in range(8) if time.sleep(0.05) is None]", Status.MEMORY, 20.0),
    ],
    ids=["hangs", "eats memory"],
)
def test_stopped_after_an_incumbent(rogue, run, end, status, seconds):
    """A planner that is stopped is scored by its last incumbent."""
    outcome = run(rogue(f"incumbent(legal); incumbent(legal + 1)\n{end}\ntime.sleep(1000)", "planner"), seconds, 400.0)
    assert outcome.status is status
    assert outcome.decisions["service"].tolist() == [1] * 6
    assert outcome.score is not None
    assert len(outcome.anytime) == 2


def test_stopped_after_an_illegal_incumbent(rogue, run):
    """A stopped planner whose last incumbent is illegal has no score."""
    outcome = run(rogue("incumbent(legal); incumbent(legal + 99); time.sleep(1000)", "planner"), 0.3)
    assert outcome.status is Status.INVALID
    assert outcome.score is None


def test_crash_after_an_incumbent(rogue, run):
    """A planner that crashes by itself is not scored: only limits stop a run without fault."""
    outcome = run(rogue("incumbent(legal); os.abort()", "planner"))
    assert (outcome.status, outcome.score) == (Status.CRASH, None)


def test_answer_after_the_limit(rogue, run):
    """What a planner sends after its limit, from the handler of SIGTERM, does not count."""
    body = """
        def late(*_):
            incumbent(legal + 1); incumbent(legal + 2)
            raise SystemExit
        signal.signal(signal.SIGTERM, late)
        incumbent(legal)
        time.sleep(1000)
    """
    outcome = run(rogue(body, "planner"), 0.3)
    assert outcome.status is Status.TIMEOUT
    assert outcome.decisions["service"].tolist() == [0] * 6
