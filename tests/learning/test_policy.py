"""Trained policies as the harness sees them."""

import subprocess
import sys

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.learning import forward
from aigcbench.learning.policy import LearnedPolicy
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.tasks import play


def random_policy(scenario: str, seed: int, masked: bool = True) -> LearnedPolicy:
    """A policy of a network with random weights, for a scenario."""
    instance = scenario_named(scenario).instance(0, "validation")
    context = problem_of(instance).context(instance, "online")
    length, n_actions = context.observation_length, context.n_actions + context.reject_allowed
    rng = np.random.default_rng(seed)
    shapes = [(length, 16), (16, n_actions)]
    layers = [(3 * rng.normal(size=shape), rng.normal(size=shape[1])) for shape in shapes]
    return LearnedPolicy(forward.choose_by_network, forward.pack_mlp(layers, "relu"), length, n_actions, masked)


@pytest.mark.parametrize(
    "scenario", ["assignment/asp-tiny", "assignment/asp-stress2", "assignment/orchestration-mixed"]
)
def test_compiled_form_decides_as_act_does(scenario, monkeypatch):
    """Whole episodes are decided alike inside the kernel and from outside."""
    instance = scenario_named(scenario).instance(1, "validation")
    policy = random_policy(scenario, 1)
    inside = play(policy, instance, "online", np.random.default_rng(0))
    monkeypatch.setattr(LearnedPolicy, "compiled", lambda self: None)
    outside = play(policy, instance, "online", np.random.default_rng(0))
    np.testing.assert_array_equal(inside["service"], outside["service"])


def test_last_action_rejects_where_rejection_is_allowed():
    """Some of the decisions of a random network are rejections, and none is out of range."""
    instance = scenario_named("assignment/asp-stress2").instance(1, "validation")
    services = play(random_policy("assignment/asp-stress2", 1), instance, "online", np.random.default_rng(0))["service"]
    assert services.min() == -1
    assert services.max() < len(instance["service_server"])


def test_masked_policies_crash_nothing_where_rejection_is_allowed():
    """With the mask a random network never crashes a server, without it it does."""
    instance = scenario_named("assignment/asp-stress2").instance(1, "validation")
    crashes = []
    for masked in (True, False):
        policy = random_policy("assignment/asp-stress2", 1, masked)
        crashes.append(score(instance, play(policy, instance, "online", np.random.default_rng(0)))["server_crashes"])
    assert crashes[0] == 0
    assert crashes[1] > 0


def test_a_scenario_of_other_sizes_is_refused():
    """A policy says in one line that it was trained on something else."""
    instance = scenario_named("assignment/asp-paper").instance(0, "validation")
    with pytest.raises(InputError, match="as in its training"):
        random_policy("assignment/asp-tiny", 0).reset(
            problem_of(instance).context(instance, "online"), np.random.default_rng(0)
        )


def test_deciding_does_without_torch():
    """A process that decides by a trained denoising chain has not imported torch."""
    program = """
import sys
import numpy as np
from aigcbench.discovery import find_solver, load_module
from aigcbench.learning.decisions import chain_policy
from aigcbench.learning.schedule import reverse_process
for name in ("d2sac", "dqn", "sac", "ppo"):
    load_module(find_solver(name).location)
shapes = {"step_first.weight": (32, 16), "step_first.bias": (32,), "step_second.weight": (16, 32),
          "step_second.bias": (16,), "first.weight": (8, 24), "first.bias": (8,), "second.weight": (8, 8),
          "second.bias": (8,), "last.weight": (3, 8), "last.bias": (3,)}
weights = {f"actor.{name}": np.ones(shape, np.float32) for name, shape in shapes.items()}
chain_policy(weights, reverse_process(2), "mish", 1, False, True).prepare()
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
