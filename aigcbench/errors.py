"""What can go wrong outside a solver, each told in one line."""


class InputError(ValueError):
    """Bad input from outside: says what was wrong, where, and what was expected, in one line."""

    def __init__(self, where: str, wrong: str, expected: str) -> None:
        self.where, self.wrong, self.expected = where, wrong, expected
        super().__init__(one_line(f"{where}: {wrong}; expected {expected}"))


class InfrastructureError(RuntimeError):
    """The machinery around a solver failed, through no fault of the solver or of the input."""


class InvalidDecisions(InputError):
    """Decisions that break a rule of their formulation.

    Parameters
    ----------
    constraint
        Name of the broken rule, e.g. ``"service-range"``.
    where
        The place, e.g. ``"task 17"``.
    wrong
        What stands there, with the amount.
    expected
        What the rule asks for.
    """

    def __init__(self, constraint: str, where: str, wrong: str, expected: str) -> None:
        self.constraint = constraint
        super().__init__(where, wrong, expected)


def one_line(text: object, limit: int = 400) -> str:
    """Fold any text into one printable line of at most ``limit`` characters."""
    folded = " ".join(str(text).split())
    printable = "".join(c if c.isprintable() else "?" for c in folded)
    return printable if len(printable) <= limit else printable[: limit - 3] + "..."
