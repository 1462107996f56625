"""Bank statements in the text format of 1C, ``1CClientBankExchange`` 1.02 and 1.03: bytes to payments, strictly.

Source: v8.1c.ru/edi/edi_stnd/100/101.htm. A file has a head, a section for each bank account (several where the bank
gives one a day) and a section for each document. Nothing of it is skipped without being understood: a line out of
place, a sum that is none or turnovers that are not those of the documents refuse the whole file.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from mappings.money import ZERO
from reports.cells import Broken, iso_date
from reports.problems import Problem, Refused, problem

_MARK = "1CClientBankExchange"
_VERSIONS = ("1.02", "1.03")
_ENCODINGS = {"utf-8-sig": ("UTF-8", "UTF8"), "cp1251": ("Windows", "Windows-1251"), "cp866": ("DOS",)}
_INN = re.compile(r"(?!00)(\d{10}|\d{12})")
# what digits 6 to 8 of an account number say: ОК 014-2000 (ОКВ); 810 is the rouble (Положение Банка России № 809-П)
_CURRENCIES = {
    "810": "RUB", "643": "RUB", "840": "USD", "978": "EUR", "156": "CNY", "398": "KZT", "933": "BYN", "051": "AMD",
    "417": "KGS", "860": "UZS", "985": "PLN", "826": "GBP", "752": "SEK", "203": "CZK", "949": "TRY", "784": "AED",
    "356": "INR", "392": "JPY",
}  # fmt: skip
_ACCOUNT = re.compile(r"\d{5}(\d{3})\d{12}")
_SUM = re.compile(r"\d{1,15}(?:\.\d{1,2})?")
_READ = frozenset(
    (
        "Номер", "Дата", "Сумма", "ПлательщикСчет", "ДатаСписано", "Плательщик", "Плательщик1", "ПлательщикИНН",
        "ПолучательСчет", "ДатаПоступило", "Получатель", "Получатель1", "ПолучательИНН", "НазначениеПлатежа",
        "РасчСчет", "НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано", "КонечныйОстаток",
    )
)  # fmt: skip


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of money. ``amount`` in the currency of the own account: positive where it came in; the other side
    is ``payer``, whether it paid or was paid. ``date``: when the bank booked it (``YYYY-MM-DD``); ``row``: the line its
    section begins at."""

    date: str
    number: str
    amount: Decimal
    payer: str
    payer_inn: str
    payer_account: str
    own_account: str
    purpose: str
    row: int

    @property
    def currency(self) -> str:
        """The currency of the own account, or its digits where nobody named it; roubles where it is no such number."""
        digits = _ACCOUNT.fullmatch(self.own_account)
        return _CURRENCIES.get(digits[1], digits[1]) if digits else "RUB"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement: its days (both inclusive), the organization's accounts in it, its payments in their order.

    ``own_inns``: whom the documents name as owner of these accounts, as far as they do. ``own_transfers``: documents
    between two accounts of the statement, which are nobody's payment.
    """

    date_from: str
    date_to: str
    accounts: tuple[str, ...]
    payments: tuple[Payment, ...]
    own_inns: tuple[str, ...] = ()
    own_transfers: int = 0


class _Section(msgspec.Struct, frozen=True):
    """The fields of one section: value and line by name."""

    row: int
    fields: dict[str, tuple[str, int]]

    def text(self, *names: str) -> str:
        """Return the first of these fields that is filled."""
        return next((self.fields[name][0] for name in names if self.fields.get(name, ("", 0))[0]), "")

    def place(self, name: str) -> int:
        """Return the line of a field, or where its section begins."""
        return self.fields.get(name, ("", self.row))[1]


def read_statement(data: bytes) -> Statement:
    """Read a statement. Raises Refused with every problem of the first kind met: syntax, then sums."""
    lines = _lines(data)
    head, accounts, documents = _sections(lines)
    if head.text("ВерсияФормата") not in _VERSIONS:
        raise _broken(head.place("ВерсияФормата"), f"версия формата «{head.text('ВерсияФормата')}», а не 1.02 или 1.03")
    if not accounts:
        raise _broken(len(lines), "нет секции СекцияРасчСчет: обороты не с чем сверить")
    own = tuple(dict.fromkeys(_required(section, "РасчСчет") for section in accounts))
    payments: list[Payment] = []
    owners: set[str] = set()
    transfers = 0
    turnover: dict[str, tuple[Decimal, Decimal]] = dict.fromkeys(own, (ZERO, ZERO))
    for section in documents:
        amount = _amount(section, "Сумма")
        payee, payer = section.text("ПолучательСчет"), section.text("ПлательщикСчет")
        if payee not in turnover and payer not in turnover:
            raise _broken(section.row, "ни плательщик, ни получатель не имеют счёта этой выписки")
        if payee in turnover:
            turnover[payee] = turnover[payee][0] + amount, turnover[payee][1]
        if payer in turnover:
            turnover[payer] = turnover[payer][0], turnover[payer][1] + amount
        owners.add(section.text("ПолучательИНН" if payee in turnover else "ПлательщикИНН"))
        transfers += payee in turnover and payer in turnover
        if (payee in turnover) != (payer in turnover):
            payments.append(_payment(section, amount, incoming=payee in turnover))
    _check_turnover(accounts, turnover)
    return Statement(
        date_from=_day(head, "ДатаНачала"), date_to=_day(head, "ДатаКонца"), accounts=own, payments=tuple(payments),
        own_inns=tuple(sorted(filter(_INN.fullmatch, owners))), own_transfers=transfers,
    )  # fmt: skip


def owner_problems(statement: Statement, inn: str) -> list[Problem]:
    """Return the problem of a statement whose accounts are somebody else's than the organization's with this INN.

    One document that names it is enough: a bank may name itself as payer of its own documents.
    """
    if not statement.own_inns or inn in statement.own_inns:
        return []
    return [problem("statement_owner", found=", ".join(statement.own_inns), expected=f"ИНН организации {inn}")]


# --- text -------------------------------------------------------------------------------------------------------------


def _lines(data: bytes) -> list[str]:
    """Decode the file as the letters of its line ``Кодировка`` prove, and split it."""
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.lstrip().startswith(_MARK):
            raise Refused(problem("statement_type", found=text.strip().partition("\n")[0].strip()[:40]))
        if "\0" in text:
            raise _broken(text[: text.index("\0")].count("\n") + 1, "знак с кодом 0")
        if found := re.search(r"^Кодировка=(.*)$", text, re.MULTILINE):
            known = {name.casefold() for each in _ENCODINGS.values() for name in each}
            if found[1].strip().casefold() not in known:
                raise _broken(text[: found.start()].count("\n") + 1, f"неизвестная кодировка «{found[1].strip()}»")
            return [
                line.rstrip("\r") for line in text.rstrip().split("\n")
            ]  # splitlines knows ends that a value may hold
    raise Refused(problem("statement_type", found="нет строки Кодировка"))


def _sections(lines: list[str]) -> tuple[_Section, list[_Section], list[_Section]]:
    """Return the head, the sections of accounts and those of documents. Raises Refused at a line out of place."""
    head = _Section(1, {})
    accounts: list[_Section] = []
    documents: list[_Section] = []
    inside: tuple[_Section, str] | None = None
    for row, name, value in _entries(lines):
        if name in ("СекцияРасчСчет", "СекцияДокумент"):
            if inside:
                raise _broken(row, f"секция начата до конца прежней (строка {inside[0].row})")
            group, end = (accounts, "КонецРасчСчет") if name == "СекцияРасчСчет" else (documents, "КонецДокумента")
            inside = _Section(row, {}), end
            group.append(inside[0])
        elif name in ("КонецРасчСчет", "КонецДокумента"):
            if not inside or inside[1] != name:
                raise _broken(row, f"{name} без начала секции")
            inside = None
        elif name == "КонецФайла":
            if inside:
                raise _broken(row, f"секция со строки {inside[0].row} не закончена")
            return head, accounts, documents
        elif value is None:
            raise _broken(row, f"строка «{name[:60]}» не похожа на «Имя=значение»")
        elif not inside and (accounts or documents):
            raise _broken(row, f"поле {name} вне секции")
        else:
            _keep(inside[0] if inside else head, row, name, value, repeats=not inside)
    raise _broken(len(lines), "нет строки КонецФайла: файл оборван")


def _entries(lines: list[str]) -> Iterator[tuple[int, str, str | None]]:
    for row, line in enumerate(lines, 1):
        if row == 1 or not line.strip():
            continue
        name, equals, value = line.partition("=")
        yield row, name.strip(), value.strip() if equals else None


def _keep(section: _Section, row: int, name: str, value: str, *, repeats: bool) -> None:
    if name in section.fields and name in _READ and not repeats:
        raise _broken(row, f"поле {name} повторяется в секции со строки {section.row}")
    section.fields.setdefault(name, (value, row))


# --- values -----------------------------------------------------------------------------------------------------------


def _payment(section: _Section, amount: Decimal, *, incoming: bool) -> Payment:
    theirs, ours = ("Плательщик", "Получатель") if incoming else ("Получатель", "Плательщик")
    booked = "ДатаПоступило" if incoming else "ДатаСписано"
    return Payment(
        date=_day(section, booked if section.text(booked) else "Дата"),
        number=_required(section, "Номер"),
        amount=amount if incoming else -amount,
        payer=section.text(f"{theirs}1", theirs),
        payer_inn=_inn(section, f"{theirs}ИНН"),
        payer_account=section.text(f"{theirs}Счет"),
        own_account=section.text(f"{ours}Счет"),
        purpose=section.text("НазначениеПлатежа"),
        row=section.row,
    )


def _inn(section: _Section, name: str) -> str:
    """Return an INN; a bank's own documents may have none, which it writes as zeros or not at all."""
    text = section.text(name)
    if not text.strip("0"):
        return ""
    if not re.fullmatch(r"\d{5}|\d{10}|\d{12}", text):
        raise _broken(section.place(name), f"{name}: «{text[:40]}» не ИНН")
    return text


def _required(section: _Section, name: str) -> str:
    if not section.text(name):
        raise _broken(section.place(name), f"нет поля {name}")
    return section.text(name)


def _amount(section: _Section, name: str) -> Decimal:
    text = _required(section, name)
    if not _SUM.fullmatch(text):
        raise _broken(section.place(name), f"{name}: «{text[:40]}» не сумма")
    return Decimal(text).quantize(Decimal("0.01"))


def _balance(section: _Section, name: str) -> Decimal | None:
    """Return a balance or turnover of an account; a balance may be negative (overdraft), any may be left out."""
    text = section.text(name)
    if not text:
        return None
    if not _SUM.fullmatch(text.removeprefix("-")):
        raise _broken(section.place(name), f"{name}: «{text[:40]}» не сумма")
    return Decimal(text).quantize(Decimal("0.01"))


def _day(section: _Section, name: str) -> str:
    text = _required(section, name)
    try:
        return iso_date(text)
    except Broken:
        raise _broken(section.place(name), f"{name}: «{text[:40]}» не дата") from None


def _check_turnover(accounts: list[_Section], turnover: dict[str, tuple[Decimal, Decimal]]) -> None:
    """Raise Refused unless each account's turnovers are those of its documents, and its balances follow from them."""
    found: list[Problem] = []
    told: dict[str, list[list[Decimal | None]]] = {account: [[], []] for account in turnover}
    for section in accounts:
        account = section.text("РасчСчет")
        opening, closing = _balance(section, "НачальныйОстаток"), _balance(section, "КонечныйОстаток")
        received, spent = _balance(section, "ВсегоПоступило"), _balance(section, "ВсегоСписано")
        told[account][0].append(received)
        told[account][1].append(spent)
        if None not in (opening, closing, received, spent):
            expected = (opening or ZERO) + (received or ZERO) - (spent or ZERO)
            found += _unless_equal(section.row, f"счёт {account}: КонечныйОстаток", closing or ZERO, expected)
    for account, sums in told.items():
        for name, said, actual in zip(("ВсегоПоступило", "ВсегоСписано"), sums, turnover[account], strict=True):
            if None not in said:
                row = next(section.row for section in accounts if section.text("РасчСчет") == account)
                total = sum((each for each in said if each is not None), ZERO)
                found += _unless_equal(row, f"счёт {account}: {name}", total, actual)
    if found:
        raise Refused(*found)


def _unless_equal(row: int, what: str, told: Decimal, actual: Decimal) -> list[Problem]:
    if told == actual:
        return []
    return [problem("statement_totals", row=row, found=f"{what} {told}, по документам {actual}", expected=f"{actual}")]


def _broken(row: int, what: str) -> Refused:
    return Refused(problem("statement_broken", row=row, found=what))
