"""Opening the database and running query functions against it, from a worker thread when the event loop asks.

SQLite: WAL, ``synchronous=FULL`` (a posted month survives a power cut), foreign keys on, and write transactions that
begin IMMEDIATE so that two writers queue instead of failing half way. PostgreSQL through psycopg 3.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from bridge.db.events import forget_recorded, write_recorded

P = ParamSpec("P")
R = TypeVar("R")
_BUSY_MS = 30_000


class Database:
    """One engine and the three ways to use it: read, write, and write from the event loop's side."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._closed = False
        event.listen(self.engine, "checkin", self._let_go)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one snapshot, nothing is kept."""
        with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            else:
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed as a whole, or not at all. The events it recorded are the last it writes."""
        with self.engine.connect() as connection:
            forget_recorded(connection)
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with connection.begin() if self.dialect != "sqlite" else _sqlite_transaction(connection):
                yield connection
                write_recorded(connection)

    async def reading(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query function in a worker thread, on a reading connection."""

        def run() -> R:
            with self.read() as connection:
                return query(connection, *args, **kwargs)

        return await asyncio.to_thread(run)

    async def writing(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query function in a worker thread, in one transaction."""

        def run() -> R:
            with self.write() as connection:
                return query(connection, *args, **kwargs)

        return await asyncio.to_thread(run)

    def close(self) -> None:
        """Give back every connection; those that threads still use, as they come back."""
        self._closed = True
        self.engine.dispose()

    def _let_go(self, _raw: object, record: ConnectionPoolEntry) -> None:
        """Close a connection that comes back after the database was closed: no pool will ever do so."""
        if self._closed:
            record.invalidate()


@contextmanager
def _sqlite_transaction(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _engine(url: str) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_pre_ping=url.startswith("postgresql"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own: write() does
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
