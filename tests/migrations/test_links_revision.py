"""Links of an older database come through the revision that gives them history: numbered, renamed, guarded."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy.exc import IntegrityError

from bridge.db import migrate
from bridge.db.session import Database

_OLD = (
    "INSERT INTO organizations (id, name, title, inn, kpp, tax_system, prefix) VALUES (1, 'o', 'О', '', '', 'usn', '')",
    "INSERT INTO accounts (id, name, organization_id, channel, title, erp, settings)"
    " VALUES (1, 'a', 1, 'generic', '', '{}', '{}')",
    "INSERT INTO links (id, account_id, kind, key, item, multiplier, components, valid_from, valid_to, found_by)"
    " VALUES (1, 1, 'price', 'РРЦ', 'Розничная', 1, '[]', '0001-01-01', '9999-12-31', 'person')",
)


@pytest.fixture
def old(empty_url: str) -> Iterator[Database]:
    """A database of the first revision with one link."""
    database = Database(empty_url)
    step(database, "0001")
    with database.write() as connection:
        for statement in _OLD:
            connection.exec_driver_sql(statement)
    yield database
    database.close()


def step(database: Database, revision: str, *, down: bool = False) -> None:
    with database.write() as connection:
        (command.downgrade if down else command.upgrade)(migrate.config(connection), revision)


def test_old_links_get_a_version_and_the_new_name_of_their_table(old: Database) -> None:
    step(old, "0002")
    with old.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT kind, key, who, version, note, score FROM links")
    assert tuple(row) == ("price_type", "РРЦ", "", 1, "", None)


def test_an_upgraded_database_refuses_contradictions(old: Database) -> None:
    step(old, "0002")
    with pytest.raises(IntegrityError, match="different things"), old.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO links (id, account_id, kind, key, item, multiplier, components, valid_from, valid_to,"
            " found_by, who, changed_at, version, note) VALUES (2, 1, 'price_type', 'РРЦ', 'Оптовая', 1, '[]',"
            " '2026-01-01', '9999-12-31', 'person', '', CURRENT_TIMESTAMP, 1, '')"
        )


def test_the_way_back_keeps_the_links(old: Database) -> None:
    step(old, "0002")
    step(old, "0001", down=True)
    with old.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT kind, item FROM links")
    assert tuple(row) == ("price", "Розничная")
