"""The learners that share D2SAC's chain: their losses, their settings, and that they learn."""

import numpy as np
import pytest

from aigcbench.discovery import find_solver
from aigcbench.errors import InputError
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import play, task_named

torch = pytest.importorskip("torch")

from aigcbench.learning.denoising import one_hot, prediction_loss  # noqa: E402
from aigcbench.learning.off_policy import Batch  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402

SMALL = {"environments": 8, "hidden": 16, "batch": 32, "warm_up": 200, "updates": 60, "validations": 2, "saves": 2}
TRAINED = {
    "flow-ddrl": ("flow/tiny", {"chain_steps": 2}),
    "flow-ddrl-chain": ("flow/tiny", {"chain_steps": 2, "through_chain": True}),
    "d2sac-fast": ("assignment/asp-tiny", {}),
    "adsac": ("assignment/orchestration-tiny", {"width": 8}),
    "adsac-chain": ("assignment/orchestration-tiny", {"width": 8, "through_chain": True}),
    "adsac-batch": ("assignment/orchestration-tiny", {"attention": "batch"}),
}


class Run:
    """A `TrainingRun` that keeps what is saved."""

    def __init__(self, saved=None) -> None:
        self.saved, self.states, self.validated = saved, [], 0

    def report(self, metrics):
        assert all(np.isfinite(value) for value in metrics.values())

    def validate(self, weights):
        self.validated += 1
        return float(self.validated)

    def save(self, state):
        self.states.append({name: np.array(array) for name, array in state.items()})

    def cpu_seconds(self):
        return 0.0


def batch_of(n_observation: int, n_actions: int) -> Batch:
    """Random transitions without a mask."""
    generator = torch.Generator().manual_seed(2)
    observation, following = torch.randn(2, 32, n_observation, generator=generator)
    action = torch.randint(n_actions, (32,), generator=generator)
    returns, discount = torch.rand(2, 32, generator=generator)
    return Batch(Transitions(observation, action, returns, discount, following), None, None)


def test_flow_ddrl_adds_the_denoising_loss(solver):
    """Its actor's loss is that without imitation plus the weighted loss of denoising the replayed actions (eq. 25)."""
    batch, losses = batch_of(6, 4), []
    for imitation in (0.0, 0.5):
        settings = solver("flow-ddrl")(hidden=16, through_chain=True, imitation=imitation)
        algorithm = settings.algorithm(6, 4, torch.Generator().manual_seed(1))
        values = algorithm.critic(batch.transitions.observation).detach().amin(dim=0)
        losses.append(algorithm.actor_loss(batch, values)[0])
    algorithm = solver("flow-ddrl")(hidden=16, through_chain=True).algorithm(6, 4, torch.Generator().manual_seed(1))
    algorithm.log_policy(algorithm.actor, batch.transitions.observation, None)
    x_0 = one_hot(batch.transitions.action, 4)
    denoising = prediction_loss(algorithm.actor, batch.transitions.observation, x_0, algorithm.generator)
    torch.testing.assert_close(losses[1], losses[0] + 0.5 * denoising)


def test_the_papers_settings_are_valid_parameters(solver):
    """Every setting of the flow paper's Table 1 is a parameter in its range."""
    paper = solver("flow-ddrl").PAPER
    assert find_solver("flow-ddrl").validated(paper) | paper == find_solver("flow-ddrl").validated(paper)


def test_fast_updates_move_every_network(solver):
    """Actor, critic and target change; no gradient passes the chain's other steps."""
    algorithm = solver("d2sac-fast")(hidden=16).algorithm(6, 4, torch.Generator().manual_seed(1))
    before = {name: [p.detach().clone() for p in module.parameters()] for name, module in algorithm.modules.items()}
    losses = algorithm.update(batch_of(6, 4))
    assert all(bool(torch.isfinite(loss)) for loss in losses.values())
    for name, module in algorithm.modules.items():
        changes = [new - old for new, old in zip(module.parameters(), before[name], strict=True)]
        assert all(bool(change.abs().max() > 0) for change in changes)


def test_fast_decides_with_an_average_of_the_actor(solver):
    """The weights of decisions are an average over updates, of which the newest actor is a share of tau."""
    algorithm = solver("d2sac-fast")(hidden=16, tau=0.1).algorithm(6, 4, torch.Generator().manual_seed(1))
    average = algorithm.policy_modules()["actor"]
    expected = average.last.weight.clone()
    for _ in range(3):
        algorithm.update(batch_of(6, 4))
        expected += 0.1 * (algorithm.actor.last.weight.detach() - expected)
    torch.testing.assert_close(average.last.weight, expected)


def test_heads_must_divide_the_units(solver):
    """Heads that would leave units over are refused before training."""
    environments = task_named("assignment/orchestration-tiny").environments(2, "online", 1)
    with pytest.raises(InputError, match="a divisor of 32"):
        solver("adsac")(heads=3).turns(environments, torch.Generator())


@pytest.mark.parametrize(
    ("name", "scenario", "parameters"), [(key, *value) for key, value in TRAINED.items()], ids=TRAINED
)
def test_trains_resumes_and_decides(name, scenario, parameters, solver):
    """Training ends with weights that decide legally, and one that is killed and resumed ends with the same."""
    task, learner = (
        task_named(scenario),
        solver(name.removesuffix("-batch").removesuffix("-chain"))(**SMALL | parameters),
    )

    def train(run: Run, seed: int) -> dict[str, np.ndarray]:
        environments = task.environments(*learner.environment_batch(), 5)
        return learner.train(environments, Budget(), np.random.default_rng(seed), run)

    undisturbed = Run()
    weights = train(undisturbed, 0)
    resumed = Run(undisturbed.states[-1])
    resumed.validated = int(resumed.saved["position.validations"])
    again = train(resumed, 1)
    assert all(np.array_equal(weights[key], again[key]) for key in weights)
    instance = scenario_named(scenario).instance(0, "validation")
    policy = learner.policy(weights)
    first, second = (play(policy, instance, "online", np.random.default_rng(3)) for _ in range(2))
    assert all(np.array_equal(first[key], second[key]) for key in first)
