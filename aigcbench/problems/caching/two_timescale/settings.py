"""What T2DRL's learners are told, and the sizes of the networks that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigcbench.learning.settings import ACTIVATIONS, NeuralSettings
from aigcbench.problems.caching.two_timescale.features import STATES
from aigcbench.solver import parameter

if TYPE_CHECKING:
    import torch

    from aigcbench.learning.denoiser import Denoiser
    from aigcbench.learning.networks import MLP
    from aigcbench.learning.schedule import ReverseProcess


class TwoTimescaleSettings(NeuralSettings):
    """Of both levels. Defaults are settings that are good on few cores."""

    state: str = parameter(
        "shared",
        "what the actor sees: eq. 21, or requests as zeros and ones, by one network over all or one for every user",
        choices=STATES,
    )
    amender: str = parameter("ours", "whether step shares always use up all steps", choices=("paper", "ours"))
    caches: str = parameter(
        "subset", "Q-values for each subset of the models, or each model", choices=("subset", "item")
    )
    masked: bool = parameter(True, "choose among caches that fit; otherwise those that do not are punished (eq. 32)")
    centred: bool = parameter(True, "learn rewards less their mean in the warm-up, in units of their deviation there")
    gamma: float = parameter(0.0, "discount factor of both levels", minimum=0.0, maximum=0.9999)
    learning_rate: float = parameter(1e-3, "of Adam, for actor, critic and Q-network", minimum=0.0, maximum=1.0)
    hidden: int = parameter(128, "units of each hidden layer of actor and Q-network", minimum=1, maximum=4096)
    critic_hidden: int = parameter(256, "units of both hidden layers of the critic", minimum=1, maximum=4096)
    activation: str = parameter("relu", "activation between layers", choices=ACTIVATIONS)
    step_range: float = parameter(0.2, "share of all steps that one user may ask for", minimum=0.001, maximum=1.0)
    exploration: float = parameter(
        1.0, "deviation of the noise on what shares are made from", minimum=0.0, maximum=10.0
    )
    cache_exploration: float = parameter(
        0.5, "share of the training in which random caches go from all to a twentieth", minimum=0.001, maximum=1.0
    )
    batch: int = parameter(64, "slots per update", minimum=1, maximum=65536)
    cache_batch: int = parameter(256, "frames per update of the Q-values", minimum=1, maximum=65536)
    cache_updates: int = parameter(4, "updates of the Q-values per frame", minimum=1, maximum=1000)
    replay: int = parameter(100_000, "slots kept, and a tenth as many frames", minimum=10, maximum=10**7)
    warm_up: int = parameter(6_400, "slots with random shares before the first update", minimum=1, maximum=10**7)
    validations: int = parameter(3, "validations in a full training", minimum=1, maximum=10**4)
    updates: int = parameter(600, "gradient updates of both levels together", minimum=1, maximum=10**9)
    tau: float = parameter(0.005, "rate at which target networks follow", minimum=0.0, maximum=1.0)

    def process(self) -> ReverseProcess | None:
        """The reverse process of an actor that denoises, None for one that does not."""
        return None

    def actor_network(self, n_features: int, n_outputs: int, generator: torch.Generator) -> Denoiser | MLP:
        """The actor's network from features (..., F) to outputs."""
        raise TypeError(f"{type(self).__name__} has no actor_network(n_features, n_outputs, generator)")

    def output_gain(self) -> float:
        """What outputs are multiplied by before the sigmoid."""
        return 1.0

    def critic_sizes(self, n_inputs: int) -> tuple[int, ...]:
        """Layers of the critic."""
        return n_inputs, self.critic_hidden, self.critic_hidden, 1

    def cache_sizes(self, n_outputs: int) -> tuple[int, ...]:
        """Layers of the Q-network, which sees gamma."""
        return 1, self.hidden, self.hidden, n_outputs


def cache_values(kind: str, n_models: int) -> Any:
    """How the Q-network's outputs are read: see `aigcbench.learning.subsets`."""
    from aigcbench.learning.subsets import EveryItem, EverySubset

    return EverySubset(n_models) if kind == "subset" else EveryItem(n_models)
