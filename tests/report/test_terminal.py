"""The leaderboard in a terminal."""

import io

import pytest
from rich.console import Console

from aigcbench.report.leaderboard import boards_of
from aigcbench.report.terminal import print_leaderboard


def printed(results, width=100, **options):
    """What a console of that width shows."""
    stream = io.StringIO()
    print_leaderboard(boards_of(results), Console(file=stream, width=width, **options))
    return stream.getvalue()


def test_readable_at_100_columns(realistic):
    """No line is longer, nothing is cut off, and a file gets no escape codes and plain ASCII."""
    text = printed(realistic)
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in text
    assert text.isascii()
    assert "\x1b" not in text


def test_every_solver_and_failure_is_there(realistic):
    """Classes have tables of their own; failures and the unranked are told."""
    text = printed(realistic)
    online, informed, clairvoyant = (text.index(f"{name}: ") for name in ("online", "informed", "clairvoyant"))
    assert online < text.index("round-robin") < informed < text.index("prophet") < clairvoyant
    assert "round-robin: 1 crash" in text
    assert "torch-solver: not ranked, ran 0 of 12 instances" in text
    assert "mean bound 100.0 (prices)" in text


def test_a_learner_that_lacks_runs_of_a_training_says_so(table):
    """Its trainings together ran every instance, but not each of them."""
    text = printed(table(*[("shares", i, 90.0, {"training_seed": float(i % 2)}) for i in range(4)]))
    assert "shares: not ranked, ran 0 of 4 instances with every training" in text


def test_mixed_versions_of_a_solver_are_told(table):
    """Rows of an older source, or of other weights of a training, in the same average are named; those they replace are not."""
    cells = [("edited", i, 50.0, {"source_sha256": "new" if i else "old"}) for i in range(3)]
    cells += [("again", i, 50.0, {"training_seed": 0.0, "checkpoint_sha256": f"w{i > 1}"}) for i in range(3)]
    cells += [
        ("learner", i, 50.0, {"training_seed": float(t), "checkpoint_sha256": f"w{t}"})
        for i in range(3)
        for t in (0, 1)
    ]
    text = printed(table(*cells))
    assert "edited: runs of 2 versions of it are mixed" in text
    assert "again: runs of 2 versions of it are mixed" in text
    assert text.count("are mixed") == 2
    assert "are mixed" not in printed(table(*cells[:3], ("edited", 0, 60.0, {"source_sha256": "new"})))


def test_markup_in_names_is_text(table):
    """Square brackets of a label are not taken for colours."""
    assert "milp[bold]" in printed(table(("milp[bold]", 0, 50.0)))


def test_a_terminal_gets_bold_leaders(realistic):
    """On a terminal the best row stands out."""
    assert "\x1b[1m" in printed(realistic, force_terminal=True, color_system="standard")


def test_a_narrow_terminal_keeps_every_solver_name(realistic):
    """At 80 columns the dispensable columns go, not the solvers' names."""
    text = printed(realistic, width=80)
    for solver in realistic["solver"].unique():
        assert solver[:12] in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("width", [60, 70, 80])
def test_a_narrow_terminal_cuts_no_value(realistic, width):
    """Where columns do not fit they go whole: what is left of a row is found in the full table."""
    full = {tuple(line.split()) for line in printed(realistic).splitlines()}
    values = {value for line in full for value in line}
    for line in printed(realistic, width=width).splitlines():
        if line[:4].strip(" =").isdigit():
            assert set(line.split()[2:]) <= values
