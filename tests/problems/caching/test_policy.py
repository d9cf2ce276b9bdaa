"""The policy base: two methods, one action vector; two policies joined."""

import numpy as np
import pytest

from aigcbench.observation import Observation
from aigcbench.problems.caching import model
from aigcbench.problems.caching.episode import CachingEpisode
from aigcbench.problems.caching.policy import CachingPolicy, equal_shares, hits, joint_policy
from aigcbench.scenario import scenario_named

INSTANCE = scenario_named("caching/tiny").instance(0)


class FirstModel(CachingPolicy):
    """Caches model 0; counts its rewards."""

    information = "online"

    def reset(self, context, rng):
        self.drawn, self.rewards = rng.random(), []

    def choose_cache(self, observation):
        return np.arange(len(observation.cache)) == 0

    def feedback(self, reward):
        self.rewards.append(reward)


class Equal(CachingPolicy):
    """Shares everything out equally."""

    information = "informed"

    def reset(self, context, rng):
        self.drawn = rng.random()

    def allocate(self, observation):
        return equal_shares(observation)


def observed(episode):
    """The named view of an episode's observation."""
    return Observation(episode.vector, model.layout_of(INSTANCE))


def test_action_holds_the_answer_of_the_right_method():
    """At a frame decision the cache bits come first and the rest is 0; at a slot decision it is the shares."""
    episode = CachingEpisode(INSTANCE, "informed")
    np.testing.assert_array_equal(FirstModel().act(observed(episode)), [1, 0, 0, 0, *[0] * 6])
    episode.step(np.zeros(10))
    np.testing.assert_allclose(Equal().act(observed(episode)), [*[0] * 4, *[1 / 3] * 3, *[0] * 3], rtol=1e-15)


def test_equal_shares_serve_cached_requests_only():
    """Steps are shared among those whose model is cached, which `hits` finds; nobody's model cached, nobody's steps."""
    layout = model.layout(3, 4)
    vector = np.zeros(layout.lengths["paper"])
    layout["request"].of(vector)[...] = [2, 0, 2]
    observation = Observation(vector, layout)
    assert not equal_shares(observation)[1].any()
    layout["cache"].of(vector)[...] = [0, 1, 1, 0]
    np.testing.assert_array_equal(hits(observation), [True, False, True])
    np.testing.assert_array_equal(equal_shares(observation)[1], [0.5, 0.0, 0.5])


def test_joint_policy_runs_both_levels():
    """Caches are those of the one, shares those of the other; both draw from one generator and hear every reward."""
    first, equal = FirstModel(), Equal()
    joint = joint_policy(first, equal)
    assert joint.information == "informed"
    joint.reset(model.context_of(INSTANCE, "informed"), np.random.default_rng(4))
    episode, rewards = CachingEpisode(INSTANCE, "informed"), []
    while not episode.done:
        rewards.append(episode.step(joint.act(observed(episode))))
        joint.feedback(rewards[-1])
    assert (episode.decisions()["cache"] == [1, 0, 0, 0]).all()
    np.testing.assert_allclose(episode.decisions()["bandwidth"], 1 / 3, rtol=1e-15)
    assert first.rewards == rewards
    rng = np.random.default_rng(4)
    assert (first.drawn, equal.drawn) == (rng.random(), rng.random())


def test_a_method_that_is_missing_is_named():
    """A policy that decides only one level says so when it is asked for the other."""
    episode = CachingEpisode(INSTANCE, "online")
    with pytest.raises(TypeError, match="Equal has no choose_cache"):
        Equal().act(observed(episode))
