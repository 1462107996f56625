"""Queries for the issues of one report: which of them were posted, and everything that is booked of them.

An issue that comes when its predecessor is posted already names it (``reports.corrects``) and takes its identity over;
the documents of both stand side by side, those of the later one being the difference.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from bridge.db.documents import bare_document, stored_document
from bridge.db.reports import OPEN_STATES, RECEIVING, find_report
from bridge.db.tables import documents, reports
from mappings.money import ZERO
from reports.documents import Document, payout_effect

_UNPOSTED = (RECEIVING, "superseded", *OPEN_STATES)


def posted_issues(connection: Connection, report: Row[Any]) -> list[Row[Any]]:
    """Return the posted issues (reversed ones too) of the report that this row is an issue of, the first one first."""
    first = report
    while first.corrects and (before := find_report(connection, first.corrects)) is not None:
        first = before
    found: list[Row[Any]] = []
    one: Row[Any] | None = first
    while one is not None and one.state not in _UNPOSTED:
        found.append(one)
        later = select(reports).where(reports.c.corrects == one.uid, reports.c.state.not_in(_UNPOSTED))
        one = connection.execute(later).one_or_none()
    return found


def waiting_issue(connection: Connection, last: Row[Any]) -> Row[Any] | None:
    """Return the issue that is to correct the last posted one and is not posted yet."""
    query = select(reports).where(reports.c.corrects == last.uid, reports.c.state.in_(OPEN_STATES))
    return connection.execute(query).one_or_none()


def uid_of(connection: Connection, report_id: int) -> str:
    """Return the public id of the issue with that row id."""
    return str(connection.execute(select(reports.c.uid).where(reports.c.id == report_id)).scalar_one())


def documents_of(connection: Connection, issues: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the documents of these issues in the order of posting, with the id of their issue as ``issue``."""
    query = select(documents, reports.c.uid.label("issue")).join(reports)
    mine = documents.c.report_id.in_([issue.id for issue in issues])
    return list(connection.execute(query.where(mine).order_by(documents.c.id)))


def booked_documents(connection: Connection, issues: Sequence[Row[Any]]) -> list[Document]:
    """Return the documents of these issues as values; each selector names the issue that it chooses from."""
    return [_placed(stored_document(connection, row), row.issue) for row in documents_of(connection, issues)]


def _placed(document: Document, issue: str) -> Document:
    selectors = [
        [msgspec.structs.replace(one, report=one.report or issue) for one in selector.each()]
        for selector in document.selectors
    ]
    together = [msgspec.structs.replace(first, more=tuple(rest)) for first, *rest in selectors]
    return msgspec.structs.replace(document, selectors=together)


def balance(connection: Connection, issues: Sequence[Row[Any]]) -> Decimal:
    """Return what the documents of these issues add to what the commissioner owes, in roubles."""
    return sum((effect(connection, row) for row in documents_of(connection, issues)), ZERO)


def effect(connection: Connection, row: Row[Any]) -> Decimal:
    """Return what a stored document adds to what the commissioner owes, in roubles."""
    offset = row.kind == "debt_offset"  # the only kind whose effect is told by its lines
    return payout_effect(stored_document(connection, row) if offset else bare_document(row))
