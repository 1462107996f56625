"""The invented table of a marketplace without a profile: XLSX with its total row, and the same rows as CSV."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.samples.book import Value, sheet_xml, write_book
from tests.samples.goods import GOODS
from tests.samples.ledger import Ledger, money

HEADERS = ("Артикул", "Штрихкод", "Наименование", "Количество", "Цена", "Сумма", "Вознаграждение", "Дата", "Тип")


class Sales:
    """Sales and returns of one month, with the ledger of what they amount to."""

    def __init__(self, first: date, rows: int = 20) -> None:
        self.first = first
        self.rows: list[list[Value]] = []
        self.ledger = Ledger()
        chance = random.Random(str(first))
        for place in range(rows):
            good = GOODS[chance.randrange(len(GOODS))]
            quantity = chance.randrange(1, 4)
            price = money(good.price * Decimal("0.8"))
            kind = "Возврат" if place % 7 == 6 else "Продажа"
            amount = price * quantity
            commission = money(amount * Decimal("0.15"))
            day = first + timedelta(days=place)
            self.add([good.article, good.barcode, good.name, quantity, price, amount, commission, day, kind])
        self.add(list(self.rows[0]))  # the same sale on the same day, twice

    def add(self, row: list[Value]) -> None:
        """Write one row and count it."""
        quantity, amount, commission, kind = row[3], row[5], row[6], row[8]
        assert isinstance(quantity, int) and isinstance(amount, Decimal) and isinstance(commission, Decimal)
        self.rows.append(row)
        section = "sale" if kind == "Продажа" else "return"
        sign = 1 if section == "sale" else -1
        self.ledger.rows += 1
        self.ledger.line(section, section, amount, quantity, commission)
        self.ledger.check("column_amount", sign * amount)
        self.ledger.check("column_commission", sign * commission)
        self.ledger.payout += sign * (amount - commission)

    def identity(self) -> dict[str, Any]:
        """Return the part of the expected file that names the report."""
        days = sorted(str(row[7]) for row in self.rows)
        return {
            "profile": "generic", "layout": "", "number": "", "date": days[-1], "period": [days[0], days[-1]],
            "type": "", "currency": "RUB",
        }  # fmt: skip


def table(sales: Sales) -> list[Sequence[Value]]:
    """Return the rows below a title, with the table's own total."""
    total: list[Value] = ["Итого", None, None, None, None, sales.ledger.checks["column_amount"]]
    return [["Отчёт комиссионера «Лавка на Набережной»"], [], HEADERS, *sales.rows, total]


def write_xlsx(sales: Sales, path: Path) -> dict[str, Any]:
    """Write the table as a workbook."""
    write_book(path, {"Отчёт": sheet_xml(dict(enumerate(table(sales), 1)))})
    told = sales.ledger.expected(sales.identity())
    rows, total = told["rows"], sales.ledger.rows + 1  # the total of the table is a row too, and it is ignored
    checks = told["checks"] | {"rows": f"{total}.00"}
    return told | {"rows": rows | {"total": total, "ignored": {"итог таблицы": 1}}, "checks": checks}


def write_csv(sales: Sales, path: Path, encoding: str = "utf-8", delimiter: str = ";") -> dict[str, Any]:
    """Write the same rows as Excel saves a CSV: a comma in numbers, days first in dates."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADERS)
    for row in sales.rows:
        writer.writerow([_shown(value) for value in row])
    path.write_bytes(out.getvalue().encode(encoding))
    return sales.ledger.expected(sales.identity())


def _shown(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return "" if value is None else str(value)
