"""ADSAC: D2SAC whose denoising network attends to servers, services and the task."""

from aigcbench.errors import InputError
from aigcbench.learning.diffusion_learner import DiffusionLearner
from aigcbench.solver import parameter


class ADSAC(DiffusionLearner):
    """Denoises Gaussian noise into a logit for each service, from tokens that attend to each other.

    By default it denoises towards the optimum in closed form. Differentiated through the whole chain, what it learned
    depended on the seed: in one training logits of useful services were found so deep in the tanh that no gradient was left
    (docs/diffusion.md, "Why not through the chain").

    With ``attention = "tokens"`` a trained policy also decides for other numbers of servers and services: service i is then
    taken to be of the kind of service i modulo the number that it was trained with.
    """

    name = "adsac"
    family = "diffusion"
    formulations = ("assignment",)
    information = "online"
    reference = "QoS-Aware Multi-AIGC Service Orchestration at Edges: An Attention-Diffusion-Aided DRL Method, 2025"

    updates: int = parameter(6_000, "gradient updates of a full training", minimum=1, maximum=10**9)
    batch: int = parameter(128, "transitions per update", minimum=1, maximum=65536)
    validations: int = parameter(4, "validations in a full training", minimum=1, maximum=10**4)
    attention: str = parameter(
        "tokens",
        "across the tokens of an observation, or across the batch as in the public code (a defect, for comparison)",
        choices=("tokens", "batch"),
    )
    through_chain: bool = parameter(
        False,
        "differentiate the actor's loss through the whole chain, or denoise towards its optimum in closed form",
    )
    width: int = parameter(32, "units of a token", minimum=4, maximum=1024)
    heads: int = parameter(
        2, "attention heads, a divisor of the width (of hidden, across the batch)", minimum=1, maximum=64
    )
    decision: str = parameter("mean", "take the best action of the mean of the chains", choices=("mean",))

    def turns(self, environments, generator):
        from aigcbench.learning.attention import BatchAttentionActor, TokenActor
        from aigcbench.learning.closed_form import ClosedFormActorCritic
        from aigcbench.learning.collection import spaces_of
        from aigcbench.learning.diffusion_actor_critic import DiffusionActorCritic
        from aigcbench.learning.off_policy import OffPolicyTurns

        units = self.width if self.attention == "tokens" else self.hidden
        if units % self.heads:
            raise InputError("adsac: heads", str(self.heads), f"a divisor of {units}")
        n_observation, n_actions = spaces_of(environments)
        chain = self.heads, self.activation, self.process(), generator
        if self.attention == "tokens":
            actor = TokenActor(environments.unwrapped.token_layout(), self.width, *chain)
        else:
            actor = BatchAttentionActor(n_observation, n_actions, self.hidden, *chain)
        actor_critic = DiffusionActorCritic if self.through_chain else ClosedFormActorCritic
        return OffPolicyTurns(actor_critic(self, actor, n_observation, generator), self, environments)

    def policy(self, weights):
        from aigcbench.learning.decisions import chain_policy, without_attention
        from aigcbench.learning.token_forward import TokenPolicy
        from aigcbench.problems.assignment.tokens import token_layout

        chains = self.process(), self.activation
        if self.attention == "tokens":
            return TokenPolicy(weights, token_layout, *chains, self.heads, self.chains, self.masked)
        return chain_policy(without_attention(weights), *chains, self.chains, False, self.masked)
