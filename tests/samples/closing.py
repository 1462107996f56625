"""What an accountant closes a month with: УПД of the marketplace, its mutual settlement, and the statement of the bank.

All invented: companies, numbers and sums. Each writer takes the amounts as they are to be found again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

from tests.samples.book import Value, sheet_xml, write_book
from tests.samples.ledger import Ledger, money

SELLER = ("7704217370", "997750001", "ООО «Лавка маркетплейса»")
BUYER = ("7712345671", "771201001", "ООО «Ромашка»")
Service = tuple[str, str, str]  # name, amount with VAT, rate in per cent or "без НДС"
_KINDS = {"Вознаграждение": "commission", "логист": "logistics", "хранени": "storage", "продвижени": "promotion"}


@dataclass
class Upd:
    """One УПД: its lines, and who gave it to whom when. ``issue``: the number of its correction."""

    number: str
    day: date
    services: Sequence[Service]
    form: Literal["5.01", "5.02", "5.03"] = "5.03"
    seller: tuple[str, str, str] = SELLER
    buyer: tuple[str, str, str] = BUYER
    function: str = "СЧФДОП"
    issue: str = ""
    totals: Mapping[str, str] = field(default_factory=dict)

    def vat(self, service: Service) -> Decimal:
        """VAT inside the amount of a line."""
        rate = Decimal(service[2]) if service[2].isdigit() else Decimal(0)
        return money(Decimal(service[1]) * rate / (100 + rate))

    @property
    def gross(self) -> Decimal:
        """The sum of the document with VAT."""
        return sum((money(service[1]) for service in self.services), Decimal("0.00"))

    @property
    def vat_total(self) -> Decimal:
        """VAT of the document."""
        return sum((self.vat(service) for service in self.services), Decimal("0.00"))


def upd_xml(upd: Upd, encoding: str = "windows-1251") -> bytes:
    """Return a УПД as the seller's operator writes it."""
    old = upd.form == "5.01"
    number, day = ("НомерСчФ", "ДатаСчФ") if old else ("НомерДок", "ДатаДок")
    currency = ' КодОКВ="643"' if old else ""
    money_of = {"gross": f"{upd.gross}", "net": f"{upd.gross - upd.vat_total}", "vat": f"{upd.vat_total}"} | {
        **upd.totals
    }
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<Файл ИдФайл="ON_NSCHFDOPPR_1_2_20260930" ВерсФорм="{upd.form}" '
        'ВерсПрог="Лавка 1.0">'
    )
    parts = [
        head,
        '<СвУчДокОбор ИдОтпр="1" ИдПол="2"/>' if old else "",
        f'<Документ КНД="1115131" Функция="{upd.function}" ДатаИнфПр="{upd.day:%d.%m.%Y}">',
        f'<СвСчФакт {number}={quoteattr(upd.number)} {day}="{upd.day:%d.%m.%Y}"{currency}>',
        _issue(upd, old), _party("СвПрод", upd.seller), _party("СвПокуп", upd.buyer),
        "" if old else '<ДенИзм КодОКВ="643" НаимОКВ="Российский рубль"/>',
        "</СвСчФакт><ТаблСчФакт>",
        *(_line(no, service, upd) for no, service in enumerate(upd.services, 1)),
        f'<ВсегоОпл СтТовБезНДСВсего="{money_of["net"]}" СтТовУчНалВсего="{money_of["gross"]}"><СумНалВсего>',
        f"<СумНал>{money_of['vat']}</СумНал>" if upd.vat_total else "<БезНДС>без НДС</БезНДС>",
        "</СумНалВсего></ВсегоОпл></ТаблСчФакт>",
        '<СвПродПер><СвПер СодОпер="Услуги оказаны"/></СвПродПер></Документ></Файл>\n',
    ]  # fmt: skip
    return "".join(parts).encode(encoding)


def _issue(upd: Upd, old: bool) -> str:
    if old:
        named = f'НомИспрСчФ="{upd.issue}" ДатаИспрСчФ="{upd.day:%d.%m.%Y}"'
        return f"<ИспрСчФ {named if upd.issue else 'ДефНомИспрСчФ=' + quoteattr('-')}/>"
    return f'<ИспрДок НомИспр="{upd.issue}" ДатаИспр="{upd.day:%d.%m.%Y}"/>' if upd.issue else ""


def _party(tag: str, party: tuple[str, str, str]) -> str:
    inn, kpp, name = party
    return f'<{tag}><ИдСв><СвЮЛУч НаимОрг={quoteattr(name)} ИННЮЛ="{inn}" КПП="{kpp}"/></ИдСв></{tag}>'


def _line(no: int, service: Service, upd: Upd) -> str:
    name, gross, rate = service
    vat = upd.vat(service)
    tax = f"<СумНал>{vat}</СумНал>" if rate.isdigit() else "<БезНДС>без НДС</БезНДС>"
    shown = f"{rate}%" if rate.isdigit() else rate
    return (
        f'<СведТов НомСтр="{no}" НаимТов={quoteattr(name)} СтТовБезНДС="{money(gross) - vat}" НалСт="{shown}" '
        f'СтТовУчНал="{money(gross)}"><Акциз><БезАкциз>без акциза</БезАкциз></Акциз><СумНал>{tax}</СумНал>'
        '<ДопСведТов ПрТовРаб="3"/></СведТов>'
    )


def write_upd(upd: Upd, path: Path, encoding: str = "windows-1251") -> dict[str, Any]:
    """Write a УПД and return what a reader must find in it."""
    path.write_bytes(upd_xml(upd, encoding))
    ledger = Ledger()
    for service in upd.services:
        kind = next((kind for word, kind in _KINDS.items() if word in service[0]), "service")
        ledger.rows += 1
        ledger.line(kind, "", money(service[1]))
        if upd.vat(service):
            ledger.line("commission_vat" if kind == "commission" else "service_vat", "", upd.vat(service))
        ledger.payout -= money(service[1])
    for code in ("upd_gross", "upd_total"):
        ledger.check(code, upd.gross)
    ledger.check("upd_net", upd.gross - upd.vat_total)
    if upd.vat_total:
        ledger.check("upd_vat", upd.vat_total)
    return ledger.expected(
        {
            "profile": "fns/upd", "layout": "", "number": upd.number, "date": upd.day.isoformat(), "period": ["", ""],
            "type": {"СЧФ": "invoice", "СЧФДОП": "upd", "ДОП": "act"}[upd.function], "currency": "RUB",
        }
    )  # fmt: skip


# --- mutual settlement ------------------------------------------------------------------------------------------------


@dataclass
class Settlement:
    """A month of mutual settlement: the balance it begins with (Ozon owes: positive) and signed operations."""

    first: date
    last: date
    opening: str
    operations: Sequence[tuple[str, str, date, str]]

    @property
    def closing(self) -> Decimal:
        """The balance at the end."""
        return money(self.opening) + sum((money(one[3]) for one in self.operations), Decimal("0.00"))


def write_settlement(settlement: Settlement, path: Path) -> dict[str, Any]:
    """Write the report and return what a reader must find in it."""
    ledger = Ledger()
    rows: list[Sequence[Value]] = [
        ["Отчёт о взаиморасчётах"],
        [f"за период с {settlement.first:%d.%m.%Y} по {settlement.last:%d.%m.%Y}"],
        [],
        ["Наименование", "Документ", "Дата", "Дебет", "Кредит"],
    ]

    def add(kind: str, name: str, document: str | None, day: date | None, amount: Decimal) -> None:
        rows.append([name, document, day, -amount if amount < 0 else None, amount if amount >= 0 else None])
        ledger.rows += 1
        ledger.line(kind, "", amount)

    add("opening_balance", "Начальное сальдо", None, None, money(settlement.opening))
    for name, document, day, amount in settlement.operations:
        add("turnover", name, document, day, money(amount))
    add("closing_balance", "Конечное сальдо", None, None, settlement.closing)
    ledger.check("settlement_closing", settlement.closing)
    write_book(path, {"Взаиморасчёты": sheet_xml(dict(enumerate(rows, 1)))})
    return ledger.expected(
        {
            "profile": "ozon/settlement", "layout": "", "number": "", "date": settlement.last.isoformat(),
            "period": [settlement.first.isoformat(), settlement.last.isoformat()], "type": "", "currency": "RUB",
        }
    )  # fmt: skip


# --- bank statement ---------------------------------------------------------------------------------------------------

ACCOUNT = "40702810900000012345"


@dataclass
class Paid:
    """One payment; what the organization itself pays has a negative amount."""

    number: str
    day: date
    amount: str
    inn: str = SELLER[0]
    name: str = SELLER[2]
    purpose: str = "Выплата по договору"
    account: str = "40702810500000054321"


def statement_text(
    payments: Sequence[Paid], first: date, last: date, *, opening: str = "1000.00", declared: str = "Windows",
    totals: Mapping[str, str] | None = None, account: str = ACCOUNT,
) -> str:  # fmt: skip
    """Return a statement as a bank's client program writes it. ``totals`` overrides what the account section says."""
    received = sum((money(one.amount) for one in payments if money(one.amount) > 0), Decimal("0.00"))
    spent = -sum((money(one.amount) for one in payments if money(one.amount) < 0), Decimal("0.00"))
    told = {
        "НачальныйОстаток": opening, "ВсегоПоступило": f"{received}", "ВсегоСписано": f"{spent}",
        "КонечныйОстаток": f"{money(opening) + received - spent}",
    } | {**(totals or {})}  # fmt: skip
    days = [f"ДатаНачала={first:%d.%m.%Y}", f"ДатаКонца={last:%d.%m.%Y}", f"РасчСчет={account}"]
    lines = [
        "1CClientBankExchange", "ВерсияФормата=1.03", f"Кодировка={declared}", "Отправитель=Банк", "Получатель=",
        *days, "СекцияРасчСчет", *days, *(f"{name}={value}" for name, value in told.items()), "КонецРасчСчет",
    ]  # fmt: skip
    for paid in payments:
        lines += _payment(paid, account)
    return "\r\n".join([*lines, "КонецФайла", ""])


def _payment(paid: Paid, account: str) -> list[str]:
    ours = (account, BUYER[0], BUYER[2])
    theirs = (paid.account, paid.inn, paid.name)
    incoming = not paid.amount.startswith("-")
    payer, payee = (theirs, ours) if incoming else (ours, theirs)
    booked = "ДатаПоступило" if incoming else "ДатаСписано"
    return [
        "СекцияДокумент=Платежное поручение", f"Номер={paid.number}", f"Дата={paid.day:%d.%m.%Y}",
        f"Сумма={paid.amount.lstrip('-')}", f"ПлательщикСчет={payer[0]}", f"{booked}={paid.day:%d.%m.%Y}",
        f"Плательщик=ИНН {payer[1]} {payer[2]}", f"ПлательщикИНН={payer[1]}", f"Плательщик1={payer[2]}",
        f"ПолучательСчет={payee[0]}", f"Получатель=ИНН {payee[1]} {payee[2]}", f"ПолучательИНН={payee[1]}",
        f"Получатель1={payee[2]}", f"НазначениеПлатежа={paid.purpose}", "КонецДокумента",
    ]  # fmt: skip
