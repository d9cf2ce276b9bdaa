"""Errors: one printable line each."""

from hypothesis import given
from hypothesis import strategies as st

from aigcbench.errors import InputError, InvalidDecisions, one_line


@given(st.text(max_size=1000))
def test_one_line(text):
    """Any text becomes one printable line of bounded length."""
    line = one_line(text)
    assert len(line) <= 400
    assert line.isprintable()


def test_input_error_says_where_what_and_what_was_expected():
    """The message has the place, the wrong value and the expected one, in this order."""
    assert str(InputError("seed", "-1", "a whole number >= 0")) == "seed: -1; expected a whole number >= 0"


def test_invalid_decisions_names_its_constraint():
    """A broken rule is an input error that knows the rule's name."""
    error = InvalidDecisions("service-range", "task 17", "service 20", "0..19")
    assert isinstance(error, InputError)
    assert error.constraint == "service-range"
    assert str(error) == "task 17: service 20; expected 0..19"
