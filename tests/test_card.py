"""Solver cards: what a declaration must have, parameters from Python and from a command line."""

import json
import math

import numpy as np
import pytest

from aigcbench.card import ParameterCard, SolverCard, card_of
from aigcbench.errors import InputError
from aigcbench.solver import Learner, Planner, Policy, Solver, parameter


class Sound(Policy):
    """Does nothing, soundly.

    Further words.
    """

    name = "sound"
    family = "heuristic"
    formulations = ("assignment",)
    information = "online"
    reference = "Nobody,\n 2024"

    tries: int = parameter(3, "how often", minimum=1, maximum=10, unit="times")
    share: float = parameter(0.5, "of what", minimum=0)
    eager: bool = parameter(False, "whether")
    backend: str = parameter("highs", "which", choices=("highs", "cbc"))


@pytest.fixture
def card():
    """The card of `Sound`."""
    return card_of(Sound, "here.py", "00")


def declared(base: type[Solver] = Policy, **changes):
    """A solver class with one thing declared differently."""
    fields = {"name": "x", "family": "heuristic", "formulations": ("assignment",), "information": "online", **changes}
    return type("X", (base,), fields)


def test_a_card_has_what_the_class_declares(card):
    """Kind, class, place, first paragraph and every parameter with its range."""
    assert (card.name, card.kind, card.information, card.class_name) == ("sound", "policy", "online", "Sound")
    assert (card.summary, card.reference) == ("Does nothing, soundly.", "Nobody, 2024")
    assert card.parameters[0] == ParameterCard("tries", "int", 3, "how often", "times", 1.0, 10.0)
    assert (card.parameters[1].minimum, card.parameters[1].maximum) == (0.0, None)
    assert card.parameters[3].choices == ("highs", "cbc")


def test_a_card_crosses_as_json(card):
    """A card is equal to itself after a round trip."""
    assert SolverCard.from_json(json.loads(json.dumps(card.to_json(), allow_nan=False))) == card


def test_which_formulations(card):
    """A star stands for all."""
    assert card.solves("assignment")
    assert not card.solves("offloading")
    assert card_of(declared(formulations=("*",)), "x.py", "").solves("offloading")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"name": "Big"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": 5}, "name"),
        ({"family": "magic"}, "family"),
        ({"family": ""}, "family"),
        ({"formulations": ()}, "formulations"),
        ({"formulations": "assignment"}, "formulations"),
        ({"formulations": ("Assignment",)}, "formulations"),
        ({"information": "psychic"}, "information"),
        ({"information": "clairvoyant"}, "information"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"version": "1"}, "version"),
        ({"base": Planner}, "information"),
        ({"base": Learner, "information": "clairvoyant"}, "information"),
        ({"base": Solver}, "base class"),
    ],
)
def test_bad_declarations(changes, what):
    """The error names the class and what is wrong with it, in one line."""
    with pytest.raises(InputError) as error:
        card_of(declared(**changes), "x.py", "")
    assert str(error.value).startswith(f"x.py: class X: {what}: ")


def test_a_policy_must_say_what_it_sees():
    """Without an information class there is no card."""
    solver = type("X", (Policy,), {"name": "x", "family": "heuristic", "formulations": ("assignment",)})
    with pytest.raises(InputError, match="class X: information: None; expected one of online"):
        card_of(solver, "x.py", "")


@pytest.mark.parametrize(
    ("kind", "default", "word"),
    [
        (np.ndarray, None, "bool, int, float or str"),
        (int, parameter(0, "too small", minimum=1), "out of range"),
        (int, parameter(0.5, "not whole"), "not of type int"),
        (str, parameter("c", "no choice", choices=("a", "b")), "one of a, b"),
        (float, parameter(math.nan, "no number"), "out of range"),
    ],
)
def test_bad_parameter_declarations(kind, default, word):
    """A parameter has a plain type and a default of that type within its own range."""
    with pytest.raises(InputError, match=word):
        card_of(declared(size=default, __annotations__={"size": kind}), "x.py", "")


def test_a_parameter_needs_a_default():
    """Everything optional has a default."""
    with pytest.raises(InputError, match="parameter size: no default"):
        card_of(declared(__annotations__={"size": int}), "x.py", "")


def test_validated_parameters(card):
    """What is not given is at its default; a whole number is a float where one is asked for."""
    assert card.validated({"share": 1}) == {"tries": 3, "share": 1.0, "eager": False, "backend": "highs"}
    assert type(card.validated({"share": 1})["share"]) is float


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"tris": 1}, "'tries'?"),
        ({"tries": 0}, "out of range"),
        ({"tries": True}, "not of type int"),
        ({"tries": "3"}, "not of type int"),
        ({"share": math.inf}, "not finite"),
        ({"share": math.nan}, "out of range"),
        ({"eager": 1}, "not of type bool"),
        ({"backend": "gurobi"}, "one of highs, cbc"),
    ],
)
def test_bad_values(card, given, word):
    """Unknown names get a hint, values of another type or range are refused."""
    with pytest.raises(InputError, match=r"^solver sound") as error:
        card.validated(given)
    assert word in str(error.value)


def test_texts_of_a_command_line(card):
    """Each text is read in the parameter's type."""
    given = ["tries=5", "share=1e-3", "eager=True", "backend=cbc"]
    assert card.parsed(given) == {"tries": 5, "share": 0.001, "eager": True, "backend": "cbc"}


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (["tries"], "name=value"),
        (["tries=5.0"], "expected int"),
        (["eager=1"], "true or false"),
        (["backend="], "one of highs"),
        (["tris=5"], "'tries'?"),
        (["tries=1", "tries=2"], "given twice"),
    ],
)
def test_bad_texts(card, texts, word):
    """What can't be read is refused in one line."""
    with pytest.raises(InputError) as error:
        card.parsed(texts)
    assert word in str(error.value)


def test_a_label_shows_what_was_changed(card):
    """Defaults are not in the label, so that they don't part equal results."""
    assert card.label(card.validated({})) == "sound"
    assert card.label(card.validated({"tries": 3, "share": 0.25})) == "sound[share=0.25]"
