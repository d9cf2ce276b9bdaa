"""Plays a compiled policy through an instance that is never held as a whole: any number of tasks in the memory of one slot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aigcbench.agents import agents_of, compiled_form
from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context
from aigcbench.problems.offloading import episode, generator, model, simulator
from aigcbench.problems.offloading.generator import SlotTasks, Stream
from aigcbench.problems.offloading.sketch import DelaySketch
from aigcbench.scenario import Scenario
from aigcbench.solver import Policy


def play_stream(
    scenario: Scenario, policy: Policy, seed: int, split: str = "test", slots: int | None = None
) -> dict[str, float]:
    """Draw the instance of a seed slot by slot and let a policy decide it inside the kernel.

    Tasks and decisions are those of `Scenario.instance` and `run_compiled`. Memory grows with the tasks of a slot and, by 8 bytes
    each, with slots times stations.

    Parameters
    ----------
    policy
        One with a compiled form, prepared. Its random numbers come from ``seed``.
    slots
        Number of slots, where that is not the scenario's: the first ones are the same.

    Returns
    -------
    ``tasks``, their number, and every metric of the formulation, as the checker defines them but for the sketched quantiles and
    means by size (see `DelaySketch`).

    Raises
    ------
    InputError
        For a scenario of another formulation or a policy without a compiled form.
    InvalidDecisions
        For an action that is no station.
    """
    if scenario.formulation != model.NAME:
        raise InputError("scenario", f"formulation {scenario.formulation}", model.NAME)
    parameters = dict(scenario.parameters) | ({} if slots is None else {"slots": slots})
    stream = generator.stream(parameters, scenario.fleet, scenario.random_stream(seed, split))
    header = _header(scenario, stream, parameters["slots"])
    context = model.context_of(header, policy.information)
    form = compiled_form(agents_of(policy, context, np.random.default_rng(seed)))
    if form is None:
        raise InputError("policy", f"{policy.name} has no compiled form", "a policy with one")
    return _measured(header, context, stream.slots, form)


def _header(scenario: Scenario, stream: Stream, n_slots: int) -> Instance:
    """The instance without its tasks: what contexts and layouts are made of."""
    arrays = dict(stream.stations) | {"slot_tasks": np.zeros((n_slots, len(stream.stations["station_rate"])), np.int64)}
    arrays |= {f"task_{name}": np.zeros(0) for name in ("data", "work", "result")}
    return Instance(model.NAME, scenario.name, scenario.version, "test", 0, stream.parameters, arrays)


def _measured(
    header: Instance, context: Context, slots: Iterator[SlotTasks], form: tuple[object, np.ndarray]
) -> dict[str, float]:
    """Play all slots and sum up."""
    decide, policy_states = form
    n_slots, n_stations = header["slot_tasks"].shape
    state = simulator.empty_state(1, (n_stations, n_slots, 0), context.observation_length, context["live_queues"])
    simulator.load_stations(state, 0, header.parameters, header.arrays)
    sketch = DelaySketch(float(context["max_work_gcycles"]))
    rewards, arrival = np.zeros(len(policy_states)), np.arange(n_stations)
    late, moved, longest, deadline = 0, 0, 0.0, float(context["deadline_s"])
    for slot, tasks in enumerate(slots):
        n_tasks = len(tasks.work)
        state = state._replace(data=tasks.data[None], work=tasks.work[None], result=tasks.result[None])
        state.n_tasks[0] = n_tasks
        state.counts[0, slot * n_stations : (slot + 1) * n_stations] = tasks.counts
        simulator.enter_slot(state, 0, slot)
        decisions, delays = np.empty(n_tasks, np.int64), np.empty(n_tasks)
        illegal = episode.run(state, decide, policy_states, rewards, decisions, delays)
        if illegal >= 0:
            raise episode.illegal_action(header, sketch.n_tasks + illegal, int(decisions[illegal]))
        simulator.end_slot(state, 0)
        sketch.add(delays, tasks.work)
        late += int((delays > deadline).sum()) if deadline > 0 else 0
        moved += int((decisions != np.repeat(arrival, tasks.counts)).sum())
        longest = max(longest, float(state.queue.max()))
    return {
        "tasks": float(sketch.n_tasks),
        "mean_delay": sketch.mean,
        "p95_delay": sketch.quantile(0.95),
        "p99_delay": sketch.quantile(0.99),
        **{f"mean_delay_{size}": mean for size, mean in sketch.mean_by_size().items()},
        "late_rate": late / sketch.n_tasks,
        "max_queue": longest,
        "offloaded_rate": moved / sketch.n_tasks,
    }
