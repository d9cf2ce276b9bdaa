"""The updates of double and prioritized Q-learning, of Rainbow, and of linear Q-learning; the memory of DRQN."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aigcbench.discovery import find_solver  # noqa: E402
from aigcbench.learning.off_policy import Batch  # noqa: E402
from aigcbench.learning.recurrent import Sequences  # noqa: E402
from aigcbench.learning.replay import Transitions  # noqa: E402

N_ACTIONS = 4


@pytest.fixture
def batch() -> Batch:
    """Eight random transitions with masks and weights, every other one terminal."""
    generator = torch.Generator().manual_seed(2)
    observation, following = torch.randn(2, 8, 3, generator=generator)
    allowed = torch.tensor([[True, False, True, False], [False, True, True, True]] * 4)
    transitions = Transitions(
        observation,
        torch.arange(8) % N_ACTIONS,
        torch.randn(8, generator=generator),
        torch.tensor([0.9, 0.0] * 4),
        following,
    )
    return Batch(transitions, None, allowed, torch.linspace(0.3, 1.0, 8))


def algorithm_of(solver, name, **parameters):
    """An algorithm whose target differs from its network."""
    algorithm = solver(name)(hidden=16, **parameters).algorithm(3, N_ACTIONS, torch.Generator().manual_seed(1))
    with torch.no_grad():
        for parameter in algorithm.target.parameters():
            parameter *= 1.5
    return algorithm


def double_errors(algorithm, batch) -> np.ndarray:
    """Errors against the target's value of the action that the network itself prefers."""
    observation, action, returns, discount, following = batch.transitions
    with torch.no_grad():
        own, target = algorithm.q(following).numpy(), algorithm.target(following).numpy()
        values = algorithm.q(observation).numpy()[np.arange(8), action]
    chosen = np.where(batch.next_allowed, own, -np.inf).argmax(axis=1)
    return returns.numpy() + discount.numpy() * target[np.arange(8), chosen] - values


def test_double_learning_evaluates_what_it_chooses_by_the_target(solver, batch):
    """The loss of double-dqn is the mean squared error against that target."""
    algorithm = algorithm_of(solver, "double-dqn")
    errors = double_errors(algorithm, batch)
    assert float(algorithm.update(batch)["q_loss"].detach()) == pytest.approx(np.mean(errors**2), rel=1e-5)


def test_prioritized_learning_weights_and_tells_its_errors(solver, batch):
    """Squared errors count by their importance, and the errors themselves are there for the replay."""
    algorithm = algorithm_of(solver, "prioritized-dqn")
    errors = double_errors(algorithm, batch)
    loss = float(algorithm.update(batch)["q_loss"].detach())
    assert loss == pytest.approx(np.mean(batch.weights.numpy() * errors**2), rel=1e-5)
    np.testing.assert_allclose(algorithm.errors, errors, rtol=1e-4, atol=1e-6)


def test_rainbow_learns_a_given_distribution(solver, batch):
    """From terminal transitions the mean of what it knows comes near their returns, and its errors fall."""
    algorithm = algorithm_of(solver, "rainbow", lowest=-4.0, highest=4.0, atoms=21, learning_rate=1e-2)
    transitions = batch.transitions._replace(discount=torch.zeros(8))
    first = None
    for _ in range(150):
        algorithm.update(batch._replace(transitions=transitions))
        first = algorithm.errors.sum() if first is None else first
    with torch.no_grad():
        means = algorithm.q(transitions.observation, None).exp() @ algorithm.support
    found = means[torch.arange(8), transitions.action]
    np.testing.assert_allclose(found, transitions.returns, atol=0.3)
    assert algorithm.errors.sum() < 0.2 * first


def test_rainbows_paper_settings_are_valid_parameters(solver):
    """Every setting of its Table 1 is a parameter in its range."""
    paper = solver("rainbow").PAPER
    assert find_solver("rainbow").validated(paper) | paper == find_solver("rainbow").validated(paper)


def test_linear_learning_leaves_its_features_alone(solver, batch):
    """Only the last layer moves."""
    algorithm = algorithm_of(solver, "linear-q")
    before = [parameter.detach().clone() for parameter in algorithm.q.parameters()]
    algorithm.update(batch)
    moved = [not torch.equal(new, old) for new, old in zip(algorithm.q.parameters(), before, strict=True)]
    assert moved == [False, False, True, True]


def test_memory_ends_with_its_episode(solver):
    """Environments whose episode ended decide as at the start, the others go on from what they saw."""
    algorithm = solver("drqn")(hidden=8).algorithm(3, 2, torch.Generator().manual_seed(1))
    shown = torch.randn(2, 3, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        algorithm.explore(shown, None, 1.0)
        first = algorithm.memory[0].clone()
        algorithm.forget(torch.tensor([True, False]))
        algorithm.explore(shown, None, 1.0)
    torch.testing.assert_close(algorithm.memory[0][0, 0], first[0, 0])
    assert not torch.allclose(algorithm.memory[0][0, 1], first[0, 1])


def test_a_batch_in_which_no_step_counts_teaches_nothing(solver):
    """Sequences that begin where their episode was cut off change no weight, though the mean over their steps is none."""
    algorithm = solver("drqn")(hidden=8).algorithm(3, 2, torch.Generator().manual_seed(1))
    before = [parameter.detach().clone() for parameter in algorithm.q.parameters()]
    sequences = Sequences(
        observation=torch.ones(3, 1, 3),
        action=torch.zeros(2, 1, dtype=torch.int64),
        reward=torch.ones(2, 1),
        discount=torch.ones(2, 1),
        counts=torch.zeros(2, 1, dtype=torch.bool),
        allowed=None,
    )
    assert float(algorithm.update(sequences)["q_loss"]) == 0.0
    assert all(map(torch.equal, algorithm.q.parameters(), before))
