"""The simulator: cases worked out by hand, the independent checker, refusals."""

import numpy as np
import pytest

from aigcbench.errors import InvalidDecisions
from aigcbench.problems.caching import model, simulator
from aigcbench.problems.caching.amender import amend_cache, amend_shares
from aigcbench.problems.caching.checker import check
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.problem import problem_named
from aigcbench.scenario import scenario_named

SCENARIOS = ("tiny", "paper", "mixed", "users-18", "repaint", "calibrated", "hard-deadline")


@pytest.fixture
def one_model(caching_instance):
    """Two users who request the same model in one slot; every figure comes out even.

    The uplink is 1 MHz; power over noise is 1e6 Hz for users and station, every gain 0.5. User 0 on 1/2 of the band has a ratio of
    1e6 * 0.5 / 5e5 = 1, so 0.5e6 * log2(2) = 0.5 Mbit/s; user 1 on 1/6 has 3, so 1e6 / 6 * log2(4) = 1/3 Mbit/s. The downlink of
    each is 0.5 MHz: a ratio of 1, so 0.5 Mbit/s. Inputs and output are 0.125 MB = 1 Mbit. Up 2 s and 3 s, down 2 s each.
    """
    return caching_instance(
        [(2.0, 0.125, 10, 100, 30, 20, 0.5, 1.0)],
        [[[(0, 0.125, 0.5), (0, 0.125, 0.5)]]],
        slot_s=12.0,
        storage_gb=2.0,
        delay_weight=0.25,
        deadline_penalty=7.0,
        total_steps=40.0,
        uplink_mhz=1.0,
        downlink_mhz=0.5,
        user_power_dbm=0.0,
        station_power_dbm=0.0,
        noise_dbm_per_hz=-60.0,
        backhaul_up_mbit_s=0.5,
        backhaul_down_mbit_s=0.25,
    )


def random_decisions(instance, rng, amender="ours"):
    """Legal random decisions."""
    frames, slots, users, models = model.sizes_of(instance)
    storage_gb, least = instance.parameters["storage_gb"], instance.parameters["minimum_share"]
    cached = amend_cache(rng.random((frames, models)), instance["model_storage"], storage_gb)
    hit = np.take_along_axis(cached[:, None], instance["request"], -1) > 0
    bandwidth, steps = amend_shares(*rng.random((2, frames, slots, users)) ** 3, hit, least, amender)
    return {"cache": cached.astype(np.int64), "bandwidth": bandwidth, "steps": steps}


def play(instance, decisions, information="paper"):
    """Rewards of an episode that takes given decisions, and the episode."""
    frames, slots, users, models = model.sizes_of(instance)
    episode, rewards = CachingEpisode(instance, information), []
    for frame in range(frames):
        rewards.append(episode.step(np.concatenate([decisions["cache"][frame], np.zeros(2 * users)])))
        for slot in range(slots):
            shares = decisions["bandwidth"][frame, slot], decisions["steps"][frame, slot]
            rewards.append(episode.step(np.concatenate([np.zeros(models), *shares])))
    assert episode.done
    return np.array(rewards), episode


def test_two_users_at_the_edge(one_model):
    """With 20 and 10 of 40 steps both users' costs are what paper and pencil give.

    User 0: 2 s up, 2 s down, 20 * 0.5 + 1 = 11 s: 15 s, late; 100 - 4 * (20 - 10) = 60 TV; 0.25 * 15 + 0.75 * 60 + 7 = 55.75.
    User 1: 3 s up, 2 s down, 10 * 0.5 + 1 = 6 s: 11 s, in time; 100 TV; 0.25 * 11 + 0.75 * 100 = 77.75. Mean 66.75.
    """
    episode = CachingEpisode(one_model, "informed")
    assert episode.step(np.array([1.0, 0, 0, 0, 0])) == 0.0
    assert episode.step(np.array([0.0, 1 / 2, 1 / 6, 0.5, 0.25])) == pytest.approx(-66.75, rel=1e-12)
    assert episode.done


def test_two_users_in_the_cloud(one_model):
    """Not cached, both wait for the backhaul and for 30 steps in the cloud.

    User 0: 2 + 2 s up, 2 + 4 s down, 30 * 0.5 + 1 = 16 s: 26 s, late; 20 TV; 0.25 * 26 + 0.75 * 20 + 7 = 28.5.
    User 1: 3 + 2 s up, the rest alike: 27 s, late; 0.25 * 27 + 15 + 7 = 28.75. Mean 28.625.
    """
    episode = CachingEpisode(one_model, "informed")
    assert episode.step(np.zeros(5)) == 0.0
    assert episode.step(np.array([0.0, 1 / 2, 1 / 6, 0.0, 0.0])) == pytest.approx(-28.625, rel=1e-12)


def test_a_delay_equal_to_the_deadline_is_in_time(one_model):
    """User 0 with 14 steps takes exactly 12 s and is not charged; with a hair more it is."""
    cached, bandwidth = np.array([[1]]), np.array([[[0.5, 0.5]]])
    shares = [np.array([[[steps / 40, 0.0]]]) for steps in (14.0, 14.0 + 1e-9)]
    costs = [simulator.slot_costs(one_model, cached, bandwidth, steps)[0, 0] for steps in shares]
    assert costs[1] - costs[0] == pytest.approx(7.0 / 2, abs=1e-6)


def take(instance, *actions):
    """Take actions from the start."""
    episode = CachingEpisode(instance, "online")
    for action in actions:
        episode.step(np.array(action, np.float64))


@pytest.mark.parametrize("name", SCENARIOS)
def test_simulator_and_checker_agree(name):
    """On random decisions the rewards add up to the cost of the independent checker, within 1e-9."""
    rng = np.random.default_rng(1)
    for seed in range(3):
        instance = scenario_named(f"caching/{name}").instance(seed)
        decisions = random_decisions(instance, rng, ("ours", "paper")[seed % 2])
        judged = check(instance, decisions)
        rewards, episode = play(instance, decisions)
        frames, slots, users, _ = model.sizes_of(instance)
        assert -rewards.sum() / (frames * slots) == pytest.approx(judged["cost"], abs=1e-9)
        costs = simulator.slot_costs(
            instance, cached=decisions["cache"], bandwidth=decisions["bandwidth"], steps=decisions["steps"]
        )
        assert costs.mean() == pytest.approx(judged["cost"], abs=1e-9)
        np.testing.assert_allclose(-rewards.reshape(frames, slots + 1)[:, 1:], costs, rtol=0, atol=1e-9)
        totals = episode._state.total[0] / (frames * slots * users)
        wanted = [judged[key] for key in ("cost", "deadline_miss_rate", "hit_ratio")]
        assert totals.tolist() == pytest.approx(wanted, abs=1e-9)
        for key, array in episode.decisions().items():
            np.testing.assert_array_equal(array, decisions[key])


def test_observation_holds_the_states_of_the_paper():
    """Every part of the informed observation is the instance's own figure, at frame and at slot decisions."""
    instance = scenario_named("caching/tiny").instance(2)
    frames, slots, users, models = model.sizes_of(instance)
    decisions = random_decisions(instance, np.random.default_rng(0))
    layout, episode = model.layout_of(instance), CachingEpisode(instance, "informed")
    before = np.zeros(models)

    def part(name):
        return layout[name].of(episode.vector).copy()

    per_request = ("input_size", "output_size", "gain", "hit", "snr_db", "A1", "A2", "A3", "A4", "B1", "B2")
    for frame in range(frames):
        assert (part("is_frame"), part("frame"), part("slot")) == (1, frame, 0)
        np.testing.assert_array_equal(part("request"), -np.ones(users))
        np.testing.assert_array_equal(part("cache"), before)
        assert not any(part(name).any() for name in per_request)
        before = decisions["cache"][frame]
        episode.step(np.concatenate([before, np.zeros(2 * users)]))
        for slot in range(slots):
            requests = instance["request"][frame, slot]
            assert (part("is_frame"), part("frame"), part("slot")) == (0, frame, slot)
            assert part("skewness") == instance["skewness"][frame]
            np.testing.assert_array_equal(part("request"), requests)
            np.testing.assert_array_equal(part("input_size"), instance["input_size"][frame, slot])
            np.testing.assert_array_equal(part("output_size"), instance["model_output"][requests])
            np.testing.assert_array_equal(part("gain"), instance["gain"][frame, slot])
            np.testing.assert_array_equal(part("cache"), before)
            np.testing.assert_array_equal(part("hit"), before[requests])
            np.testing.assert_array_equal(part("model_storage"), instance["model_storage"])
            ratio = 23 + 176 - 10 * np.log10(20e6) + 10 * np.log10(instance["gain"][frame, slot])
            np.testing.assert_allclose(part("snr_db"), ratio, rtol=0, atol=1e-9)
            table = np.hstack([instance["model_quality"], instance["model_time"]])[requests]
            np.testing.assert_array_equal([part(name) for name in per_request[-6:]], table.T)
            episode.step(
                np.concatenate([np.zeros(models), decisions["bandwidth"][frame, slot], decisions["steps"][frame, slot]])
            )


def test_shorter_observations_are_prefixes():
    """What `paper` sees is the beginning of what `online` sees, and that of what `informed` sees."""
    instance = scenario_named("caching/paper").instance(0)
    episodes = [CachingEpisode(instance, information) for information in ("paper", "online", "informed")]
    decisions = random_decisions(instance, np.random.default_rng(0))
    for episode in episodes:
        episode.step(np.concatenate([decisions["cache"][0], np.zeros(20)]))
    vectors = [episode.vector for episode in episodes]
    assert len(vectors[0]) < len(vectors[1]) < len(vectors[2])
    for vector in vectors[:2]:
        np.testing.assert_array_equal(vector, vectors[2][: len(vector)])


CACHED, UNCACHED = [1, 0], [0, 0]
GOOD = [0.5, 0.5]


@pytest.mark.parametrize(
    ("cache", "bandwidth", "steps", "constraint", "message"),
    [
        ([0.5, 0], GOOD, [0, 0], "cache-bit", "frame 0, model 0: 0.5; expected 0 or 1"),
        ([np.nan, 0], GOOD, [0, 0], "cache-bit", "frame 0, model 0: nan;"),
        ([1, 1], GOOD, [0, 0], "storage", "frame 0: 5 GB cached; expected at most 4 GB"),
        (CACHED, [0.6, 0.5], [0, 0], "bandwidth-sum", "frame 0, slot 0: bandwidth shares sum to 1.1;"),
        (CACHED, [1, 5e-5], [0, 0], "minimum-share", "frame 0, slot 0, user 1: bandwidth share 5e-05;"),
        (CACHED, [np.nan, 0.5], [0, 0], "minimum-share", "user 0: bandwidth share nan"),
        (CACHED, [np.inf, 0.5], [0, 0], "bandwidth-sum", "sum to inf"),
        (CACHED, GOOD, [-2e-9, 0], "negative-steps", "frame 0, slot 0, user 0: step share -2e-09; expected at least 0"),
        (CACHED, GOOD, [np.nan, 0], "negative-steps", "user 0: step share nan"),
        (CACHED, GOOD, [1.1, 0], "steps-sum", "frame 0, slot 0: step shares sum to 1.1; expected at most 1"),
        (CACHED, GOOD, [0, 0.1], "uncached-steps", "frame 0, slot 0, user 1: step share 0.1 for a model"),
        (UNCACHED, GOOD, [0.5, 0], "uncached-steps", "frame 0, slot 0, user 0: step share 0.5"),
    ],
)
def test_infeasible_actions_are_refused(two_users, cache, bandwidth, steps, constraint, message):
    """An action that breaks a rule names the rule, the place and the amount, as the checker does; nothing is repaired."""
    with pytest.raises(InvalidDecisions) as caught:
        take(two_users[0], [*cache, 0, 0, 0, 0], [0, 0, *bandwidth, *steps])
    assert caught.value.constraint == constraint
    assert message in str(caught.value)
    if np.isfinite([*cache, *bandwidth, *steps]).all() and constraint != "cache-bit":
        decisions = {
            "cache": np.array([cache]),
            "bandwidth": np.array([[bandwidth]]),
            "steps": np.array([[steps]], np.float64),
        }
        with pytest.raises(InvalidDecisions) as judged:
            check(two_users[0], decisions)
        assert judged.value.constraint == constraint


def test_rounding_is_no_offence(two_users):
    """Shares and sums may be off by a billionth, as for the checker."""
    episode = CachingEpisode(two_users[0], "online")
    episode.step(np.array([1.0, 0, 0, 0, 0, 0]))
    assert np.isfinite(episode.step(np.array([0, 0, 0.75, 0.25 + 5e-10, 1.0 + 5e-10, -5e-10])))


def test_requests_are_frames_and_slots():
    """An episode asks for as many decisions as the formulation says."""
    instance = scenario_named("caching/tiny").instance(0)
    rewards, _ = play(instance, random_decisions(instance, np.random.default_rng(0)))
    assert len(rewards) == problem_named("caching").n_requests(instance) == 2 * (1 + 3)
