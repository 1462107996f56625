"""The month view of an account: its balance with the commissioner, what moved it, and whether it ties."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import journal as queries
from bridge.db import payments as payment_queries
from bridge.db import reports as report_queries
from bridge.db.session import Database
from bridge.flows.accounts import existing_account
from bridge.flows.balances import Known, known_balances
from bridge.flows.checking import month_days
from bridge.flows.preview import refresh
from bridge.flows.statements import payment_object
from bridge.flows.upd import checks_after_posting
from bridge.settings import Settings
from mappings.money import ZERO, from_minor
from reports.checks import Amounts
from reports.documents import Document, payout_effect
from reports.kinds import kinds
from reports.lines import Summary
from reports.month import Month, MonthCheck, Moved, Reason, compared, month_of, moved, payout_check
from reports.profile import profiles

_ON_THE_WAY = 5  # days in which what was paid at the end of a month must have arrived


def month_view(database: Database, settings: Settings, account: str, month: str) -> dict[str, Any]:
    """Return the month of an account: numbers, checks, and the documents and payments behind each number.

    Raises NotFound, and BadInput for a month that cannot be read.
    """
    first, last = month_days(month)
    with database.read() as connection:
        owner = existing_account(connection, account)
        waiting = [row.uid for row in queries.reports_of(connection, owner.id, report_queries.OPEN_STATES)]
    for uid in waiting:
        refresh(database, settings, uid)
    with database.read() as connection:
        return _view(connection, existing_account(connection, account), month, first, last)


def _view(connection: Connection, owner: Row[Any], month: str, first: date, last: date) -> dict[str, Any]:
    known = known_balances(connection, owner.id)
    start = _start(connection, owner, known)
    since = start.date + timedelta(days=1) if start else date.min
    payments = [row for row in payment_queries.payments_of(connection, owner.id) if row.date >= since]
    opening = _opening(connection, owner, start, payments, first)
    rows = queries.documents_dated(connection, owner.id, first, last)
    movements = [moved(document_queries.stored_document(connection, row)) for row in rows]
    paid = [row for row in payments if first <= row.date <= last]
    numbers = month_of(opening, movements, [from_minor(row.amount) for row in paid])
    unposted = _unposted(connection, owner, last)
    unassigned = payment_queries.unassigned_payments(connection, owner.organization_id, first, last)
    reasons = [*(reason for reason, _ in unposted), *map(_unassigned, unassigned), *_on_the_way(payments, last)]
    checks = [*_checks(numbers, known, first, last, reasons), *checks_after_posting(connection, owner.id, first, last)]
    refused = [row for row in rows if row.state == "refused"]
    return {
        "account": owner.name, "month": month, "ok": _ok(checks, unposted),
        **{name: _plain(value) for name, value in msgspec.structs.asdict(numbers).items()},
        "start": msgspec.to_builtins(start) if start else None,
        "checks": msgspec.to_builtins(checks),
        "behind": _behind(movements, paid),
        "documents": [_document(row, one) for row, one in zip(rows, movements, strict=True)],
        "payments": [payment_object(row) for row in paid],
        "reports_not_posted": [told for _, told in unposted],
        "payments_unassigned": [payment_object(row) for row in unassigned],
        "documents_refused": [row.uid for row in refused],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return {name: str(amount) for name, amount in value.items()} if isinstance(value, dict) else str(value)


# --- what the month begins with ---------------------------------------------------------------------------------------


def _start(connection: Connection, owner: Row[Any], known: dict[date, Known]) -> Known | None:
    """Return the marketplace's balance the books begin with: the last one known before the first document."""
    first = queries.first_document_day(connection, owner.id)
    earlier = [day for day in known if first is None or day < first]
    return known[max(earlier)] if earlier and first is not None else None


def _opening(
    connection: Connection, owner: Row[Any], start: Known | None, payments: Sequence[Row[Any]], first: date
) -> Decimal:
    effects = sum(
        (
            payout_effect(_without_lines(connection, row))
            for row in queries.documents_before(connection, owner.id, first)
        ),
        ZERO,
    )
    paid = sum((from_minor(row.amount) for row in payments if row.date < first), ZERO)
    begun = start.amount if start and start.date < first else ZERO
    return begun + effects - paid


def _without_lines(connection: Connection, row: Row[Any]) -> Document:
    """Return an earlier document without its lines, which only the effect of an offset asks for."""
    if row.kind == "debt_offset":
        return document_queries.stored_document(connection, row)
    return msgspec.convert(row.body, Document, strict=False)


# --- what a difference may come from ----------------------------------------------------------------------------------


def _unposted(connection: Connection, owner: Row[Any], last: date) -> list[tuple[Reason, dict[str, Any]]]:
    """Return the reports up to the end of the month that make documents and are not posted."""
    found = []
    for report in queries.reports_of(connection, owner.id, report_queries.OPEN_STATES):
        profile, summary = profiles()[report.profile], msgspec.convert(report.summary, Summary)
        if not profile.documents.make or (summary.period_to or summary.date) > last.isoformat():
            continue
        amounts, skipped = Amounts(summary), set(profile.documents.skip)
        payout = sum(
            (kind.effect * amounts.booked(name) for name, kind in kinds().items() if name not in skipped), ZERO
        )
        called = f"Не проведён отчёт {report.number or summary.period_to}".strip()
        told = {
            "id": report.uid, "profile": report.profile, "number": report.number, "state": report.state,
            "period_from": summary.period_from, "period_to": summary.period_to, "payout": str(payout),
            "explain": report.preview.get("explain", ""),
        }  # fmt: skip
        found.append((Reason(code="report_not_posted", title=called, amount=-payout, id=report.uid), told))
    return found


def _unassigned(row: Row[Any]) -> Reason:
    title = f"Платёж {row.number} от {row.date} не отнесён к учётной записи"
    return Reason(code="payment_unassigned", title=title, amount=from_minor(row.amount), id=row.uid)


def _on_the_way(payments: Sequence[Row[Any]], last: date) -> list[Reason]:
    return [
        Reason(
            code="on_the_way", title=f"В пути: платёж {row.number}, поступил {row.date}", amount=from_minor(row.amount),
            id=row.uid, settled=True,
        )
        for row in payments
        if last < row.date <= last + timedelta(days=_ON_THE_WAY)
    ]  # fmt: skip


def _checks(
    numbers: Month, known: dict[date, Known], first: date, last: date, reasons: Sequence[Reason]
) -> list[MonthCheck]:
    before, after = known.get(first - timedelta(days=1)), known.get(last)
    opening, closing = (one.amount if one else None for one in (before, after))
    unposted = [reason for reason in reasons if reason.code == "report_not_posted"]
    return [
        compared("balance_opening", "Сальдо на начало = у маркетплейса", opening, numbers.opening, []),
        compared("balance_closing", "Сальдо на конец = у маркетплейса", closing, numbers.closing, reasons),
        payout_check(numbers, unposted),
    ]


def _ok(checks: Sequence[MonthCheck], unposted: Sequence[object]) -> bool | None:
    """True when everything ties, None when the marketplace's closing balance is not known, else False."""
    judged = [check.ok for check in checks if check.code != "balance_opening" or check.ok is False]
    if False in judged or unposted:
        return False
    return None if None in judged else True


# --- what stands behind the numbers -----------------------------------------------------------------------------------


def _behind(movements: Sequence[Moved], paid: Sequence[Row[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in movements:
        for name in one.parts:
            found.setdefault(name, []).append(one.document.id)
    return found | {"payouts": [row.uid for row in paid]}


def _document(row: Row[Any], one: Moved) -> dict[str, Any]:
    return {
        "id": row.uid, "kind": row.kind, "number": row.number, "date": row.date.isoformat(),
        "title": one.document.title, "state": row.state, "reverses": row.reverses,
        "corrects": one.document.corrects or None, "effect": str(payout_effect(one.document)),
        "parts": {name: str(amount) for name, amount in one.parts.items()},
    }  # fmt: skip
