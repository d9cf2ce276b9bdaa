"""D2SAC-TS: D2SAC with an agent at every station, the baseline of LAD-TS whose chains start from noise."""

from aigcbench.problems.offloading.agents.learner import DiffusionLearner


class D2SACTS(DiffusionLearner):
    """Denoises Gaussian noise into action probabilities; otherwise as `lad-ts`."""

    name = "d2sac-ts"
    family = "diffusion"
    reference = "Du et al., Diffusion-based Reinforcement Learning for Edge-enabled AIGC Services, IEEE TMC 2024, as a baseline of LAD-TS"

    start = "noise"
