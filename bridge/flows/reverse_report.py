"""Reverse a posted report or some of its documents: exact mirrors for the ERP, never an edit, never a deletion."""

from collections.abc import Sequence
from datetime import date as day
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import issues as issue_queries
from bridge.db import reports as queries
from bridge.db.catalogue import bump, hold
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.hand_over import settle
from bridge.flows.view_report import report_object
from bridge.settings import Settings
from reports.correction import net
from reports.documents import Document, DocumentLine, content_hash, document_id, document_number, payout_effect
from reports.periods import open_day

_NOTHING_TO_MIRROR = "Сторно документа, который учётная система не приняла"
_FURTHEST = timedelta(days=366)  # a date beyond is a slip of the year


def reverse_report(
    database: Database, settings: Settings, uid: str, documents: list[str] | None, date: str | None, reason: str,
    who: str,
) -> dict[str, Any]:  # fmt: skip
    """Make reversal documents and return the report; doing it twice changes nothing.

    ``documents``: ids of documents of any issue of the report; None: all of all issues, after which the balance of the
    report with the commissioner is nil. ``date``: None is the day of each document, or the first open one after it.
    Raises NotFound, BadInput (date, unknown documents) and Conflict when the report is not posted.
    """
    day = _read(date)
    if documents is not None and not documents:
        raise BadInput("Не указано, какие документы сторнировать; null означает все")
    with database.write() as connection:
        hold(connection)  # no month is closed and no issue comes meanwhile
        report = queries.find_report(connection, uid, lock=True)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        if report.state in queries.OPEN_STATES or report.state == "superseded":
            raise Conflict("Отчёт не проведён: сторнировать нечего")
        if report.state != "reversed":
            issues = issue_queries.posted_issues(connection, report)
            _reverse(connection, settings, issues, documents, day)
            detail = {"documents": documents, "date": date, "reason": reason}
            record(connection, who, "report_reversed", uid, detail | {"issues": [issue.uid for issue in issues]})
    return report_object(database, settings, uid)


def _read(date: str | None) -> day | None:
    try:
        return None if date is None else day.fromisoformat(date)
    except ValueError as error:
        raise BadInput(f"Дата сторнирования «{date}» не читается: нужна ГГГГ-ММ-ДД") from error


def _reverse(
    connection: Connection, settings: Settings, issues: Sequence[Row[Any]], chosen: list[str] | None, date: day | None
) -> None:
    rows = issue_queries.documents_of(connection, issues)
    originals = {row.uid: row for row in rows if row.reverses is None}
    if unknown := set(chosen or ()) - set(originals):
        raise BadInput(f"Нет таких документов у отчёта: {', '.join(sorted(unknown))}")
    done = {row.reverses for row in rows if row.reverses}
    owner = queries.account_by_id(connection, issues[0].account_id)
    for uid, row in originals.items():
        if uid in done or (chosen is not None and uid not in chosen):
            continue
        dated = _day(row, date, owner.organization_closed_through).isoformat()
        original = document_queries.stored_document(connection, row)
        mirror = mirrored(settings, original, dated, owner.organization_prefix)
        refused = _NOTHING_TO_MIRROR if row.state == "refused" else ""  # else the ERP would book the reversal alone
        prefix = owner.organization_prefix
        document_queries.add_document(connection, row.report_id, owner.id, mirror, prefix, refused)
        settle(connection, row.report_id)
        done.add(uid)
    if done >= set(originals):
        _end(connection, issues)
    bump(connection)  # its facts and the days of its sales may not hold any more, nor what a newer issue corrects


def _day(row: Row[Any], date: day | None, closed_through: day | None) -> day:
    """Return the day of a reversal: as asked for, or the document's own when its month is open."""
    first = open_day(row.date, closed_through)
    if date is None:
        return first
    if date < row.date:
        raise BadInput(f"Сторно не может быть раньше самого документа: дата {date}, документ от {row.date}")
    if date > max(row.date, day.today()) + _FURTHEST:
        raise BadInput(f"Дата сторнирования {date} слишком далеко в будущем: проверьте год")
    if open_day(date, closed_through) != date:
        opens = open_day(date, closed_through)
        raise BadInput(f"Месяц закрыт: дата {date}. Первый открытый день {opens}; без даты сторно получит его само")
    return date


def _end(connection: Connection, issues: Sequence[Row[Any]]) -> None:
    """Say that all of a report is reversed: its identity is free again, the same file may be imported anew.

    An issue that waits to correct it has nothing to correct any more and is booked as a report of its own.
    """
    documents = issue_queries.booked_documents(connection, issues)
    assert not net(documents), "a reversed report has a balance in some line"
    assert not sum(payout_effect(document) for document in documents), "a reversed report has a balance"
    for issue in issues:
        queries.drop_facts(connection, issue.id)
        queries.update_report(connection, issue.id, state="reversed", identity=None)
    waiting = issue_queries.waiting_issue(connection, issues[-1])
    if waiting is not None:
        queries.update_report(connection, waiting.id, corrects=None)


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
        corrects="",
        lines=[_negated(line) for line in original.lines],
        **{name: -getattr(original, name) for name in ("total", "vat_total", "commission_total", "commission_vat")},
    )
    return msgspec.structs.replace(mirror, content_hash=content_hash(mirror))


def _negated(line: DocumentLine) -> DocumentLine:
    negated = {
        name: -getattr(line, name) for name in ("quantity", "amount", "vat_amount", "commission", "commission_vat")
    }
    return msgspec.structs.replace(line, **negated)
