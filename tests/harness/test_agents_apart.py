"""Stations that decide alone: nothing passes from one to another, by what their code has in common or in one process."""

import math

import numpy as np
import pytest

from aigcbench.harness.cell import Cell, Status
from aigcbench.harness.supervisor import run_cell
from aigcbench.scenario import scenario_named
from aigcbench.solver import Limits

COUNTER = """
    import numpy
    word = []
    class Shared:
        name, family, formulations = "shared", "heuristic", ("*",)
        board = []
        def reset(self, context, rng):
            self.own, self.rng, self.n_actions = [], rng, context.n_actions
            BOARD.clear()
        def act(self, observation):
            self.own.append(1)
            if BOARD is not self.own: BOARD.append(1)
            if len(BOARD) > len(self.own): raise ValueError("somebody else was here")
            return self.rng.integers(self.n_actions)
        def feedback(self, reward):
            self.own.append(0)
            if BOARD is not self.own: BOARD.append(0)
    class Rule(Shared, Policy):
        information = "online"
"""
SURE = {"class": "Shared.board", "module": "word"}
OUTSIDE = "numpy.__dict__.setdefault('board', [])"


@pytest.fixture
def slots():
    """An instance of offloading, whose stations decide alone."""
    return scenario_named("offloading/light10").instance(0)


@pytest.fixture
def play(rogue, nursery, slots):
    """Runs a policy that keeps word in some place."""

    def run(board, **how):
        cell = Cell.of(rogue(COUNTER.replace("BOARD", board), "source"), {}, slots, 0, Limits(60.0))
        return run_cell(nursery, cell, slots, **how)

    return run


@pytest.mark.parametrize("board", SURE.values(), ids=SURE)
def test_classes_and_globals_are_each_agents_own(play, board):
    """What one agent writes into its class or its module, the others do not see."""
    outcome = play(board)
    assert (outcome.status, outcome.detail) == (Status.OK, "")


def test_a_process_is_shared_unless_apart(play):
    """Word left in a library reaches the other agents in one process, and none where each has its own."""
    assert "somebody else was here" in play(OUTSIDE).detail
    assert play(OUTSIDE, apart=True).status is Status.OK


def test_apart_they_decide_the_same(play):
    """An agent's observations, rewards and random numbers are the same in a process of its own."""
    here, there = play("self.own"), play("self.own", apart=True)
    assert here.status is there.status is Status.OK
    assert np.array_equal(here.decisions["station"], there.decisions["station"])


def test_no_compiled_form_where_all_is_stepped(nursery, rogue, slots):
    """A policy that would run compiled, and so beside the instance, is stepped where nothing runs compiled."""
    source = """
        class Rogue(Declared, Policy):
            information = "online"
            def act(self, observation): return 0
            def compiled(self): raise ValueError("the instance is near")
    """
    cell = Cell.of(rogue(source, "source"), {}, slots, 0, Limits(60.0))
    assert "the instance is near" in run_cell(nursery, cell, slots, compiled_from=1).detail
    assert run_cell(nursery, cell, slots, compiled_from=math.inf).status is Status.OK
