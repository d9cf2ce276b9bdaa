"""LAD-TS with one agent for all stations: they share its weights and pool what they learn."""

from aigcbench.problems.offloading.agents.learner import DiffusionLearner
from aigcbench.solver import parameter


class SharedLADTS(DiffusionLearner):
    """What `lad-ts` learns, in one set of weights that every station decides with; each still has latents of its own."""

    name = "lad-ts-shared"
    family = "diffusion"
    reference = "After Xu et al., Accelerating AIGC Services with Latent Action Diffusion Scheduling in Edge Networks"

    shared: bool = parameter(True, "one agent for all stations instead of one for each")
    observation: str = parameter(
        "online",
        "what agents see: task and queues as in the paper, or also result, slot and station",
        choices=("paper", "online"),
    )
    batch: int = parameter(512, "transitions per update", minimum=1, maximum=65536)
    pool: int = parameter(20_000, "transitions kept", minimum=1, maximum=10**6)
    stored: str = parameter(
        "probabilities", "what a latent is: x_0, or its softmax", choices=("chain", "probabilities")
    )
