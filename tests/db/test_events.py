"""The journal of changes: added to in one chain by many writers, refused any change, and proved to be whole."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.db.catalogue import bump, hold
from bridge.db.events import audit, event_hash, head, record
from bridge.db.session import Database
from bridge.db.tables import events


def say(database: Database, *subjects: str) -> None:
    with database.write() as connection:
        for subject in subjects:
            record(connection, "user:anna", "thing_done", subject, {"сумма": "10.00", "rows": [1, 2], "ничего": None})


def without_guard(database: Database, statement: str) -> None:
    """Do what only somebody who owns the database can do: take the guard away first."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER events_are_kept")
        else:
            connection.exec_driver_sql("DROP TRIGGER events_are_kept_on_update")
            connection.exec_driver_sql("DROP TRIGGER events_are_kept_on_delete")
        connection.exec_driver_sql(statement)


def test_a_journal_without_events_is_whole(database: Database) -> None:
    with database.read() as connection:
        found = audit(connection)
    assert (found.ok, found.count, found.head) == (True, 0, "")


def test_each_event_carries_the_hash_of_the_one_before(database: Database) -> None:
    say(database, "one", "two")
    say(database, "three")
    with database.read() as connection:
        rows = connection.execute(select(events).order_by(events.c.id)).all()
        found = audit(connection)
    before = ""
    for row in rows:
        assert row.hash == event_hash(before, row.at, row.who, row.what, row.subject, row.detail)
        before = row.hash
    assert [row.subject for row in rows] == ["one", "two", "three"]
    assert (found.ok, found.count, found.head) == (True, 3, before)


def test_a_failed_transaction_leaves_no_event(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        record(connection, "user:anna", "thing_done", "never", {})
        _ = 1 / 0
    say(database, "after")
    with database.read() as connection:
        assert connection.scalars(select(events.c.subject)).all() == ["after"]
        assert audit(connection).ok


def test_the_database_refuses_to_change_or_delete_events(database: Database) -> None:
    say(database, "one")
    for forbidden in (update(events).values(who="user:boris"), delete(events)):
        with pytest.raises(IntegrityError, match="only added"), database.write() as connection:
            connection.execute(forbidden)
    with database.read() as connection:
        assert audit(connection).count == 1


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE events SET who = 'user:boris' WHERE id = 2", 2),
        ("UPDATE events SET detail = '{}' WHERE id = 3", 3),
        ("DELETE FROM events WHERE id = 1", 2),
        ("DELETE FROM events WHERE id = 2", 3),
    ],
)
def test_the_audit_names_the_first_event_that_does_not_follow(database: Database, statement: str, broken: int) -> None:
    say(database, "one", "two", "three")
    without_guard(database, statement)
    with database.read() as connection:
        found = audit(connection)
    assert (found.ok, found.broken) == (False, broken)


def test_a_forged_event_does_not_follow(database: Database) -> None:
    say(database, "one")
    row = {"at": datetime.now(UTC), "who": "user:boris", "what": "x", "subject": "x", "detail": {}, "hash": "0" * 64}
    with database.write() as connection:
        connection.execute(insert(events), row)
    with database.read() as connection:
        assert audit(connection).broken == 2


def test_a_cut_off_end_is_found_by_a_hash_kept_elsewhere(database: Database) -> None:
    say(database, "one", "two")
    with database.read() as connection:
        kept = head(connection)
    say(database, "three")
    with database.read() as connection:
        assert audit(connection, kept).ok
    without_guard(database, "DELETE FROM events WHERE id > 1")
    with database.read() as connection:
        assert audit(connection).ok
        assert not audit(connection, kept).ok


@pytest.mark.parametrize("early", [True, False])
def test_writers_that_lock_in_any_order_neither_fork_the_chain_nor_wait_for_each_other(
    database: Database, early: bool
) -> None:
    """Half of the writers record before they take the catalogue, half after it: no order of locks can cross."""
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def work(number: int) -> None:
        try:
            together.wait()
            for turn in range(5):
                with database.write() as connection:
                    first = (number % 2 == 0) == early
                    if first:
                        record(connection, f"user:{number}", "thing_done", f"{number}/{turn}", {})
                    hold(connection)
                    bump(connection)
                    if not first:
                        record(connection, f"user:{number}", "thing_done", f"{number}/{turn}", {})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as connection:
        found = audit(connection)
    assert (found.ok, found.count) == (True, 30)
