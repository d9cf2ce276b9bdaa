"""Tests of the search for prices."""

import numpy as np

from aigcbench.problems.flow import tuning
from aigcbench.problems.flow.pricing import Prices, plan_by_price
from aigcbench.problems.problem import score
from aigcbench.scenario import scenario_named


def test_training_instances_are_training_instances():
    """Prices are tuned on the training split alone, from one to four times the paper's arrivals."""
    instances = tuning.training_instances()
    assert {instance.split for instance in instances} == {"train"}
    lengths = [len(instance["flow_slot"]) for instance in instances]
    assert min(lengths) < 1000 < 3500 < max(lengths)


def test_tuning_improves_bad_prices(monkeypatch):
    """From prices that reject too much a few generations find better ones."""
    instance = scenario_named("flow/x2").instance(0, "train")
    monkeypatch.setattr(tuning, "training_instances", lambda: [instance])
    start = Prices()._replace(compute_weight=5.0)
    tuned = tuning.tune(start, 10, np.random.default_rng(0))
    assert (
        score(instance, plan_by_price(instance, tuned)).primary
        > score(instance, plan_by_price(instance, start)).primary
    )
