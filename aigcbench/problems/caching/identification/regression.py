"""Regression of trials' costs on what is unknown of the models: A1 to A4, B1 and B2 of each (eqs. 7 to 9 and 23)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigcbench.observation import Context
from aigcbench.problems.caching.identification.trials import Trials

BATCH = 1024
RATE = 0.03  # of Adam, on logits of the unknowns
FIRST_BLUR, LAST_BLUR = 3.0, 0.01  # s, over which a missed deadline is smeared out
RANGES = ("max_steps", "max_quality", "max_steps", "max_quality", "max_step_s", "max_start_s")
SMALLEST_RISE = 1.0  # steps between A1 and A3


class GenerationModel(torch.nn.Module):
    """Costs of requests under unknowns that start in the middle of their ranges.

    Parameters
    ----------
    context
        The scenario: weights, deadline, and the largest value of each unknown.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._largest = torch.tensor([float(context[name]) for name in RANGES])
        self._weight, self._deadline = float(context["delay_weight"]), float(context["slot_s"])
        self._penalty = float(context["deadline_penalty"])
        self.logits = torch.nn.Parameter(torch.zeros(int(context["n_models"]), len(RANGES)))
        with torch.no_grad():
            self.logits[:, 0] -= 0.5  # A1 below A3, A4 below A2
            self.logits[:, 3] -= 1.0

    def unknowns(self) -> Tensor:
        """A1, A2, A3, A4, B1, B2 of each model (M, 6)."""
        return torch.sigmoid(self.logits) * self._largest

    def forward(self, request: Tensor, hit: Tensor, steps: Tensor, transfer: Tensor, blur: float) -> Tensor:
        """Mean cost of each slot (S,), the deadline being missed by degrees over ``blur`` seconds."""
        first, worst, last, best, per_step, start = self.unknowns()[request].unbind(dim=-1)
        rise = ((steps - first) / (last - first).clamp(min=SMALLEST_RISE)).clamp(0.0, 1.0)
        variation = torch.where(hit, worst + (best - worst) * rise, best)
        delay = transfer + per_step * torch.where(hit, steps, last) + start
        missed = torch.sigmoid((delay - self._deadline) / blur)
        cost = self._weight * delay + (1.0 - self._weight) * variation + self._penalty * missed
        return cost.mean(dim=1)


def identify(
    trials: Trials, context: Context, updates: int, generator: torch.Generator, goes_on: Callable[[int, float], bool]
) -> np.ndarray:
    """The unknowns (float64, M x 6) that explain the trials' costs best, by gradient descent while the deadline is sharpened.

    Parameters
    ----------
    goes_on
        Told the number of updates and the mean squared error of a batch; False ends the descent.
    """
    model = GenerationModel(context)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    request, hit = torch.from_numpy(trials.request), torch.from_numpy(trials.hit)
    steps, transfer, cost = (
        torch.from_numpy(array.astype(np.float32)) for array in (trials.steps, trials.transfer, trials.cost)
    )
    for update in range(updates):
        share = update / updates
        blur = FIRST_BLUR * (LAST_BLUR / FIRST_BLUR) ** share
        optimizer.param_groups[0]["lr"] = RATE * (1.0 - share)
        drawn = torch.randint(len(cost), (BATCH,), generator=generator)
        estimate = model(request[drawn], hit[drawn], steps[drawn], transfer[drawn], blur)
        error = (estimate - cost[drawn]).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        if not goes_on(update + 1, float(error.detach())):
            break
    found: np.ndarray = model.unknowns().detach().numpy().astype(np.float64)
    return found
