"""How the distribution over actions moves along D2SAC's chain, against prophet's choice (Fig. 8 of the paper), as a table.

``python docs/figures/chain_steps.py [CHECKPOINT.json]``
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from aigcbench.checkpoint import Checkpoint
from aigcbench.content import content_directory
from aigcbench.discovery import find_solver, load_module
from aigcbench.learning import masking
from aigcbench.learning.names import under
from aigcbench.learning.snapshot import restore_module
from aigcbench.problems.assignment import mask
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

SHIPPED = "checkpoints/assignment/asp-paper/d2sac-seed0.json"
SEED = 1000  # a validation instance beyond those that choose weights


def observed(scenario: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What prophet meets in an episode: scaled observations (N, D) float32, what is allowed (N, A), its choices (N,)."""
    instance = scenario_named(scenario).instance(SEED, "validation")
    problem = problem_of(instance)
    online, informed = (problem.context(instance, information) for information in ("online", "informed"))
    episode, shown, choices = problem.episode(instance, "informed"), [], []
    utility, table = informed.layout["utility"], mask.mask_table(online)
    while not episode.done:
        scaled = (episode.vector[: online.observation_length] / online.scale).astype(np.float32)
        allowed = np.empty((1, online.n_actions), np.bool_)
        mask.allow(scaled[np.newaxis], table, allowed)
        choices.append(int(np.where(allowed[0], utility.of(episode.vector), -np.inf).argmax()))
        shown.append((scaled, allowed[0]))
        episode.step(choices[-1])
    return np.array([s for s, _ in shown]), np.array([a for _, a in shown]), np.array(choices)


def main(path: Path) -> None:
    checkpoint = Checkpoint.load(path)
    card = find_solver(checkpoint.training.solver)
    learner = getattr(load_module(card.location), card.class_name)(**checkpoint.training.parameters)
    observation, allowed, choice = (torch.from_numpy(part) for part in observed(checkpoint.training.task))
    generator = torch.Generator().manual_seed(0)
    actor = learner.actor(observation.shape[1], allowed.shape[1], generator)
    restore_module(actor, under("actor", checkpoint.weights))
    noise = actor.draw_noise(len(observation), generator)
    x, process = noise[0], actor.process
    print(
        "| | probability of prophet's choice | most probable action is prophet's choice | entropy, nats |\n|---|---|---|---|"
    )
    for k in range(len(process) + 1):
        log_policy = masking.masked(x / learner.temperature, allowed).log_softmax(dim=1)
        chance = log_policy.gather(1, choice[:, None]).exp().mean()
        agrees = (log_policy.argmax(dim=1) == choice).float().mean()
        entropy = -(log_policy.exp() * log_policy).sum(dim=1).mean()
        print(f"| x_{len(process) - k} | {chance:.3f} | {agrees:.3f} | {entropy:.2f} |")
        if k < len(process):
            with torch.no_grad():
                x = process.back(k, x, actor.predict(observation, x, k))
            if k + 1 < len(process):
                x = x + float(process.noise[k]) * noise[k + 1]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else content_directory("solvers") / SHIPPED)
