"""Reverse a posted report or some of its documents: exact mirrors for the ERP, never an edit, never a deletion."""

from datetime import date as day
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import reports as queries
from bridge.db.catalogue import bump
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.view_report import report_object
from bridge.settings import Settings
from reports.documents import Document, DocumentLine, content_hash, document_id, document_number


def reverse_report(
    database: Database, settings: Settings, uid: str, documents: list[str] | None, date: str, reason: str, who: str
) -> dict[str, Any]:
    """Make reversal documents dated ``date`` and return the report; doing it twice changes nothing.

    Raises NotFound, BadInput (date, unknown documents) and Conflict when the report is not posted.
    """
    try:
        day.fromisoformat(date)
    except ValueError as error:
        raise BadInput(f"Дата сторнирования «{date}» не читается: нужна ГГГГ-ММ-ДД") from error
    with database.write() as connection:
        report = queries.find_report(connection, uid, lock=True)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        if report.state in queries.OPEN_STATES or report.state == "superseded":
            raise Conflict("Отчёт не проведён: сторнировать нечего")
        _reverse(connection, settings, report, documents, date)
        record(connection, who, "report_reversed", uid, {"documents": documents, "date": date, "reason": reason})
    return report_object(database, settings, uid)


def _reverse(connection: Connection, settings: Settings, report: Row[Any], chosen: list[str] | None, date: str) -> None:
    rows = document_queries.of_report(connection, report.id)
    originals = {row.uid: row for row in rows if row.reverses is None}
    if chosen is not None and not chosen:
        raise BadInput("Не указано, какие документы сторнировать; null означает все")
    if any(date < row.date.isoformat() for uid, row in originals.items() if chosen is None or uid in chosen):
        raise BadInput(f"Сторно не может быть раньше самого документа: дата {date}")
    unknown = set(chosen or ()) - set(originals)
    if unknown:
        raise BadInput(f"Нет таких документов у отчёта: {', '.join(sorted(unknown))}")
    done = {row.reverses for row in rows if row.reverses}
    owner = queries.account_by_id(connection, report.account_id)
    for uid, row in originals.items():
        if uid not in done and (chosen is None or uid in chosen):
            mirror = mirrored(
                settings, document_queries.stored_document(connection, row), date, owner.organization_prefix
            )
            document_queries.add_document(connection, report.id, owner.id, mirror, owner.organization_prefix)
            done.add(uid)
    if done >= set(originals):  # its identity is free again: the same file may be imported anew
        queries.drop_facts(connection, report.id)
        queries.update_report(connection, report.id, state="reversed", identity=None)
        bump(connection)  # its facts, and the days of its sales, no longer hold for other reports


def mirrored(settings: Settings, original: Document, date: str, prefix: str) -> Document:
    """Return the exact opposite of a document: every quantity and amount negated, every line kept."""
    uid = document_id(settings.installation, original.account, "reversal", original.id, "")
    mirror = msgspec.structs.replace(
        original,
        id=uid,
        number=document_number(prefix, uid),
        date=date,
        title=f"Сторно: {original.title}",
        reverses=original.id,
        lines=[_negated(line) for line in original.lines],
        **{name: -getattr(original, name) for name in ("total", "vat_total", "commission_total", "commission_vat")},
    )
    return msgspec.structs.replace(mirror, content_hash=content_hash(mirror))


def _negated(line: DocumentLine) -> DocumentLine:
    negated = {
        name: -getattr(line, name) for name in ("quantity", "amount", "vat_amount", "commission", "commission_vat")
    }
    return msgspec.structs.replace(line, **negated)
