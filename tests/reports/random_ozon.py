"""Random reports of Ozon: realization, accruals and the mutual settlement."""

import random
from datetime import date, timedelta

from reports.reading import Cell
from tests.reports.random_rows import (
    FIRST_DAYS,
    PRODUCTS,
    ZERO,
    Made,
    Product,
    Said,
    exact,
    money,
    records,
    sheet,
    signed,
)

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
