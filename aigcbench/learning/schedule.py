"""Coefficients of the reverse diffusion process (Du et al., TMC 2024, eqs. 6 to 14), shared by training and compiled decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

BETA_MINIMUM, BETA_MAXIMUM = 0.1, 10.0
CLIP = 1.0  # where the public code clips its estimate of x_0


@dataclass(frozen=True)
class ReverseProcess:
    """One reverse step for each t = T..1, in the order in which they are taken (float64, T each).

    With the network's output o, the estimate of x_0 is ``e = clip(estimate_x * x_t + estimate_output * o)``, and
    ``x_{t-1} = mean_x * x_t + mean_estimate * e + noise * epsilon``.

    Parameters
    ----------
    step
        t.
    estimate_x, estimate_output
        Eq. 11 where the network predicts noise; 0 and 1 where it predicts x_0.
    limit
        The estimate is clipped to -limit..limit; infinite for none.
    mean_x, mean_estimate
        Eq. 10.
    noise
        Standard deviation of the noise; 0 in the last step.
    signal
        Square root of alpha-bar_t: the forward process makes ``x_t = signal * x_0 + sqrt(1 - signal^2) * epsilon`` (eq. 8).
    predicts_start
        Whether the network predicts x_0 rather than noise.
    """

    step: np.ndarray
    estimate_x: np.ndarray
    estimate_output: np.ndarray
    limit: float
    mean_x: np.ndarray
    mean_estimate: np.ndarray
    noise: np.ndarray
    signal: np.ndarray
    predicts_start: bool

    def __len__(self) -> int:
        return len(self.step)

    def back(self, k: int, x: Any, output: Any) -> Any:
        """The mean of x_{t-1} from x_t and the network's output in the step of index ``k``: arrays or tensors, of equal shape."""
        estimate = float(self.estimate_output[k]) * output
        if self.estimate_x[k] != 0.0:
            estimate = estimate + float(self.estimate_x[k]) * x
        if math.isfinite(self.limit):
            estimate = estimate.clip(-self.limit, self.limit)
        return float(self.mean_x[k]) * x + float(self.mean_estimate[k]) * estimate


def variance_preserving_betas(steps: int) -> np.ndarray:
    """Variances beta_t of the forward process for t = 1..T (eq. 6; float64, T)."""
    t = np.arange(1, steps + 1)
    spread = BETA_MAXIMUM - BETA_MINIMUM
    return 1.0 - np.exp(-BETA_MINIMUM / steps - (2 * t - 1) / (2 * steps**2) * spread)


def reverse_process(steps: int, prediction: str = "noise", noise: str = "paper") -> ReverseProcess:
    """The reverse process of ``steps`` = T.

    Parameters
    ----------
    prediction
        What the network predicts: ``noise`` (eq. 11; with eq. 10 that is eq. 12), ``clipped-noise`` (the public code clips the
        estimate of x_0 to -1..1), or ``start``, x_0 itself.
    noise
        Scale of the added noise: ``paper`` (beta~_t / 2)^2 as eq. 14 prints, ``half`` beta~_t / 2 as eq. 10 of LAD-TS prints,
        ``code`` sqrt(beta~_t) as DDPM has it.
    """
    beta = variance_preserving_betas(steps)
    alpha = 1.0 - beta
    alpha_bar = np.cumprod(alpha)
    before = np.concatenate([[1.0], alpha_bar[:-1]])
    beta_tilde = (1.0 - before) / (1.0 - alpha_bar) * beta
    predicts_start = prediction == "start"
    forms = {"paper": (beta_tilde / 2.0) ** 2, "half": beta_tilde / 2.0, "code": np.sqrt(beta_tilde)}
    return ReverseProcess(
        step=np.arange(steps, 0, -1),
        estimate_x=(np.zeros(steps) if predicts_start else 1.0 / np.sqrt(alpha_bar))[::-1],
        estimate_output=(np.ones(steps) if predicts_start else -np.sqrt(1.0 / alpha_bar - 1.0))[::-1],
        limit=CLIP if prediction == "clipped-noise" else np.inf,
        mean_x=(np.sqrt(alpha) * (1.0 - before) / (1.0 - alpha_bar))[::-1],
        mean_estimate=(np.sqrt(before) * beta / (1.0 - alpha_bar))[::-1],
        noise=forms[noise][::-1],
        signal=np.sqrt(alpha_bar)[::-1],
        predicts_start=predicts_start,
    )


def step_embedding(steps: np.ndarray, length: int) -> np.ndarray:
    """Sinusoidal position embedding of chain steps (float32, steps x length), sines first (Vaswani et al., 2017)."""
    half = length // 2
    frequency = np.exp(-np.log(10_000.0) * np.arange(half) / (half - 1))
    angle = steps[:, None] * frequency
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)
