"""A store on a PostgreSQL server: for several drivers that write at the same time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import URL, Column, Connection, Integer, MetaData, Table, create_engine, inspect, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import NoSuchModuleError

from aigcbench.errors import InputError
from aigcbench.harness.databases.database import EXPECTED, Database
from aigcbench.harness.databases.tables import TABLES, VERSION

DRIVER = "postgresql+psycopg"
CONNECT_SECONDS = 10
LOCK = 0x41494743  # "AIGC": held while tables are made or changed
STAMP = Table("aigcbench_store", MetaData(), Column("version", Integer, nullable=False))


class Postgresql(Database):
    """See `Database`. The tables are in the first schema of the user's search path.

    Parameters
    ----------
    url
        ``postgresql+psycopg://USER@HOST:PORT/DATABASE``; a password is better in PostgreSQL's own password file.
    """

    insert = staticmethod(postgresql.insert)

    def __init__(self, url: URL, must_exist: bool) -> None:
        where = url.render_as_string(hide_password=True)
        try:
            # A connection that the server has dropped since it was last used is replaced.
            arguments = {"connect_timeout": CONNECT_SECONDS}
            engine = create_engine(url.set(drivername=DRIVER), connect_args=arguments, pool_pre_ping=True)
        except (ModuleNotFoundError, NoSuchModuleError):
            raise InputError(where, "psycopg is not installed", "pip install 'aigcbench[postgres]'") from None
        super().__init__(where, Path(url.database or "store"), engine, must_exist)

    def _connection(self) -> AbstractContextManager[Connection]:
        """See `Database`."""
        return self.engine.connect()

    def _transaction(self) -> AbstractContextManager[Connection]:
        """See `Database`."""
        return self.engine.begin()

    def _version(self, connection: Connection) -> int | None:
        """See `Database`."""
        names = set(inspect(connection).get_table_names())
        if STAMP.name in names:
            return connection.execute(select(STAMP.c.version)).scalar_one()
        if names & set(TABLES.tables):
            raise InputError(self.where, "another program's database", EXPECTED)
        return None

    def _lock(self, connection: Connection) -> None:
        """See `Database`."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})

    def _stamp(self, connection: Connection) -> None:
        """See `Database`."""
        STAMP.create(connection, checkfirst=True)
        connection.execute(STAMP.delete())
        connection.execute(STAMP.insert(), {"version": VERSION})
