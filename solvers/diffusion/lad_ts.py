"""LAD-TS: an agent at every station whose denoising chain starts from what it last decided (Algorithm 1)."""

from aigcbench.problems.offloading.agents.learner import DiffusionLearner
from aigcbench.solver import parameter


class LADTS(DiffusionLearner):
    """Denoises the latent of the same task in the slot before into action probabilities, towards higher values of twin critics.

    `PAPER` holds what its equations and Table IV say where the defaults differ, `CODE` what its public code does.
    """

    name = "lad-ts"
    family = "diffusion"
    reference = "Xu et al., Accelerating AIGC Services with Latent Action Diffusion Scheduling in Edge Networks"

    PAPER = {
        "centred": False,
        "every": "task",
        "decision": "best",
        "entropy": "printed",
        "actor_loss": "squared",
        "output": "linear",
        "noise": "half",
        "stored": "chain",
        "latents": "kept",
        "boundary": "queues",
    }
    CODE = {
        "centred": False,
        "every": "slot",
        "decision": "sample",
        "entropy": "code",
        "actor_loss": "expected",
        "output": "softmax",
        "noise": "code",
        "stored": "probabilities",
        "latents": "overwritten",
        "boundary": "empty",
    }

    stored: str = parameter(
        "probabilities",
        "what a latent is: x_0 as in Algorithm 1, or its softmax as in the public code",
        choices=("chain", "probabilities"),
    )
    latents: str = parameter(
        "kept",
        "latents in the pool: those of the decision, or the newest of the same task as the public code's views are",
        choices=("kept", "overwritten"),
    )
