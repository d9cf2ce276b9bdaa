"""A store in a file of SQLite: for one machine. It is in write-ahead mode, so that readers never wait for a driver."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.dialects import sqlite

from aigcbench.errors import InputError
from aigcbench.harness.databases.database import EXPECTED, Database
from aigcbench.harness.databases.tables import VERSION

APPLICATION_ID = 0x41494743  # "AIGC"
BUSY_SECONDS = 60.0  # to wait for another driver's transaction


class Sqlite(Database):
    """See `Database`.

    Parameters
    ----------
    path
        The file; created when it does not exist, unless ``must_exist``.
    """

    insert = staticmethod(sqlite.insert)

    def __init__(self, path: Path, must_exist: bool) -> None:
        if must_exist and not path.is_file():
            raise InputError(str(path), "no such file", "a store that 'aigcbench run' wrote")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(path), f"cannot be opened as a store ({error})", "a store of aigcbench") from None
        engine = create_engine(
            URL.create("sqlite", database=str(path.absolute())), connect_args={"timeout": BUSY_SECONDS}
        )
        event.listen(engine, "connect", _begin_nothing)
        event.listen(engine, "begin", _begin)
        super().__init__(str(path), path, engine, must_exist=False)

    def _version(self, connection: Connection) -> int | None:
        """See `Database`."""
        count = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if not count:
            return None
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
            raise InputError(self.where, "another program's database", EXPECTED)
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    def _create(self) -> None:
        """See `Database`."""
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("PRAGMA journal_mode = WAL")  # no transaction can do this
            except sqlite3.Error as error:
                raise InputError(self.where, f"cannot be opened as a store ({error})", "a store of aigcbench") from None
        super()._create()

    def _lock(self, connection: Connection) -> None:
        """See `Database`; the transaction has the lock from its beginning."""

    def _stamp(self, connection: Connection) -> None:
        """See `Database`."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _begin_nothing(connection: Any, _record: Any) -> None:
    """Have Python's module begin no transaction by itself: it would do so too late, and not for every statement."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Take the lock at once where something will be written, so that it cannot be refused halfway."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
