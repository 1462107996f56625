"""The journal of changes: who did what to what, and when. Never a secret: people read it and backups hold it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from bridge.db.tables import events


def record(connection: Connection, who: str, what: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Write one event in the caller's transaction: it stays when the change stays.

    ``what`` is a word of the program (``items_put``), ``subject`` the name of the thing, ``detail`` plain JSON values.
    """
    row = {"at": datetime.now(UTC), "who": who, "what": what, "subject": subject, "detail": dict(detail)}
    connection.execute(insert(events), row)
