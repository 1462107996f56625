"""Queries for saved views: the filters of a table of links under a name."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bridge.db.tables import views


def views_of(connection: Connection, account_id: int, kind: str) -> list[Row[Any]]:
    """Return the views of a table by name."""
    mine = (views.c.account_id == account_id, views.c.kind == kind)
    return list(connection.execute(select(views).where(*mine).order_by(views.c.name)))


def drop_view(connection: Connection, account_id: int, kind: str, name: str) -> None:
    """Delete a view; one that is not there is no mistake."""
    mine = (views.c.account_id == account_id, views.c.kind == kind, views.c.name == name)
    connection.execute(delete(views).where(*mine))


def add_view(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a view whose name is free."""
    connection.execute(insert(views), dict(row))
