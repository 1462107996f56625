"""Reports as the API shows them. Everything shown of an unposted report is brought up to date first."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from bridge.db import documents as document_queries
from bridge.db import issues as issue_queries
from bridge.db import reports as queries
from bridge.db.session import Database
from bridge.db.tables import accounts
from bridge.errors import BadInput, NotFound
from bridge.flows.preview import booked_totals, compute_preview, refresh, sentences
from bridge.settings import Settings
from reports.documents import Document
from reports.lines import Summary
from reports.profile import profiles

_STATES = {
    "posted": "Документы ждут учётную систему.",
    "delivered": "Учётная система приняла все документы, но провела не все.",
    "confirmed": "Учётная система провела все документы.",
    "reversed": "Отчёт сторнирован.",
    "superseded": "Отчёт заменён новым выпуском с тем же номером.",
}
_CORRECTS = "Исправляет проведённый выпуск {}: создаёт документы только на разницу."
_CORRECTED = "Пришёл новый выпуск, разницу с которым проводит отчёт {}."


def report_object(database: Database, settings: Settings, uid: str, *, already: bool = False) -> dict[str, Any]:
    """Return one report with its totals, checks, problems, unmapped products and documents. Raises NotFound."""
    refresh(database, settings, uid)
    with database.read() as connection:
        return _object(connection, _existing(connection, uid), already)


def list_reports(
    database: Database, settings: Settings, account: str | None, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of reports, the newest first."""
    before = _number(cursor)
    with database.read() as connection:
        for uid in queries.open_reports(connection, account) if state in queries.OPEN_STATES else ():
            refresh(database, settings, uid)
    with database.read() as connection:
        page = queries.reports_page(connection, account, state, before, limit + 1)
    items = [report_object(database, settings, row.uid) for row in page[:limit]]
    return {"items": items, "next": str(page[limit - 1].id) if len(page) > limit else None}


def report_lines(database: Database, uid: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of a report's normalized lines with their sheet and row. Raises NotFound."""
    with database.read() as connection:
        report = _existing(connection, uid)
        sheets = msgspec.convert(report.summary, Summary).sheets
        page = queries.lines_page(connection, report.id, _number(cursor) or 0, limit + 1)
    items = [_line(row, sheets) for row in page[:limit]]
    return {"items": items, "next": str(page[limit].no) if len(page) > limit else None}


def report_documents(database: Database, settings: Settings, uid: str) -> dict[str, Any]:
    """Return the full preview of an unposted report, or the documents of a posted one. Raises NotFound."""
    with database.read() as connection:
        report = _existing(connection, uid)
        if report.state in queries.OPEN_STATES:
            preview = compute_preview(connection, settings, report)
            items = [preview_document(connection, report, document) for document in preview.documents]
            return {"items": items, "digest": preview.digest, "state": preview.state}
        items = [
            document_queries.document_object(connection, row)
            for row in document_queries.of_report(connection, report.id)
        ]
        return {"items": items, "digest": report.preview.get("digest", ""), "state": report.state}


def preview_document(connection: Connection, report: Row[Any], document: Document) -> dict[str, Any]:
    """Return a document that is not posted yet in the shape of one that is, sources included."""
    body: dict[str, Any] = msgspec.to_builtins(document)
    del body["selectors"]
    body |= {"state": "preview", "revision": 0, "reverses": None, "corrects": body["corrects"] or None}
    for line, rows in zip(body["lines"], document_queries.sources(connection, report, document.selectors), strict=True):
        line["sources"] = rows
    return body


def report_shown(connection: Connection, report: Row[Any]) -> dict[str, Any]:
    """Return a report as the API shows it, as it is on this snapshot of the database."""
    return _object(connection, report, already=False)


def line_shown(row: Row[Any], sheets: tuple[str, ...]) -> dict[str, Any]:
    """Return a line with its product as the API shows it. ``sheets``: names of the sheets of its report."""
    return _line(row, sheets)


def _existing(connection: Connection, uid: str) -> Row[Any]:
    report = queries.find_report(connection, uid)
    if report is None:
        raise NotFound(f"Нет отчёта {uid}")
    return report


def _object(connection: Connection, report: Row[Any], already: bool) -> dict[str, Any]:
    summary = msgspec.convert(report.summary, Summary)
    profile = profiles()[report.profile]
    preview = report.preview
    posted = document_queries.of_report(connection, report.id)
    issues = issue_queries.posted_issues(connection, report)
    later = issue_queries.uid_of(connection, report.superseded_by) if report.superseded_by else None
    return {
        "id": report.uid,
        "account": connection.execute(select(accounts.c.name).where(accounts.c.id == report.account_id)).scalar_one(),
        "profile": report.profile,
        "title": profile.title,
        "number": preview.get("number") or report.number,
        "type": preview.get("type") or summary.type,
        "date": summary.date or None,
        "period_from": summary.period_from or None,
        "period_to": summary.period_to or None,
        "currency": preview.get("currency") or summary.currency,
        "layout": summary.layout,
        "state": report.state,
        "explain": _explain(report, later),
        "already": already,
        "received_at": _time(report.received_at),
        "file": {"name": report.file_name, "sha256": report.file_sha256, "size": report.file_size},
        "rows": _rows(summary),
        "totals": booked_totals(profile, summary, preview.get("payout", "")),
        "checks": preview.get("checks", []),
        "problems": preview.get("problems", []),
        "confirmed": report.confirmed or [],
        "unmapped": preview.get("unmapped", {"count": 0, "amount": "0.00", "products": []}),
        "documents": [document_queries.short_form(row) for row in posted] or preview.get("documents", []),
        "digest": preview.get("digest", ""),
        "choices": preview.get("choices", []),
        "treatments": preview.get("treatments", []),
        "left_out": preview.get("left_out", {}),
        "upd": preview.get("upd"),
        "parties": summary.parties,
        "issue": summary.issue,
        "late_returns": preview.get("late_returns") or None,
        "corrects": report.corrects,
        "superseded_by": later,
        "balance": str(issue_queries.balance(connection, issues)),
    }


def _explain(report: Row[Any], later: str | None) -> str:
    """Return the sentence about the state; ``later``: the id of the issue that took this one's place."""
    if report.state in queries.OPEN_STATES:
        told: str = report.preview.get("explain", "")
        if not report.corrects:
            return told
        return sentences(told, _CORRECTS.format(report.corrects))
    if later and report.state != "superseded":
        return f"{_STATES[report.state]} {_CORRECTED.format(later)}"
    return _STATES[report.state]


def _time(moment: datetime) -> str:
    """Return a stored time with its zone; SQLite gives UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _rows(summary: Summary) -> dict[str, Any]:
    return {
        "total": summary.rows_total,
        "used": summary.rows_used,
        "ignored": sum(summary.rows_ignored.values()),
        "unknown": summary.rows_unknown,
        "ignored_reasons": summary.rows_ignored,
        "skipped_sheets": list(summary.skipped_sheets),
    }


def _line(row: Row[Any], sheets: tuple[str, ...]) -> dict[str, Any]:
    amount_rest, commission_rest = row.rest.split() if row.rest else ("0", "0")
    return {
        "no": row.no,
        "sheet": sheets[row.sheet] if row.sheet < len(sheets) else "",
        "row": row.row,
        "kind": row.kind,
        "section": row.section,
        "operation": row.operation,
        "service": row.service,
        "date": row.date or None,
        "quantity": f"{(Decimal(row.quantity) / 1000).normalize():f}",
        "amount": _roubles(row.amount, amount_rest),
        "commission": _roubles(row.commission, commission_rest),
        "ref": row.ref,
        "product": None
        if row.key is None
        else {
            "key": row.key_key, "marketplace_id": row.key_marketplace_id, "article": row.key_article,
            "barcode": row.key_barcode, "size": row.key_size, "name": row.key_name,
        },
    }  # fmt: skip


def _roubles(kopecks: int, rest: str) -> str:
    exact = (Decimal(kopecks) + Decimal(rest)) / 100
    return f"{exact:f}" if rest != "0" else f"{exact:.2f}"


def _number(cursor: str | None) -> int | None:
    if cursor is None or cursor == "":
        return None
    if not cursor.isdigit():
        raise BadInput("Параметр cursor берётся из поля next предыдущего ответа")
    return int(cursor)
