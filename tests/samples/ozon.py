"""Invented Ozon months: the realization report (three sheet layouts and JSON) and the accruals that tie to it."""

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.samples.book import Value, sheet_xml, write_book
from tests.samples.goods import GOODS, Good
from tests.samples.ledger import ZERO, Ledger, money

_OZON = ("ООО «Интернет Решения»", "7704217370", "997750001")
_SELLER = ("ООО «Северный уют»", "7700000000", "770001001")
_HALVES = (("sold", "sale"), ("returned", "return"))


@dataclass(frozen=True)
class Half:
    """What was sold, or given back, on one row."""

    amount: Decimal
    partner: Decimal
    points: Decimal
    quantity: int
    price: Decimal
    fee: Decimal

    @property
    def total(self) -> Decimal:
        return self.amount + self.partner + self.points - self.fee


@dataclass(frozen=True)
class Sold:
    """One row of the realization report: a good at one price and one rate, sold, given back, or both."""

    good: Good
    ratio: Decimal
    seller_price: Decimal
    sold: Half | None
    returned: Half | None
    posting: str
    posted: date


class Month:
    """One month of one cabinet. ``layout``: old, new, orders or short."""

    def __init__(self, layout: str, number: str, first: date, *, rows: int = 24) -> None:
        self.layout = layout
        self.number = number
        self.first = first
        self.last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        self.random = random.Random(f"{layout} {number}")
        self.rows = [self._row(place) for place in range(rows)]

    def _row(self, place: int) -> Sold:
        good = GOODS[place % len(GOODS)]
        ratio = Decimal(self.random.choice(("0.14", "0.18", "0.2", "0.215")))
        price = money(good.price * Decimal(self.random.choice(("0.66", "0.7", "0.85"))))
        kind = ("sold", "sold", "sold", "both", "sold", "returned")[place % 6]
        sold = self._half(price, ratio, 1 + place % 3) if kind != "returned" else None
        returned = self._half(price, ratio, 1) if kind != "sold" else None
        posted = self.first + timedelta(days=place % 28)
        return Sold(good, ratio, price, sold, returned, f"{61200000 + place * 7:08d}-00{place % 10}2-1", posted)

    def _half(self, price: Decimal, ratio: Decimal, quantity: int) -> Half:
        gross = price * quantity
        points = ZERO if self.layout == "short" else money(gross * Decimal(self.random.choice(("0", "0.11", "0.27"))))
        partner = money(gross * Decimal(self.random.choice(("0", "0", "0.013"))))
        amount = gross - points - partner
        fee = ZERO if self.layout == "short" else money(gross * ratio)
        return Half(amount, partner, points, quantity, money(amount / quantity), fee)

    def column(self, half: str, part: str) -> Decimal:
        """Return the sum of one column by plain addition."""
        halves = [getattr(row, half) for row in self.rows]
        return sum((Decimal(getattr(each, part)) for each in halves if each), ZERO)

    def net(self, part: str) -> Decimal:
        """Return sold less returned."""
        return self.column("sold", part) - self.column("returned", part)

    def ledger(self, form: str) -> Ledger:
        """Return what a reader must find in a sheet or in JSON."""
        ledger = Ledger()
        ledger.rows = len(self.rows)
        for row in self.rows:
            for name, section in _HALVES:
                half = getattr(row, name)
                if half:
                    ledger.line(section, section, half.amount, half.quantity, half.fee)
                    for part, kind in (("partner", "partner_payment"), ("points", "points")):
                        if getattr(half, part):
                            ledger.line(kind, section, getattr(half, part))
        ledger.payout = self.net("total")
        self._checks(ledger, form)
        return ledger

    def _checks(self, ledger: Ledger, form: str) -> None:
        full = self.layout != "short"
        if full:
            ledger.check("column_total", self.net("total"))
            ledger.check("footer_payout", self.net("total"))
        if form != "sheet":
            return
        ledger.check("footer_realized", self.net("amount"))
        ledger.check("footer_partners", self.net("partner"))
        if full:
            ledger.check("footer_points", self.net("points"))
            ledger.check("footer_commission", self.net("fee"))
            ledger.check("footer_commission_after_points", self.fee_after_points())
        for name, _ in _HALVES:
            for part in ("amount", "partner", "points", "fee", "total") if full else ("amount", "partner"):
                ledger.check(f"sum_row_{name}_{part}", self.column(name, part))

    def fee_after_points(self) -> Decimal:
        """Points pay the commission first; one per cent of it stays on the bill."""
        return max(self.net("fee") - self.net("points"), money(self.net("fee") / 100))

    def identity(self, profile: str = "ozon/realization") -> dict[str, Any]:
        """Return the part of the expected file that names the report."""
        return {
            "profile": profile,
            "layout": "short" if self.layout == "short" else "full",
            "number": self.number,
            "date": self.last,
            "period": [self.first, self.last],
            "type": "",
            "currency": "RUB",
        }


# --- the sheet --------------------------------------------------------------------------------------------------------

_OLD = ("№ п/п", "Товар", "Код товара продавца", "Код товара OZON", "Штрих-код товара")
_NEW = ("№ п/п", "Название товара", "Артикул", "SKU", "Штрих-код товара")
_SOLD = (
    "Реализовано на сумму, руб.", "Выплаты по механикам лояльности партнёров, руб.", "Баллы за скидки", "Кол-во",
    "Цена реализации, руб.", "Вознаграждение за продажу по категории (справочно)",
    "Цена до скидок по поручению продавца, руб., (справочно)", "Базовое вознаграждение Ozon, руб.",
    "Итого к начислению, руб.",
)  # fmt: skip
_RETURNED = (
    "Возвращено на сумму, руб.", "Выплаты по механикам лояльности партнёров, руб.", "Баллы за скидки", "Кол-во",
    "Цена реализации, руб.", "Базовое вознаграждение Ozon, руб.", "Итого возвращено, руб.",
)  # fmt: skip
_SHORT = (0, 1, 3, 4)


def realization_rows(month: Month) -> dict[int, list[Value]]:
    """Return the sheet by row numbers: preamble, two header rows, numbers, data, sums, totals, signatures."""
    short = month.layout == "short"
    sold = [_SOLD[place] for place in _SHORT] if short else list(_SOLD)
    returned = [_RETURNED[place] for place in _SHORT] if short else list(_RETURNED)
    item = _OLD if month.layout == "old" else _NEW
    gap: list[Value] = [None]
    top: list[Value] = [*item, "Реализовано", *gap * (len(sold) - 1), "Возвращено клиентом", *gap * (len(returned) - 1)]
    sub: list[Value] = [*gap * 5, *sold, *returned]
    if month.layout == "orders":
        top += ["Отправление", None, "Счёт-фактура", None]
        sub += ["Номер", "Дата", "Номер", "Дата"]
    rows: dict[int, list[Value]] = _preamble(month) | {13: top, 14: sub, 15: _numbers(len(top))}
    at = 16
    for place, row in enumerate(month.rows, 1):
        rows[at] = _sheet_row(month, place, row, short)
        at += 1
    rows[at] = _sum_row(month, short)
    return rows | _footer(month, at + 4, short)


def write_realization(month: Month, path: Path) -> dict[str, Any]:
    """Write the month as the cabinet does."""
    short = month.layout == "short"
    merges = ["A13:A14", f"F13:{'I' if short else 'N'}13", "J13:M13" if short else "O13:U13"]
    # the files of 2026 leave the address off their cells
    text = sheet_xml(realization_rows(month), merges=merges, addressed=not short)
    write_book(path, {f"{month.last:%d.%m.%Y}": text})
    return month.ledger("sheet").expected(month.identity())


def _preamble(month: Month) -> dict[int, list[Value]]:
    gap: list[Value] = [None]
    span = f"с {month.first:%d.%m.%Y} по {month.last:%d.%m.%Y}"
    return {
        3: [*gap * 4, f"Отчет о реализации № {month.number} от {month.last:%d.%m.%Y}"],
        4: [*gap * 4, f"Реализация товаров за период {span}"],
        5: [*gap * 4, "по Договору оферты для Продавцов на Платформе OZON № ИР-00000/00 от 01.02.2021"],
        7: ["Плательщик:", *gap * 11, "Получатель:"],
        8: [_OZON[0], *gap * 11, _SELLER[0]],
        9: ["ИНН", _OZON[1], *gap * 10, "ИНН", _SELLER[1]],
        10: ["КПП", _OZON[2], *gap * 10, "КПП", _SELLER[2]],
    }


def _numbers(width: int) -> list[Value]:
    named = {13: "(5) + (6) + (7) - (12)", 20: "(13) + (14) + (15) - (18)"} if width > 13 else {}
    return [named.get(place, str(place) if place else None) for place in range(width)]


def _sheet_row(month: Month, place: int, row: Sold, short: bool) -> list[Value]:
    barcode = row.good.barcode if place % 5 else f"OZN{row.good.sku}"
    cells: list[Value] = [place, row.good.name, row.good.article, row.good.sku, barcode]
    for name, _ in _HALVES:
        half: Half | None = getattr(row, name)
        both: list[Value] = [row.ratio, row.seller_price] if name == "sold" else []
        values: list[Value] = ["", "", "", "", "", *both, "", ""]
        if half:
            values = [half.amount, half.partner, half.points, half.quantity, half.price, *both, half.fee, half.total]
        cells += [values[place] for place in _SHORT] if short else values
    if month.layout == "orders":
        cells += [row.posting, row.posted, "", ""]
    return cells


def _sum_row(month: Month, short: bool) -> list[Value]:
    cells: list[Value] = [None] * 5
    for name, _ in _HALVES:
        both: list[Value] = [None, None] if name == "sold" else []
        parts = [month.column(name, part) for part in ("amount", "partner", "points", "quantity", "fee", "total")]
        values: list[Value] = [*parts[:3], int(parts[3]), None, *both, *parts[4:]]
        cells += [values[place] for place in _SHORT] if short else values
    return cells


def _footer(month: Month, at: int, short: bool) -> dict[int, list[Value]]:
    lines: list[tuple[str, Decimal]] = [
        ("Итого реализовано (за вычетом возвратов) (руб.):", month.net("amount")),
        ("Всего выплат от партнёров (руб.):", month.net("partner")),
    ]
    if not short:
        lines += [
            ("Всего начислено баллов:", month.net("points")),
            ("Итого базовое вознаграждение Ozon, (руб.):", month.net("fee")),
            ("Итого вознаграждение Ozon после скидок, (руб.):", month.fee_after_points()),
            ("Всего к начислению, (руб.):", month.net("total")),
        ]
    found: dict[int, list[Value]] = {at + place: [None, label, value] for place, (label, value) in enumerate(lines)}
    after = at + len(lines) + 2
    return found | {
        after: [None, "От Ozon", None, None, None, "От Продавца"],
        after + 2: [None, "______________ / Примеров П. П. /", None, None, None, "______________ / Образцова О. О. /"],
        after + 3: [None, "М.П.", None, None, None, "М.П."],
    }


# --- JSON -------------------------------------------------------------------------------------------------------------


def write_json(month: Month, path: Path) -> dict[str, Any]:
    """Write the month as an answer of POST /v2/finance/realization."""
    header = {
        "number": month.number, "doc_date": str(month.last), "start_date": str(month.first),
        "stop_date": str(month.last), "contract_number": "ИР-00000/00", "contract_date": "2021-02-01",
        "currency_sys_name": "RUB", "doc_amount": float(month.net("total")), "vat_amount": 0,
        "payer_name": _OZON[0], "payer_inn": _OZON[1], "payer_kpp": _OZON[2],
        "receiver_name": _SELLER[0], "receiver_inn": _SELLER[1], "receiver_kpp": _SELLER[2],
    }  # fmt: skip
    rows = [
        {
            "rowNumber": place,
            "item": {
                "name": row.good.name, "offer_id": row.good.article,
                "barcode": row.good.barcode if place % 5 else f"OZN{row.good.sku}", "sku": row.good.sku,
            },
            "commission_ratio": float(row.ratio),
            "seller_price_per_instance": float(row.seller_price),
            "delivery_commission": _json_half(row.sold),
            "return_commission": _json_half(row.returned),
        }
        for place, row in enumerate(month.rows, 1)
    ]  # fmt: skip
    text = json.dumps({"result": {"header": header, "rows": rows}}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", "utf-8")
    return month.ledger("records").expected(month.identity())


def _json_half(half: Half | None) -> dict[str, float] | None:
    if half is None:
        return None
    stars = money(half.partner / 3)
    return {
        "amount": float(half.amount), "bonus": float(half.points), "commission": 0, "compensation": 0,
        "price_per_instance": float(half.price), "quantity": half.quantity, "standard_fee": float(half.fee),
        "bank_coinvestment": float(half.partner - stars), "stars": float(stars), "pick_up_point_coinvestment": 0,
        "total": float(half.total),
    }  # fmt: skip


# --- accruals ---------------------------------------------------------------------------------------------------------

_ACCRUALS = (
    "ID начисления", "Дата начисления", "Группа услуг", "Тип начисления", "Артикул", "SKU", "Название товара",
    "Количество", "Цена продавца", "Дата принятия заказа в обработку или оказания услуги", "Платформа продажи",
    "Схема работы", "Вознаграждение Ozon, %", "Индекс локализации, %", "Среднее время доставки, часы",
    "Сумма итого, руб.",
)  # fmt: skip
_PARTS = {
    "sold": (
        ("Продажи", "Выручка", "amount", 1, "sale"),
        ("Продажи", "Программы партнёров", "partner", 1, "partner_payment"),
        ("Продажи", "Баллы за скидки", "points", 1, "points"),
        ("Вознаграждение Ozon", "Вознаграждение за продажу", "fee", -1, "commission"),
    ),
    "returned": (
        ("Возвраты", "Возврат выручки", "amount", -1, "return"),
        ("Возвраты", "Программы партнёров", "partner", -1, "partner_payment"),
        ("Возвраты", "Баллы за скидки", "points", -1, "points"),
        ("Вознаграждение Ozon", "Возврат вознаграждения", "fee", 1, "commission"),
    ),
}
_SERVICES = (
    ("Услуги доставки", "Логистика", "-83.20", "logistics"),
    ("Услуги доставки", "Логистика - отмена начисления", "83.20", "logistics"),
    ("Услуги доставки", "Обратная логистика", "-61.00", "logistics"),
    ("Услуги агентов", "Эквайринг", "-22.41", "agent_service"),
    ("Услуги партнёров", "Последняя миля", "-25.00", "agent_service"),
    ("Услуги FBO", "Размещение товаров на складах Ozon", "-310.07", "fulfilment"),
    ("Продвижение и реклама", "Трафареты", "-450.00", "promotion"),
    ("Другие услуги", "Утилизация товара: по заявке", "-15.50", "service"),
    ("Прочие начисления", "Корректировка стоимости услуг", "7.90", "service"),
    ("Компенсации и декомпенсации", "Потеря по вине Ozon на складе", "402.00", "compensation"),
    ("Компенсации и декомпенсации", "Декомпенсации и возвращение товаров на склад", "-120.00", "decompensation"),
)
_ADDED = ("sale", "partner_payment", "points", "compensation")


def write_accruals(month: Month, path: Path, *, platform: bool = True) -> dict[str, Any]:
    """Write the accruals of the same month; their sums of sales and commission equal the realization report's."""
    shown = [header for header in _ACCRUALS if platform or header != "Платформа продажи"]
    table: dict[int, list[Value]] = {
        1: [f"Период: {month.first:%d.%m.%Y}-{month.last:%d.%m.%Y}"],
        2: [*shown[:-1], shown[-1] if platform else "Сумма итого, руб"],
    }
    ledger = Ledger()
    for record in _accruals(month, ledger):
        table[len(table) + 1] = [record.get(header) for header in shown]
    write_book(path, {"Начисления": sheet_xml(table)})
    identity = month.identity("ozon/accruals") | {"layout": "", "number": ""}
    return ledger.expected(identity)


def _accruals(month: Month, ledger: Ledger) -> list[dict[str, Value]]:
    records: list[dict[str, Value]] = []
    for place, row in enumerate(month.rows):
        for name, section in _HALVES:
            half: Half | None = getattr(row, name)
            for group, kind_name, part, sign, kind in _PARTS[name] if half else ():
                value: Decimal = getattr(half, part)
                if value:
                    quantity = half.quantity if part == "amount" and half else 0
                    records.append(_accrual(len(records), row, group, kind_name, sign * value, quantity))
                    ledger.line(kind, section, value, quantity)
                    _enter(ledger, sign * value)
        if place < len(_SERVICES):
            group, kind_name, amount, kind = _SERVICES[place]
            value = Decimal(amount)
            record = _accrual(len(records), row if place % 2 else None, group, kind_name, value, 0)
            for _ in range(2 if kind == "fulfilment" else 1):  # two equal rows are two accruals
                records.append(record)
                ledger.line(kind, "", value if kind in _ADDED else -value)
                _enter(ledger, value)
    return [{"Дата начисления": month.first, **_without_empty(record)} for record in records]


def _without_empty(record: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in record.items() if value is not None}


def _enter(ledger: Ledger, amount: Decimal) -> None:
    ledger.rows += 1
    ledger.payout += amount
    ledger.check("column_amount", amount)


def _accrual(place: int, row: Sold | None, group: str, kind: str, amount: Decimal, quantity: int) -> dict[str, Value]:
    day = row.posted if row else None
    return {
        "ID начисления": f"{40_100_000 + place}" if place % 9 else "",
        "Дата начисления": day, "Группа услуг": group, "Тип начисления": kind,
        "Артикул": row.good.article if row else "", "SKU": row.good.sku if row else "",
        "Название товара": row.good.name if row else "", "Количество": quantity or "",
        "Цена продавца": row.seller_price if row and quantity else "",
        "Дата принятия заказа в обработку или оказания услуги": day, "Платформа продажи": "Ozon",
        "Схема работы": "FBO" if row else "", "Сумма итого, руб.": amount,
    }  # fmt: skip
