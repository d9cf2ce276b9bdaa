"""The checker: hand-made cases, the paper's Table V, agreement with the simulator, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.assignment import model, simulator
from aigcbench.problems.assignment.checker import check
from aigcbench.scenario import scenario_named

LINE = [0, 0, 10, 1]  # utility: steps / 10


@pytest.mark.parametrize(
    ("policy", "finished", "utility", "crashed"),
    [
        ("random", "70.2", 215, "27.7"),
        ("round_robin", "90.3", 309, "7.6"),
        ("crash_avoid", "97.7", 357, "0.0"),
        ("prophet", "97.7", 548, "0.0"),
    ],
)
def test_table_5(golden, policy, finished, utility, crashed):
    """The peer columns are the printed figures of Table V (rates in %, utilities truncated as printed)."""
    episode = golden(f"asp-tablev-{policy}")
    metrics = check(episode.instance, np.append(episode.services, 0))  # whatever the last task does
    assert f"{100 * metrics['peer_finished_rate']:.1f}" == finished
    assert math.trunc(metrics["peer_utility"]) == utility
    assert f"{100 * metrics['peer_crashed_rate']:.1f}" == crashed


@pytest.mark.parametrize("name", ["asp-adversarial", "asp-tablev-random", "orchestration-random-seed0"])
def test_peer_columns_are_the_public_codes_end_state(golden, name):
    """The peer columns equal the public code's own counts after its last step."""
    episode = golden(name)
    metrics = check(episode.instance, np.append(episode.services, 1))
    counted = (episode.finished + episode.crashed + episode.serving).sum()
    assert metrics["peer_finished_rate"] == episode.finished.sum() / counted
    assert metrics["peer_crashed_rate"] == episode.crashed.sum() / counted
    assert metrics["peer_utility"] == pytest.approx(episode.finished_utility.sum(), abs=1e-9)


@pytest.fixture
def crashing(assignment_instance):
    """Two servers; the fourth task crashes server 0 while two tasks run there, the last one is rejected."""
    tasks = [
        (0, 4, 100.0, 0),
        (10, 4, 200.0, 0),
        (20, 3, 40.0, 0),
        (60, 5, 100.0, 0),
        (60, 8, 50.0, 0),
        (61, 1, 1.0, 0),
    ]
    instance = assignment_instance([8, 8], [0, 0, 1], [LINE] * 3, [[0.0]] * 3, tasks)
    return instance, np.array([0, 1, 2, 0, 1, -1])


def test_every_metric_by_hand(crashing):
    """Each metric of a small run is what pencil and paper say."""
    assert check(*crashing) == pytest.approx(
        {
            "utility": 0.3 + 0.8,
            "reward": 0.4 + 0.4 + 0.3 - (2 + 2 * 0.4 + 2 * 0.75) + 0.8,
            "mean_delay": 45.0,
            "p95_delay": 49.5,
            "failure_rate": 3 / 6,
            "crash_rate": 2 / 6,
            "refused_rate": 1 / 6,
            "rejected_rate": 1 / 6,
            "finished_rate": 2 / 6,
            "lost_utility": 0.8,
            "server_crashes": 1,
            "peer_finished_rate": 1 / 4,  # the fifth task still runs, the fourth is in no list
            "peer_crashed_rate": 2 / 4,
            "peer_utility": 0.3,
        }
    )


def test_names_are_those_of_the_formulation(crashing):
    """The checker fills every declared metric, each finite, and no other."""
    metrics = check(*crashing)
    assert list(metrics) == [metric.name for metric in model.METRICS]
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


def test_the_last_task_counts_everywhere_but_in_the_peer_columns(assignment_instance):
    """A crash by the last task is a crash, but it comes after the moment that the peer columns look at."""
    instance = assignment_instance([5], [0], [LINE], [[0.0]], [(0, 5, 10.0, 0), (5, 5, 10.0, 0)])
    metrics = check(instance, np.array([0, 0]))
    assert metrics["crash_rate"] == metrics["refused_rate"] == 0.5
    assert metrics["peer_crashed_rate"] == metrics["peer_finished_rate"] == 0


@pytest.mark.parametrize("capacity", [0, 5])
def test_single_task(assignment_instance, capacity):
    """One task is a whole instance: its peer columns are 0, and nothing divides by zero."""
    instance = assignment_instance([capacity], [0], [LINE], [[0.0]], [(0, 5, 10.0, 0)])
    metrics = check(instance, np.array([0]))
    assert metrics["utility"] == (0.5 if capacity else 0.0)
    assert metrics["mean_delay"] == metrics["p95_delay"] == (10.0 if capacity else 0.0)
    assert [metrics[name] for name in metrics if name.startswith("peer")] == [0, 0, 0]


def test_all_rejected(crashing):
    """A run that rejects everything has no utility, no delay and no crash."""
    metrics = check(crashing[0], np.full(6, -1))
    assert {name for name, value in metrics.items() if value} == {"rejected_rate"}


@st.composite
def decided_instances(draw):
    """A small instance with many coincidences (equal arrivals, ends at arrivals, zero capacity), and decisions for it."""
    servers = draw(st.lists(st.tuples(st.sampled_from([0, 1, 4, 6, 9]), st.integers(1, 3)), min_size=1, max_size=4))
    service_server = [server for server, (_, services) in enumerate(servers) for _ in range(services)]
    n_services, n_types = len(service_server), draw(st.integers(1, 3))
    number = st.integers(0, 8).map(lambda n: n / 8)
    line = st.tuples(st.integers(0, 3), number, st.integers(4, 7), number).map(list)
    task = st.tuples(
        st.sampled_from([0, 0, 1, 2, 3]),  # time since the arrival before
        st.integers(1, 6),
        st.sampled_from([0.5, 1.0, 2.0, 3.0, 7.0]),
        st.integers(0, n_types - 1),
    )
    tasks = draw(st.lists(task, min_size=1, max_size=30))
    arrivals = np.cumsum([gap for gap, *_ in tasks]).tolist()
    arguments = {
        "capacity": [capacity for capacity, _ in servers],
        "service_server": service_server,
        "utility_line": [draw(line) for _ in range(n_services)],
        "type_quality": [[draw(number) for _ in range(n_types)] for _ in range(n_services)],
        "tasks": [(arrival, *rest) for arrival, (_, *rest) in zip(arrivals, tasks, strict=True)],
        "quality_weight": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "crash_penalty": draw(st.sampled_from([0.0, 2.0, 3.5])),
    }
    return arguments, draw(st.lists(st.integers(-1, n_services - 1), min_size=len(tasks), max_size=len(tasks)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(decided=decided_instances())
def test_checker_and_simulator_agree(assignment_instance, decided):
    """On random instances and decisions, utility, reward, crashes and what each task came to are the same to 1e-9."""
    instance, service = assignment_instance(**decided[0]), np.array(decided[1])
    model.validate(instance, "instance")
    metrics = check(instance, service)
    state = simulator.single_state(instance, 0)
    rewards = np.zeros(len(service))
    assert simulator.replay(state, 0, service, rewards) == pytest.approx(metrics["utility"], abs=1e-9)
    assert rewards.sum() == pytest.approx(metrics["reward"], abs=1e-9)
    assert state.crashes.sum() == metrics["server_crashes"]
    lost = (state.status[0] == simulator.LOST).mean()
    assert lost == pytest.approx(metrics["failure_rate"], abs=1e-12)
    shares = (metrics[name] for name in ("failure_rate", "rejected_rate", "finished_rate"))
    assert sum(shares) == pytest.approx(1, abs=1e-12)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(decided=decided_instances())
def test_peer_columns_are_the_simulators_state_before_the_last_decision(assignment_instance, decided):
    """The peer columns count what the simulator's tasks are when only the last one is undecided, ends at that instant included."""
    instance, service = assignment_instance(**decided[0]), np.array(decided[1])
    state = simulator.single_state(instance, 0)
    refused = np.zeros(len(service) - 1, bool)  # each crash loses the task that caused it
    for task, action in enumerate(service[:-1]):
        crashes = state.crashes.sum()
        simulator.step(state, 0, action)
        refused[task] = state.crashes.sum() > crashes
    status, gain = state.status[0, :-1], state.gain[0, :-1]
    admitted = (service[:-1] >= 0) & ~refused
    finished = status == simulator.SERVED
    metrics = check(instance, service)
    counted = max(admitted.sum(), 1)
    assert metrics["peer_finished_rate"] == finished.sum() / counted
    assert metrics["peer_crashed_rate"] == ((status == simulator.LOST) & ~refused).sum() / counted
    assert metrics["peer_utility"] == pytest.approx(gain[finished].sum(), abs=1e-9)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(decided=decided_instances(), data=st.data())
def test_illegal_decisions_are_refused(assignment_instance, decided, data):
    """One decision moved out of range, dropped, added or rejected against the rules is found, and its task is named."""
    arguments, decisions = decided
    instance = assignment_instance(**arguments, reject_allowed=False)
    service = np.maximum(decisions, 0)
    check(instance, service)
    task = data.draw(st.integers(0, len(service) - 1), label="task")
    n_services = len(arguments["service_server"])
    bad = data.draw(st.sampled_from([-(2**63), -2, -1, n_services, 2**63 - 1]), label="service")
    mutated = service.copy()
    mutated[task] = bad
    _assert_refused(instance, mutated, "rejection" if bad == -1 else "service-range", f"task {task}:")
    _assert_refused(instance, service[:-1], "length", f"task {len(service) - 1}:")
    _assert_refused(instance, np.append(service, 0), "length", f"task {len(service)}:")


def _assert_refused(instance, service, constraint, place):
    with pytest.raises(InvalidDecisions) as caught:
        check(instance, service)
    assert caught.value.constraint == constraint
    assert str(caught.value).startswith(place)
    assert "\n" not in str(caught.value)


def test_a_matrix_is_no_decision(crashing):
    """Decisions must be one flat array."""
    _assert_refused(crashing[0], np.zeros((6, 1), np.int64), "length", "service:")


@pytest.mark.parametrize("scenario", ["assignment/asp-large", "assignment/orchestration-large"])
def test_agreement_at_internet_scale(scenario):
    """With a million tasks on ten thousand servers, checker and simulator have the same utility to 1e-9 of it."""
    instance = scenario_named(scenario).instance(0)
    n_services, n_tasks = len(instance["service_server"]), len(instance["task_steps"])
    service = np.random.default_rng(5).integers(n_services, size=n_tasks)
    (utility,) = simulator.fitness(instance)(service[None])
    assert check(instance, service)["utility"] == pytest.approx(utility, rel=1e-9)
