"""What the marketplace itself says it owes at the end of a day: typed in by a person, or read from its settlement."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import journal
from bridge.db import payments as queries
from bridge.db import reports as report_queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.flows.accounts import existing_account
from bridge.flows.checking import refuse_if, text_problems, wrong
from mappings.money import ZERO, from_minor, to_minor
from reports.problems import Problem

SETTLEMENT = "ozon/settlement"
_MOST = Decimal(10) ** 12


class BalanceInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the marketplace owes at the end of a day, in roubles (negative: is owed); null takes the entry away."""

    date: date
    amount: Decimal | None
    source: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A balance and where it is from."""

    date: date
    amount: Decimal
    source: str


def put_balances(database: Database, account: str, entries: list[BalanceInput], who: str) -> list[dict[str, Any]]:
    """Write balances, one a day, and return all of the account. Raises NotFound, BadInput: then none is written."""
    refuse_if([found for row, one in enumerate(entries, 1) for found in _problems(row, one)], "Остатки не приняты")
    with database.write() as connection:
        owner = existing_account(connection, account)
        before = {row.date: (row.amount, row.source) for row in queries.balances_of(connection, owner.id)}
        for one in entries:
            said = None if one.amount is None else (to_minor(one.amount), one.source)
            if before.get(one.date) != said:
                _put(connection, owner, one, who)
        return [_shown(row) for row in queries.balances_of(connection, owner.id)]


def list_balances(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the balances that were typed in, the earliest first. Raises NotFound."""
    with database.read() as connection:
        return [_shown(row) for row in queries.balances_of(connection, existing_account(connection, account).id)]


def known_balances(connection: Connection, account_id: int) -> dict[date, Known]:
    """Return what is known of the marketplace's own balances, by the day they end; what a person typed goes first."""
    found: dict[date, Known] = {}
    for row in reversed(report_queries.find_facts(connection, account_id, SETTLEMENT)):
        report = queries.report_state(connection, row.report_id)
        if report.state == "held" or report.problems:
            continue
        days = [date.fromisoformat(text) for text in row.scope.split("..") if text]
        if len(days) == 2:
            for day, name in ((days[0] - timedelta(days=1), "opening"), (days[1], "closing")):
                amount = (Decimal(row.values[name]) / 100).quantize(Decimal("0.01"))
                found[day] = Known(date=day, amount=amount, source=f"отчёт о взаиморасчётах {report.uid}")
    for row in queries.balances_of(connection, account_id):
        found[row.date] = Known(date=row.date, amount=from_minor(row.amount), source=row.source or "введено вручную")
    return found


def start_of_books(connection: Connection, account_id: int) -> Known | None:
    """Return the marketplace's balance the books begin with: the last one known before the first document.

    Payments up to its day do not count, for they are in it.
    """
    first = journal.first_document_day(connection, account_id)
    if first is None:
        return None
    known = known_balances(connection, account_id)
    return max((one for day, one in known.items() if day < first), key=lambda one: one.date, default=None)


def begun_with(start: Known | None, last: date) -> Decimal:
    """Return what the balance begins with in months that end on or after the day of ``start``."""
    return start.amount if start and start.date <= last else ZERO


def _put(connection: Connection, owner: Row[Any], one: BalanceInput, who: str) -> None:
    row = None
    if one.amount is not None:
        row = {"amount": to_minor(one.amount), "source": one.source, "who": who, "changed_at": datetime.now(UTC)}
    queries.put_balance(connection, owner.id, one.date, row)
    detail = {"date": one.date.isoformat(), "amount": None if one.amount is None else str(one.amount)}
    record(connection, who, "balance_put", owner.name, detail | {"source": one.source})


def _problems(row: int, one: BalanceInput) -> list[Problem]:
    found = text_problems("source", one.source, 200, row)
    if one.amount is not None and (not one.amount.is_finite() or abs(one.amount) >= _MOST or _too_fine(one.amount)):
        found.append(
            wrong("amount_wrong", "Остаток: сумма в рублях с копейками", column="amount", row=row, found=one.amount)
        )
    return found


def _too_fine(amount: Decimal) -> bool:
    return amount * 100 != (amount * 100).to_integral_value()


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "date": row.date.isoformat(), "amount": str(from_minor(row.amount)), "source": row.source, "who": row.who,
    }  # fmt: skip
