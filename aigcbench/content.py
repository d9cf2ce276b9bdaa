"""Where the content (solvers, scenarios, plans) lies: beside the package in a checkout, inside it when installed."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def content_directory(name: str) -> Path:
    """The folder ``solvers`` or ``instances`` of this installation."""
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return PACKAGE / "content" / name
