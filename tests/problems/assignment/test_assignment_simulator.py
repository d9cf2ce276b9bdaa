"""The simulator against recorded episodes of the papers' public code."""

import json

import numpy as np
import pytest

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.assignment import model, simulator
from aigcbench.scenario import scenario_named

EPISODES = (
    "asp-adversarial",
    "asp-tablev-random",
    "asp-tablev-round_robin",
    "asp-tablev-crash_avoid",
    "asp-tablev-prophet",
    "orchestration-random-seed0",
    "orchestration-prophet-seed0",
    "orchestration-server0-seed5",
)
TOLERANCE = {"rtol": 0, "atol": 1e-9}


@pytest.mark.parametrize("name", EPISODES)
def test_golden_replay(golden, name):
    """Every observation, every reward and the end state of every server are those of the public code."""
    episode = golden(name)
    layout = model.layout_of(episode.instance)
    length = layout.lengths["paper"]
    scale = model.scale_of(episode.instance, layout)[:length]
    state = simulator.single_state(episode.instance, length)
    observations, rewards = [], []
    for service in episode.services:
        observations.append(state.vector[0] / scale)
        rewards.append(simulator.step(state, 0, service))
    np.testing.assert_allclose(observations, episode.observations, **TOLERANCE)
    np.testing.assert_allclose(rewards, episode.rewards, **TOLERANCE)
    _assert_end_state(state, episode)


def _assert_end_state(state, episode):
    """Hold tasks, crashes and utilities of every server against the recorded ones."""
    n_steps, n_servers = len(episode.services), len(episode.crashes)
    status, server, gain = state.status[0, :n_steps], state.server[0, :n_steps], state.gain[0, :n_steps]
    arrived_lost = episode.rewards < 0  # a crash lost it on arrival: the public code lists it nowhere

    def per_server(tasks, weights=None):
        return np.bincount(server[tasks], None if weights is None else weights[tasks], minlength=n_servers)

    served = status == simulator.SERVED
    crashed = (status == simulator.LOST) & ~arrived_lost
    np.testing.assert_array_equal(state.crashes[0], episode.crashes)
    np.testing.assert_array_equal(per_server(status == simulator.RUNNING), episode.serving)
    np.testing.assert_array_equal(per_server(crashed), episode.crashed)
    np.testing.assert_array_equal(per_server(served), episode.finished)
    np.testing.assert_allclose(per_server(served, gain), episode.finished_utility, **TOLERANCE)
    np.testing.assert_allclose(per_server(crashed, gain), episode.crashed_utility, **TOLERANCE)


def test_a_task_that_ends_at_an_arrival_has_freed_its_steps(assignment_instance):
    """The server has room for a task that arrives at the very instant when the running one ends."""
    instance = assignment_instance(
        [5], [0], [[0, 0, 10, 1]], [[0.0]], [(0, 5, 7.0, 0), (7, 5, 7.0, 0), (13, 5, 7.0, 0)]
    )
    episode = simulator.AssignmentEpisode(instance, "online")
    assert episode.step(0) == 0.5
    assert episode.vector.tolist() == [5, 7, 5, 5, 7]  # steps, run time, capacity, free steps, clock
    assert episode.step(0) == 0.5
    assert episode.step(0) == pytest.approx(-(2 + 2 * (1 - 6 / 7)))
    assert episode.done


def test_a_crash_takes_every_service_of_its_server_and_no_other(assignment_instance):
    """Running tasks of all services of the crashed server are lost; another server's go on; the server is usable at once."""
    line = [0, 0, 10, 1]
    tasks = [(0, 4, 100.0, 0), (10, 4, 100.0, 0), (20, 4, 100.0, 0), (50, 4, 100.0, 0), (50, 8, 100.0, 0)]
    instance = assignment_instance([8, 8], [0, 0, 1], [line] * 3, [[0.0]] * 3, tasks)
    episode = simulator.AssignmentEpisode(instance, "online")
    for service in (0, 1, 2):
        assert episode.step(service) == pytest.approx(0.4)
    assert episode.step(0) == pytest.approx(-(2 + 2 * 0.5 + 2 * 0.6))
    assert episode.vector[3] == 8
    assert episode.vector[5] == 4
    assert episode.step(1) == pytest.approx(0.8)
    assert simulator.fitness(instance)(np.array([[0, 1, 2, 0, 1]])) == pytest.approx([0.4 + 0.8])


def test_informed_observation_holds_the_utility_of_every_service():
    """At each step the informed observation ends with the current task's row of the utility matrix."""
    instance = scenario_named("assignment/orchestration-mixed").instance(1)
    utilities = model.utilities(instance)
    episode = simulator.AssignmentEpisode(instance, "informed")
    view = model.layout_of(instance)["utility"]
    for task in range(50):
        np.testing.assert_allclose(view.of(episode.vector), utilities[task], rtol=1e-12)
        episode.step(task % 40)


@pytest.mark.parametrize(
    ("service", "reject_allowed", "constraint"),
    [(20, True, "service-range"), (-2, True, "service-range"), (-1, False, "rejection")],
)
def test_illegal_actions_are_refused(service, reject_allowed, constraint):
    """An action that is no service, or a rejection where none is allowed, raises and names its task."""
    scenario = scenario_named("assignment/asp-stress2" if reject_allowed else "assignment/asp-paper")
    episode = simulator.AssignmentEpisode(scenario.instance(0), "online")
    episode.step(3)
    with pytest.raises(InvalidDecisions, match="task 1") as caught:
        episode.step(service)
    assert caught.value.constraint == constraint


def test_decisions_are_what_was_done():
    """An episode hands back the actions that it was given."""
    instance = scenario_named("assignment/asp-tiny").instance(0)
    episode = simulator.AssignmentEpisode(instance, "online")
    given = []
    while not episode.done:
        given.append(len(given) % 3)
        episode.step(given[-1])
    np.testing.assert_array_equal(episode.decisions()["service"], given)


def test_reference_rewards_of_the_public_code(data):
    """On 30 paper instances four heuristics have the mean episode reward that they have in the public code, within 4 standard errors."""
    reference = json.loads((data / "assignment" / "asp-reference-rewards.json").read_text())["reward"]
    rewards = {name: [] for name in HEURISTICS}
    for seed in range(30):
        instance = scenario_named("assignment/asp-paper").instance(seed)
        utilities = model.utilities(instance)
        for name, decide in HEURISTICS.items():
            rng = np.random.default_rng(seed)
            episode = simulator.AssignmentEpisode(instance, "online")
            total = 0.0
            for task, utility in enumerate(utilities):
                total += episode.step(decide(task, episode.vector[3:-1:2], episode.vector[0], utility, rng))
            rewards[name].append(total)
    for name, values in rewards.items():
        allowed = 4 * reference[name]["sd"] * np.sqrt(1 / 30 + 1 / 30)
        assert abs(np.mean(values) - reference[name]["mean"]) < allowed, name


def _prophet(task, free, steps, utility, rng):
    return int(np.where(free >= steps, utility, -1.0).argmax())


HEURISTICS = {
    "random": lambda task, free, steps, utility, rng: int(rng.integers(20)),
    "round_robin": lambda task, free, steps, utility, rng: task % 20,
    "crash_avoid": lambda task, free, steps, utility, rng: int(free.argmax()),
    "prophet": _prophet,
}
