"""Schema: fields and arrays hold input against type, range, shape, and name what is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigcbench.errors import InputError
from aigcbench.schema import Array, Field, validate_arrays, validate_fields

RATE = Field("rate", float, "1/s", "Arrival rate", 0, 10)
COUNT = Field("count", int, "", "Number of things", 1)
ARRAYS = (
    Array("arrival", "float64", ("tasks",), "s", "Arrival times", 0),
    Array("type", "int64", ("tasks",), "", "Types", 0, 3),
    Array("line", "float64", ("services", 4), "", "Utility lines"),
)


def arrays(**changes):
    """Sound values of `ARRAYS`, but for the changes."""
    return {"arrival": np.zeros(3), "type": np.zeros(3, np.int64), "line": np.zeros((2, 4))} | changes


def test_whole_numbers_serve_as_floats():
    """A float field takes 2 for 2.0, and gives a float back."""
    value = RATE.validate(2, "rate")
    assert value == 2.0
    assert type(value) is float


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (RATE, -0.1),
        (RATE, 10.1),
        (RATE, float("nan")),
        (RATE, float("inf")),
        (RATE, True),
        (RATE, "1"),
        (RATE, None),
        pytest.param(RATE, 10**400, id="beyond-float"),
        pytest.param(COUNT, 10**400, id="beyond-int64"),
        (Field("x", float, "", "Any finite number"), float("inf")),
        (COUNT, 0),
        (COUNT, 1.0),
        (COUNT, True),
        (Field("flag", bool, "", "A switch"), 1),
        (Field("label", str, "", "A word"), 1),
    ],
)
def test_bad_scalars(field, value):
    """A value of another type or out of range is refused in one line that says what was expected."""
    with pytest.raises(InputError, match=f"expected {field.kind.__name__}") as caught:
        field.validate(value, "here")
    assert str(caught.value).startswith("here: ")
    assert "\n" not in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(["rate", "count"]) | st.text(),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.lists(st.integers())),
    )
)
def test_hostile_tables(values):
    """Any table is either refused in one line or comes back in the declared types."""
    message = ""
    try:
        checked = validate_fields([RATE, COUNT], values, "table")
    except InputError as error:
        message = str(error)
    else:
        assert (type(checked["rate"]), type(checked["count"])) == (float, int)
    assert not message or message.isprintable()


def test_unknown_key_gets_a_hint():
    """A misspelt key is answered with the one that was meant."""
    with pytest.raises(InputError, match=r"unknown key 'cuont'; expected 'count'\?"):
        validate_fields([RATE, COUNT], {"rate": 1.0, "cuont": 2}, "table")


def test_missing_key():
    """A missing key is named with its description."""
    with pytest.raises(InputError, match="'count' is missing; expected Number of things"):
        validate_fields([RATE, COUNT], {"rate": 1.0}, "table")


def test_dimension_lengths():
    """Sound arrays give the length of every named dimension."""
    assert validate_arrays(ARRAYS, arrays(), "file") == {"tasks": 3, "services": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrival": np.zeros(3, np.int64)}, r"file\.arrival: dtype int64; expected float64"),
        ({"arrival": np.zeros((3, 1))}, r"file\.arrival: 2 dimensions; expected 1 \(tasks\)"),
        ({"type": np.zeros(4, np.int64)}, r"file\.type: length 4 on axis 0; expected 3 \(tasks\)"),
        ({"line": np.zeros((2, 3))}, r"file\.line: length 3 on axis 1; expected 4"),
        ({"arrival": np.array([0, -1.0, 2])}, r"file\.arrival\[1\]: -1.0; expected finite float64 >= 0 \(s\)"),
        ({"arrival": np.array([0, 1, np.nan])}, r"file\.arrival\[2\]: nan"),
        ({"type": np.array([4, 0, 0])}, r"file\.type\[0\]: 4; expected finite int64 in \[0, 3\]"),
        ({"line": np.full((2, 4), np.inf)}, r"file\.line\[0, 0\]: inf"),
        ({"extra": np.zeros(1)}, "unknown key 'extra'"),
    ],
)
def test_bad_arrays(changes, message):
    """Each bad dtype, shape or entry is named with its place."""
    with pytest.raises(InputError, match=message):
        validate_arrays(ARRAYS, arrays(**changes), "file")


def test_missing_array():
    """A missing array is named with its description."""
    with pytest.raises(InputError, match="'line' is missing; expected Utility lines"):
        validate_arrays(ARRAYS, {"arrival": np.zeros(3), "type": np.zeros(3, np.int64)}, "file")
