"""What every learner must do: learn something simple, and the papers' tasks in a heavy test."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from aigcbench.observation import Context, Layout, Observation, View
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import play, task_named

pytest.importorskip("torch")

SMALL = {"environments": 16, "hidden": 32, "updates": 400, "validations": 1}
OFF_POLICY = {"batch": 64, "warm_up": 200, "tau": 0.05}
LEARNERS: dict[str, dict[str, Any]] = {
    "dqn": OFF_POLICY,
    "sac": OFF_POLICY,
    "d2sac": OFF_POLICY | {"alpha": 0.1},
    "ppo": {"rollout": 16, "batch": 64},
    "reinforce": {"rollout": 16, "learning_rate": 1e-2},
    "double-dqn": OFF_POLICY,
    "prioritized-dqn": OFF_POLICY,
    "rainbow": OFF_POLICY | {"lowest": -3.0, "highest": 6.0, "atoms": 21, "n_steps": 1},
    "drqn": OFF_POLICY | {"batch": 160, "sequence": 5},
    "linear-q": OFF_POLICY | {"learning_rate": 1e-2},
}
N_SIGNALS = 4
CONTROL = [  # learner, environment, least mean return
    ("dqn", "CartPole-v1", 475),
    ("sac", "CartPole-v1", 475),
    ("ppo", "CartPole-v1", 475),
    ("d2sac", "CartPole-v1", 475),
    ("d2sac", "Acrobot-v1", -100),
]
ASSIGNMENT = {"dqn": 1.0, "sac": 1.0, "ppo": 0.99, "d2sac": 0.99}  # of prophet


class Signals(gymnasium.vector.VectorEnv):
    """Shows a signal, which is answered rightly by its number (reward 1) unless that is forbidden, for five steps."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self, number: int) -> None:
        self.num_envs = number
        self.single_observation_space = gymnasium.spaces.Box(0, 1, (N_SIGNALS,))
        self.single_action_space = gymnasium.spaces.Discrete(N_SIGNALS)

    def reset(self, *, seed=None, options=None):
        self._rng = np.random.default_rng(seed)
        self._time = np.zeros(self.num_envs, dtype=int)
        return self._draw(), {}

    def _draw(self) -> np.ndarray:
        self._signal = self._rng.integers(N_SIGNALS, size=self.num_envs)
        return np.eye(N_SIGNALS, dtype=np.float32)[self._signal]

    def step(self, actions):
        reward = (actions == self._signal).astype(float)
        self._time += 1
        ended = self._time == 5
        self._time[ended] = 0
        following = self._draw()
        infos = {"final_obs": list(following), "_final_obs": ended}
        return following, reward, ended, np.zeros_like(ended), infos


class SilentRun:
    """A `TrainingRun` that nobody watches."""

    saved = None

    def __init__(self, validate=lambda weights: 0.0) -> None:
        self.validate = validate

    def report(self, metrics):
        pass

    def save(self, state):
        pass

    def cpu_seconds(self):
        return 0.0


@pytest.mark.parametrize("name", LEARNERS)
def test_learns_to_answer_signals(name, solver):
    """A few hundred updates are enough to know the right action for each of four observations."""
    learner = solver(name)(**SMALL | LEARNERS[name])
    weights = learner.train(Signals(16), Budget(), np.random.default_rng(1), SilentRun())
    layout = Layout((View("signal", "", "", 0, N_SIGNALS),), dict.fromkeys(("paper", "online"), N_SIGNALS))
    policy = learner.policy(weights)
    policy.reset(
        Context("gymnasium", "signals", "online", N_SIGNALS, False, layout, np.ones(N_SIGNALS)),
        np.random.default_rng(0),
    )
    answers = [policy.act(Observation(row, layout)) for row in np.eye(N_SIGNALS) for _ in range(5)]
    assert answers == [signal for signal in range(N_SIGNALS) for _ in range(5)]


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "environment", "least"), CONTROL)
def test_solves_classic_control(name, environment, least, solver):
    """Trained as docs/figures/control.py does, it reaches the mean return over 100 test episodes that counts as solved."""
    task = task_named(f"gymnasium/{environment}")
    learner = solver(name)(**solver(name).CONTROL[environment])
    run = SilentRun(lambda weights: task.validate(learner.policy(weights), "online"))
    weights = learner.train(
        task.environments(*learner.environment_batch(), 1), Budget(10**8, 10**8), np.random.default_rng(0), run
    )
    assert task.returns(learner.policy(weights), "test", 100).mean() >= least


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "share"), ASSIGNMENT.items())
def test_comes_up_to_prophet_on_the_papers_fleet(name, share, solver):
    """Trained by default, its mean reward over 200 new episodes is nearly that of the informed prophet, or above it."""
    task, scenario = task_named("assignment/asp-paper"), scenario_named("assignment/asp-paper")
    learner = solver(name)()
    run = SilentRun(lambda weights: task.validate(learner.policy(weights), "online"))
    weights = learner.train(
        task.environments(*learner.environment_batch(), 1), Budget(10**8, 10**8), np.random.default_rng(0), run
    )
    rewards = []
    for policy, information in ((learner.policy(weights), "online"), (solver("prophet")(), "informed")):
        instances = (scenario.instance(seed, "validation") for seed in range(1000, 1200))
        decisions = (
            (instance, play(policy, instance, information, np.random.default_rng(0))) for instance in instances
        )
        rewards.append(np.mean([score(*pair)["reward"] for pair in decisions]))
    assert rewards[0] >= share * rewards[1]
