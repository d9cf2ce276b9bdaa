"""T2DRL: double Q-learning of caches, and a diffusion model as the actor for shares (Algorithm 1)."""

from aigcbench.problems.caching.two_timescale.learner import TwoTimescaleLearner
from aigcbench.solver import parameter


class T2DRL(TwoTimescaleLearner):
    """Caches by a double deep Q-network per frame; denoises noise into shares per slot, towards higher values of a critic (D3PG)."""

    name = "t2drl"
    family = "diffusion"
    reference = (
        "Liu et al., Two-Timescale Model Caching and Resource Allocation for Edge-Enabled AI-Generated Content Services"
    )

    PAPER = TwoTimescaleLearner.PAPER | {"prediction": "noise"}

    chain_steps: int = parameter(5, "L, denoising steps", minimum=1, maximum=1000)
    prediction: str = parameter(
        "start",
        "what the network predicts: noise (eq. 19), the same with x_0 clipped, or x_0 itself",
        choices=("noise", "clipped-noise", "start"),
    )

    def process(self):
        from aigcbench.learning.schedule import reverse_process

        return reverse_process(self.chain_steps, self.prediction, "code")

    def actor_network(self, n_features, n_outputs, generator):
        from aigcbench.learning.denoiser import Denoiser

        return Denoiser(n_features, n_outputs, (self.hidden,) * 3, self.activation, self.process(), generator)

    def output_gain(self):
        return 8.0  # x_0 is within -1..1 and a step share has to come down to thousandths
