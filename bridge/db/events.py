"""The journal of changes: who did what to what, and when. Never a secret: people read it and backups hold it.

It is only appended to, and chained: the hash of an event is the SHA-256 of the hash before and of what the event says,
so that nothing can be taken out or changed unnoticed. The database refuses both by triggers (migration 0004); whoever
gets around those breaks the chain. Only a cut-off end needs a hash that was kept elsewhere.

Events wait until their transaction is about to commit. The end of the chain is then the last thing a transaction takes
hold of, whatever it locked before and wherever in it ``record`` was called: writers queue there and never deadlock.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select

from bridge.db.tables import events

_PENDING = "komitent_events"
_PORTIONS = {"yield_per": 2_000}
_END_OF_CHAIN = 0x4B4F4D45  # "KOME": the advisory lock of PostgreSQL on which writers queue; SQLite has one writer


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk over the chain found. ``head``: the hash of the newest event, empty where there is none.

    ``broken``: the id of the first event whose hash does not follow. ``has_expected``: the hash that somebody kept is
    in the chain (True when none was asked for).
    """

    count: int
    head: str
    broken: int | None = None
    has_expected: bool = True

    @property
    def ok(self) -> bool:
        """True when nothing was taken out, changed or cut off."""
        return self.broken is None and self.has_expected


def record(connection: Connection, who: str, what: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Write one event in the caller's transaction (one of ``Database.write``): it stays when the change stays.

    ``what`` is a word of the program (``items_put``), ``subject`` the name of the thing, ``detail`` plain JSON values.
    """
    plain = json.loads(json.dumps(dict(detail)))
    waiting = connection.info.setdefault(_PENDING, [])
    waiting.append({"who": who, "what": what, "subject": subject, "detail": plain})


def forget_recorded(connection: Connection) -> None:
    """Drop what a transaction recorded that did not come to its end."""
    connection.info.pop(_PENDING, None)


def write_recorded(connection: Connection) -> None:
    """Add what was recorded to the end of the chain; nothing else may follow in the transaction."""
    waiting = connection.info.pop(_PENDING, None)
    if not waiting:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_END_OF_CHAIN})")
    last = head(connection)
    for event in waiting:
        at = datetime.now(UTC)
        last = event_hash(last, at, event["who"], event["what"], event["subject"], event["detail"])
        connection.execute(insert(events), {"hash": last, "at": at, **event})


def event_hash(before: str, at: datetime, who: str, what: str, subject: str, detail: Any) -> str:
    """Return the hash of an event that follows the one with hash ``before`` (empty for the first)."""
    said = [utc(at).isoformat(timespec="microseconds"), who, what, subject, detail]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return sha256(f"{before}{text}".encode()).hexdigest()


def head(connection: Connection) -> str:
    """Return the hash of the newest event, empty where there is none."""
    return connection.execute(select(events.c.hash).order_by(events.c.id.desc()).limit(1)).scalar_one_or_none() or ""


def audit(connection: Connection, expected: str = "") -> Audit:
    """Walk over the whole chain. ``expected``: a hash kept elsewhere, which must be in it."""
    before, count, seen = "", 0, not expected
    with connection.execute(select(events).order_by(events.c.id), execution_options=_PORTIONS) as rows:
        for row in rows:
            if row.hash != event_hash(before, row.at, row.who, row.what, row.subject, row.detail):
                return Audit(count=count, head=before, broken=row.id, has_expected=seen)
            before, count, seen = row.hash, count + 1, seen or row.hash == expected
    return Audit(count=count, head=before, has_expected=seen)


def count_events(connection: Connection) -> int:
    """Return how many events there are."""
    return int(connection.execute(select(func.count()).select_from(events)).scalar_one())


def events_page(connection: Connection, subject: str | None, after: int, limit: int) -> list[Row[Any]]:
    """Return events in the order of the chain, those after an id, of one subject or of all."""
    query = select(events).where(events.c.id > after)
    if subject is not None:
        query = query.where(events.c.subject == subject)
    return list(connection.execute(query.order_by(events.c.id).limit(limit)))


def events_about(connection: Connection, subjects: set[str], beginnings: tuple[str, ...] = ()) -> Iterator[Row[Any]]:
    """Give the events of these subjects, and of those that begin so, in the order of the chain."""
    for row in connection.execute(select(events).order_by(events.c.id), execution_options=_PORTIONS):
        if row.subject in subjects or row.subject.startswith(beginnings or ("\0",)):
            yield row


def utc(moment: datetime) -> datetime:
    """Return a stored time with its zone; SQLite gives UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
