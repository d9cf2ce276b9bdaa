"""Tests of tuning on training instances."""

import textwrap

import pytest

from aigcbench.discovery import find_solver
from aigcbench.errors import InputError
from aigcbench.scenario import scenario_named
from aigcbench.tuning import Tuning, is_tunable

SHARE = '''
from aigcbench.solver import Policy, parameter


class Share(Policy):
    """Sends large tasks to the last station."""

    name = "share"
    family = "heuristic"
    formulations = ("offloading",)
    information = "online"

    level: float = parameter(0.9, "size of a large task, as a share of the largest", minimum=0, maximum=1)
    station: int = parameter(0, "where other tasks go", minimum=0, maximum=2)
    free: float = parameter(1.0, "has no range")

    def reset(self, context, rng):
        self.largest, self.last = context["max_work_gcycles"], context.n_actions - 1

    def act(self, observation):
        return self.last if observation.task_work >= self.level * self.largest else self.station
'''


@pytest.fixture
def card(tmp_path):
    """A policy with three parameters, two of them with a range."""
    path = tmp_path / "share.py"
    path.write_text(textwrap.dedent(SHARE))
    return find_solver(str(path))


def search(card, fixed=None, generations=6, scenarios=("offloading/tiny",), **keywords):
    return list(
        Tuning(card, fixed or {}, [scenario_named(name) for name in scenarios], 2, **keywords).search(generations)
    )


def test_only_ranges_are_tunable(card):
    """A number without a finite range is left alone."""
    assert [parameter.name for parameter in card.parameters if is_tunable(parameter)] == ["level", "station"]


def test_it_improves_and_keeps_ranges_and_types(card):
    """Each find is better than the one before, and what is found is legal."""
    found = search(card)
    ratios = [best.ratios["offloading/tiny"] for best in found]
    assert ratios[0] == 1.0
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] < 0.95
    assert card.validated(found[-1].parameters) == found[-1].parameters
    assert isinstance(found[-1].parameters["station"], int)
    assert found[-1].parameters["free"] == 1.0


def test_equal_arguments_search_alike(card):
    """The seed is the only source of chance."""
    assert search(card) == search(card)
    assert search(card) != search(card, seed=1)


def test_fixed_parameters_stay(card):
    """What is given is not tuned."""
    assert all(best.parameters["station"] == 1 for best in search(card, {"station": 1}, generations=2))


def test_scenarios_count_alike(card):
    """With two scenarios the mean of their ratios falls."""
    last = search(card, generations=4, scenarios=("offloading/tiny", "offloading/light10"))[-1]
    assert set(last.ratios) == {"offloading/tiny", "offloading/light10"}
    assert sum(last.ratios.values()) < 2.0


def test_refusals(card):
    """A planner, another formulation's policy and a policy without free parameters are told in a line."""
    tiny = [scenario_named("offloading/tiny")]
    with pytest.raises(InputError, match="a policy"):
        Tuning(find_solver("genetic"), {}, tiny, 1)
    with pytest.raises(InputError, match="one for offloading"):
        Tuning(find_solver("prophet"), {}, tiny, 1)
    with pytest.raises(InputError, match="nothing to tune"):
        Tuning(card, {"level": 0.5, "station": 0}, tiny, 1)
