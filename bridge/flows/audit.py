"""Show the journal of changes, and prove that nothing was taken out of it or altered."""

from typing import Any

from sqlalchemy import Row

from bridge.db import events
from bridge.db.events import Audit, utc
from bridge.db.session import Database
from bridge.flows.checking import after_id, page_size


def list_events(
    database: Database, subject: str | None, limit: int = 100, cursor: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return a page of events in the order of the chain, about one subject or all. Raises BadInput for the cursor."""
    with database.read() as connection:
        rows = events.events_page(connection, subject, after_id(cursor), page_size(limit) + 1)
    shown = rows[: page_size(limit)]
    return {
        "items": [event_object(row) for row in shown],
        "next": str(shown[-1].id) if len(rows) > len(shown) else None,
    }


def event_object(row: Row[Any]) -> dict[str, Any]:
    """Return an event as people and archives see it; the time is UTC to the microsecond, as the hash takes it."""
    return {
        "id": row.id, "at": utc(row.at).isoformat(timespec="microseconds"), "who": row.who, "what": row.what,
        "subject": row.subject, "detail": row.detail, "hash": row.hash,
    }  # fmt: skip


def verify(database: Database, expected: str = "") -> Audit:
    """Walk over the whole chain. ``expected``: a hash kept elsewhere, which must be in it."""
    with database.read() as connection:
        return events.audit(connection, expected)
