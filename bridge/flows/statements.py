"""Bank statements: whose payments they hold. A payment is known by what it says, so overlapping files add it once.

It belongs to an account when its payer is the commissioner of exactly one account of the organization; or, where the
commissioner of an account is not known or several accounts have the same, when the number of a report of exactly one
of them stands in the purpose. Everything else stays unassigned, is shown, and waits for a person.
Its currency must be that of the account.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue
from bridge.db import payments as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.errors import BadInput, NotFound
from bridge.flows.accounts import currency_of, existing_account, existing_organization
from bridge.flows.checking import after_id, page_size
from bridge.flows.import_report import stored_file
from bridge.settings import Settings
from mappings.money import from_minor, to_minor
from reports.bank_statement import Payment, Statement, owner_problems, read_statement
from reports.documents import document_id
from reports.parties import commissioner_inn
from reports.problems import Refused

_SHORTEST = 5  # a shorter report number stands in purposes by chance
LARGEST = 32 * 2**20


class StatementFile(msgspec.Struct, frozen=True, kw_only=True):
    """A received file: where it lies, its own name, checksum and size."""

    path: Path
    name: str
    sha256: str
    size: int


def import_statement(
    database: Database, settings: Settings, organization: str, file: StatementFile, who: str
) -> dict[str, Any]:
    """Take the payments of a statement and return it. The same file again only looks for accounts once more.

    Raises NotFound, and Refused with the line of whatever cannot be read, or where the statement is of another
    organization: then nothing is stored.
    """
    if file.size > LARGEST:
        raise BadInput(f"Выписка больше {LARGEST // 2**20} МБ: разбейте её на меньшие периоды")
    found = read_statement(file.path.read_bytes())
    with database.write() as connection:
        catalogue.hold(connection)
        owner = existing_organization(connection, organization)
        if problems := owner_problems(found, owner.inn):
            raise Refused(*problems)
        known = queries.find_statement(connection, owner.id, file.sha256)
        row = known or _add(connection, settings, owner, file, found, who)
        named = list(_named(settings, organization, found.payments))
        new = _store(connection, owner, row.id, named)
        if known is None:
            _keep(settings, file)
        counts = queries.payment_counts(connection, [row.id])
    told = _statement(row, organization, counts) | {"already": known is not None, "own_transfers": found.own_transfers}
    return told | {"known_before": len(named) - new}


def list_statements(database: Database, organization: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of an organization's statements. Raises NotFound."""
    with database.read() as connection:
        owner = existing_organization(connection, organization)
        rows = queries.statements_page(connection, owner.id, after_id(cursor), page_size(limit) + 1)
        counts = queries.payment_counts(connection, [row.id for row in rows])
    return _page(rows, limit, [_statement(row, organization, counts) for row in rows])


def list_payments(
    database: Database, organization: str, account: str | None, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of an organization's payments, of one account or those unassigned. Raises NotFound."""
    with database.read() as connection:
        owner = existing_organization(connection, organization)
        rows = queries.payments_page(connection, owner.id, account, state, after_id(cursor), page_size(limit) + 1)
    return _page(rows, limit, [payment_object(row) for row in rows])


def assign_payment(database: Database, uid: str, account: str | None, who: str) -> dict[str, Any]:
    """Say which account a payment belongs to (None: to none) and return it.

    Raises NotFound, and BadInput for an account of another organization.
    """
    with database.write() as connection:
        catalogue.hold(connection)
        payment = queries.find_payment(connection, uid)
        if payment is None:
            raise NotFound(f"Платежа {uid} нет")
        owner = existing_account(connection, account) if account else None
        if owner is not None and owner.organization_id != payment.organization_id:
            raise BadInput(f"Учётная запись «{account}» другой организации")
        if owner is not None and currency_of(owner) != payment.currency:
            raise BadInput(
                f"Платёж в валюте {payment.currency}, а кабинет «{account}» ведётся в {currency_of(owner)}: складывать "
                "их нельзя. Валюта кабинета – настройка currency"
            )
        if payment.account != account:
            queries.assign(connection, uid, owner.id if owner else None, who)
            record(connection, who, "payment_assigned", uid, {"before": payment.account, "after": account})
        payment = queries.find_payment(connection, uid)
        assert payment is not None
    return payment_object(payment)


def payment_object(row: Row[Any]) -> dict[str, Any]:
    """Return a payment as the API shows it."""
    return {
        "id": row.uid, "organization": row.organization, "account": row.account, "assigned_by": row.assigned_by,
        "date": row.date.isoformat(), "number": row.number, "amount": str(from_minor(row.amount)),
        "currency": row.currency, "payer": row.payer, "payer_inn": row.payer_inn, "purpose": row.purpose,
    }  # fmt: skip


# --- storing ----------------------------------------------------------------------------------------------------------


def _add(
    connection: Connection, settings: Settings, owner: Row[Any], file: StatementFile, found: Statement, who: str
) -> Row[Any]:
    uid = document_id(settings.installation, owner.name, "statement", file.sha256, "")
    row = queries.add_statement(
        connection,
        {
            "uid": uid, "organization_id": owner.id, "file_name": file.name, "file_sha256": file.sha256,
            "file_size": file.size, "date_from": date.fromisoformat(found.date_from),
            "date_to": date.fromisoformat(found.date_to), "received_at": datetime.now(UTC),
        },
    )  # fmt: skip
    record(connection, who, "statement_imported", uid, {"file": file.name, "payments": len(found.payments)})
    return row


def _named(settings: Settings, organization: str, payments: Sequence[Payment]) -> Iterator[tuple[str, Payment]]:
    """Give every payment with its computed id; equal ones of one file are told apart by their order."""
    met: Counter[str] = Counter()
    for payment in payments:
        said = "|".join(
            (payment.date, payment.number, f"{payment.amount}", payment.payer_inn, payment.payer_account,
             payment.own_account, payment.purpose)
        )  # fmt: skip
        met[said] += 1
        yield document_id(settings.installation, organization, "payment", said, str(met[said])), payment


def _store(connection: Connection, owner: Row[Any], statement_id: int, named: Sequence[tuple[str, Payment]]) -> int:
    """Insert the payments that are new, and look for the account of those that nobody assigned; returns how many."""
    known = queries.known_payments(connection, [uid for uid, _ in named])
    find = _finder(connection, owner)
    rows = []
    for uid, payment in named:
        if uid not in known:
            rows.append(_row(owner, statement_id, uid, payment, find(payment)))
        elif known[uid].account_id is None and not known[uid].assigned_by and (account_id := find(payment)):
            queries.assign(connection, uid, account_id, "")
    queries.add_payments(connection, rows)
    return len(rows)


def _row(
    owner: Row[Any], statement_id: int, uid: str, payment: Payment, account_id: int | None
) -> dict[str, Any]:  # fmt: skip
    return {
        "uid": uid, "organization_id": owner.id, "statement_id": statement_id, "account_id": account_id,
        "assigned_by": "", "date": date.fromisoformat(payment.date), "number": payment.number,
        "amount": to_minor(payment.amount), "currency": payment.currency, "payer": payment.payer,
        "payer_inn": payment.payer_inn, "purpose": payment.purpose,
    }  # fmt: skip


def _finder(connection: Connection, owner: Row[Any]) -> Any:
    """Return a function that tells the one account a payment belongs to, or None."""
    accounts = queries.accounts_of(connection, owner.id)
    numbers = [
        (number, each) for number, each in queries.report_numbers(connection, owner.id) if len(number) >= _SHORTEST
    ]

    def find(payment: Payment) -> int | None:
        fitting = [one for one in accounts if currency_of(one) == payment.currency]
        inns = {one.id: commissioner_inn(one.channel, one.erp, payment.date) for one in fitting}
        sure = [each for each, inn in inns.items() if inn and inn == payment.payer_inn]
        if len(sure) == 1:
            return int(sure[0])
        possible = sure or [each for each, inn in inns.items() if not inn]
        named = {each for number, each in numbers if each in possible and _says(payment.purpose, number)}
        return int(named.pop()) if len(named) == 1 else None

    return find


def _says(purpose: str, number: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(number)}(?!\w)", purpose) is not None


def _keep(settings: Settings, file: StatementFile) -> None:
    """Keep the original under its checksum, before the commit: a file too many harms nobody, one missing does."""
    target = stored_file(settings, file.sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        shutil.copyfile(file.path, partial)
        partial.replace(target)


# --- showing ----------------------------------------------------------------------------------------------------------


def _statement(row: Row[Any], organization: str, counts: dict[int, tuple[int, int]]) -> dict[str, Any]:
    total, unassigned = counts.get(row.id, (0, 0))
    return {
        "id": row.uid, "organization": organization, "date_from": row.date_from.isoformat(),
        "date_to": row.date_to.isoformat(), "payments": total, "unassigned": unassigned,
        "file": {"name": row.file_name, "sha256": row.file_sha256, "size": row.file_size},
    }  # fmt: skip


def _page(rows: Sequence[Row[Any]], limit: int, shown: list[dict[str, Any]]) -> dict[str, Any]:
    size = page_size(limit)
    return {"items": shown[:size], "next": str(rows[size - 1].id) if len(rows) > size else None}
