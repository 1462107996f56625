"""The month view of an account: its balance with the commissioner, what moved it, and whether it ties."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import issues
from bridge.db import journal as queries
from bridge.db import payments as payment_queries
from bridge.db import reports as report_queries
from bridge.db.issues import effect
from bridge.db.session import Database
from bridge.flows.accounts import currency_of, existing_account
from bridge.flows.balances import Known, begun_with, known_balances, start_of_books
from bridge.flows.checking import month_before, month_days
from bridge.flows.preview import BOOKED, compute_preview, refresh
from bridge.flows.statements import payment_object
from bridge.flows.upd import checks_after_posting
from bridge.settings import Settings
from mappings.money import ZERO, from_minor
from reports.documents import payout_effect
from reports.lines import Summary
from reports.month import MOST_REASONS, Month, MonthCheck, Moved, Reason, compared, month_of, moved, payout_check
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
        return month_told(connection, settings, existing_account(connection, account), month, first, last)


def month_told(
    connection: Connection, settings: Settings, owner: Row[Any], month: str, first: date, last: date
) -> dict[str, Any]:  # fmt: skip
    """Return the same as of one snapshot of the database, in which the previews of unposted reports are up to date."""
    known, currency = known_balances(connection, owner.id), currency_of(owner)
    start = start_of_books(connection, owner.id)
    since = start.date + timedelta(days=1) if start else date.min
    payments = [row for row in payment_queries.payments_of(connection, owner.id, currency) if row.date >= since]
    opening = _opening(connection, owner, start, payments, (first, last))
    rows = queries.documents_dated(connection, owner.id, first, last)
    movements = [moved(document_queries.stored_document(connection, row)) for row in rows]
    paid = [row for row in payments if first <= row.date <= last]
    numbers = month_of(opening, movements, [from_minor(row.amount) for row in paid])
    unassigned = payment_queries.unassigned_payments(connection, owner.organization_id, currency, first, last)
    reasons, unposted = _reasons(connection, settings, owner, payments, (first, last))
    before, _ = _reasons(connection, settings, owner, payments, month_before(first))
    begun = start if start and first <= start.date <= last else known.get(first - timedelta(days=1))
    checks = [
        *_checks(numbers, (begun, known.get(last)), before, reasons),
        *checks_after_posting(connection, owner.id, first, last),
    ]
    refused = [row for row in rows if row.state == "refused"]
    return {
        "account": owner.name, "month": month, "ok": _ok(checks, unposted),
        **{name: _plain(value) for name, value in msgspec.structs.asdict(numbers).items()},
        "start": msgspec.to_builtins(start) if start else None,
        "checks": msgspec.to_builtins(checks),
        "behind": _behind(movements, paid),
        "documents": [_document(row, one) for row, one in zip(rows, movements, strict=True)],
        "payments": [payment_object(row) for row in paid],
        "reports_not_posted": unposted,
        "payments_unassigned": [payment_object(row) for row in unassigned],
        "documents_refused": [row.uid for row in refused],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return {name: str(amount) for name, amount in value.items()} if isinstance(value, dict) else str(value)


# --- what the month begins with ---------------------------------------------------------------------------------------


def _opening(
    connection: Connection, owner: Row[Any], start: Known | None, payments: Sequence[Row[Any]], days: tuple[date, date]
) -> Decimal:
    first, last = days
    effects = (effect(connection, row) for row in queries.documents_before(connection, owner.id, first))
    paid = sum((from_minor(row.amount) for row in payments if row.date < first), ZERO)
    return begun_with(start, last) + sum(effects, ZERO) - paid


# --- what a difference may come from ----------------------------------------------------------------------------------


def _reasons(
    connection: Connection, settings: Settings, owner: Row[Any], payments: Sequence[Row[Any]], days: tuple[date, date]
) -> tuple[list[Reason], list[dict[str, Any]]]:
    """Return what may make the balance on the last of these days another, and the reports not posted by then.

    Payments of nobody are left out where they are too many, as those of all the organization's buyers: they would only
    hide what is known of this account.
    """
    unposted = _unposted(connection, settings, owner, days[1])
    unassigned = payment_queries.unassigned_payments(connection, owner.organization_id, currency_of(owner), *days)
    later = _booked_later(connection, owner, days[1])
    reasons = [*(reason for reason, _ in unposted), *_on_the_way(payments, days[1]), *later]
    if len(reasons) + len(unassigned) <= MOST_REASONS:
        reasons += map(_unassigned, unassigned)
    return reasons, [told for _, told in unposted]


def _unposted(
    connection: Connection, settings: Settings, owner: Row[Any], last: date
) -> list[tuple[Reason, dict[str, Any]]]:  # fmt: skip
    """Return the reports that are not posted and book something by the end of the month, and how much."""
    found = []
    for report in queries.reports_of(connection, owner.id, report_queries.OPEN_STATES):
        summary = msgspec.convert(report.summary, Summary)
        if not profiles()[report.profile].documents.make:
            continue
        adds = _adds(connection, settings, report, summary.period_to or summary.date, last.isoformat())
        if adds is None:
            continue
        called = f"Не проведён отчёт {report.number or summary.period_to}".strip()
        told = {
            "id": report.uid, "profile": report.profile, "number": report.number, "state": report.state,
            "period_from": summary.period_from, "period_to": summary.period_to, "payout": str(adds),
            "explain": report.preview.get("explain", ""),
        }  # fmt: skip
        found.append((Reason(code="report_not_posted", title=called, amount=-adds, id=report.uid), told))
    return found


def _adds(connection: Connection, settings: Settings, report: Row[Any], ends: str, last: str) -> Decimal | None:
    """Return what posting a report would add to the balance by a day; None where that is nothing yet.

    A newer issue of a posted report adds the difference, and one that is divided by months what it has by then.
    """
    if ends <= last:
        proved = (one["expected"] for one in report.preview.get("checks", []) if one["code"] == BOOKED)
        booked = issues.balance(connection, issues.posted_issues(connection, report))
        return Decimal(next(proved, report.preview.get("payout", "0.00"))) - booked
    if not any(one["date"] <= last for one in report.preview.get("documents", [])):
        return None
    documents = compute_preview(connection, settings, report).documents
    return sum((payout_effect(one) for one in documents if one.date <= last), ZERO)


def _booked_later(connection: Connection, owner: Row[Any], last: date) -> list[Reason]:
    """Return what reports of these months booked after them, as a closed month does not change: by their days, so that
    a report which was reversed and taken anew comes to nothing."""
    told = ((one.id, msgspec.convert(one.summary, Summary)) for one in queries.reports_of(connection, owner.id))
    days = {of: (summary.period_from, summary.period_to) for of, summary in told}
    ended = {of: between for of, between in days.items() if between[1] <= last.isoformat()}
    sums: dict[tuple[str, str], Decimal] = {}
    for row in queries.documents_after(connection, ended, last):
        between = ended[row.report_id]
        sums[between] = sums.get(between, ZERO) + effect(connection, row)
    titles = {between: f"Проведено позже, в открытом месяце: за {between[0]} – {between[1]}" for between in sums}
    return [
        Reason(code="booked_later", title=titles[between], amount=-amount, settled=True)
        for between, amount in sums.items()
    ]


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
    numbers: Month, known: tuple[Known | None, Known | None], before: Sequence[Reason], reasons: Sequence[Reason]
) -> list[MonthCheck]:
    """Compare opening and closing balance with those of the marketplace, and what was due with what was paid."""
    opening, closing = (one.amount if one else None for one in known)
    unposted = [reason for reason in reasons if reason.code == "report_not_posted"]
    return [
        compared("balance_opening", "Сальдо на начало = у маркетплейса", opening, numbers.opening, before),
        compared("balance_closing", "Сальдо на конец = у маркетплейса", closing, numbers.closing, reasons),
        payout_check(numbers, unposted, agreed=closing == numbers.closing),
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
