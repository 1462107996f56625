"""Links taken over in bulk: from another account, or from the suggestions for what is not linked yet."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row

from bridge.db import catalogue as queries
from bridge.db.reports import basis_count
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.link_checks import LinkChange, Place, StoredLink, overlaps, place_of, stored_link
from bridge.flows.link_queue import missing_products
from bridge.flows.links import answer, apply_changes, check_kind, shown_link
from bridge.flows.matching import exact_code
from mappings.items import ProductKey

_NAMED = 1000  # conflicts in one answer
_BEST = 100


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


def accept_suggestions(database: Database, account: str, kind: str, score: int, who: str) -> dict[str, Any]:
    """Link what is unlinked to its suggestion, where exactly one suggestion has this score (of 100) or a higher one.

    What has several that good is nobody's guess: it stays, like what has none, and is counted as ``left``. Raises
    NotFound, BadInput.
    """
    if check_kind(kind).target != "item":
        raise BadInput("Подсказки есть только для товаров")
    if not 1 <= score <= _BEST:
        raise BadInput(f"Оценка: целое число от 1 до {_BEST}")
    with database.read() as connection:
        count = basis_count(connection)
    waiting = missing_products(database, account)
    with database.write() as connection:
        queries.hold(connection)
        owner = existing_account(connection, account)
        if basis_count(connection) != count:  # somebody was quicker
            waiting = missing_products(database, account)
        wanted = _good_suggestions(waiting, score)
        taken = {row.key for row in queries.find_links(connection, owner.id, "product", wanted)}
        changes = [LinkChange(key=code, after=link) for code, link in wanted.items() if code not in taken]
        done = apply_changes(connection, owner, "product", changes, who, "person")
        unlinked = sum(one["state"] == "unlinked" for one in waiting)
        return {**answer(connection, owner, done), "left": unlinked - done.created}


def _good_suggestions(waiting: Iterable[dict[str, Any]], score: int) -> dict[str, StoredLink]:
    """Return the link of each code whose products have one suggestion that good, and all of them the same one."""
    wanted: dict[str, dict[str, StoredLink]] = {}
    for one in waiting:
        good = [offer for offer in one["suggestions"] if offer["score"] >= score]
        code = exact_code(ProductKey(**{name: one[name] for name in ProductKey.__struct_fields__}))
        if one["state"] == "unlinked" and len(good) == 1 and code:
            link = StoredLink(item=good[0]["ref"], found_by="name", score=good[0]["score"] * 10)
            wanted.setdefault(code, {})[link.item] = link
    return {code: link for code, found in wanted.items() if len(found) == 1 for link in found.values()}


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
