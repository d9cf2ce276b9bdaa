"""Networks with memory, replay of sequences, and the compiled network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning import recurrent_forward  # noqa: E402
from aigcbench.learning.collection import Step  # noqa: E402
from aigcbench.learning.recurrent import RecurrentNetwork, SequenceReplay  # noqa: E402


def step_of(time: int, reward: float = 0.0, terminated: bool = False, truncated: bool = False) -> Step:
    """A step of one environment that shows the time."""
    flags = torch.tensor([terminated]), torch.tensor([terminated or truncated])
    shown = torch.tensor([[float(time)]])
    return Step(shown, None, torch.tensor([time]), torch.tensor([reward]), shown + 1, *flags)


@pytest.mark.parametrize("activation", ["mish", "silu", "relu"])
def test_compiled_network_remembers_as_torch_does(activation, generator):
    """Outputs for each observation of a sequence agree to 1e-5 with those of the whole sequence."""
    network = RecurrentNetwork(7, 4, 17, activation, generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= 3.0
    shown = torch.randn(30, 1, 7, generator=generator)
    expected = network(shown, None)[0][:, 0].detach().numpy()
    section = recurrent_forward.pack_recurrent(
        {name: value.detach().numpy() for name, value in network.named_parameters()}, activation
    )
    found = np.stack([recurrent_forward.recurrent(section, one[0].numpy()) for one in shown])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_sequences_are_consecutive_across_the_rings_seam(generator):
    """Drawn steps follow each other, the oldest ones having made room, and end with the observation after the last."""
    replay = SequenceReplay(8, 1, 1)
    for time in range(13):
        replay.add(step_of(time, reward=10.0 * time))
    drawn = replay.sample(200, 3, 0.9, generator)
    start = drawn.observation[0, :, 0]
    assert set(start.tolist()) == {5.0, 6.0, 7.0, 8.0, 9.0}
    for later in range(4):
        assert torch.equal(drawn.observation[later, :, 0], start + later)
    assert torch.equal(drawn.reward[2], 10.0 * (start + 2))
    assert bool(drawn.counts.all())


@pytest.mark.parametrize(
    ("ending", "counts", "discount"),
    [
        pytest.param({"terminated": True}, [True, True, False], 0.0, id="terminated"),
        pytest.param({"truncated": True}, [True, False, False], 0.9, id="truncated"),
    ],
)
def test_steps_after_an_episodes_end_do_not_count(ending, counts, discount, generator):
    """Nothing is learned from a following episode, nor from a truncated step, whose next observation is not in the sequence."""
    replay = SequenceReplay(4, 1, 1)
    for time in range(4):
        replay.add(step_of(time, **(ending if time == 1 else {})))
    drawn = replay.sample(1, 3, 0.9, generator)
    assert drawn.counts[:, 0].tolist() == counts
    assert float(drawn.discount[1, 0]) == pytest.approx(discount)


def test_environments_that_start_anew_break_sequences(generator):
    """After `forget`, no step counts whose successor was not its own."""
    replay = SequenceReplay(4, 1, 1)
    for time in range(4):
        if time == 2:
            replay.forget()
        replay.add(step_of(time))
    assert replay.sample(1, 3, 0.9, generator).counts[:, 0].tolist() == [True, False, False]
