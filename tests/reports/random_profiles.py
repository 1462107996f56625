"""Random reports of every profile, by its name; here those of no marketplace: the general table and the УПД."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from reports.reading import Cell
from tests.reports import random_amazon, random_ozon, random_wildberries
from tests.reports.random_rows import (
    FIRST_DAYS,
    PRODUCTS,
    Made,
    Said,
    exact,
    money,
    records,
    sheet,
    signed,
)


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


BOOKED: dict[str, Callable[[int, int], Made]] = {
    "wildberries/weekly_detail": random_wildberries.detail, "ozon/realization": random_ozon.realization,
    "ozon/accruals": random_ozon.accruals, "generic": generic, "amazon/settlement": random_amazon.settlement,
}  # fmt: skip
UNBOOKED: dict[str, Callable[[int, int], Made]] = {
    "wildberries/register": random_wildberries.register, "fns/upd": upd, "ozon/settlement": random_ozon.settlement,
}  # fmt: skip
