"""Links taken over in bulk: from another account, or from the suggestions for what is not linked yet."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row

from bridge.db import catalogue as queries
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.link_checks import LinkChange, Place, StoredLink, overlaps, place_of, stored_link
from bridge.flows.links import answer, apply_changes, check_kind, shown_link

_NAMED = 1000  # conflicts in one answer


def copy_links(
    database: Database, account: str, kind: str, from_account: str, keys: Collection[str] | None, who: str
) -> dict[str, Any]:
    """Copy the links of another account, of these keys or of all; what is linked here is never written over.

    A key whose links here say something else is a conflict: it is listed with both sides and left as it is. Raises
    NotFound, BadInput for an account copied onto itself.
    """
    table = check_kind(kind)
    with database.write() as connection:
        queries.hold(connection)
        owner, source = existing_account(connection, account), existing_account(connection, from_account)
        if owner.id == source.id:
            raise BadInput("Связи копируются из другой учётной записи")
        offered = _by_key(queries.all_links(connection, source.id, table.name, keys))
        known = _by_key(queries.find_links(connection, owner.id, table.name, offered))
        conflicts = {key: None for key, rows in offered.items() if key in known and _contradict(rows, known[key])}
        wanted = [_change(row) for key, rows in offered.items() if key not in conflicts for row in rows]
        done = apply_changes(connection, owner, table.name, wanted, who, "copy")
        listed = [
            {
                "key": key,
                "here": [shown_link(row) for row in known[key]],
                "there": [shown_link(row) for row in offered[key]],
            }
            for key in list(conflicts)[:_NAMED]
        ]
        return {**answer(connection, owner, done), "conflicts": listed, "conflicts_total": len(conflicts)}


def _by_key(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _change(row: Row[Any]) -> LinkChange:
    return LinkChange(key=row.key, valid_from=row.valid_from, after=stored_link(row))


def _contradict(offered: Iterable[Row[Any]], known: Iterable[Row[Any]]) -> bool:
    """True when a link offered would replace one that is here, or answer for the same day in another way."""
    here: dict[Place, StoredLink] = {place_of(row): stored_link(row) for row in known}
    there = {place_of(row): stored_link(row) for row in offered}
    replaced = any(_meaning(here[place]) != _meaning(there[place]) for place in here.keys() & there.keys())
    return replaced or bool(overlaps(here, [_change(row) for row in offered]))


def _meaning(link: StoredLink) -> tuple[object, ...]:
    return *link.says(), link.valid_to
