"""The journal: entries of a report, of a document, and of a month as a file that proves that the books balance."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import documents as document_queries
from bridge.db import journal as queries
from bridge.db import reports as report_queries
from bridge.db.payments import payments_of
from bridge.db.session import Database
from bridge.errors import NotFound
from bridge.flows.accounts import currency_of
from bridge.flows.balances import begun_with, start_of_books
from bridge.flows.checking import month_days
from bridge.flows.preview import compute_preview
from bridge.settings import Settings
from mappings.money import ZERO, from_minor
from reports.beancount_file import Balance, Cabinet, Payment, beancount_file
from reports.documents import Document
from reports.journal import Accounts, charts, journal, settled, turnover
from reports.lines import Summary
from reports.profile import profiles
from reports.settings import BookingSettings

_UNPOSTED = report_queries.OPEN_STATES


def report_journal(database: Database, settings: Settings, uid: str) -> dict[str, Any]:
    """Return the entries of a report's documents, posted or previewed. Raises NotFound."""
    with database.read() as connection:
        report = report_queries.find_report(connection, uid)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        owner = report_queries.account_by_id(connection, report.account_id)
        documents = _documents(connection, settings, report)
    return _told(accounts_of(owner), documents) | {"report": uid, "state": report.state}


def document_journal(database: Database, uid: str) -> dict[str, Any]:
    """Return the entries of one posted document. Raises NotFound."""
    with database.read() as connection:
        row = document_queries.find_document(connection, uid)
        if row is None:
            raise NotFound(f"Нет документа {uid}")
        owner = report_queries.account_by_id(connection, row.account_id)
        document = document_queries.stored_document(connection, row)
    return _told(accounts_of(owner), [document])


def month_file(database: Database, account: str, month: str) -> str:
    """Return the posted documents and payments of an account's month as a file of beancount.

    Raises NotFound, and BadInput for a month that cannot be read.
    """
    with database.read() as connection:
        return month_text(connection, account, month)


def month_text(connection: Connection, account: str, month: str) -> str:
    """Return the same as of one snapshot of the database."""
    return _file(connection, f"{account} {month}", [account], *month_days(month))


def organization_month_file(database: Database, organization: str, month: str) -> str:
    """Return the same of all accounts of an organization. Raises NotFound, BadInput."""
    first, last = month_days(month)
    with database.read() as connection:
        names = queries.accounts_of(connection, organization)
        if names is None:
            raise NotFound(f"Организации «{organization}» нет")
        return _file(connection, f"{organization} {month}", names, first, last)


def accounts_of(owner: Row[Any]) -> Accounts:
    """Return by which accounts the documents of a cabinet are told."""
    chosen = msgspec.convert(owner.settings, BookingSettings)
    return Accounts(
        configuration=chosen.erp_configuration,
        tax_system=owner.organization_tax_system,
        settlement=chosen.settlement_account,
        services=chosen.services_account,
    )


def _documents(connection: Connection, settings: Settings, report: Row[Any]) -> list[Document]:
    if report.state in _UNPOSTED:
        return compute_preview(connection, settings, report).documents
    rows = document_queries.of_report(connection, report.id)
    return [document_queries.stored_document(connection, row) for row in rows]


def _told(accounts: Accounts, documents: Iterable[Document]) -> dict[str, Any]:
    chart = charts()[accounts.configuration]
    items, every, change = [], [], ZERO
    for document in documents:
        entries = journal(document, accounts)
        every += entries
        told = settled(document)
        change += told.settlement + told.services
        items.append(
            {
                "document": document.id, "kind": document.kind, "number": document.number, "date": document.date,
                "title": document.title, "entries": [msgspec.structs.asdict(entry) for entry in entries],
            }
        )  # fmt: skip
    return {
        "configuration": accounts.configuration,
        "title": chart.title,
        "note": chart.note,
        "items": items,
        "turnover": [{"account": name, "change": change} for name, change in turnover(every).items()],
        "payout": change,
    }


# --- a month as a file --------------------------------------------------------------------------------------------


def _file(connection: Connection, title: str, names: list[str], first: date, last: date) -> str:
    cabinets, remarks = [], [f"Komitent: {title}. Проверка: bean-check"]
    remarks.append("Себестоимости (90.02.1 / 45.01) здесь нет: её знает только учётная система")
    for name in names:
        owner = report_queries.find_account(connection, name) if "\0" not in name else None
        if owner is None:
            raise NotFound(f"Учётной записи «{name}» нет")
        chart = charts()[accounts_of(owner).configuration]
        remarks.append(f"{name}: {chart.title}. {chart.note}")
        remarks += [f"{name}: не проведён, в журнале его нет: {told}" for told in _unposted(connection, owner, last)]
        cabinets.append(_cabinet(connection, owner, first, last))
    return beancount_file(title, first, last, cabinets, remarks)


def _unposted(connection: Connection, owner: Row[Any], last: date) -> Iterable[str]:
    for report in queries.reports_of(connection, owner.id, _UNPOSTED):
        summary = msgspec.convert(report.summary, Summary)
        if profiles()[report.profile].documents.make and (summary.period_from or summary.date) <= last.isoformat():
            yield f"{report.profile} {report.number} {summary.period_from} – {summary.period_to}"


def _cabinet(connection: Connection, owner: Row[Any], first: date, last: date) -> Cabinet:
    accounts = accounts_of(owner)
    start = start_of_books(connection, owner.id)
    rows = queries.documents_dated(connection, owner.id, first, last)
    documents = [document_queries.stored_document(connection, row) for row in rows]
    earlier = [_total_only(connection, row) for row in queries.documents_before(connection, owner.id, first)]
    since = start.date if start else date.min
    payments = [
        row for row in payments_of(connection, owner.id, currency_of(owner)) if since < row.date <= last
    ]  # fmt: skip
    return Cabinet(
        name=owner.name,
        accounts=accounts,
        documents=[(document, journal(document, accounts)) for document in documents],
        payments=[_payment(row) for row in payments if row.date >= first],
        balances=_balances(earlier, documents, payments, first, (currency_of(owner), begun_with(start, last))),
    )


def _total_only(connection: Connection, row: Row[Any]) -> Document:
    """Return an earlier document without its lines, which only an offset needs for its balance."""
    if row.kind == "debt_offset":
        return document_queries.stored_document(connection, row)
    return document_queries.bare_document(row)


def _payment(row: Row[Any]) -> Payment:
    return Payment(
        id=row.uid, date=row.date, number=row.number, amount=from_minor(row.amount), currency=row.currency,
        payer=row.payer, purpose=row.purpose,
    )  # fmt: skip


def _balances(
    earlier: list[Document], documents: list[Document], payments: list[Row[Any]], first: date,
    begun: tuple[str, Decimal],
) -> list[Balance]:  # fmt: skip
    """Return opening and closing balances by totals of documents and payments, each currency by itself.

    ``begun``: the currency of the account, and what the marketplace owed already when the books began, if by then.
    """
    own, already = begun
    opening: dict[tuple[str, str], Decimal] = {("settlement", own): already, ("services", own): ZERO}
    for document in earlier:
        _add(opening, document)
    opening["settlement", own] -= sum((from_minor(row.amount) for row in payments if row.date < first), ZERO)
    closing = dict(opening)
    for document in documents:
        _add(closing, document)
    closing["settlement", own] -= sum((from_minor(row.amount) for row in payments if row.date >= first), ZERO)
    return [
        msgspec.convert(
            {"role": role, "currency": currency, "opening": opening.get((role, currency), ZERO), "closing": total},
            Balance,
        )
        for (role, currency), total in closing.items()
    ]


def _add(balances: dict[tuple[str, str], Decimal], document: Document) -> None:
    told = settled(document)
    for role, change in (("settlement", told.settlement), ("services", told.services)):
        balances[role, document.currency] = balances.get((role, document.currency), ZERO) + change
