"""Events of an older database are chained and guarded by the revision that brings the chain."""

import pytest
from alembic import command
from sqlalchemy.exc import IntegrityError

from bridge.db import migrate
from bridge.db.events import audit, record
from bridge.db.session import Database

_OLD = (
    "INSERT INTO events (at, who, what, subject, detail) VALUES"
    " ('2026-08-01 10:00:00.000000', 'user:anna', 'items_put', 'items', '{\"created\": 1}'),"
    " ('2026-08-02 10:00:00.123456', 'user:anna', 'items_put', 'items', '{\"слово\": \"да\"}')"
)


def step(database: Database, revision: str, *, down: bool = False) -> None:
    with database.write() as connection:
        (command.downgrade if down else command.upgrade)(migrate.config(connection), revision)


def test_events_that_exist_are_chained_and_new_ones_follow(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        step(database, "0003")
        with database.write() as connection:
            connection.exec_driver_sql(_OLD)
        step(database, "0004")
        step(database, "0003", down=True)
        migrate.upgrade(database)
        with database.write() as connection:
            record(connection, "user:anna", "items_put", "items", {})
        with database.read() as connection:
            found = audit(connection)
        assert (found.ok, found.count) == (True, 3)
        with pytest.raises(IntegrityError, match="only added"), database.write() as connection:
            connection.exec_driver_sql("DELETE FROM events")
    finally:
        database.close()
