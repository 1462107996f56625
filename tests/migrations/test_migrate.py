"""Migrations: every revision goes up, down and up again; tables and revisions agree; a newer database is refused."""

import threading
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import inspect, select

from bridge.db import migrate
from bridge.db.book_tables import metadata
from bridge.db.session import Database
from bridge.db.tables import basis


@pytest.fixture
def empty_database(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def revisions() -> list[Script]:
    """All revisions, the first one first."""
    with_no_connection = migrate.config(None)  # type: ignore[arg-type]
    return list(reversed(list(ScriptDirectory.from_config(with_no_connection).walk_revisions())))


def step(database: Database, revision: str, *, down: bool = False) -> None:
    with database.write() as connection:
        (command.downgrade if down else command.upgrade)(migrate.config(connection), revision)


def test_every_revision_goes_up_down_and_up_again(empty_database: Database) -> None:
    for revision in revisions():
        step(empty_database, revision.revision)
        step(empty_database, str(revision.down_revision or "base"), down=True)
        step(empty_database, revision.revision)
    assert migrate.check(empty_database)


def test_going_down_to_the_base_leaves_no_table(empty_database: Database) -> None:
    migrate.upgrade(empty_database)
    step(empty_database, "base", down=True)
    assert inspect(empty_database.engine).get_table_names() == ["alembic_version"]


def test_tables_and_revisions_do_not_drift(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_constraints_have_the_names_of_the_convention(database: Database) -> None:
    with database.read() as connection:
        found = inspect(connection)
        for table in metadata.tables.values():
            assert found.get_pk_constraint(table.name)["name"] in (f"pk_{table.name}", None)
            wanted = {str(constraint.name) for constraint in table.foreign_key_constraints}
            assert len(wanted) == len(found.get_foreign_keys(table.name))
            assert all(str(key["name"]).startswith(f"fk_{table.name}_") for key in found.get_foreign_keys(table.name))


def test_revisions_are_numbered_without_gaps() -> None:
    assert [script.revision for script in revisions()] == [f"{n:04}" for n in range(1, len(revisions()) + 1)]


def test_an_empty_database_has_no_revision_and_needs_an_upgrade(empty_database: Database) -> None:
    assert migrate.current(empty_database) is None
    assert not migrate.check(empty_database)
    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == revisions()[-1].revision
    assert migrate.check(empty_database)


def test_the_count_of_changes_starts_at_zero(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(select(basis)).all() == [(1, 0)]


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    with database.read() as connection:
        assert connection.execute(select(basis)).all() == [(1, 0)]


def test_a_newer_database_is_refused_in_words(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for refuse in (migrate.upgrade, migrate.check):
        with pytest.raises(migrate.NewerDatabase, match="более новой версией программы") as caught:
            refuse(database)
        assert caught.value.revision == "9999"
    assert migrate.current(database) == "9999"


def test_a_failed_upgrade_leaves_nothing_behind(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the light went out")

    monkeypatch.setattr("bridge.db.migrate.command.upgrade", _then(command.upgrade, fail))
    with pytest.raises(RuntimeError, match="the light went out"):
        migrate.upgrade(empty_database)
    assert inspect(empty_database.engine).get_table_names() == []


def _then(*functions: object) -> object:
    def run(*args: object) -> None:
        for function in functions:
            function(*args)  # type: ignore[operator]

    return run


def test_foreign_keys_are_on_again_after_an_upgrade(empty_sqlite_url: str) -> None:
    database = Database(empty_sqlite_url)
    migrate.upgrade(database)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_two_that_migrate_at_once_do_not_disturb_each_other(empty_url: str) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def work() -> None:
        database = Database(empty_url)
        try:
            together.wait()
            migrate.upgrade(database)
            assert migrate.check(database)
        except BaseException as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
