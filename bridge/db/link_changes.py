"""Queries for the history of links: what was written, in sets, and up to which version."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select

from bridge.db.catalogue import among
from bridge.db.tables import link_changes


def add_changes(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append to the history; nothing there is ever altered."""
    connection.execute(insert(link_changes), list(rows))


def last_id(connection: Connection) -> int:
    """Return the row id of the newest change, 0 when there is none."""
    return int(connection.execute(select(func.max(link_changes.c.id))).scalar() or 0)


def last_versions(
    connection: Connection, account_id: int, kind: str, keys: Iterable[str]
) -> dict[tuple[str, date], int]:  # fmt: skip
    """Return the last version of every link that these keys ever had, by key and first day."""
    c = link_changes.c
    mine = (c.account_id == account_id, c.kind == kind, among(connection, c.key, keys))
    query = select(c.key, c.valid_from, func.max(c.version)).where(*mine).group_by(c.key, c.valid_from)
    return {(key, start): version for key, start, version in connection.execute(query)}
