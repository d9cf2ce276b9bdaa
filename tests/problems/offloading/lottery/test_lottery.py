"""The learned lottery: what it starts from, what all stations agree on, and that its search finds improvements."""

import numpy as np
import pytest

from aigcbench.agents import agents_of
from aigcbench.discovery import find_solver, load_module
from aigcbench.environments import register
from aigcbench.errors import InputError
from aigcbench.observation import Observation
from aigcbench.problems.offloading.lottery import genome
from aigcbench.problems.offloading.lottery.kernels import climb_ladder, fill_at
from aigcbench.problems.offloading.lottery.policy import GIVEN_UP, HEAD, ROWS, LotteryPolicy
from aigcbench.problems.offloading.pricing.ladder import BINS
from aigcbench.problems.offloading.pricing.memory import rows_of
from aigcbench.problems.offloading.rollouts import mean_delay
from aigcbench.problems.problem import problem_of, score
from aigcbench.scenario import scenario_named
from aigcbench.solver import Budget
from aigcbench.tasks import play, task_named

register()


@pytest.fixture(scope="module")
def instance():
    """A small overloaded instance."""
    return scenario_named("offloading/paper").instance(3, "validation")


def first_policy(instance):
    """The policy that the search starts with."""
    demand = genome.Demand.of([instance])
    return LotteryPolicy(genome.first_settings(len(instance["station_capacity"])), demand.load, demand.by_size)


def test_demand_is_the_mean_of_the_episodes(instance):
    """Work per slot, and its share by size of tasks, are those of the recorded tasks."""
    other = scenario_named("offloading/paper").instance(4, "validation")
    demand = genome.Demand.of([instance, other])
    works = np.concatenate([instance["task_work"], other["task_work"]])
    assert demand.load == pytest.approx(works.sum() / (2 * len(instance["slot_tasks"])))
    assert demand.by_size.sum() == pytest.approx(1.0)
    half = instance.parameters["max_work_gcycles"] / 2
    assert demand.by_size[: BINS // 2].sum() == pytest.approx(works[works < half].sum() / works.sum())


def test_fill_is_linear_between_knots():
    """At knots the settings' own values are added, halfway between two of them their mean."""
    settings = genome.first_settings(3)
    settings[genome.LAST] = 0.0
    settings[genome.FILL_KNOTS : genome.FILL_KNOTS + genome.KNOTS] = np.arange(genome.KNOTS)
    slots = 2 * (genome.KNOTS - 1) + 1
    added = [fill_at(settings, float(slot), float(slots)) - settings[genome.FILL] for slot in range(slots)]
    np.testing.assert_allclose(added, np.arange(slots) / 2)


def test_stations_are_given_up_in_the_learned_order():
    """In overload the one first in the order goes first, and the next one only when it is full; one is always left."""
    settings, served = genome.first_settings(3), np.array([10.0, 30.0, 20.0])
    given_up, priority = np.zeros(3), np.array([3.0, 1.0, 2.0])
    latest, _ = climb_ladder(settings, 100.0, 1.0, 5.0, np.zeros(3), served, given_up, priority, -1)
    assert latest == 0
    assert given_up.tolist() == [1.0, 0.0, 0.0]
    queue = np.array([1e6, 0.0, 0.0])
    latest, _ = climb_ladder(settings, 100.0, 1.0, 5.0, queue, served, given_up, priority, latest)
    assert latest == 2
    latest, _ = climb_ladder(settings, 1e6, 1.0, 5.0, np.full(3, 1e6), served, given_up, priority, latest)
    assert given_up.sum() == 2.0
    calm = np.zeros(3)
    assert climb_ladder(settings, 40.0, 1.0, 5.0, np.zeros(3), served, calm, priority, -1)[0] == -1


def test_stations_agree_without_telling_each_other(instance):
    """After the same queues every station has given up the same ones."""
    problem = problem_of(instance)
    context = problem.context(instance, "online")
    agents = agents_of(first_policy(instance), context, np.random.default_rng(0))
    episode = problem.episode(instance, "online")
    observation = Observation(episode.vector, context.layout)
    for _ in range(5000):
        episode.step(agents[episode.agent].act(observation))
    slots = [agent.memory[7] for agent in agents]
    head = HEAD + genome.ORDER + context.n_actions + BINS
    assert rows_of(agents[0].memory, head).shape == (ROWS, context.n_actions)
    rows = [
        rows_of(agent.memory, head)[GIVEN_UP] for agent, slot in zip(agents, slots, strict=True) if slot == max(slots)
    ]
    assert len(rows) > 1
    assert rows[0].any()
    assert all(np.array_equal(row, rows[0]) for row in rows)


def test_replayed_episodes_score_as_the_checker_says(instance):
    """The mean delay of a replay is the checker's for the same lots."""
    policy = first_policy(instance)
    decisions = play(policy, instance, "online", np.random.default_rng(5))
    assert mean_delay(policy, instance, np.random.default_rng(5)) == pytest.approx(
        score(instance, decisions).primary, rel=1e-9
    )


def test_another_number_of_stations_is_refused(instance):
    """What was learned for some stations says nothing about others."""
    policy = LotteryPolicy(genome.first_settings(4), 1.0, np.full(BINS, 1 / BINS))
    with pytest.raises(InputError, match="20 stations"):
        policy.reset(problem_of(instance).context(instance, "online"), np.random.default_rng(0))


def test_search_keeps_the_best_by_validation():
    """A short training charges what it records, reports its validations, and returns the best of what it validated."""
    card = find_solver("mean-field-lottery")
    learner = getattr(load_module(card.location), card.class_name)(
        episodes=3, sample=2, population=4, generations=4, validations=2
    )
    environments = task_named("offloading/light10").environments(*learner.environment_batch(), 1)

    class Run:
        saved = None

        def __init__(self):
            self.scores, self.points = [], []

        def validate(self, weights):
            self.scores.append((-float(weights["settings"].sum()), weights))
            return self.scores[-1][0]

        def report(self, metrics):
            self.points.append(metrics)

        def cpu_seconds(self):
            return 0.0

    run = Run()
    weights = learner.train(environments, Budget(), np.random.default_rng(1), run)
    assert weights is max(run.scores, key=lambda scored: scored[0])[1]
    assert run.points[-1]["updates"] == 4 * 4 * 2
    assert [point["updates"] for point in run.points] == sorted(point["updates"] for point in run.points)
