"""The database that a location names: a path is a file of SQLite, a URL a server."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from aigcbench.errors import InputError, one_line
from aigcbench.harness.databases.database import Database
from aigcbench.harness.databases.postgresql import Postgresql
from aigcbench.harness.databases.sqlite import Sqlite

SERVERS = {"postgresql": Postgresql}


def database_at(location: str | Path, must_exist: bool) -> Database:
    """Open the database at a path, or at a URL such as ``postgresql+psycopg://USER@HOST/DATABASE``."""
    if isinstance(location, Path) or "://" not in location:
        return Sqlite(Path(location), must_exist)
    try:
        url = make_url(location)
        server = SERVERS[url.get_backend_name()]
    except (ArgumentError, ValueError, KeyError):
        scheme = one_line(location.partition("://")[0], 60)
        raise InputError(
            "store", f"a URL of '{scheme}'", "a file, or postgresql+psycopg://USER@HOST/DATABASE"
        ) from None
    return server(url, must_exist)
