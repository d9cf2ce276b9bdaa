"""What agents learn from: transitions from task to task of a station, and latents that last."""

import pytest

torch = pytest.importorskip("torch")

from aigcbench.problems.offloading.agents.collection import SlotCollector  # noqa: E402
from aigcbench.problems.offloading.agents.replay import AgentReplay  # noqa: E402
from aigcbench.problems.offloading.stations import StationsEnv  # noqa: E402

GAMMA = 0.9
N_SLOTS = 3


class Recorder:
    """Chooses stations by chance and leaves latents that tell when and for which row they were written."""

    def __init__(self, generator):
        self.generator, self.calls = generator, 0
        self.observations, self.latents = [], []

    def __call__(self, observation, latent):
        self.calls += 1
        self.observations.append(observation)
        self.latents.append(latent)
        rows = torch.arange(latent.shape[1], dtype=torch.float32)[None, :, None]
        action = torch.randint(latent.shape[-1], observation.shape[:2], generator=self.generator)
        return action, (1000.0 * self.calls + rows).expand_as(latent)


def collected(shared, empty_boundary=False, scenario="offloading/light10"):
    """Three slots of two episodes: the environment, the recorder, and each slot's transitions with their mask."""
    generator = torch.Generator().manual_seed(4)
    environments = StationsEnv(2, scenario)
    collector = SlotCollector(environments, shared, GAMMA, empty_boundary, generator)
    collector.restart()
    recorder = Recorder(generator)
    steps = [collector.step(recorder) for _ in range(N_SLOTS)]
    return environments, recorder, steps


@pytest.mark.parametrize("shared", [False, True])
def test_a_task_is_followed_by_its_stations_next(shared):
    """The next observation and latent are the next task's in the slot, or the first one's of the next slot with its new latent."""
    environments, recorder, steps = collected(shared)
    n_tasks = environments.n_tasks
    for k in range(N_SLOTS - 1):
        transitions, mask = steps[k]
        for agent, row in mask.nonzero().tolist():
            ends = row % n_tasks == n_tasks - 1 or not mask[agent, row + 1]
            following = row - row % n_tasks if ends else row + 1
            source = k + 1 if ends else k
            expected = recorder.observations[source][agent, following]
            torch.testing.assert_close(transitions.next_observation[agent, row], expected)
            torch.testing.assert_close(transitions.next_latent[agent, row], recorder.latents[source][agent, following])
            assert transitions.next_place[agent, row] == following
            assert transitions.discount[agent, row] == pytest.approx(GAMMA)


def test_latents_last_where_there_is_a_task():
    """A row of the memory keeps what its task left until a slot has such a task again."""
    _, recorder, steps = collected(shared=False)
    mask = steps[0][1]
    assert (recorder.latents[1][mask] >= 1000.0).all()
    assert (recorder.latents[1][~mask] < 1000.0).all()


def test_boundary_can_show_empty_queues():
    """As in the public code, the last task of a slot then sees the next one's task with all queues empty."""
    environments, _, steps = collected(shared=False, empty_boundary=True, scenario="offloading/paper")
    transitions, mask = steps[1]
    ends = mask & (transitions.next_place % environments.n_tasks == 0)
    queues = slice(2, 2 + environments.n_stations)
    assert ends.any()
    assert (transitions.next_observation[ends][:, queues] == 0.0).all()
    assert (transitions.next_observation[ends][:, :2] > 0.0).all()
    assert (transitions.next_observation[mask & ~ends][:, queues] > 0.0).any()


def test_rewards_are_the_delays_of_the_tasks():
    """An episode's rewards add up to its mean delay times its tasks, and nothing follows its last slot."""
    generator = torch.Generator().manual_seed(2)
    collector = SlotCollector(StationsEnv(1, "offloading/tiny"), False, GAMMA, False, generator)
    collector.restart()
    recorder = Recorder(generator)
    total, count = 0.0, 0
    while not collector.returns:
        transitions, mask = collector.step(recorder)
        total += float(transitions.reward[mask].sum())
        count += int(mask.sum())
    assert total / count == pytest.approx(collector.returns[0], rel=1e-5)
    last = mask & ~torch.roll(mask, -1, dims=1)
    assert (transitions.discount[last] == 0.0).all()


def test_pool_keeps_each_agents_latest():
    """Agents fill their rings at their own pace; of more than fit the last ones stay, and only stored ones are drawn."""
    generator = torch.Generator().manual_seed(1)
    _, _, steps = collected(shared=False)
    transitions, _ = steps[0]
    n, rows = transitions.action.shape
    pool = AgentReplay(n, 4, transitions.observation.shape[-1], transitions.latent.shape[-1])
    mask = torch.zeros(n, rows, dtype=torch.bool)
    mask[0, :3] = True
    mask[1:, :6] = True
    numbered = transitions._replace(place=torch.arange(rows).expand(n, -1))
    pool.add(numbered, mask)
    assert pool.least == 3
    drawn = pool.sample(200, generator)
    assert set(drawn.place[0].tolist()) == {0, 1, 2}
    assert all(set(drawn.place[agent].tolist()) == {2, 3, 4, 5} for agent in range(1, n))
    again = AgentReplay(n, 4, transitions.observation.shape[-1], transitions.latent.shape[-1])
    again.restore(pool.arrays())
    state = generator.get_state()
    first = pool.sample(10, generator)
    generator.set_state(state)
    assert all(torch.equal(a, b) for a, b in zip(first, again.sample(10, generator), strict=True))
