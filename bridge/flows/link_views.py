"""Saved views: filters of a table of links that are kept under a name and asked for by it."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import views as queries
from bridge.db.catalogue import LinkFilter, hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import NotFound
from bridge.flows.accounts import existing_account
from bridge.flows.catalogue import list_links
from bridge.flows.checking import name_problems, refuse_if, text_problems
from bridge.flows.link_queue import wrong_filters
from bridge.flows.links import check_kind, spoken_time

_LONGEST = {"item": 100, "key": 500, "found_by": 16, "search": 1000}


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a view shows; null or empty: not filtered by that."""

    state: Literal["linked", "unlinked", "ambiguous", "broken"] | None = None
    item: str | None = None
    key: str | None = None
    found_by: str | None = None
    search: str | None = None

    def said(self) -> dict[str, Any]:
        """Return the filters that are set."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value}


def list_views(database: Database, account: str, kind: str) -> list[dict[str, Any]]:
    """Return the views of a table by name. Raises NotFound."""
    table = check_kind(kind).name
    with database.read() as connection:
        owner = existing_account(connection, account)
        return [_shown(row) for row in queries.views_of(connection, owner.id, table)]


def put_view(database: Database, account: str, kind: str, name: str, view: View, who: str) -> dict[str, Any]:
    """Keep filters under a name and return the view; without any filter the view goes. Raises NotFound, BadInput."""
    table, filters = check_kind(kind).name, view.said()
    limits = [(column, limit) for column, limit in _LONGEST.items() if column in filters]
    wrong = [problem for column, limit in limits for problem in text_problems(column, filters[column], limit)]
    filtering = wrong_filters(filters.get("state"), filters.get("found_by"))
    refuse_if([*name_problems(name), *wrong, *filtering], "Вид не принят")
    with database.write() as connection:
        hold(connection)
        owner = existing_account(connection, account)
        before = _find(connection, owner.id, table, name)
        if (before.filters if before else {}) != filters:
            queries.drop_view(connection, owner.id, table, name)
            if filters:
                kept = {"account_id": owner.id, "kind": table, "name": name, "filters": filters, "who": who}
                queries.add_view(connection, {**kept, "changed_at": datetime.now(UTC)})
            record(connection, who, "view_changed", f"{account}/{table}/{name}", filters)
        after = _find(connection, owner.id, table, name)
    return _shown(after) if after else {"name": name, **msgspec.structs.asdict(View()), "who": "", "changed_at": ""}


def list_viewed(
    database: Database, account: str, kind: str, view: str | None, said: View, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of a table as a view shows it; what the request itself says comes before what the view says.

    An empty value of the request lifts that filter of the view. Raises NotFound, also for an unknown view, and BadInput
    for a cursor that no page gave or a filter that cannot choose among what waits for a link.
    """
    filters = {name: value for name, value in msgspec.structs.asdict(said).items() if value is not None}
    if view is not None:
        with database.read() as connection:
            owner = existing_account(connection, account)
            row = _find(connection, owner.id, check_kind(kind).name, view)
        if row is None:
            raise NotFound(f"Вида «{view}» нет")
        filters = {**row.filters, **filters}
    chosen = View(**filters).said()
    state = chosen.pop("state", None)
    return list_links(database, account, kind, state, limit, cursor, LinkFilter(**chosen))


def _find(connection: Connection, account_id: int, kind: str, name: str) -> Row[Any] | None:
    return next((row for row in queries.views_of(connection, account_id, kind) if row.name == name), None)


def _shown(row: Row[Any]) -> dict[str, Any]:
    view = msgspec.structs.asdict(View(**row.filters))
    return {"name": row.name, **view, "who": row.who, "changed_at": spoken_time(row.changed_at)}
