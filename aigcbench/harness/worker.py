"""The worker: the process in which a solver lives. It says READY, answers, and is believed in nothing but decisions."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from aigcbench.agents import agents_of, compiled_form
from aigcbench.checkpoint import weights_from_bytes
from aigcbench.errors import InvalidDecisions, one_line
from aigcbench.harness import channel as ch
from aigcbench.harness.channel import Channel
from aigcbench.harness.deciding import Agents, AgentsApart
from aigcbench.harness.job import generator_of, solver_of
from aigcbench.instance import Instance, dump_arrays, parse_arrays
from aigcbench.observation import Context, Layout, View
from aigcbench.problems.problem import Problem, canonical_decisions, problem_named, problem_of
from aigcbench.solver import Decisions, Learner, Limits, Planner, Policy


def serve(channel: Channel) -> None:
    """Do one job for the supervisor; tell it of an exception in the solver's code, `SystemExit` included."""
    _, payload = channel.receive()
    job = json.loads(payload)
    try:
        _ROLES[job["role"]](channel, job)
    except InvalidDecisions as error:
        channel.send(ch.INVALID, f"{error.constraint}: {error}".encode())
    except BaseException as error:
        channel.send(ch.ERROR, _told(error, job.get("location", "")).encode(errors="replace"))
        traceback.print_exception(error)  # seen by those who asked for the workers' standard error


def _told(error: BaseException, location: str) -> str:
    """An exception in one line, with the place in the solver's file where there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    place = ([frame for frame in frames if frame.filename == location] or frames)[-1]
    try:
        message = one_line(error, 300)
    except Exception:
        message = "(its message cannot be read)"
    return f"{type(error).__name__}: {message} ({place.filename.rpartition('/')[2]}:{place.lineno})"


def _policy(channel: Channel, job: dict[str, Any]) -> None:
    """Prepare a policy and let it decide."""

    def make(anew: bool) -> Policy:
        policy: Policy = solver_of(job, "policy", anew)
        policy.prepare()
        return policy

    _decide(channel, job, make)


def _learner(channel: Channel, job: dict[str, Any]) -> None:
    """Let a learner's trained policy decide; what training needs is not prepared."""
    _, payload = channel.receive()

    def make(anew: bool) -> Policy:
        learner: Learner = solver_of(job, "learner", anew)
        policy = learner.policy(weights_from_bytes(payload))
        policy.prepare()
        return policy

    _decide(channel, job, make)


def _decide(channel: Channel, job: dict[str, Any], make: Callable[[bool], Policy]) -> None:
    """Answer observations with actions; the instance never comes here unless the solver's compiled form runs in the kernel.

    Parameters
    ----------
    make
        Makes the policy, ready to be reset; when told so, from its file executed anew: the agents of an episode share
        neither a class nor the globals of its module.
    """
    policy = make(False)
    channel.send(ch.READY)
    _, payload = channel.receive()
    context = context_from_bytes(payload)
    if job[
        "compiled"
    ]:  # copies will do: of such agents only the states run, and these know nothing but the context yet
        compiled = compiled_form(agents_of(policy, context, generator_of(job)))
        if compiled is not None:
            return _compiled(channel, context.information, *compiled)
    policies = agents_of(policy, context, generator_of(job), lambda: make(True))
    here = Agents(policies, context)
    agents = AgentsApart(here, len(policies), channel) if job["apart"] and len(policies) > 1 else here
    channel.send(ch.STEPWISE)
    place = 0
    while True:
        kind, payload = channel.receive()
        if kind == ch.STEP:
            agents.learn(place, ch.REWARD.unpack_from(payload)[0])
        if len(payload) == ch.REWARD.size:  # the episode is over
            return None
        place = ch.REQUEST.unpack_from(payload)[1]
        channel.send(ch.ACTION, agents.answer(place, payload[ch.REQUEST.size :]))


def _compiled(channel: Channel, information: str, decide: Any, state: np.ndarray) -> None:
    """Run a compiled policy inside the simulator's kernel."""
    channel.send(ch.COMPILED)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    decisions = problem_of(instance).run_compiled(instance, information, decide, state)
    channel.send(ch.DONE, dump_arrays(decisions))


def _planner(channel: Channel, job: dict[str, Any]) -> None:
    """Plan for a whole instance, passing incumbents on."""
    planner: Planner = solver_of(job, "planner")
    planner.prepare()
    channel.send(ch.READY)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    problem = problem_of(instance)
    reporter = _IncumbentReporter(channel, problem)
    decisions = planner.plan(instance, Limits(**job["limits"]), generator_of(job), reporter)
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
    problem_named(job["formulation"]).prepare_bound()
    channel.send(ch.READY)
    _, payload = channel.receive()
    instance = Instance.from_bytes(payload)
    bound = problem_of(instance).bound(instance, job["seconds"])
    channel.send(ch.DONE, json.dumps([bound.value, bound.method]).encode())


def _train(channel: Channel, job: dict[str, Any]) -> None:
    """Train a learner; the module is imported for this only."""
    from aigcbench.harness import training_worker

    training_worker.train(channel, job)


def _test(channel: Channel, job: dict[str, Any]) -> None:
    """Play a learner's trained policy in an environment of Gymnasium."""
    from aigcbench.harness import training_worker

    training_worker.test(channel, job)


_ROLES = {"policy": _policy, "learner": _learner, "planner": _planner, "bound": _bound, "train": _train, "test": _test}


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
    head["action_shape"] = tuple(head["action_shape"])
    views = tuple(View(**view) for view in layout["views"])
    return Context(layout=Layout(views, layout["lengths"]), scale=arrays.pop(""), arrays=arrays, **head)
