"""Random reports as tables in memory, with what every row amounts to worked out by plain arithmetic beside it.

A report is a function of (kind of report, seed, size), so that any failure can be made again from these three. Cells
are as readers of files give them: float with binary noise, int, text with Russian separators, Decimal, nothing.
Nothing here uses the code under test: what an operation means is written down once more, by hand.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reports.reading import Cell, Table
from tests.samples.wildberries import LAYOUTS

ZERO = Decimal(0)
FIRST_DAYS = (
    date(2018, 12, 28), date(2024, 12, 30), date(2025, 8, 25), date(2025, 12, 29), date(2026, 2, 1), date(2026, 4, 27),
)  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product as the channel names it; what it stands for is told in ``random_books``."""

    no: int
    article: str
    barcode: str
    sku: int
    name: str


PRODUCTS = tuple(
    Product(
        no, f"art-{6 if no == 7 else no}", f"46070000{no:05d}", 1000 + no, f"Товар {'второй' if no in (6, 7) else no}"
    )
    for no in range(10)
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line that a row must give. Exact roubles; ``amount`` counts towards its section, never with a sign of it."""

    kind: str
    section: str = ""
    amount: Decimal = ZERO
    quantity: int = 0
    commission: Decimal = ZERO
    product: Product | None = None
    day: str = ""
    service: str = ""
    scheme: str = ""


@dataclass
class Made:
    """One report: the cells, and what they say. ``rows``: row by row the cells, and the lines it must give; ``extra``:
    rows of the table that are no data."""

    channel: str
    profile: str
    first: date
    last: date
    chance: random.Random
    rows: list[tuple[dict[str, Cell], list[Said]]] = field(default_factory=list)
    columns: dict[str, Decimal] = field(default_factory=dict)
    unknown: int = 0
    extra: int = 0
    table: Callable[[Sequence[dict[str, Cell]]], Table] = lambda _: Table(sheet="", form="sheet", rows=lambda: iter([]))

    def said(self) -> list[Said]:
        """Return all lines of the report."""
        return [line for _, lines in self.rows for line in lines]

    def count(self, column: str, amount: Decimal) -> None:
        """Add to the sum of a column."""
        self.columns[column] = self.columns.get(column, ZERO) + amount

    def add(self, cells: dict[str, Cell], *lines: Said) -> None:
        """Keep one row."""
        self.rows.append((cells, list(lines)))

    def day(self) -> str:
        """Draw a day of the period, its ends more often than others."""
        days = (self.last - self.first).days
        return str(self.first + timedelta(days=self.chance.choice((0, days, self.chance.randint(0, days)))))

    def tables(self, *, shuffled: bool = False) -> list[Table]:
        """Return the tables of the report, the rows in their order or in another."""
        cells = [cells for cells, _ in self.rows]
        if shuffled:
            random.Random(len(cells)).shuffle(cells)
        return [self.table(cells)]


def exact(cell: Cell) -> Decimal:
    """Return the number that a person sees in a cell."""
    if isinstance(cell, float):
        return Decimal(repr(cell))
    text = str(cell or 0).replace("\u00a0", "").replace(",", ".")
    return Decimal(text)


def money(chance: random.Random, least: int = 0, most: int = 300_000) -> Cell:
    """Draw an amount as a reader may give it; some have a fraction of a kopeck."""
    kopecks = Decimal(chance.randint(least, most)) / 100
    form = chance.randrange(8)
    if form == 0:
        return int(kopecks)
    if form == 1:
        return f"{kopecks:,.2f}".replace(",", "\u00a0").replace(".", ",")
    if form == 2:
        return kopecks
    if form == 3:
        return float(kopecks) * 1.1  # binary noise, and fractions of a kopeck
    if form == 4:
        return kopecks + Decimal(chance.choice(("0.005", "0.0033", "0.0049", "0.001")))
    if form == 5:
        return float(kopecks) + 0.1 + 0.2
    return float(kopecks)


def signed(chance: random.Random) -> Cell:
    """Draw an amount of either sign."""
    return money(chance, -50_000, 100_000)


def sheet(
    headers: Sequence[Sequence[Cell]], fields: Sequence[str], end: Sequence[Sequence[Cell]] = ()
) -> Callable[..., Table]:
    """Return a maker of sheets: header rows, a row a record, and what stands below."""

    def make(records: Sequence[dict[str, Cell]]) -> Table:
        body = [[record.get(name) for name in fields] for record in records]
        rows = list(enumerate([*map(list, headers), *body], 1))
        return Table(sheet="Лист1", form="sheet", rows=lambda: iter(rows))

    return make


def records(names: dict[str, str], path: str = "", **scalars: str) -> Callable[..., Table]:
    """Return a maker of record tables as JSON gives them: field -> name in the record."""

    def make(found: Sequence[dict[str, Cell]]) -> Table:
        body = [[record.get(name) for name in names] for record in found]
        rows: list[Any] = list(enumerate([list(names.values()), *body]))
        return Table(sheet="", form="records", rows=lambda: iter(rows), scalars=scalars, records_path=path)

    return make


# --- Wildberries ------------------------------------------------------------------------------------------------------

_OWN = {  # columns that charge whatever the operation: the kind they make; the first six do not follow the sign
    "delivery_rub": "logistics", "storage_fee": "storage", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "additional_payment": "correction", "payment_schedule": "payment_schedule",
    "cashback_commission_change": "loyalty_fee", "cashback_amount": "loyalty_points",
    "cashback_discount": "loyalty_compensation",
}  # fmt: skip
_SIGNED = ("retail_amount", "ppvz_for_pay", "cashback_commission_change", "cashback_amount", "cashback_discount")
_GOODS = (
    ("Продажа", "Продажа", True), ("Возврат", "Возврат", True), ("Корректная продажа", "Продажа", False),
    ("Сторно возвратов", "Продажа", False), ("Сторно продаж", "Возврат", False),
    ("Корректный возврат", "Возврат", False),
)  # fmt: skip
_CHARGES = (
    ("Логистика", "delivery_rub", ("К клиенту", "От клиента")), ("Доставка", "delivery_rub", ("К клиенту", "")),
    ("Хранение", "storage_fee", ("",)), ("Пересчет хранения", "storage_fee", ("",)),
    ("Платная приемка", "acceptance", ("",)), ("Штраф", "penalty", ("Штраф МП", "Самовыкуп")),
    ("Удержание", "deduction", ("ВБ.Продвижение", "Подписка «Джем»", "Погашение займа", "Прочее")),
    ("Корректировка", "additional_payment", ("", "Доплата")),
    ("Разовое изменение срока перечисления денежных средств", "payment_schedule", ("",)),
    ("Сумма удержанная за начисленные баллы программы лояльности", "cashback_amount", ("",)),
    ("Стоимость участия в программе лояльности", "cashback_commission_change", ("",)),
    ("Компенсация скидки по программе лояльности", "cashback_discount", ("",)),
)  # fmt: skip
_RULED = {(operation, column) for operation, column, _ in _CHARGES if not column.startswith("cashback")}
_PAID = ("Компенсация ущерба", "Компенсация брака", "Оплата потерянного товара")


def wildberries(seed: int, size: int) -> Made:
    """Make a weekly detail: every operation, stray charges on any row, storno, rows that nobody knows."""
    chance = random.Random(f"wildberries {seed}")
    first = chance.choice(FIRST_DAYS)
    made = Made("wildberries", "wildberries/weekly_detail", first, first + timedelta(days=6), chance)
    for place in range(size):
        _week_row(made, place)
    stated: dict[str, Cell] = {
        "realizationreport_id": 700_000 + seed % 1000,
        "date_from": str(made.first),
        "date_to": str(made.last),
    }
    if chance.random() < 0.5:
        names = {name: both[1] for name, both in LAYOUTS["detail_json"].items() if both[1]}
        kind = 2 if chance.random() < 0.1 else 1
        for cells, _ in made.rows:
            cells |= {**stated, "report_type": kind, "currency_name": "RUB"}
        made.table = records(names)
    else:
        headers = LAYOUTS["detail"]["2026_may"]
        made.table = sheet([headers], [LAYOUTS["detail_fields"][header] for header in headers])
    return made


def _week_row(made: Made, place: int) -> None:
    chance = made.chance
    which, product, day = chance.random(), chance.choice(PRODUCTS), made.day()
    cells: dict[str, Cell] = {"rrd_id": place + 1, "sale_dt": day, "order_dt": day, "srid": f"s{chance.randrange(9)}"}
    cells |= {"assembly_id": chance.choice((0, 77)), "delivery_method": chance.choice(("FBW", "FBS", "", "DBS"))}
    scheme = {"FBW": "FBO", "FBS": "FBS", "DBS": "FBS"}.get(str(cells["delivery_method"]), "")
    scheme = scheme or ("FBS" if cells["assembly_id"] else "FBO")
    lines: list[Said] = []
    if which < 0.55:
        lines.append(_week_goods(made, cells, product, day, scheme))
    elif which < 0.6:
        lines.append(_acquiring(made, cells, day))
    elif which < 0.67:
        lines.append(_compensation(made, cells, day))
    elif which < 0.7:
        amount = signed(chance)
        cells |= {"supplier_oper_name": "Возмещение за выдачу и возврат товаров на ПВЗ", "ppvz_reward": amount}
        operation = str(cells["supplier_oper_name"])
        lines.append(Said(kind="reimbursement", amount=exact(amount), day=day, service=operation))
    elif which < 0.72:
        amount = money(chance)
        cells |= {"supplier_oper_name": "Неизвестное новое удержание", "deduction": amount}
        made.unknown += 1
        made.count("deduction", exact(amount))
        made.add(cells)
        return
    else:
        operation, column, services = chance.choice(_CHARGES)
        cells |= {"supplier_oper_name": operation, column: signed(chance), "bonus_type_name": chance.choice(services)}
        if column.startswith("cashback"):
            cells["doc_type_name"] = chance.choice(("Продажа", "Возврат"))
    if chance.random() < 0.1:
        cells["delivery_rub"] = money(chance, 1, 9_000)
    lines += _own_columns(made, cells, day)
    made.add(cells, *lines)


def _own_columns(made: Made, cells: dict[str, Cell], day: str) -> list[Said]:
    """Return a line for every charge column that holds a sum, and count the columns."""
    service = str(cells.get("bonus_type_name") or cells["supplier_oper_name"])
    back = cells.get("doc_type_name") == "Возврат"
    found = []
    for column in ("retail_amount", "ppvz_for_pay", *_OWN):
        amount = exact(cells.get(column))
        amount = -amount if back and column in _SIGNED else amount
        made.count(column, amount)
        if column in _OWN and (amount or (cells["supplier_oper_name"], column) in _RULED):
            found.append(Said(kind=_OWN[column], amount=amount, day=day, service=service))
    return found


def _week_goods(made: Made, cells: dict[str, Cell], product: Product, day: str, scheme: str) -> Said:
    chance = made.chance
    operation, document, checked = chance.choice(_GOODS)
    retail, kept = money(chance), exact(signed(chance)) / 4
    pay = exact(retail) - kept
    paid: Cell = float(pay) if chance.random() < 0.3 else pay
    share = (exact(retail) - exact(paid)) / 3
    pieces = chance.randint(1, 3) if exact(retail) or checked else 0
    cells |= {
        "supplier_oper_name": operation, "doc_type_name": document, "retail_amount": retail, "ppvz_for_pay": paid,
        "quantity": chance.choice((pieces, float(pieces), str(pieces))), "ppvz_vw": float(share) * 2,
        "ppvz_vw_nds": float(share), "sa_name": product.article, "barcode": product.barcode, "nm_id": product.sku,
        "title": product.name,
    }  # fmt: skip
    kind = "sale" if document == "Продажа" else "return"
    return Said(
        kind=kind, section=kind, amount=exact(retail), quantity=pieces, commission=exact(retail) - exact(paid),
        product=product, day=day, service=operation, scheme=scheme,
    )  # fmt: skip


def _acquiring(made: Made, cells: dict[str, Cell], day: str) -> Said:
    amount, back = signed(made.chance), made.chance.random() < 0.4
    cells |= {"supplier_oper_name": "Коррекция эквайринга", "ppvz_for_pay": amount}
    cells["doc_type_name"] = "Возврат" if back else made.chance.choice(("Продажа", ""))
    value = exact(amount) if back else -exact(amount)
    return Said(kind="commission", section="sale", amount=value, day=day, service="Коррекция эквайринга")


def _compensation(made: Made, cells: dict[str, Cell], day: str) -> Said:
    amount, back = signed(made.chance), made.chance.random() < 0.3
    operation = made.chance.choice(_PAID)
    cells |= {
        "supplier_oper_name": operation,
        "ppvz_for_pay": amount,
        "doc_type_name": "Возврат" if back else "Продажа",
    }
    return Said(kind="decompensation" if back else "compensation", amount=exact(amount), day=day, service=operation)


# --- Ozon -------------------------------------------------------------------------------------------------------------

_HALVES = (("sold", "sale"), ("returned", "return"))


def _month(chance: random.Random) -> tuple[date, date]:
    first = chance.choice(FIRST_DAYS).replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def realization(seed: int, size: int) -> Made:
    """Make an Ozon realization report, as the API gives it: sold and returned halves, partners and points."""
    chance = random.Random(f"realization {seed}")
    first, last = _month(chance)
    made = Made("ozon", "ozon/realization", first, last, chance)
    for place in range(1, size + 1):
        product = chance.choice(PRODUCTS)
        cells: dict[str, Cell] = {
            "row_number": place, "name": product.name, "article": product.article, "sku": product.sku,
            "barcode": product.barcode,
        }  # fmt: skip
        lines: list[Said] = []
        halves = chance.choice((_HALVES, _HALVES[:1], _HALVES[:1], _HALVES[1:]))
        for half, section in halves:
            lines += _half(made, cells, half, section, product)
        made.add(cells, *lines)
    inner = {
        "amount": "amount", "partner": "bank_coinvestment", "stars": "stars", "points": "bonus",
        "quantity": "quantity", "price": "price_per_instance", "fee": "standard_fee", "total": "total",
    }  # fmt: skip
    names = {"row_number": "rowNumber", "name": "item.name", "article": "item.offer_id", "sku": "item.sku"}
    names["barcode"] = "item.barcode"
    for half, path in (("sold", "delivery_commission"), ("returned", "return_commission")):
        names |= {f"{half}_{part}": f"{path}.{name}" for part, name in inner.items()}
    scalars = {"result.header.number": str(seed % 10**6), "result.header.doc_date": str(last)}
    scalars |= {"result.header.start_date": str(first), "result.header.stop_date": str(last)}
    made.table = records(names, "result.rows.item", **scalars)
    return made


def _half(made: Made, cells: dict[str, Cell], half: str, section: str, product: Product) -> list[Said]:
    chance = made.chance
    parts: dict[str, Cell] = {
        "amount": money(chance, 1),
        "fee": signed(chance) if chance.random() < 0.1 else money(chance),
    }
    parts |= {
        "partner": chance.choice((0, money(chance, 0, 9_000))),
        "stars": chance.choice((0, money(chance, 0, 900))),
    }
    parts["points"] = chance.choice((0, money(chance), money(chance, 0, 600_000)))
    found = {name: exact(cell) for name, cell in parts.items()}
    total = found["amount"] + found["partner"] + found["stars"] + found["points"] - found["fee"]
    pieces = chance.randint(1, 4)
    cells |= {f"{half}_{name}": cell for name, cell in parts.items()}
    cells |= {f"{half}_quantity": pieces, f"{half}_price": 100 * chance.randint(1, 3), f"{half}_total": total}
    for name in ("amount", "partner", "points", "fee"):
        made.count(f"{half}_{name}", found[name])
    made.count(f"{half}_total", total)
    lines = [
        Said(
            kind=section,
            section=section,
            amount=found["amount"],
            quantity=pieces,
            commission=found["fee"],
            product=product,
        )
    ]
    if found["partner"] or found["stars"]:
        amount = found["partner"] + found["stars"]
        lines.append(Said(kind="partner_payment", section=section, amount=amount, product=product))
    if found["points"]:
        lines.append(Said(kind="points", section=section, amount=found["points"], product=product))
    return lines


_ACCRUALS = (
    ("Продажи", "Выручка", "sale", "sale", 1), ("Продажи", "Баллы за скидки", "points", "sale", 1),
    ("Возвраты", "Возврат выручки", "return", "return", -1),
    ("Вознаграждение Ozon", "Вознаграждение за продажу", "commission", "sale", -1),
    ("Услуги доставки", "Логистика", "logistics", "", -1),
    ("Услуги доставки", "Обратная логистика", "logistics", "", -1),
    ("Услуги агентов", "Эквайринг", "agent_service", "", -1), ("Услуги FBO", "Кросс-докинг", "fulfilment", "", -1),
    ("Продвижение и реклама", "Трафареты", "promotion", "", -1),
    ("Другие услуги", "Досрочная выплата", "service", "", -1),
    ("Компенсации и декомпенсации", "Декомпенсации", "decompensation", "", -1),
    ("Компенсации и декомпенсации", "Потеря по вине Ozon", "compensation", "", 1),
)  # fmt: skip


def accruals(seed: int, size: int) -> Made:
    """Make Ozon accruals: services of every group, with both signs; sales stand in them and are booked elsewhere."""
    chance = random.Random(f"accruals {seed}")
    first, last = _month(chance)
    made = Made("ozon", "ozon/accruals", first, last, chance)
    for place in range(size):
        group, name, kind, section, sign = chance.choice(_ACCRUALS)
        product, amount, day = chance.choice(PRODUCTS), signed(chance), made.day()
        cells: dict[str, Cell] = {
            "accrual_id": f"a{place}", "date": date.fromisoformat(day), "group": group, "type": name,
            "article": product.article, "sku": product.sku, "quantity": 1 if kind in ("sale", "return") else None,
            "amount": amount,
        }  # fmt: skip
        made.count("amount", exact(amount))
        goods = kind in ("sale", "return", "points")
        line = Said(
            kind=kind, section=section, amount=sign * exact(amount), quantity=1 if kind in ("sale", "return") else 0,
            day=day, service=name, product=product if goods else None,
        )  # fmt: skip
        made.add(cells, line)
    headers = ["ID начисления", "Дата начисления", "Группа услуг", "Тип начисления", "Артикул", "SKU", "Количество"]
    title = [f"Период: {first:%d.%m.%Y}-{last:%d.%m.%Y}"]
    fields = ["accrual_id", "date", "group", "type", "article", "sku", "quantity", "amount"]
    made.table = sheet([title, [*headers, "Сумма итого, руб."]], fields)
    return made


# --- the general table, and reports that make no documents -----------------------------------------------------------


def generic(seed: int, size: int) -> Made:
    """Make a general table of sales and returns over any days."""
    chance = random.Random(f"generic {seed}")
    first = chance.choice(FIRST_DAYS)
    made = Made("generic", "generic", first, first + timedelta(days=chance.choice((0, 5, 40))), chance)
    for place in range(size):
        product, day = chance.choice(PRODUCTS), made.day() if place > 1 else str((made.first, made.last)[place])
        returned = chance.random() < 0.35
        amount, commission, pieces = money(chance), signed(chance), chance.randint(1, 5)
        sign = -1 if returned else 1
        kind = "return" if returned else "sale"
        cells: dict[str, Cell] = {
            "article": product.article, "barcode": product.barcode, "name": product.name, "quantity": pieces,
            "amount": amount, "commission": commission, "date": date.fromisoformat(day),
            "type": "Возврат" if returned else "Продажа",
        }  # fmt: skip
        made.count("amount", sign * exact(amount))
        made.count("commission", sign * exact(commission))
        line = Said(
            kind=kind, section=kind, amount=exact(amount), quantity=pieces, commission=exact(commission),
            product=product, day=day, service=str(cells["type"]),
        )  # fmt: skip
        made.add(cells, line)
    headers = ["Артикул", "Штрихкод", "Наименование", "Количество", "Сумма", "Вознаграждение", "Дата", "Тип"]
    made.table = sheet([headers], ["article", "barcode", "name", "quantity", "amount", "commission", "date", "type"])
    return made


def settlement(seed: int, size: int) -> Made:
    """Make Ozon's mutual settlement: balance, operations, balance."""
    chance = random.Random(f"settlement {seed}")
    first, last = _month(chance)
    made = Made("ozon", "ozon/settlement", first, last, chance)
    balance = ZERO
    for place in range(size + 2):
        kind, name = ("turnover", chance.choice(("Продажа", "Услуги", "Выплата")))
        amount = money(chance)
        if place == 0:
            kind, name = "opening_balance", "Начальное сальдо"
        elif place == size + 1:
            kind, name, amount = "closing_balance", "Конечное сальдо", abs(balance)
        credited = balance >= 0 if kind == "closing_balance" else chance.random() < 0.5
        value = exact(amount) if credited else -exact(amount)
        balance += value
        day = made.day()
        cells: dict[str, Cell] = {"name": name, "date": day, "debit": None, "credit": None}
        cells["credit" if credited else "debit"] = amount
        made.add(cells, Said(kind=kind, amount=value, day=day, service=name))
    title = [f"за период {first:%d.%m.%Y} по {last:%d.%m.%Y}"]
    made.table = sheet([title, ["Наименование", "Дата", "Дебет", "Кредит"]], ["name", "date", "debit", "credit"])
    return made


_UPD = (
    ("Вознаграждение за июль", "commission"), ("Услуги логистики", "logistics"), ("Хранение", "storage"),
    ("Продвижение товара", "promotion"), ("Консультации", "service"), ("Приёмка", "acceptance"),
)  # fmt: skip


def upd(seed: int, size: int) -> Made:
    """Make the lines of a УПД in the format of the tax service."""
    chance = random.Random(f"upd {seed}")
    made = Made("wildberries", "fns/upd", date(2026, 1, 1), date(2026, 1, 31), chance)
    for _ in range(size):
        name, kind = chance.choice(_UPD)
        net = Decimal(chance.randint(0, 10**6)) / 100
        vat = (net * 22 / 100).quantize(Decimal("0.01"))
        cells: dict[str, Cell] = {
            "name": name,
            "net": f"{net}",
            "rate": "22%",
            "vat": f"{vat}",
            "gross": f"{net + vat}",
        }
        for column, amount in (("net", net), ("vat", vat), ("gross", net + vat)):
            made.count(column, amount)
        memo = "commission_vat" if kind == "commission" else "service_vat"
        made.add(cells, Said(kind=kind, amount=net + vat, service=name), Said(kind=memo, amount=vat, service=name))
    names = {"name": "НаимТов", "net": "СтТовБезНДС", "rate": "НалСт", "vat": "СумНал.СумНал", "gross": "СтТовУчНал"}
    paths = {"Файл/Документ/СвСчФакт/@НомерСчФ": "1", "Файл/Документ/СвСчФакт/@ДатаСчФ": "31.01.2026"}
    total = "Файл/Документ/ТаблСчФакт/ВсегоОпл/"
    paths |= {f"{total}@СтТовУчНалВсего": str(made.columns["gross"])}
    paths |= {
        f"{total}@СтТовБезНДСВсего": str(made.columns["net"]),
        f"{total}СумНалВсего/СумНал": str(made.columns["vat"]),
    }
    made.table = records(names, "Файл/Документ/ТаблСчФакт/СведТов", **paths)
    return made


_REGISTER = {
    "logistics": "logistics", "storage": "storage", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "vv_correction": "correction", "loyalty_fee": "loyalty_fee",
    "loyalty_points": "loyalty_points", "payment_schedule": "payment_schedule",
}  # fmt: skip
_REGISTER_NAMES = {
    "report_id": "reportId", "date_from": "dateFrom", "date_to": "dateTo", "report_type": "reportType",
    "sale": "retailAmountSum", "for_pay": "forPaySum", "total": "bankPaymentSum", "logistics": "deliveryServiceSum",
    "storage": "paidStorageSum", "acceptance": "paidAcceptanceSum", "deduction": "deductionSum",
    "penalty": "penaltySum", "vv_correction": "additionalPaymentSum", "loyalty_fee": "cashbackCommissionChangeSum",
    "loyalty_points": "cashbackAmountSum", "payment_schedule": "paymentSchedule",
}  # fmt: skip


def register(seed: int, size: int) -> Made:
    """Make the register of weekly reports: a row a report with its control totals."""
    chance = random.Random(f"register {seed}")
    made = Made("wildberries", "wildberries/register", date(2026, 1, 5), date(2026, 3, 1), chance)
    for place in range(size):
        sale, pay, day = money(chance), signed(chance), made.day()
        cells: dict[str, Cell] = {"report_id": 500 + place, "date_from": day, "date_to": day, "report_type": "Основной"}
        charged = {column: chance.choice((0, signed(chance))) for column in _REGISTER}
        total = exact(pay) - sum((exact(cell) for cell in charged.values()), ZERO)
        cells |= {"sale": sale, "for_pay": pay, "total": total, **charged}
        for column in ("sale", "for_pay", "total"):
            made.count(column, exact(cells[column]))
        lines = [Said(kind="sale", section="sale", amount=exact(sale), commission=exact(sale) - exact(pay), day=day)]
        lines += [
            Said(kind=_REGISTER[name], amount=exact(cell), day=day) for name, cell in charged.items() if exact(cell)
        ]
        made.add(cells, *lines)
    made.table = records(_REGISTER_NAMES)
    return made


BOOKED: dict[str, Callable[[int, int], Made]] = {
    "wildberries/weekly_detail": wildberries, "ozon/realization": realization, "ozon/accruals": accruals,
    "generic": generic,
}  # fmt: skip
UNBOOKED: dict[str, Callable[[int, int], Made]] = {
    "wildberries/register": register, "fns/upd": upd, "ozon/settlement": settlement,
}  # fmt: skip
