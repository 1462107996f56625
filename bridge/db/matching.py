"""Queries for automatic matching: every product key an account ever showed, and what people said no to."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, null, or_, select
from sqlalchemy import func as sql

from bridge.db.catalogue import among
from bridge.db.tables import link_changes, report_keys, reports
from mappings.items import ProductKey

_PARTS = ("key", "marketplace_id", "article", "barcode", "size", "name")
_REPEATING = ("undo", "redo")


def known_keys(connection: Connection, account_id: int, *, without: Collection[str]) -> list[ProductKey]:
    """Return the distinct product keys of all reports of an account, but for reports of the profiles ``without``."""
    living = (reports.c.account_id == account_id, reports.c.identity.is_not(None), reports.c.profile.not_in(without))
    parts = [report_keys.c[part] for part in _PARTS]
    query = select(*parts).distinct().where(report_keys.c.report_id.in_(select(reports.c.id).where(*living)))
    found = sorted(tuple(row) for row in connection.execute(query))
    return [ProductKey(**dict(zip(_PARTS, row, strict=True))) for row in found]


def refused_keys(connection: Connection, account_id: int, kind: str) -> set[str]:
    """Return the keys whose link a person removed last, or took back after a rule had made it.

    Taking back one's own link is no such word: then all is as it was before.
    """
    c = link_changes.c
    mine = (c.account_id == account_id, c.kind == kind)
    last = select(sql.max(c.id)).where(*mine, c.source != "rule").group_by(c.key)
    removals = connection.execute(select(c.key, c.source).where(c.id.in_(last), c.after.is_(null())))
    removed = {row.key: row.source for row in removals}
    undone = [key for key, source in removed.items() if source in _REPEATING]
    refusals = or_(
        and_(c.source == "rule", c.after.is_not(null())),
        and_(c.source.not_in(("rule", *_REPEATING)), c.after.is_(null())),
    )
    refused = select(c.key).distinct().where(*mine, among(connection, c.key, undone), refusals)
    return (removed.keys() - undone) | set(connection.execute(refused).scalars())
