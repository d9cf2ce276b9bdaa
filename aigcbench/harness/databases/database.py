"""What every database of a store can do; what differs between them is in one module each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql import ClauseElement

from aigcbench.errors import InputError
from aigcbench.harness.databases.tables import ROWS, SINCE, TABLES, VERSION, added_since

EXPECTED = f"a store of aigcbench, version {VERSION}"


class Database(ABC):
    """An open database; its tables are made, or brought to the present version, when it is opened.

    Parameters
    ----------
    where
        What messages call it: no secret.
    home
        Files that belong to the store lie beside it.
    engine
        Connects.
    must_exist
        Refuse one without a store.

    Attributes
    ----------
    insert
        The dialect's ``INSERT``, which can pass over what is there.
    """

    insert: ClassVar[Callable[..., Any]]

    def __init__(self, where: str, home: Path, engine: Engine, must_exist: bool) -> None:
        self.where, self.home, self.engine = where, home, engine
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        try:
            with self._told("opened as a store", "a store of aigcbench"):
                self._prepare(must_exist)
        except InputError:
            self.close()
            raise

    def _prepare(self, must_exist: bool) -> None:
        """Make the tables of a new store, bring those of an older one to the present version."""
        with self._connection() as connection:
            version = self._version(connection)
        if version is None and must_exist:
            raise InputError(self.where, "no store there", "a store that 'aigcbench run' wrote")
        if version is None:
            self._create()
        elif version not in SINCE:
            raise InputError(self.where, f"store version {version}", EXPECTED)
        elif version < VERSION:
            self._upgrade()

    @abstractmethod
    def _version(self, connection: Connection) -> int | None:
        """The store's version, None where there is nothing yet; `InputError` where it is another program's database."""

    @abstractmethod
    def _stamp(self, connection: Connection) -> None:
        """Write down that this is a store of the present version."""

    @abstractmethod
    def _lock(self, connection: Connection) -> None:
        """Have other drivers wait until the end of this transaction before they look at the tables."""

    def _create(self) -> None:
        """Make the tables; another driver may do the same at the same time."""
        with self._transaction() as connection:
            self._lock(connection)
            TABLES.create_all(connection)
            self._stamp(connection)

    def _upgrade(self) -> None:
        """Add the columns that later versions have brought, unless another driver has just done so."""
        with self._transaction() as connection:
            self._lock(connection)
            version = self._version(connection)
            for column in added_since(version) if version else ():
                added = CreateColumn(column).compile(dialect=self.engine.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {ROWS.name} ADD COLUMN {added}")
            self._stamp(connection)

    def read(self, query: ClauseElement, **values: Any) -> list[Any]:
        """All rows of a query; `InputError` where the database is damaged or gone."""
        with self._told("read", "a store of aigcbench"), self._connection() as connection:
            return list(connection.execute(query, values))  # type: ignore[call-overload]

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all or nothing, with a one-line error when the disk says no."""
        with self._told("written", "a writable store"), self._transaction() as connection:
            yield connection

    @abstractmethod
    def _connection(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction, which is undone where something is raised in it."""

    @contextmanager
    def _told(self, what: str, expected: str) -> Iterator[None]:
        """Turn what the database refuses into one line."""
        try:
            yield
        except (SQLAlchemyError, self._driver_error) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise InputError(self.where, f"cannot be {what} ({reason})", expected) from None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
