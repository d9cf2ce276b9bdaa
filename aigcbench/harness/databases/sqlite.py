"""A store in a file of SQLite: for one machine. It is in write-ahead mode, so that readers never wait for a driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine
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
            URL.create("sqlite", database=str(path.absolute())),
            connect_args={"timeout": BUSY_SECONDS},
            isolation_level="AUTOCOMMIT",  # transactions are begun here, where it is known what they are for
        )
        self._open: Connection | None = None
        super().__init__(str(path), path, engine, must_exist=False)

    def _connected(self) -> Connection:
        """The one connection; asking for one anew at every row would take longer than writing it."""
        if self._open is None:
            self._open = self.engine.connect()
        return self._open

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """See `Database`."""
        yield self._connected()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """See `Database`; the lock is taken at once, so that nothing is refused halfway."""
        connection = self._connected()
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:  # a full disk has rolled back by itself
                driver.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """See `Database`."""
        if self._open is not None:
            self._open.close()
        super().close()

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
        with self._connection() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        super()._create()

    def _lock(self, connection: Connection) -> None:
        """See `Database`; the transaction has the lock from its beginning."""

    def _stamp(self, connection: Connection) -> None:
        """See `Database`."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
