"""Queries for posted documents: storing them, showing them with the source rows of every line, changing their state."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from bridge.db import reports as queries
from bridge.db.tables import accounts, document_lines, documents, reports
from mappings.money import from_minor, to_minor
from reports.documents import Document, Selector, document_number
from reports.lines import Summary


def add_document(
    connection: Connection, report_id: int, account_id: int, document: Document, prefix: str, refused: str = ""
) -> None:  # fmt: skip
    """Store a document for the ERP, ready or ``refused`` for that reason. Its number is the first one that is free."""
    number = _free_number(connection, account_id, document, prefix)
    body: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(document, number=number, lines=[], selectors=[]))
    row = {
        "uid": document.id, "report_id": report_id, "account_id": account_id, "kind": document.kind, "number": number,
        "date": datetime.fromisoformat(document.date).date(), "total": to_minor(document.total),
        "state": "refused" if refused else "ready",
        "revision": 1, "content_hash": document.content_hash, "body": body, "reverses": document.reverses or None,
        "posted_at": datetime.now(UTC), "erp_ref": "", "erp_number": "", "erp_posted": None, "erp_message": refused,
    }  # fmt: skip
    document_id = connection.execute(insert(documents).returning(documents.c.id), row).scalar_one()
    lines = [
        {
            "document_id": document_id,
            "no": line.no,
            "body": msgspec.to_builtins(line),
            "selector": msgspec.to_builtins(selector),
        }
        for line, selector in zip(document.lines, document.selectors, strict=True)
    ]
    if lines:
        connection.execute(insert(document_lines), lines)


def _free_number(connection: Connection, account_id: int, document: Document, prefix: str) -> str:
    number, attempt = document.number, 0
    while connection.execute(
        select(documents.c.id).where(documents.c.account_id == account_id, documents.c.number == number)
    ).first():
        attempt += 1
        number = document_number(prefix, document.id, attempt)
    return number


def find_document(connection: Connection, uid: str, *, lock: bool = False) -> Row[Any] | None:
    """Return a document by its id; ``lock`` keeps other transactions away from it until this one ends."""
    query = select(documents).where(documents.c.uid == uid)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def taken(connection: Connection, report_id: int, uids: Sequence[str]) -> bool:
    """True when another report has posted a document with one of these ids."""
    query = select(documents.c.id).where(documents.c.uid.in_(uids), documents.c.report_id != report_id)
    return connection.execute(query.limit(1)).first() is not None


def of_report(connection: Connection, report_id: int) -> list[Row[Any]]:
    """Return the documents of a report in the order of posting."""
    return list(
        connection.execute(select(documents).where(documents.c.report_id == report_id).order_by(documents.c.id))
    )


def documents_page(
    connection: Connection, account: str | None, state: str | None, after: int, limit: int
) -> list[Row[Any]]:
    """Return documents in the order of posting, after a row id."""
    query = select(documents).where(documents.c.id > after)
    if account:
        mine = select(accounts.c.id).where(accounts.c.name == account).scalar_subquery()
        query = query.where(documents.c.account_id == mine)
    if state:
        query = query.where(documents.c.state == state)
    return list(connection.execute(query.order_by(documents.c.id).limit(limit)))


def document_object(connection: Connection, row: Row[Any], with_sources: bool = True) -> dict[str, Any]:
    """Return a stored document as the API shows it."""
    query = select(document_lines).where(document_lines.c.document_id == row.id).order_by(document_lines.c.no)
    found = list(connection.execute(query))
    lines: list[dict[str, Any]] = [dict(line.body) for line in found]
    if with_sources:
        report = connection.execute(select(reports).where(reports.c.id == row.report_id)).one()
        selectors = [msgspec.convert(line.selector, Selector) for line in found]
        for line, rows in zip(lines, sources(connection, report, selectors), strict=True):
            line["sources"] = rows
    erp = {"ref": row.erp_ref, "number": row.erp_number, "posted": row.erp_posted, "message": row.erp_message}
    shown: dict[str, Any] = dict(row.body)
    for name in ("state", "revision", "content_hash", "reverses", "number"):
        shown[name] = getattr(row, name)
    shown["corrects"] = row.body.get("corrects") or None
    return shown | {"lines": lines, "erp": erp}


def sources(connection: Connection, report: Row[Any], selectors: Sequence[Selector]) -> list[list[dict[str, Any]]]:
    """Return for every selector the rows of the file that its document line was made of.

    In one pass over the lines of the report; lines of corrections are looked for in its earlier issues too.
    """
    found: list[dict[tuple[str, str, int], None]] = [{} for _ in selectors]
    by_issue: dict[str, list[tuple[int, Selector]]] = {}
    for place, selector in enumerate(selectors):
        for one in selector.each():
            by_issue.setdefault(one.report or report.uid, []).append((place, one))
    for uid, wanted in by_issue.items():
        issue = report if uid == report.uid else queries.find_report(connection, uid)
        assert issue is not None, "a posted issue is never deleted"
        sheets = msgspec.convert(issue.summary, Summary).sheets
        chosen = queries.source_rows(connection, issue.id, [one for _, one in wanted])
        for (place, _), rows in zip(wanted, chosen, strict=True):
            found[place] |= {(uid, sheets[sheet] if sheet < len(sheets) else "", row): None for sheet, row in rows}
    return [[{"report": uid, "sheet": sheet, "row": row} for uid, sheet, row in rows] for rows in found]


def short_form(row: Row[Any]) -> dict[str, Any]:
    """Return what a report shows of its documents."""
    return {
        "id": row.uid, "kind": row.kind, "number": row.number, "date": row.date.isoformat(), "title": row.body["title"],
        "total": f"{from_minor(row.total):.2f}", "state": row.state, "reverses": row.reverses,
        "corrects": row.body.get("corrects") or None,
    }  # fmt: skip


def stored_document(connection: Connection, row: Row[Any]) -> Document:
    """Return a stored document as the value it was made of."""
    query = select(document_lines).where(document_lines.c.document_id == row.id).order_by(document_lines.c.no)
    found = list(connection.execute(query))
    body = row.body | {"lines": [line.body for line in found], "selectors": [line.selector for line in found]}
    return msgspec.convert(body, Document, strict=False)


def bare_document(row: Row[Any]) -> Document:
    """Return a stored document without its lines."""
    return msgspec.convert(row.body, Document, strict=False)


def update_document(connection: Connection, uid: str, **values: Any) -> None:
    """Set columns of one document."""
    connection.execute(update(documents).where(documents.c.uid == uid).values(**values))


def release_mirror(connection: Connection, uid: str) -> None:
    """Let the ERP fetch the reversal of a document that it refused at first and has now."""
    mine = (documents.c.reverses == uid) & (documents.c.state == "refused")
    connection.execute(update(documents).where(mine).values(state="ready", erp_message=""))


def states(connection: Connection, report_id: int) -> dict[str, int]:
    """Return how many documents of a report are in each state."""
    query = (
        select(documents.c.state, func.count()).where(documents.c.report_id == report_id).group_by(documents.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
