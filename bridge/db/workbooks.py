"""Queries for the mapping workbook: whole tables, read once and in order."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from bridge.db.catalogue import among
from bridge.db.tables import items, links, report_keys, reports

_SHORT = (items.c.ref, items.c.article, items.c.name, items.c.variant)
_PORTION = 2_000


def every_link(connection: Connection, account_id: int, kind: str) -> list[Row[Any]]:
    """Return the whole table of an account, in the order of keys and first days."""
    mine = (links.c.account_id == account_id, links.c.kind == kind)
    return list(connection.execute(select(links).where(*mine).order_by(links.c.key, links.c.valid_from)))


def goods(connection: Connection) -> Iterator[Any]:
    """Give ref, article, name and variant of every item of the ERP that is no service, by name."""
    goods = (items.c.is_service.is_(False), items.c.vanished_at.is_(None))
    query = select(*_SHORT).where(*goods).order_by(items.c.name, items.c.variant, items.c.ref)
    for portion in connection.execute(query).partitions(_PORTION):
        yield from (row for row in portion)


def services(connection: Connection) -> list[Row[Any]]:
    """Return ref, article, name and variant of every service that the ERP knows, by name."""
    query = select(*_SHORT).where(items.c.is_service, items.c.vanished_at.is_(None))
    return list(connection.execute(query.order_by(items.c.name, items.c.variant, items.c.ref)))


def items_named(connection: Connection, texts: Iterable[str]) -> list[Row[Any]]:
    """Return ref, article, name and variant of the ERP's items whose ref or article is among the texts."""
    listed = list(texts)
    named = or_(among(connection, items.c.ref, listed), among(connection, items.c.article, listed))
    return list(connection.execute(select(*_SHORT).where(named, items.c.vanished_at.is_(None)).order_by(items.c.id)))


def known_codes(connection: Connection, account_id: int, kind: str, codes: Iterable[str]) -> set[str]:
    """Return those of the codes by which a link of the account, or a product of its reports, is known."""
    listed = list(codes)
    mine = (links.c.account_id == account_id, links.c.kind == kind, among(connection, links.c.key, listed))
    found = set(connection.execute(select(links.c.key).where(*mine)).scalars())
    for name in ("key", "barcode", "article", "marketplace_id"):
        column = report_keys.c[name]
        query = select(column).join(reports, reports.c.id == report_keys.c.report_id).distinct()
        found.update(
            connection.execute(
                query.where(reports.c.account_id == account_id, among(connection, column, listed))
            ).scalars()
        )
    return found
