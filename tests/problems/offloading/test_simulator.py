"""The simulator against recorded episodes of the paper's public code, and by hand."""

import gzip
import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

from aigcbench.errors import InvalidDecisions
from aigcbench.instance import Instance
from aigcbench.problems.offloading import greedy, model, simulator
from aigcbench.problems.offloading.episode import OffloadingEpisode, run_compiled
from aigcbench.scenario import scenario_named

POLICIES = ("local", "random", "round_robin", "opt_ts")
TOLERANCE = {"rtol": 0, "atol": 1e-9}
STATIONS, SLOTS, PROFILE = 20, 60, 50  # the public code's size


class Profile(NamedTuple):
    """Work per step (Gcycles), steps and result (Mbit) of the n-th task of any slot and station."""

    density: np.ndarray
    steps: np.ndarray
    result: np.ndarray


def instance_of(capacity, rate, profile: Profile, counts, data) -> Instance:
    """An instance in which the n-th task of every slot and station is alike; ``counts`` (slots, stations), ``data`` (tasks,)."""
    counts = np.array(counts, np.int64)
    n = np.concatenate([np.arange(count) for count in counts.ravel()])
    arrays = {
        "station_capacity": np.array(capacity, np.float64),
        "station_rate": np.array(rate, np.float64),
        "slot_tasks": counts,
        "task_data": np.array(data, np.float64),
        "task_work": (np.array(profile.density) * np.array(profile.steps))[n],
        "task_result": np.array(profile.result)[n],
    }
    most = {"max_data_mbit": 5.0, "max_work_gcycles": 5.0, "max_result_mbit": 1.0}
    parameters = {"slot_s": 1.0, "live_queues": False, "deadline_s": 0.0} | most
    instance = Instance("offloading", "custom", 0, "test", 0, parameters, arrays)
    model.validate(instance, "golden")
    return instance


def recorded(path) -> tuple[Instance, dict]:
    """An instance of a tiny or small file and what each policy did on it."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    given, slots = document["instance"], document["instance"]["tasks_bit"][: document["played_slots"]]
    profile = Profile(given["comp_density"], given["task_quality"], given["results_bit"])
    data = [bits for slot in slots for station in slot for bits in station]
    counts = [[len(station) for station in slot] for slot in slots]
    return instance_of(given["capacity"], given["tran_rate"], profile, counts, data), document["policies"]


def played(instance: Instance, actions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Delays (tasks,) of a sequence of actions, and the queues after and the work placed in every slot (slots, stations)."""
    state = simulator.single_state(instance, 0)
    slots = model.slots_and_stations(instance)[0]
    n_slots, n_stations = instance["slot_tasks"].shape
    placed = np.zeros((n_slots, n_stations))
    queues, rewards = [], np.zeros(len(actions))
    for task, action in enumerate(actions):
        rewards[task] = simulator.step(state, 0, action)
        placed[slots[task], action] += instance["task_work"][task]
        if task + 1 == len(actions):
            simulator.end_slot(state, 0)
        if task + 1 == len(actions) or slots[task + 1] != slots[task]:
            queues.append(state.queue[0].copy())
    return -rewards, np.array(queues), placed


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", ["tiny_stock_101", "tiny_seeded_101", "small_stock_101", "small_seeded_101"])
def test_golden_replay(data, name, policy):
    """Every delay, and every queue and every station's work after every slot, are those of the public code."""
    instance, policies = recorded(data / "offloading" / f"{name}.json.gz")
    theirs = policies[policy]
    delays, queues, placed = played(instance, theirs["actions"])
    np.testing.assert_allclose(delays, theirs["delay"], **TOLERANCE)
    np.testing.assert_allclose(queues, theirs["queue_end"], **TOLERANCE)
    np.testing.assert_allclose(placed, theirs["work_in"], **TOLERANCE)
    assert delays.mean() == pytest.approx(theirs["mean_delay"], abs=1e-9)


@pytest.mark.parametrize("policy", ["random", "opt_ts"])
@pytest.mark.parametrize("name", ["tiny_stock_101", "tiny_seeded_101"])
def test_golden_observations(data, name, policy):
    """The paper's observation before each decision is the public code's: input, work, queues at the start of the slot."""
    instance, policies = recorded(data / "offloading" / f"{name}.json.gz")
    state = simulator.single_state(instance, model.layout_of(instance).lengths["paper"])
    observations = []
    for action in policies[policy]["actions"]:
        observations.append(state.vector[0].copy())
        simulator.step(state, 0, action)
    np.testing.assert_allclose(observations, policies[policy]["state"], **TOLERANCE)


@pytest.mark.parametrize("kind", ["stock", "seeded"])
def test_golden_replay_at_paper_size(data, kind):
    """Delays of every slot and queues are the public code's for all four policies; opt-ts takes its very actions."""
    golden = np.load(data / "offloading" / f"paper_{kind}_101.npz")
    profile = Profile(golden["comp_density"], golden["task_quality"], golden["results_bit"])
    counts = golden["n_arrivals"].astype(np.int64)
    bits = golden["tasks_bit_flat"] if kind == "seeded" else next(public_stream())[1][: counts.sum()]
    instance = instance_of(golden["capacity"], golden["tran_rate"], profile, counts, bits)
    opt_ts = greedy.opt_ts_plan(instance)
    np.testing.assert_array_equal(opt_ts, golden["opt_ts__actions"])
    n_tasks = len(opt_ts)
    plans = {
        "local": greedy.local_plan(instance),
        "random": golden["random__actions"],
        "round_robin": np.arange(n_tasks) % STATIONS,
        "opt_ts": opt_ts,
    }
    starts = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)
    for policy, plan in plans.items():
        delays, queues, _ = played(instance, plan)
        means = np.add.reduceat(delays, starts) / counts.sum(axis=1)
        np.testing.assert_allclose(means, golden[f"{policy}__slot_mean_delay"], **TOLERANCE)
        largest = np.maximum.reduceat(delays, starts)
        np.testing.assert_allclose(largest, golden[f"{policy}__slot_max_delay"], **TOLERANCE)
        np.testing.assert_allclose(queues[4::10], golden[f"{policy}__queue_end"], **TOLERANCE)


def public_stream() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Counts (60, 20) and inputs (tasks,) of the public code's episodes, one after another, as its legacy generator draws them."""
    legacy = np.random.RandomState(1)
    legacy.uniform(size=PROFILE)  # the constructor's last table
    while True:
        counts, data = np.zeros((SLOTS, STATIONS), np.int64), []
        for slot in range(SLOTS):
            counts[slot] = legacy.randint(1, PROFILE + 1, STATIONS)
            data += [legacy.uniform(2, 5, count) for count in counts[slot]]
        yield counts, np.concatenate(data)


def test_episode_means_of_the_public_code(data):
    """Ten episodes of the public code's own stream have its mean delays, with each of its two fleets."""
    golden = json.loads(gzip.decompress((data / "offloading" / "episode_means.json.gz").read_bytes()))
    ours = scenario_named("offloading/paper-code")
    profile = Profile(*(ours.fleet[f"profile_{name}"] for name in ("step_gcycles", "steps", "result")))
    for episode, (counts, bits) in zip(golden["episodes"], public_stream(), strict=False):
        counts = counts[:-1]  # the public code plays all slots but the last
        bits = bits[: counts.sum()]
        rng = np.random.default_rng(1000 + episode)
        random = np.concatenate([rng.integers(0, STATIONS, size) for size in counts.ravel()])
        for means in golden["caps"].values():
            instance = instance_of(means["capacity"], ours.fleet["station_rate"], profile, counts, bits)
            local, round_robin = greedy.local_plan(instance), np.arange(len(bits)) % STATIONS
            scores = simulator.fitness(instance)(np.stack([greedy.opt_ts_plan(instance), local, random, round_robin]))
            expected = [means[policy][episode] for policy in ("opt_ts", "local", "random", "round_robin")]
            np.testing.assert_allclose(-scores, expected, **TOLERANCE)


def test_brute_forced_optimum(brute_forced, brute_force):
    """The best of all decisions is the recorded optimum, delay by delay."""
    instance, optimum = brute_forced
    assert -brute_force(instance) == pytest.approx(optimum["mean_delay"], abs=1e-9)
    delays, queues, _ = played(instance, optimum["actions"])
    np.testing.assert_allclose(delays, optimum["delay"], **TOLERANCE)
    np.testing.assert_allclose(queues, optimum["queue_end"], **TOLERANCE)


def test_delay_by_hand(offloading_instance):
    """Transmission only where a task is served elsewhere, its own work, the work before it, the result; queues drain by slots."""
    tasks = [[[(4.0, 6.0, 2.0)], [(8.0, 2.0, 2.0)]], [[], []], [[], [(8.0, 2.0, 2.0)]]]
    instance = offloading_instance([2.0, 1.0], [4.0, 8.0], tasks)
    episode = OffloadingEpisode(instance, "informed")
    view = model.layout_of(instance)["delay"]
    np.testing.assert_allclose(view.of(episode.vector), [6 / 2 + 2 / 4, 4 / 8 + 6 / 1 + 2 / 8])
    assert episode.step(0) == pytest.approx(-3.5)
    assert episode.step(0) == pytest.approx(-(8 / 4 + 2 / 2 + 6 / 2 + 2 / 4))
    queue = model.layout_of(instance)["queue"].of(episode.vector)
    np.testing.assert_allclose(queue, [8 - 2 * 2.0, 0.0])  # two slots have passed, one of them without a task
    assert episode.step(0) == pytest.approx(-(8 / 4 + 2 / 2 + 4 / 2 + 2 / 4))
    assert episode.done


@pytest.mark.parametrize("live", [False, True])
def test_observation_holds_what_the_layout_says(random_instance, live):
    """Each part of the informed observation is the task's, the queues', the live work's and the exact delays' value."""
    drawn = random_instance(np.random.default_rng(5), 4, 5, 12)
    instance = Instance(
        "offloading", "custom", 0, "test", 0, dict(drawn.parameters) | {"live_queues": live}, drawn.arrays
    )
    layout = model.layout_of(instance)
    episode, twin = OffloadingEpisode(instance, "informed"), simulator.single_state(instance, 0)
    slots, stations = model.slots_and_stations(instance)
    before, last_slot = np.zeros(4), 0
    for task in range(len(slots)):
        if slots[task] != last_slot:
            before, last_slot = np.zeros(4), slots[task]
        told = {view.name: view.of(episode.vector).copy() for view in layout.views}
        for name in ("data", "work", "result"):
            assert told[f"task_{name}"] == instance[f"task_{name}"][task]
        assert (told["slot"], told["station"]) == (slots[task], stations[task])
        np.testing.assert_allclose(told["queue"], twin.queue[0], rtol=1e-12)
        if live:
            np.testing.assert_allclose(told["before"], before, rtol=1e-12)
        action = task % 4
        before[action] += instance["task_work"][task]
        reward = simulator.step(twin, 0, action)
        assert told["delay"][action] == pytest.approx(-reward, rel=1e-12)
        assert episode.step(action) == reward
    assert ("before" in told) == live


def test_agents_are_the_arrival_stations():
    """Online without live queues each station decides apart; with them, or informed, one agent does."""
    apart, live = (scenario_named(f"offloading/{name}").instance(0) for name in ("tiny", "live"))
    assert [model.n_agents(apart, kind) for kind in ("online", "informed")] == [3, 1]
    assert [model.n_agents(live, kind) for kind in ("online", "informed")] == [1, 1]
    episode, agents = OffloadingEpisode(apart, "online"), []
    while not episode.done:
        agents.append(episode.agent)
        episode.step(0)
    np.testing.assert_array_equal(agents, model.slots_and_stations(apart)[1])
    assert OffloadingEpisode(apart, "informed").agent == 0


def test_compiled_agents_keep_apart():
    """Each agent's compiled form has its own row of the state and the reward of its own last decision."""
    from numba import njit

    @njit
    def decide(vector, reward, state):
        state[0] += reward
        return int(state[1])

    instance = scenario_named("offloading/tiny").instance(0)
    states = np.array([[0.0, 2.0], [0.0, 0.0], [0.0, 1.0]])
    decisions = run_compiled(instance, "online", decide, states)["station"]
    np.testing.assert_array_equal(decisions, states[model.slots_and_stations(instance)[1], 1])
    assert (states[:, 0] == 0).all()  # the caller's array is left alone


@pytest.mark.parametrize("action", [-1, 3])
def test_illegal_actions_are_refused(action):
    """An action that is no station raises and names its task, stepped or compiled."""
    from numba import njit

    instance = scenario_named("offloading/tiny").instance(0)
    episode = OffloadingEpisode(instance, "online")
    episode.step(2)
    with pytest.raises(InvalidDecisions, match="task 1") as caught:
        episode.step(action)
    assert caught.value.constraint == "station-range"

    decide = njit(lambda vector, reward, state: int(state[0]))
    with pytest.raises(InvalidDecisions, match="task 0"):
        run_compiled(instance, "informed", decide, np.array([[float(action)]]))


def test_decisions_are_what_was_done():
    """An episode hands back the actions that it was given, and -1 for tasks not reached."""
    instance = scenario_named("offloading/tiny").instance(0)
    episode = OffloadingEpisode(instance, "online")
    for action in (2, 0, 1):
        episode.step(action)
    np.testing.assert_array_equal(episode.decisions()["station"][:4], [2, 0, 1, -1])
