"""Models learnt from rewards."""

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.errors import InputError
from aigcbench.problems.caching.identification.policy import BelievedModels
from aigcbench.problems.caching.model import context_of
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named
from aigcbench.tasks import play, task_named

torch = pytest.importorskip("torch")

from aigcbench.problems.caching.identification.regression import GenerationModel, identify  # noqa: E402
from aigcbench.problems.caching.identification.trials import play_trials  # noqa: E402

PAPER = scenario_named("caching/paper")
INSTANCE = PAPER.instance(0, "validation")
CONTEXT = context_of(INSTANCE, "online")
TRUE_MODELS = np.hstack([INSTANCE["model_quality"], INSTANCE["model_time"]])
SHARP = 1e-6  # s


@pytest.fixture(scope="module")
def trials():
    """Some thousand random slots of the paper's scenario."""
    environments = task_named("caching/paper").environments(64, "online", 1)
    return play_trials(environments, CONTEXT, 6400, np.random.default_rng(0))


def explained(model: GenerationModel, trials) -> np.ndarray:
    """What a model says that the trials cost."""
    floats = (torch.from_numpy(array.astype(np.float32)) for array in (trials.steps, trials.transfer))
    requests = torch.from_numpy(trials.request), torch.from_numpy(trials.hit)
    return model(*requests, *floats, SHARP).detach().numpy()


def test_true_models_explain_every_cost(trials, monkeypatch):
    """With the true A1 to A4, B1 and B2 the costs of random slots come out as the environment charged them."""
    model = GenerationModel(CONTEXT)
    monkeypatch.setattr(model, "unknowns", lambda: torch.from_numpy(TRUE_MODELS.astype(np.float32)))
    error = np.abs(explained(model, trials) - trials.cost)
    assert np.median(error) < 1e-4
    assert (error < 1e-2).mean() > 0.999  # but for a delay within rounding of the deadline


def test_regression_comes_near_the_truth(trials):
    """Started in the middle of their ranges, the unknowns explain costs of a spread of several units to a few tenths."""
    errors: list[float] = []

    def note(updates: int, error: float) -> bool:
        errors.append(error)
        return True

    found = identify(trials, CONTEXT, 1000, torch.Generator().manual_seed(1), note)
    assert np.mean(errors[-20:]) < 0.3 < 10.0 < errors[0]
    assert np.abs(found[:, 4] - TRUE_MODELS[:, 4]).mean() < 0.05


def test_right_beliefs_decide_as_the_informed_policy():
    """Believing the truth without a margin costs exactly what myopic-exact costs, though the models are never seen."""
    card = find_solver("myopic-exact")
    informed = getattr(load_module(card.location), card.class_name)()
    costs = [
        score(INSTANCE, play(policy, INSTANCE, information, np.random.default_rng(0)))["cost"]
        for policy, information in ((BelievedModels(TRUE_MODELS, 0.0), "online"), (informed, "informed"))
    ]
    assert costs[0] == costs[1]


def test_other_numbers_of_models_are_refused():
    """Beliefs about ten models are none about others."""
    tiny = context_of(scenario_named("caching/tiny").instance(0), "online")
    with pytest.raises(InputError, match="as in its training"):
        BelievedModels(TRUE_MODELS, 0.0).reset(tiny, np.random.default_rng(0))
