"""Streamed instances against whole ones and their checker; the sketch against NumPy."""

import tracemalloc

import numpy as np
import pytest

from aigcbench.agents import agents_of, compiled_form
from aigcbench.discovery import find_solver, load_module
from aigcbench.errors import InputError, InvalidDecisions
from aigcbench.problems.offloading.sketch import DelaySketch
from aigcbench.problems.offloading.stream import play_stream
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import load_scenario, scenario_named
from aigcbench.solver import Policy

EXACT = ("mean_delay", "late_rate", "max_queue", "offloaded_rate")


def policy_named(name):
    """A prepared policy of the catalogue."""
    card = find_solver(name)
    policy = getattr(load_module(card.location), card.class_name)()
    policy.prepare()
    return policy


class Constant(Policy):
    """Sends everything to one station."""

    name, family, formulations, information = "constant", "heuristic", ("offloading",), "online"
    station = 0

    def compiled(self):
        from aigcbench.optimization.compilation import compile_decide

        return compile_decide(first_of_state), np.array([self.station], dtype=np.float64)


def first_of_state(vector, reward, state):
    """The station that the state holds."""
    return int(state[0])


@pytest.fixture
def deadline(tmp_path):
    """The paper preset with a deadline of 5 s."""
    path = tmp_path / "deadline.toml"
    head = 'schema = "aigcbench-scenario/1"\nversion = 1\nsummary = "Deadline"\nextends = "offloading/paper"\n'
    path.write_text(head + "[parameters]\ndeadline_s = 5.0\n")
    return load_scenario(path)


@pytest.mark.parametrize("name", ["opt-ts", "jsq", "capacity-lottery"])
@pytest.mark.parametrize("flag", ["live", "deadline"])
def test_stream_scores_as_the_whole_instance(deadline, flag, name):
    """A policy's metrics over the stream are those that the checker gives its decisions on the whole instance."""
    scenario = deadline if flag == "deadline" else scenario_named("offloading/live")
    streamed = play_stream(scenario, policy_named(name), 3)
    instance, policy = scenario.instance(3), policy_named(name)
    problem = problem_of(instance)
    context = problem.context(instance, policy.information)
    form = compiled_form(agents_of(policy, context, np.random.default_rng(3)))
    judged = score(instance, problem.run_compiled(instance, policy.information, *form)["station"])
    assert streamed.pop("tasks") == len(instance["task_work"])
    assert set(streamed) == set(judged)
    for metric, value in streamed.items():
        assert value == pytest.approx(judged[metric], rel=1e-9 if metric in EXACT else 1.5e-3), metric


def test_more_slots_begin_with_the_same_ones():
    """A stream of another number of slots has the scenario's own tasks first."""
    scenario, policy = scenario_named("offloading/light10"), policy_named("local-only")
    assert play_stream(scenario, policy, 1, slots=60) == play_stream(scenario, policy, 1)
    assert play_stream(scenario, policy, 1, slots=90)["tasks"] > play_stream(scenario, policy, 1)["tasks"]


def test_memory_stays_that_of_a_slot():
    """Six times the slots take next to no more memory."""
    scenario, policy = scenario_named("offloading/large"), policy_named("local-only")
    peaks = []
    for slots in (2, 2, 12):  # the first one compiles
        tracemalloc.start()
        play_stream(scenario, policy, 0, slots=slots)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1e6
    assert peaks[2] < 10e6


def test_what_cannot_be_streamed_is_refused():
    """Other formulations, policies without a compiled form and illegal actions raise, the latter with the task's number."""
    paper = scenario_named("offloading/paper")
    with pytest.raises(InputError, match="expected offloading"):
        play_stream(scenario_named("assignment/asp-tiny"), Constant(), 0)

    class Stepped(Constant):
        def compiled(self):
            return None

    class Wrong(Constant):
        station = 20

    with pytest.raises(InputError, match="no compiled form"):
        play_stream(paper, Stepped(), 0)
    with pytest.raises(InvalidDecisions, match="task 0: station 20"):
        play_stream(paper, Wrong(), 0)


def test_sketch_against_numpy():
    """Quantiles are within a thousandth of NumPy's for long and short tails, means exact, whatever the order of adding."""
    rng = np.random.default_rng(2)
    delays = np.concatenate([rng.exponential(5.0, 50_000), rng.pareto(1.5, 50_000) * 100, np.full(1000, 1e-9)])
    work = rng.uniform(0.0, 4.0, len(delays))
    sketch = DelaySketch(4.0)
    for part in np.array_split(rng.permutation(len(delays)), 7):
        sketch.add(delays[part], work[part])
    assert sketch.mean == pytest.approx(delays.mean(), rel=1e-12)
    for share in (0.05, 0.5, 0.95, 0.99, 0.999):
        assert sketch.quantile(share) == pytest.approx(np.quantile(delays, share), rel=1.1e-3)
    assert sketch.quantile(0.001) == pytest.approx(1e-6, rel=1.1e-3)


def test_sketch_of_one_task():
    """A single task is every quantile."""
    sketch = DelaySketch(1.0)
    sketch.add(np.array([2.5]), np.array([1.0]))
    assert sketch.quantile(0.0) == sketch.quantile(0.99) == pytest.approx(2.5, rel=1e-3)
    assert sketch.mean_by_size() == pytest.approx({"small": 2.5, "medium": 2.5, "large": 2.5})
