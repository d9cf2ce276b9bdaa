"""Tasks: training draws from the training split alone, validation from its own, and neither ever meets a test instance."""

import gymnasium
import numpy as np
import pytest

from aigcbench.agents import agents_of
from aigcbench.errors import InputError
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import Scenario, scenario_named
from aigcbench.solver import Policy
from aigcbench.tasks import VALIDATION_EPISODES, GymnasiumTask, ScenarioTask, play, task_named

TINY = "assignment/asp-tiny"


class FirstAction(Policy):
    """Always takes action 0."""

    information = "online"

    def act(self, observation):
        return 0


class Draws(Policy):
    """Decides by its random numbers and by what it was paid."""

    information = "online"

    def reset(self, context, rng):
        self.rng, self.n_actions, self.paid = rng, context.n_actions, 0.0

    def act(self, observation):
        return int(self.rng.integers(self.n_actions) + (self.paid < 0)) % self.n_actions

    def feedback(self, reward):
        self.paid += reward


@pytest.fixture
def drawn(monkeypatch):
    """Split and seed of every instance that is drawn."""
    seen, draw = [], Scenario.instance

    def instance(self, seed, split="test"):
        seen.append((split, seed))
        return draw(self, seed, split)

    monkeypatch.setattr(Scenario, "instance", instance)
    return seen


def test_training_draws_from_its_own_split(drawn):
    """Whatever training environments are stepped or reset, every instance is of the split ``train``."""
    environments = task_named(TINY).environments(3, "online", 5)
    ended = []
    for step in range(40):
        if step == 20:
            environments.reset(seed=0)
        _, _, _, _, infos = environments.step(np.zeros(3, np.int64))
        ended += [name for name in infos.get("final_info", {}).get("instance", []) if name]
    assert len(ended) >= 18
    assert all("#train" in name for name in ended)
    assert {split for split, _ in drawn} == {"train"}


def test_validation_plays_fixed_instances(drawn):
    """Validation plays the first 30 validation instances, the same ones every time, and scores like the checker."""
    task = task_named(TINY)
    first, played = task.validate(FirstAction(), "online"), list(drawn)
    assert played == [("validation", seed) for seed in range(VALIDATION_EPISODES)]
    assert task.validate(FirstAction(), "online") == first
    assert drawn == played * 2
    instances = [scenario_named(TINY).instance(seed, "validation") for seed in range(VALIDATION_EPISODES)]
    assert first == pytest.approx(
        np.mean([score(i, np.zeros(problem_of(i).n_requests(i), np.int64)).primary for i in instances])
    )


def test_play_is_what_the_harness_does():
    """A policy played here decides as when it is stepped by hand, its feedback included."""
    instance = scenario_named(TINY).instance(3)
    problem, policy = problem_of(instance), Draws()
    (agent,) = agents_of(policy, problem.context(instance, "online"), np.random.default_rng(7))
    episode = problem.episode(instance, "online")
    while not episode.done:
        agent.feedback(episode.step(np.asarray(agent.act(None))))
    decisions = play(Draws(), instance, "online", np.random.default_rng(7))
    assert decisions["service"].tolist() == episode.decisions()["service"].tolist()


def test_identity_of_a_scenario(tmp_path):
    """A task's hash depends on what it draws from, not on where its file lies or what its summary says."""
    text = 'schema = "aigcbench-scenario/1"\nversion = 1\nsummary = "{}"\nextends = "assignment/asp-tiny"\n[parameters]\n{}'
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a" / "own.toml").write_text(text.format("one", ""))
    (tmp_path / "b" / "own.toml").write_text(text.format("two", ""))
    (tmp_path / "c" / "own.toml").write_text(text.format("one", "crash_penalty = 7.0"))
    one, two, three = (ScenarioTask(str(tmp_path / folder / "own.toml")) for folder in ("a", "b", "c"))
    assert one.name == "custom/own"
    assert one.sha256 == two.sha256 != three.sha256
    assert one.source == str(tmp_path / "a" / "own.toml")


def test_gymnasium_splits(monkeypatch):
    """Training, validation and test episodes of a Gymnasium environment begin from seeds that are disjoint."""
    task = task_named("gymnasium/CartPole-v1")
    seeds = {
        split: {task._seed(split, seed, n) for seed in range(100) for n in range(64)} for split in ("train", "test")
    }
    seeds["validation"] = {task._seed("validation", seed, 0) for seed in range(30)}
    assert not seeds["train"] & seeds["test"]
    assert not seeds["validation"] & (seeds["train"] | seeds["test"])


def test_gymnasium_environments():
    """They reset in the step that ends an episode, as the benchmark's own do, and show the environment as it is."""
    environments = task_named("gymnasium/CartPole-v1").environments(2, "online", 1)
    assert environments.metadata["autoreset_mode"] is gymnasium.vector.AutoresetMode.SAME_STEP
    ended = 0
    for _ in range(30):
        observations, _, terminated, _, infos = environments.step(np.zeros(2, np.int64))
        for n in np.flatnonzero(terminated):
            ended += 1
            assert abs(infos["final_obs"][n][2]) > 0.2
            assert (np.abs(observations[n]) <= 0.05).all()
    assert ended >= 4


def test_gymnasium_returns():
    """A policy that pushes one way only falls within a dozen steps; validation is the mean over its own episodes."""
    task = task_named("gymnasium/CartPole-v1")
    assert task.name == "gymnasium/CartPole-v1"
    returns = task.returns(FirstAction(), "test", 20)
    assert ((returns >= 8) & (returns <= 12)).all()
    assert task.validate(FirstAction(), "online") == pytest.approx(task.returns(FirstAction(), "validation", 30).mean())


@pytest.mark.parametrize(
    ("name", "words"),
    [("CartPol-v1", "CartPol"), ("Pendulum-v1", "expected actions 0, 1"), ("Blackjack-v1", "expected a vector")],
)
def test_refused_gymnasium_environments(name, words):
    """An unknown environment, or one with other observations or actions, is refused in one line."""
    with pytest.raises(InputError, match=words) as caught:
        GymnasiumTask(name)
    assert "\n" not in str(caught.value)
