"""A month of entries as a file of beancount, a free double-entry ledger: ``bean-check`` proves that the books balance.

Every entry becomes two legs, every document a transaction. The closing balances asserted at the end are computed from
the totals of the documents and the payments, not from the entries: two ways to one number. Syntax: Beancount Language
Syntax, beancount.github.io/docs/beancount_language_syntax.html.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from reports.documents import Document
from reports.journal import Accounts, Entry, Role

_BANK, _OPENING = "51", "Equity:Opening-Balances"
_TYPES = {"62": "Assets", "76": "Assets", "60": "Liabilities", "51": "Assets", "19": "Assets", "44": "Expenses",
          "66": "Liabilities", "68": "Liabilities"}  # fmt: skip
_NAMED = {"90.01.1": "Income", "91.01": "Income", "90.03": "Expenses", "91.02": "Expenses"}


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money the marketplace paid (negative: was paid back), as a bank statement says."""

    id: str
    date: date
    number: str
    amount: Decimal
    currency: str
    payer: str
    purpose: str


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the settlements of a role when the month begins and ends, by totals of documents and payments."""

    role: Role
    currency: str
    opening: Decimal
    closing: Decimal


class Cabinet(msgspec.Struct, frozen=True, kw_only=True):
    """One account's month: its documents with their entries, its payments, its balances."""

    name: str
    accounts: Accounts
    documents: list[tuple[Document, list[Entry]]]
    payments: list[Payment]
    balances: list[Balance]


def beancount_file(title: str, first: date, last: date, cabinets: Sequence[Cabinet], remarks: Iterable[str]) -> str:
    """Return the text of the file for the days from ``first`` to ``last``. ``remarks`` stand at its top as comments."""
    parts = _parts([cabinet.name for cabinet in cabinets])
    body: list[str] = []
    for cabinet in cabinets:
        body += _opening(cabinet, parts[cabinet.name], first)
        for document, entries in cabinet.documents:
            body += _document(cabinet, parts[cabinet.name], document, entries)
        for payment in cabinet.payments:
            body += _payment(cabinet, parts[cabinet.name], payment)
        body += _closing(cabinet, parts[cabinet.name], last)
    used = sorted({name for line in body for name in _ACCOUNT.findall(_unquoted(line))})
    head = [f"; {_one_line(remark)}" for remark in remarks]
    head += [f'option "title" {_quoted(title)}', 'option "operating_currency" "RUB"', ""]
    return "\n".join([*head, *(f"{first} open {name}" for name in used), "", *body])


_ACCOUNT = re.compile(r"(?:Assets|Liabilities|Equity|Income|Expenses):[\w:-]+")


def _parts(names: Sequence[str]) -> dict[str, str]:
    """Return for every cabinet the part of account names that tells it apart: a letter, then letters and digits."""
    found: dict[str, str] = {}
    for name in names:
        part = "C-" + re.sub(r"[\W_]+", "-", name)
        while part in found.values():
            part += "-2"
        found[name] = part
    return found


def _account(number: str, role: str, part: str) -> str:
    top = _NAMED.get(number) or _TYPES[number.split(".", maxsplit=1)[0]]
    name = f"{top}:{number.replace('.', '-')}"
    return f"{name}:{part}:{role.capitalize()}" if role else name


def _settlements(cabinet: Cabinet, part: str, role: Role) -> str:
    number = cabinet.accounts.settlement if role == "settlement" else cabinet.accounts.services
    return _account(number, role, part)


def _opening(cabinet: Cabinet, part: str, first: date) -> list[str]:
    lines: list[str] = []
    for balance in cabinet.balances:
        if balance.opening:
            lines += [
                f'{first} * "Остаток на начало месяца"',
                f"  {_settlements(cabinet, part, balance.role)}  {balance.opening} {balance.currency}",
                f"  {_OPENING}  {-balance.opening} {balance.currency}",
                "",
            ]
    return lines


def _closing(cabinet: Cabinet, part: str, last: date) -> list[str]:
    after = last + timedelta(days=1)  # beancount checks a balance at the beginning of its day
    return [
        f"{after} balance {_settlements(cabinet, part, one.role)}  {one.closing} ~ 0 {one.currency}"
        for one in cabinet.balances
    ] + [""]


def _document(cabinet: Cabinet, part: str, document: Document, entries: Sequence[Entry]) -> list[str]:
    report = document.report
    told = f"{document.title} {document.number}"
    if report.get("number") or report.get("period_from"):
        told += f" (отчёт {report.get('number', '')} {report.get('period_from', '')} – {report.get('period_to', '')})"
    lines = [
        f"{document.date} * {_quoted(document.counterparty)} {_quoted(told)}",
        f"  document: {_quoted(document.id)}",
        f"  kind: {_quoted(document.kind)}",
        f"  cabinet: {_quoted(cabinet.name)}",
    ]
    lines += [
        f"  {name}: {_quoted(value)}"
        for name, value in (("reverses", document.reverses), ("corrects", document.corrects))
        if value
    ]
    for entry in entries:
        lines += [
            f"  {_account(entry.debit, entry.debit_role, part)}  {entry.amount} {document.currency}",
            f"    entry: {_quoted(f'{entry.meaning}: Дт {entry.debit} Кт {entry.credit}')}",
            f"  {_account(entry.credit, entry.credit_role, part)}  {-entry.amount} {document.currency}",
        ]
    return [*lines, ""]


def _payment(cabinet: Cabinet, part: str, payment: Payment) -> list[str]:
    return [
        f"{payment.date} * {_quoted(payment.payer)} {_quoted(payment.purpose)}",
        f"  payment: {_quoted(payment.id)}",
        f"  number: {_quoted(payment.number)}",
        f"  {_account(_BANK, '', part)}  {payment.amount} {payment.currency}",
        f"  {_settlements(cabinet, part, 'settlement')}  {-payment.amount} {payment.currency}",
        "",
    ]


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _unquoted(line: str) -> str:
    """Return a line of the body without its texts, where a name of an account would mean nothing."""
    return line.split('"', maxsplit=1)[0]
