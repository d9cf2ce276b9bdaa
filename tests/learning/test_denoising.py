"""Learning a denoising chain one step at a time."""

import math

import pytest

torch = pytest.importorskip("torch")

from aigcbench.learning.closed_form import best_logits  # noqa: E402
from aigcbench.learning.denoising import choice_loss, estimated_start, noised, one_hot, prediction_loss  # noqa: E402
from aigcbench.learning.diffusion import DenoisingActor  # noqa: E402
from aigcbench.learning.schedule import reverse_process  # noqa: E402


def test_noised_actions_have_the_variance_of_their_step(generator):
    """x_t keeps sqrt(alpha-bar_t) of x_0, and the rest of a unit variance is noise."""
    process = reverse_process(4)
    x_t, epsilon, position = noised(process, torch.full((40_000, 2), 0.5), generator)
    for k in range(4):
        rows = x_t[position == k]
        assert rows.mean() == pytest.approx(0.5 * process.signal[k], abs=0.02)
        assert rows.var() == pytest.approx(1 - process.signal[k] ** 2, abs=0.03)
    assert epsilon.std() == pytest.approx(1.0, abs=0.02)


def test_steps_back_undo_the_forward_process(generator):
    """With the noise that was added as the network's output, each step's estimate of x_0 is x_0."""
    process, x_0 = reverse_process(5, "noise"), torch.rand(100, 3, generator=generator)
    x_t, epsilon, position = noised(process, x_0, generator)
    torch.testing.assert_close(estimated_start(process, x_t, epsilon, position), x_0, rtol=0, atol=1e-3)


def test_one_hot_actions_are_corners():
    """An action is 1 at its index and -1 elsewhere."""
    assert one_hot(torch.tensor([2, 0]), 3).tolist() == [[-1, -1, 1], [1, -1, -1]]


@pytest.mark.parametrize("prediction", ["noise", "start"])
def test_prediction_loss_is_of_what_the_network_predicts(prediction, generator):
    """The loss is the mean square error of noise or x_0 over the allowed entries, at the drawn steps."""
    process = reverse_process(3, prediction)
    actor = DenoisingActor(5, 4, 8, "silu", process, generator)
    observation, x_0 = torch.rand(6, 5, generator=generator), torch.rand(6, 4, generator=generator)
    allowed = torch.rand(6, 4, generator=generator) < 0.5
    state = generator.get_state()
    x_t, epsilon, position = noised(process, x_0, generator)
    wanted = epsilon if prediction == "noise" else x_0
    squares = (actor.predict(observation, x_t, position) - wanted).square()
    for mask in (None, allowed):
        generator.set_state(state)
        expected = squares.mean() if mask is None else squares[mask].mean()
        torch.testing.assert_close(prediction_loss(actor, observation, x_0, generator, mask), expected)


@pytest.mark.parametrize("prediction", ["clipped-noise", "start"])
def test_choice_loss_is_the_cross_entropy_of_what_is_chosen(prediction, generator):
    """The loss is the cross-entropy between softmaxes over allowed actions of x_0 and of its estimate at the drawn steps."""
    process, temperature = reverse_process(3, prediction), 0.5
    actor = DenoisingActor(5, 4, 8, "silu", process, generator)
    observation, x_0 = torch.rand(6, 5, generator=generator), torch.rand(6, 4, generator=generator)
    allowed = torch.rand(6, 4, generator=generator) < 0.5
    allowed[:, 0] = True
    state = generator.get_state()
    x_t, _, position = noised(process, x_0, generator)
    rows = [process.back(k, x_t, actor.predict(observation, x_t, k)) for k in range(3)]
    means = torch.stack(rows)[position, torch.arange(6)]  # of x_{t-1}; the estimate of x_0 is in it
    mean_x, mean_estimate = (torch.tensor(part.copy()).float() for part in (process.mean_x, process.mean_estimate))
    estimate = (means - mean_x[position, None] * x_t) / mean_estimate[position, None]
    for mask in (None, allowed):
        generator.set_state(state)
        kept = torch.ones_like(allowed) if mask is None else mask
        wanted, found = ((x.masked_fill(~kept, -math.inf) / temperature).softmax(dim=1) for x in (x_0, estimate))
        expected = -(wanted * found.clamp(min=1e-30).log()).sum(dim=1).mean()
        loss = choice_loss(actor, observation, x_0, temperature, generator, mask)
        torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-5)


def test_a_step_of_the_chain_is_what_is_learnt(generator):
    """A chain of one step that predicts x_0 gives what `predict` does for its noise."""
    actor = DenoisingActor(5, 4, 8, "silu", reverse_process(1, "start"), generator)
    observation, noise = torch.rand(6, 5, generator=generator), actor.draw_noise(6, generator)
    position = torch.zeros(6, dtype=torch.int64)
    torch.testing.assert_close(actor(observation, noise), actor.predict(observation, noise[0], position))


def test_best_logits_maximise_value_and_entropy():
    """Their softmax at the temperature is proportional to exp(values / alpha) among what is allowed and not hopeless."""
    values = torch.tensor([[0.5, 0.51, 9.0, 0.48, -3.0]])
    allowed = torch.tensor([[True, True, False, True, True]])
    x_0 = best_logits(values, allowed, alpha=0.02, temperature=0.1)
    assert x_0.abs().max() <= 1
    policy = (x_0 / 0.1).masked_fill(~allowed, -math.inf).softmax(dim=1)
    expected = (values / 0.02).masked_fill(~allowed, -math.inf).softmax(dim=1)
    torch.testing.assert_close(policy, expected, rtol=0, atol=1e-6)
