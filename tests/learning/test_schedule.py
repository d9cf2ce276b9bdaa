"""The reverse process against the equations of the paper."""

import numpy as np
import pytest

from aigcbench.learning.schedule import reverse_process, step_embedding, variance_preserving_betas

STEPS = (1, 2, 5, 15)


def paper_quantities(steps: int) -> tuple[np.ndarray, ...]:
    """beta, alpha, alpha-bar and beta~ by eqs. 6, 8 and 9, in the order t = T..1."""
    t = np.arange(steps, 0, -1)
    beta = 1 - np.exp(-0.1 / steps - (2 * t - 1) / (2 * steps**2) * 9.9)
    alpha = 1 - beta
    alpha_bar = np.cumprod(alpha[::-1])[::-1]
    alpha_bar_before = np.append(alpha_bar[1:], 1.0)
    return beta, alpha, alpha_bar, (1 - alpha_bar_before) / (1 - alpha_bar) * beta


@pytest.mark.parametrize("steps", STEPS)
def test_variances_grow_to_nearly_pure_noise(steps):
    """The forward variances rise, and by x_T the data keep exp(-(beta_min + beta_max) / 2) of their variance."""
    betas = variance_preserving_betas(steps)
    assert (np.diff(betas) > 0).all()
    assert np.prod(1 - betas) == pytest.approx(np.exp(-(0.1 + 10) / 2))


@pytest.mark.parametrize("steps", STEPS)
def test_noise_prediction_gives_the_papers_mean(steps):
    """Eq. 11 put into eq. 10 is eq. 12."""
    process = reverse_process(steps, "noise")
    beta, alpha, alpha_bar, _ = paper_quantities(steps)
    x, output = np.random.default_rng(0).normal(size=(2, steps))
    mean = process.mean_x * x + process.mean_estimate * (process.estimate_x * x + process.estimate_output * output)
    np.testing.assert_allclose(mean, (x - beta * output / np.sqrt(1 - alpha_bar)) / np.sqrt(alpha), rtol=1e-9)


@pytest.mark.parametrize(("form", "scale"), [("paper", lambda b: (b / 2) ** 2), ("code", np.sqrt)])
def test_noise_scales(form, scale):
    """Eq. 14 prints (beta~ / 2)^2, the code uses sqrt(beta~); the last step adds none."""
    process = reverse_process(5, "noise", form)
    np.testing.assert_allclose(process.noise, scale(paper_quantities(5)[3]), atol=1e-12)
    assert process.noise[-1] == 0.0


def test_predicted_start_is_the_last_sample():
    """Where the network predicts x_0, the last step takes its prediction as it is."""
    process = reverse_process(5, "start")
    assert (process.estimate_x[-1], process.estimate_output[-1]) == (0.0, 1.0)
    assert (process.mean_x[-1], process.mean_estimate[-1]) == pytest.approx((0.0, 1.0))


def test_only_the_codes_variant_clips():
    """The estimate of x_0 is clipped to -1..1 in the public code's variant alone."""
    limits = [reverse_process(5, prediction).limit for prediction in ("noise", "clipped-noise", "start")]
    assert limits == [np.inf, 1.0, np.inf]


def test_step_embedding_tells_steps_apart():
    """Sines and cosines of geometric frequencies from 1 to 1/10000."""
    embedding = step_embedding(np.array([1, 2, 5]), 16)
    assert embedding.shape == (3, 16)
    np.testing.assert_allclose(embedding[:, 0], np.sin([1, 2, 5]), rtol=1e-6)
    np.testing.assert_allclose(embedding[:, 15], np.cos(np.array([1, 2, 5]) / 10_000), rtol=1e-6)
