"""The stacked agents against weights, schedule, noise and three updates of the public code's LAD-TS agent."""

from pathlib import Path

import numpy as np
import pytest

from aigcbench.discovery import find_solver, load_module
from aigcbench.learning.schedule import reverse_process

torch = pytest.importorskip("torch")

from aigcbench.problems.offloading.agents.replay import Transitions  # noqa: E402

GOLDEN = np.load(Path(__file__).parents[3] / "data" / "offloading" / "ladn_101.npz")
N_STATIONS, BATCH = 5, 16
TOLERANCE = {"rtol": 0, "atol": 1e-5}


@pytest.fixture(scope="module")
def learner():
    """LAD-TS as its public code has it."""
    card = find_solver("lad-ts")
    solver = getattr(load_module(card.location), card.class_name)
    return solver(**solver.CODE)


def networks_of(algorithm, names=("actor", "critic1", "critic2", "target1", "target2")):
    """The golden names, each with the stacked parameters and the row that it is for agent 0 of G."""
    n = len(algorithm.temperature.log_alpha)
    modules = {"actor": (algorithm.actor, 0), "critic1": (algorithm.critic, 0), "critic2": (algorithm.critic, n)}
    modules |= {"target1": (algorithm.target, 0), "target2": (algorithm.target, n)}
    return [(name, *modules[name]) for name in names]


def load_weights(algorithm, group):
    """Give every agent the golden weights."""
    n = len(algorithm.temperature.log_alpha)
    with torch.no_grad():
        for name, module, row in networks_of(algorithm):
            for k in range(3):
                module.weights[k][row : row + n] = torch.from_numpy(GOLDEN[f"{group}/{name}.fc{k + 1}.weight"].T.copy())
                module.biases[k][row : row + n, 0] = torch.from_numpy(GOLDEN[f"{group}/{name}.fc{k + 1}.bias"])
        algorithm.temperature.log_alpha[:] = float(GOLDEN[f"{group}/log_alpha"])


def assert_weights(algorithm, group):
    """Every agent has the golden weights."""
    n = len(algorithm.temperature.log_alpha)
    for name, module, row in networks_of(algorithm):
        for k in range(3):
            weight, bias = GOLDEN[f"{group}/{name}.fc{k + 1}.weight"].T, GOLDEN[f"{group}/{name}.fc{k + 1}.bias"]
            for agent in range(row, row + n):
                np.testing.assert_allclose(module.weights[k][agent].detach(), weight, **TOLERANCE)
                np.testing.assert_allclose(module.biases[k][agent, 0].detach(), bias, **TOLERANCE)
    np.testing.assert_allclose(algorithm.temperature.log_alpha.detach(), GOLDEN[f"{group}/log_alpha"], **TOLERANCE)


def stacked(name, n):
    """A golden array for each of n agents, as a tensor (n, ...)."""
    return torch.from_numpy(GOLDEN[name]).expand(n, *GOLDEN[name].shape)


def stacked_noise(name, n):
    """Golden noise (I, K, A) as (I - 1, n, K, A): the last of it is not used."""
    return torch.from_numpy(GOLDEN[name])[:-1, None].expand(-1, n, -1, -1)


def test_schedule_is_the_public_codes():
    """Noise scale, and the factors of x and of the network's output, follow from the recorded buffers."""
    process = reverse_process(5, "noise", "code")
    buffers = {name.removeprefix("schedule/"): GOLDEN[name][::-1] for name in GOLDEN if name.startswith("schedule/")}
    np.testing.assert_allclose(process.noise, np.sqrt(buffers["posterior_variance"]), rtol=1e-5)
    np.testing.assert_allclose(process.mean_x, buffers["posterior_mean_coef2"], rtol=1e-5)
    np.testing.assert_allclose(process.mean_estimate, buffers["posterior_mean_coef1"], rtol=1e-5)
    np.testing.assert_allclose(process.estimate_x, buffers["sqrt_recip_alphas_cumprod"], rtol=1e-5)
    np.testing.assert_allclose(process.estimate_output, -buffers["sqrt_recipm1_alphas_cumprod"], rtol=1e-5)


@pytest.mark.parametrize("n", [1, 3])
def test_three_updates_are_the_public_codes(learner, n):
    """Probabilities, losses and all weights after three updates agree to 1e-5, for one agent and for each of three stacked ones."""
    algorithm = learner.algorithm(n, N_STATIONS + 2, N_STATIONS, torch.Generator().manual_seed(0))
    load_weights(algorithm, "init")
    x_0 = algorithm.actor(stacked("forward/state", n), stacked("forward/latent", n), stacked_noise("forward/noise", n))
    expected = np.broadcast_to(GOLDEN["forward/probs"], x_0.shape)
    np.testing.assert_allclose(x_0.softmax(dim=-1).detach(), expected, **TOLERANCE)
    for update in range(3):
        group = f"update{update}"
        batch = Transitions(
            observation=stacked(f"{group}/state", n),
            latent=stacked(f"{group}/latent", n),
            place=torch.zeros(n, BATCH, dtype=torch.int64),
            action=stacked(f"{group}/action", n),
            reward=stacked(f"{group}/reward", n),
            discount=torch.full((n, BATCH), learner.gamma),
            next_observation=stacked(f"{group}/next_state", n),
            next_latent=stacked(f"{group}/next_latent", n),
            next_place=torch.zeros(n, BATCH, dtype=torch.int64),
        )
        noises = stacked_noise(f"{group}/noise_next", n), stacked_noise(f"{group}/noise_cur", n)
        algorithm.update_with(batch, *noises)
    assert_weights(algorithm, "after2")
