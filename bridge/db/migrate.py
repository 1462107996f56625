"""Bringing the database to the tables that this code knows, from nothing or from any older revision.

The revisions are the package ``migrations``. One migration is one transaction, and whoever comes second waits: an
advisory lock on PostgreSQL, ``BEGIN IMMEDIATE`` on SQLite. A database of a newer release is refused, not guessed at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bridge.db.session import Database

_LOCK = 0x4B4F4D49  # "KOMI": the advisory lock that migrating processes of one PostgreSQL database queue on


class NewerDatabase(Exception):
    """The database has a revision that this release does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"База данных создана более новой версией программы (ревизия {revision}). "
            "Обновите программу или укажите другую базу."
        )
        self.revision = revision


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; a database that is there already is left alone.

    Raises ``NewerDatabase``, having changed nothing.
    """
    with _alone(database) as connection:
        if _is_newest(connection):
            return
        command.upgrade(config(connection), "head")


def check(database: Database) -> bool:
    """Return True when the database is at the newest revision, False when it needs ``upgrade``.

    Raises ``NewerDatabase``.
    """
    with database.read() as connection:
        return _is_newest(connection)


def current(database: Database) -> str | None:
    """Return the revision of the database, None when it is empty."""
    with database.read() as connection:
        return _revision(connection)


def config(connection: Connection) -> Config:
    """Return alembic's configuration for a connection that the caller holds."""
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return made


def _is_newest(connection: Connection) -> bool:
    scripts = ScriptDirectory.from_config(config(connection))
    revision = _revision(connection)
    if revision is not None and revision not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabase(revision)
    return revision == scripts.get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """One transaction that no other migrating process shares."""
    if database.dialect == "sqlite":
        with _sqlite_alone(database) as connection:
            yield connection
        return
    with database.write() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


@contextmanager
def _sqlite_alone(database: Database) -> Iterator[Connection]:
    """The same on SQLite, foreign keys off: altering a table drops and renames it, and that must not cascade.

    The pragma has no effect inside a transaction, therefore it stands around it; the references are checked instead
    before anything is kept.
    """
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not broken, f"the migration broke references: {broken[:5]}"
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
