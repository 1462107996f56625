"""Queries for the history of links: what was written, in sets, up to which version, and what was booked by it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bridge.db.bulk import add_rows
from bridge.db.catalogue import among
from bridge.db.tables import document_lines, documents, link_changes, report_keys
from mappings.items import ProductKey

_PARTS = ("key", "marketplace_id", "article", "barcode", "size", "name")


def add_changes(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append to the history; nothing there is ever altered."""
    add_rows(connection, link_changes, rows)


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


def changed_keys(connection: Connection, account_id: int, set_id: str) -> list[str]:
    """Return the product keys that one set changed."""
    c = link_changes.c
    query = select(c.key).where(c.account_id == account_id, c.kind == "product", c.set_id == set_id).distinct()
    return list(connection.execute(query).scalars())


def changes_of(
    connection: Connection, account_id: int, set_id: str, keys: Iterable[str] | None = None
) -> list[Row[Any]]:  # fmt: skip
    """Return the changes of one set (of these keys) in the order they were written."""
    mine = [link_changes.c.account_id == account_id, link_changes.c.set_id == set_id]
    if keys is not None:
        mine.append(among(connection, link_changes.c.key, keys))
    return list(connection.execute(select(link_changes).where(*mine).order_by(link_changes.c.id)))


def sets_page(
    connection: Connection, account_id: int, kind: str, key: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """Return sets, the newest first: set_id, how many changes (of that key), and the row id of the last one."""
    c = link_changes.c
    last = func.max(c.id)
    query = select(c.set_id, func.count().label("changes"), last.label("last"))
    query = query.where(c.account_id == account_id, c.kind == kind).group_by(c.set_id).order_by(last.desc())
    if key is not None:
        query = query.where(c.key == key)
    if before is not None:
        query = query.having(last < before)
    return list(connection.execute(query.limit(limit)))


def changes_shown(connection: Connection, set_ids: Sequence[str], key: str | None, most: int) -> list[Row[Any]]:
    """Return the first changes (of that key) of each of these sets, so many of each at most, in their order."""
    c = link_changes.c
    place = func.row_number().over(partition_by=c.set_id, order_by=c.id).label("place")
    mine = [among(connection, c.set_id, set_ids)] + ([c.key == key] if key is not None else [])
    numbered = select(link_changes, place).where(*mine).subquery()
    query = select(numbered).where(numbered.c.place <= most).order_by(numbered.c.id)
    return list(connection.execute(query))


def changes_page(
    connection: Connection, account_id: int, kind: str, set_id: str, key: str | None, after: int, limit: int
) -> list[Row[Any]]:
    """Return the changes of one set of a table (of that key), in their order, those after a row id."""
    c = link_changes.c
    mine = [c.account_id == account_id, c.kind == kind, c.set_id == set_id, c.id > after]
    mine += [c.key == key] if key is not None else []
    return list(connection.execute(select(link_changes).where(*mine).order_by(c.id).limit(limit)))


def undone_sets(connection: Connection, set_ids: Iterable[str]) -> set[str]:
    """Return those of the sets that were taken back and not done once more since."""
    c = link_changes.c
    query = select(c.undoes, c.source).where(among(connection, c.undoes, set_ids))
    last = connection.execute(query.group_by(c.undoes, c.source).order_by(func.max(c.id)))
    return {name for name, source in {row.undoes: row.source for row in last}.items() if source == "undo"}


def history_of_keys(connection: Connection, account_id: int, kind: str, keys: Iterable[str]) -> list[Row[Any]]:
    """Return everything that was ever done to the links of these keys, the oldest first, without what they said."""
    c = link_changes.c
    mine = (c.account_id == account_id, c.kind == kind, among(connection, c.key, keys))
    query = select(c.key, c.valid_from, c.set_id, c.source, c.undoes, c.who, c.at).where(*mine)
    return list(connection.execute(query.order_by(c.id)))


def booked_keys(
    connection: Connection, account_id: int, codes: Iterable[str]
) -> Iterator[tuple[int, int, ProductKey]]:  # fmt: skip
    """Give the product keys of posted reports that have one of these codes: report id, number, key."""
    listed = list(codes)
    c = report_keys.c
    posted = select(documents.c.report_id).where(documents.c.account_id == account_id)
    ways = (c.key, c.barcode, c.article, c.marketplace_id, c.article + "/" + c.size)
    named = [among(connection, way, listed) for way in ways]
    query = select(c.report_id, c.no, *(c[part] for part in _PARTS)).where(
        c.report_id.in_(posted), named[0] | named[1] | named[2] | named[3] | named[4]
    )
    for report_id, no, *parts in connection.execute(query):
        yield report_id, no, ProductKey(**dict(zip(_PARTS, parts, strict=True)))


def posted_lines(connection: Connection, report_ids: Iterable[int]) -> list[Row[Any]]:
    """Return the selectors of all document lines of these reports, but for documents that were reversed or reverse."""
    reversal = documents.alias("reversal")
    alive = (
        documents.c.reverses.is_(None),
        ~select(reversal.c.id).where(reversal.c.reverses == documents.c.uid).exists(),
        among(connection, documents.c.report_id, report_ids),
    )
    query = select(documents.c.id, documents.c.uid, documents.c.date, documents.c.report_id, document_lines.c.selector)
    return list(connection.execute(query.join(document_lines).where(*alive)))
