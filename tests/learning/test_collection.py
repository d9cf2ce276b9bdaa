"""Collection from batched environments."""

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from aigcbench.errors import InputError
from aigcbench.tasks import task_named

torch = pytest.importorskip("torch")

from aigcbench.learning.collection import Collector, spaces_of  # noqa: E402


class Clocks(gymnasium.vector.VectorEnv):
    """Two clocks that start at 0 and show their time; the first terminates at 3, the second is truncated at 4."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self) -> None:
        self.num_envs = 2
        self.single_observation_space = gymnasium.spaces.Box(0, 9, (1,))
        self.single_action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        self.time = np.zeros(2)
        return self.time[:, None].copy(), {}

    def step(self, actions):
        self.time += 1
        terminated, truncated = self.time == [3, 99], self.time == [99, 4]
        ended = terminated | truncated
        final = np.array([row if end else None for row, end in zip(self.time[:, None].copy(), ended)], dtype=object)
        self.time[ended] = 0
        return self.time[:, None].copy(), actions.astype(float), terminated, truncated, {"final_obs": final}


def test_steps_hold_what_happened_across_resets(generator):
    """Next observations are the terminal ones where an episode ended, and the following step starts from the new one."""
    collector = Collector(Clocks(), True, generator)
    collector.restart()
    steps = [collector.step(lambda observation, allowed: torch.ones(2, dtype=torch.int64)) for _ in range(6)]
    assert [step.observation[:, 0].tolist() for step in steps] == [[0, 0], [1, 1], [2, 2], [0, 3], [1, 0], [2, 1]]
    assert [step.next_observation[:, 0].tolist() for step in steps][2:4] == [[3, 3], [1, 4]]
    assert [step.terminated.tolist() for step in steps][2:4] == [[True, False], [False, False]]
    assert [step.ended.tolist() for step in steps][2:4] == [[True, False], [False, True]]
    assert collector.returns == [3.0, 4.0, 3.0]
    assert steps[0].allowed is None


@pytest.mark.parametrize(("masked", "crashes"), [(True, False), (False, True)])
def test_masks_of_the_environment_are_obeyed_on_demand(masked, crashes, generator):
    """Where a learner wants the mask, random actions never crash a server that others would crash."""
    environments = task_named("assignment/asp-tiny").environments(8, "online", 3)
    collector = Collector(environments, masked, generator)
    collector.restart()

    def choose(observation, allowed):
        weights = torch.ones(8, 3) if allowed is None else allowed.float()
        return torch.multinomial(weights, 1, generator=generator).squeeze(1)

    rewards = []
    for _ in range(200):
        some_room = environments.unwrapped.action_mask(collector._observation.numpy()).any(axis=1)
        step = collector.step(choose)
        full = torch.from_numpy(some_room) & (step.allowed.all(dim=1) if masked else torch.zeros(8, dtype=torch.bool))
        rewards.append(step.reward[~full])
    assert bool((torch.cat(rewards) < 0).any()) == crashes


def test_restarts_depend_on_the_generator_alone():
    """Environments that were restarted from equal generators show the same, whatever was played before."""
    shown = []
    for played in (0, 17):
        environments = task_named("assignment/asp-tiny").environments(4, "online", played)
        collector = Collector(environments, False, torch.Generator().manual_seed(3))
        for _ in range(played):
            environments.step(np.zeros(4, dtype=np.int64))
        collector.restart()
        shown.append(collector.step(lambda observation, allowed: torch.zeros(4, dtype=torch.int64)).observation)
    assert torch.equal(*shown)


def test_other_spaces_are_refused():
    """Learners say in one line what they cannot learn from."""
    environments = Clocks()
    assert spaces_of(environments) == (1, 3)
    environments.single_action_space = gymnasium.spaces.Box(0, 1, (2,))
    with pytest.raises(InputError, match="by its index"):
        spaces_of(environments)
