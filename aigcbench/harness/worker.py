"""The worker: the process in which a solver lives. It says READY, answers, and is believed in nothing but decisions."""

from __future__ import annotations

import json
import traceback
from typing import Any

import numpy as np

from aigcbench.card import KINDS
from aigcbench.discovery import load_module
from aigcbench.harness import channel as ch
from aigcbench.harness.channel import Channel
from aigcbench.instance import Instance, dump_arrays, parse_arrays
from aigcbench.observation import Context, Layout, Observation, View
from aigcbench.problems.problem import Problem, canonical_decisions, problem_named, problem_of
from aigcbench.solver import Budget, Decisions, Learner, Limits, Planner, Policy, Solver

TRAINING_ENVIRONMENTS = 64


def serve(channel: Channel) -> None:
    """Do one job for the supervisor; tell it of an exception in the solver's code."""
    try:
        _, payload = channel.receive()
        job = json.loads(payload)
        _ROLES[job["role"]](channel, job)
    except (EOFError, ConnectionError):
        return  # the supervisor has ended the cell
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({place.filename.rpartition('/')[2]}:{place.lineno})"
        channel.send(ch.ERROR, text.encode(errors="replace")[:4000])


def _solver(job: dict[str, Any], kind: str) -> Any:
    """The solver object of a job, prepared."""
    solver = getattr(load_module(job["location"]), job["class_name"])(**job["parameters"])
    assert isinstance(solver, KINDS[kind])
    assert isinstance(solver, Solver)
    solver.prepare()
    return solver


def _rng(job: dict[str, Any]) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(job["entropy"]))


def _policy(channel: Channel, job: dict[str, Any]) -> None:
    """Prepare a policy and let it decide."""
    policy: Policy = _solver(job, "policy")
    channel.send(ch.READY)
    _decide(channel, job, policy)


def _learner(channel: Channel, job: dict[str, Any]) -> None:
    """Train on environments of the instance's scenario (training seeds), then let the trained policy decide."""
    import gymnasium

    learner: Learner = _solver(job, "learner")
    channel.send(ch.READY)
    _, payload = channel.receive()
    order = json.loads(payload)
    name = f"aigcbench.environments:aigcbench/{order['formulation'].capitalize()}-v0"
    environments = gymnasium.make_vec(name, num_envs=TRAINING_ENVIRONMENTS, scenario=order["scenario"])
    environments.reset(seed=job["entropy"] % 2**31)
    policy = learner.train(environments, Budget(**order["budget"]), _rng(job), lambda _: None)
    channel.send(ch.TRAINED)
    _decide(channel, job, policy)


def _decide(channel: Channel, job: dict[str, Any], policy: Policy) -> None:
    """Answer observations with actions; the instance never comes here unless the solver's compiled form runs in the kernel."""
    learns = type(policy).feedback is not Policy.feedback
    _, payload = channel.receive()
    context = context_from_bytes(payload)
    action = problem_named(context.formulation).action
    policy.reset(context, _rng(job))
    if job["compiled"]:
        compiled = policy.compiled()
        if compiled is not None:
            return _compiled(channel, context.information, *compiled)
        channel.send(ch.NOT_COMPILED)
    vector = np.zeros(context.observation_length)
    memory = memoryview(vector).cast("B")  # type: ignore[arg-type]
    observation = Observation(vector, context.layout)
    index_action = action.shape == ()
    while True:
        kind, payload = channel.receive()
        if learns and kind == ch.STEP:
            policy.feedback(float(np.frombuffer(payload, np.float64, 1)[0]))
        if len(payload) == 8:  # the episode is over
            return None
        memory[:] = payload[8:]
        chosen = policy.act(observation)
        if index_action and type(chosen) is not np.ndarray:
            channel.send(ch.ACTION, int(chosen).to_bytes(8, "little", signed=True))
        else:
            answer = np.asarray(chosen)
            if answer.dtype.kind not in "iuf" or (action.dtype == "int64" and answer.dtype.kind == "f"):
                raise TypeError(f"act returned dtype {answer.dtype}, expected {action.dtype}")
            channel.send(ch.ACTION, answer.astype(action.dtype).tobytes())


def _compiled(channel: Channel, information: str, decide: Any, state: np.ndarray) -> None:
    """Run a compiled policy inside the simulator's kernel."""
    channel.send(ch.READY)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    decisions = problem_of(instance).run_compiled(instance, information, decide, state)
    channel.send(ch.DONE, dump_arrays(decisions))


def _planner(channel: Channel, job: dict[str, Any]) -> None:
    """Plan for a whole instance, passing incumbents on."""
    planner: Planner = _solver(job, "planner")
    channel.send(ch.READY)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    problem = problem_of(instance)
    reporter = _IncumbentReporter(channel, problem)
    decisions = planner.plan(instance, Limits(**job["limits"]), _rng(job), reporter)
    channel.send(ch.DONE, dump_arrays(canonical_decisions(problem, decisions)))


class _IncumbentReporter:
    """Sends incumbents to the supervisor, which puts the time on them."""

    def __init__(self, channel: Channel, problem: Problem) -> None:
        self._channel, self._problem = channel, problem

    def __call__(self, decisions: Decisions, bound: float | None = None) -> None:
        """Report decisions; a bound is the solver's own word and is not used for scoring."""
        self._channel.send(ch.INCUMBENT, dump_arrays(canonical_decisions(self._problem, decisions)))


def _bound(channel: Channel, job: dict[str, Any]) -> None:
    """Compute the library's own bound of an instance."""
    channel.send(ch.READY)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    bound = problem_of(instance).bound(instance, job["seconds"])
    channel.send(ch.DONE, json.dumps([bound.value, bound.method]).encode())


_ROLES = {"policy": _policy, "learner": _learner, "planner": _planner, "bound": _bound}


def context_to_bytes(context: Context) -> bytes:
    """A context as it crosses to the policy's process."""
    layout = {"views": [vars(view) for view in context.layout.views], "lengths": dict(context.layout.lengths)}
    head = {
        name: value for name, value in vars(context).items() if name not in ("layout", "scale", "arrays", "parameters")
    }
    head |= {"layout": layout, "parameters": dict(context.parameters)}
    return json.dumps(head).encode() + b"\n" + dump_arrays({"": context.scale, **context.arrays})


def context_from_bytes(data: bytes) -> Context:
    """Read what `context_to_bytes` wrote."""
    line, _, rest = data.partition(b"\n")
    head = json.loads(line)
    arrays = parse_arrays(rest)
    layout = head.pop("layout")
    views = tuple(View(**view) for view in layout["views"])
    return Context(layout=Layout(views, layout["lengths"]), scale=arrays.pop(""), arrays=arrays, **head)
