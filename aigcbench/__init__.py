"""aigcbench: the benchmark for scheduling AI-generated-content services at network edges.

>>> import aigcbench as ab
>>> instance = ab.make("assignment/asp-paper", seed=7)
>>> result = ab.solve(instance, "prophet")
>>> round(result.score["utility"]) > 0
True
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from aigcbench.facade import Result, check, load, make, results, solve

__all__ = ["Result", "__version__", "check", "load", "make", "results", "solve"]


def __getattr__(name: str) -> Any:
    """Import the facade when it is first used, so that ``import aigcbench`` and ``aigcbench --help`` start at once."""
    if name in __all__:
        import aigcbench.facade

        return getattr(aigcbench.facade, name)
    raise AttributeError(f"module 'aigcbench' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Show the facade to completion in notebooks before it is imported."""
    return sorted({*globals(), *__all__})
