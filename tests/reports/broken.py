"""Broken files, one for each problem: a good sample with one thing changed, as a person or a marketplace may do it."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from reports.limits import Limits
from reports.problems import Problem, problem
from tests.reports.reader import read
from tests.samples import generic, ozon, wildberries_files
from tests.samples.book import Value, sheet_xml, write_book, write_table, write_zip
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

Sheet = list[list[Value]]
CASES: dict[str, Callable[[Path], Problem]] = {}
DETAIL = "detail_467990214_2025-09-01_2025-09-07.xlsx"


def case(make: Callable[[Path], Problem]) -> Callable[[Path], Problem]:
    """Enter a broken file under the name of its function: ``code`` or ``code__which``."""
    CASES[make.__name__] = make
    return make


def only(code: str, path: Path, channel: str, **given: Any) -> Problem:
    """Read a file that must give exactly one kind of problem; returns the first of that code."""
    found = read(path, channel, **given)
    same = [each for each in found.problems if each.code == code]
    assert same, f"no {code} among {found.codes()}"
    return same[0]


# --- the good files that are broken below -----------------------------------------------------------------------------


def detail() -> Sheet:
    """A week of one sale, its delivery and storage: rows 2, 3 and 4."""
    week = Week("2025", "467990214", date(2025, 9, 1))
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("delivery_rub", "Логистика", "61.03", sub="К клиенту при продаже", good=GOODS[0])
    week.charge("storage_fee", "Хранение", "80.17")
    return wildberries_files.detail_table(week)


def column(table: Sheet, header: str) -> int:
    return table[0].index(header)


def put(table: Sheet, row: int, header: str, value: Value) -> Sheet:
    """Write a value into a row numbered as Excel does."""
    table[row - 1][column(table, header)] = value
    return table


def wildberries(code: str, folder: Path, table: Sheet) -> Problem:
    write_table(folder / DETAIL, table)
    return only(code, folder / DETAIL, "wildberries")


def sales() -> Sheet:
    """The general table: headers in row 1, three rows below."""
    made = generic.Sales(date(2026, 2, 1), rows=2)
    return [list(generic.HEADERS), *made.rows]


def table(code: str, folder: Path, rows: Sheet) -> Problem:
    path = folder / "month.xlsx"
    write_table(path, rows, "Отчёт")
    return only(code, path, "generic")


def month() -> dict[int, list[Value]]:
    return ozon.realization_rows(ozon.Month("new", "12700840", date(2025, 10, 1), rows=3))


def realization(code: str, folder: Path, rows: dict[int, list[Value]]) -> Problem:
    path = folder / "realization.xlsx"
    write_book(path, {"Лист 1": sheet_xml(rows)})
    return only(code, path, "ozon")


def raw(code: str, folder: Path, content: bytes, name: str = "report.xlsx", **given: Any) -> Problem:
    (folder / name).write_bytes(content)
    return only(code, folder / name, "wildberries", **given)


# --- the file ---------------------------------------------------------------------------------------------------------


@case
def file_empty(folder: Path) -> Problem:
    return raw("file_empty", folder, b"")


@case
def file_empty__only_spaces(folder: Path) -> Problem:
    return raw("file_empty", folder, b"\xef\xbb\xbf \r\n\r\n")


@case
def file_type(folder: Path) -> Problem:
    return raw("file_type", folder, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3")


@case
def file_type__binary(folder: Path) -> Problem:
    return raw("file_type", folder, b"abc\x00\x01\x02 def")


@case
def file_locked(folder: Path) -> Problem:
    return raw("file_locked", folder, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))


@case
def file_damaged(folder: Path) -> Problem:
    write_table(folder / "whole.xlsx", detail())
    return raw("file_damaged", folder, (folder / "whole.xlsx").read_bytes()[:2000])


@case
def file_too_large(folder: Path) -> Problem:
    return raw("file_too_large", folder, b"x" * 3 * 2**20, limits=Limits(packed=2**20))


@case
def file_too_large__rows(folder: Path) -> Problem:
    write_table(folder / DETAIL, detail())
    return only("file_too_large", folder / DETAIL, "wildberries", limits=Limits(rows=2))


@case
def file_suspicious(folder: Path) -> Problem:
    write_zip(folder / "bomb.zip", {"report.csv": bytes(70 * 2**20)})
    return only("file_suspicious", folder / "bomb.zip", "wildberries")


@case
def file_suspicious__doctype(folder: Path) -> Problem:
    return raw("file_suspicious", folder, b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a><r x="1"/></a>')


@case
def file_suspicious__depth(folder: Path) -> Problem:
    return raw("file_suspicious", folder, b'{"a":' * 5000)


@case
def file_too_slow(folder: Path) -> Problem:
    return problem("file_too_slow", found="разбор превысил предел времени или памяти либо прервался")


@case
def archive_empty(folder: Path) -> Problem:
    write_zip(folder / "acts.zip", {"act.pdf": b"%PDF-1.7"})
    return only("archive_empty", folder / "acts.zip", "wildberries")


# --- which report it is -----------------------------------------------------------------------------------------------


@case
def profile_none(folder: Path) -> Problem:
    rows = sales()
    rows[0][generic.HEADERS.index("Тип")] = "Вид"
    return table("profile_none", folder, rows)


@case
def profile_many(folder: Path) -> Problem:
    register: Sheet = [["№ отчета", "К перечислению за товар", "Итого к оплате"], ["467990214", 1, 1]]
    sheets = {"Детали": detail(), "Реестр": register}
    write_book(folder / "both.xlsx", {name: sheet_xml(dict(enumerate(rows, 1))) for name, rows in sheets.items()})
    return only("profile_many", folder / "both.xlsx", "wildberries")


@case
def profile_channel(folder: Path) -> Problem:
    write_table(folder / DETAIL, detail())
    return only("profile_channel", folder / DETAIL, "ozon")


@case
def profile_unknown(folder: Path) -> Problem:
    write_table(folder / DETAIL, detail())
    return only("profile_unknown", folder / DETAIL, "wildberries", profile="wildberries/monthly")


@case
def reports_several(folder: Path) -> Problem:
    write_table(folder / DETAIL, detail())
    other = DETAIL.replace("467990214", "467990215")
    content = (folder / DETAIL).read_bytes()
    write_zip(folder / "weeks.zip", {DETAIL: content, other: content})
    return only("reports_several", folder / "weeks.zip", "wildberries")


@case
def rows_overlap(folder: Path) -> Problem:
    rows = detail()
    parts = {DETAIL.replace(".xlsx", f" - {part}.xlsx"): rows[:1] + rows[part:] for part in (1, 2)}
    for name, table in parts.items():
        write_table(folder / name, table)
    write_zip(folder / "week.zip", {name: (folder / name).read_bytes() for name in parts})
    return only("rows_overlap", folder / "week.zip", "wildberries")


# --- columns ----------------------------------------------------------------------------------------------------------


@case
def column_missing(folder: Path) -> Problem:
    rows = detail()
    place = column(rows, "НДС с Вознаграждения Вайлдберриз")
    return wildberries("column_missing", folder, [row[:place] + row[place + 1 :] for row in rows])


@case
def column_missing__renamed(folder: Path) -> Problem:
    rows = detail()
    rows[0][column(rows, "Удержания")] = "Вычеты"
    return wildberries("column_missing", folder, rows)


@case
def column_unknown__renamed(folder: Path) -> Problem:
    rows = detail()
    rows[0][column(rows, "Хранение")] = "Складирование"
    return wildberries("column_unknown", folder, rows)


@case
def column_unknown(folder: Path) -> Problem:
    rows = [[*row, "Моя пометка" if not place else "проверить"] for place, row in enumerate(detail())]
    return wildberries("column_unknown", folder, rows)


@case
def column_unknown__money(folder: Path) -> Problem:
    sums: list[Value] = ["Экологический сбор", Decimal("10.01"), Decimal("20.02"), 0]
    rows = [[*row, value] for row, value in zip(detail(), sums, strict=True)]
    return wildberries("column_unknown", folder, rows)


@case
def column_empty(folder: Path) -> Problem:
    rows = [[*row, "Моя пометка" if not place else ""] for place, row in enumerate(detail())]
    return wildberries("column_empty", folder, rows)


@case
def sheet_unknown(folder: Path) -> Problem:
    rows: Sheet = [["Услуга", "Сумма"], ["Упаковка", 120], ["Упаковка", Decimal("30.50")]]
    sheets = {"Sheet1": detail(), "Новые услуги": rows}
    write_book(folder / DETAIL, {name: sheet_xml(dict(enumerate(each, 1))) for name, each in sheets.items()})
    return only("sheet_unknown", folder / DETAIL, "wildberries")


@case
def column_twice(folder: Path) -> Problem:
    rows = detail()
    place = column(rows, "Хранение")
    return wildberries("column_twice", folder, [[*row, row[place]] for row in rows])


@case
def column_missing__ozon_returns(folder: Path) -> Problem:
    rows = {number: cells[:14] if number > 12 else cells for number, cells in month().items()}
    return realization("column_missing", folder, rows)


# --- rows -------------------------------------------------------------------------------------------------------------


@case
def operation_unknown(folder: Path) -> Problem:
    return wildberries("operation_unknown", folder, put(detail(), 3, "Обоснование для оплаты", "Надбавка за упаковку"))


@case
def operation_unknown__document(folder: Path) -> Problem:
    return wildberries("operation_unknown", folder, put(detail(), 2, "Тип документа", "Обмен"))


@case
def operation_unknown__empty(folder: Path) -> Problem:
    rows = put(detail(), 4, "Обоснование для оплаты", "")
    return wildberries("operation_unknown", folder, rows)


@case
def number_broken(folder: Path) -> Problem:
    return wildberries("number_broken", folder, put(detail(), 3, "Услуги по доставке товара покупателю", "12,3,4"))


@case
def number_broken__formula_error(folder: Path) -> Problem:
    return wildberries("number_broken", folder, put(detail(), 4, "Хранение", "#N/A"))


@case
def number_broken__text(folder: Path) -> Problem:
    return wildberries("number_broken", folder, put(detail(), 2, "Кол-во", "abc"))


@case
def number_broken__footer(folder: Path) -> Problem:
    rows = month()
    place = next(number for number, cells in rows.items() if "Всего начислено баллов:" in cells)
    rows[place][2] = "много"
    return realization("number_broken", folder, rows)


@case
def number_broken__json_total(folder: Path) -> Problem:
    ozon.write_json(ozon.Month("new", "12700840", date(2025, 10, 1), rows=3), folder / "month.json")
    told = json.loads((folder / "month.json").read_text("utf-8"))
    told["result"]["header"]["doc_amount"] = "нет"
    (folder / "month.json").write_text(json.dumps(told), "utf-8")
    return only("number_broken", folder / "month.json", "ozon")


@case
def number_missing(folder: Path) -> Problem:
    rows = sales()
    rows[2][generic.HEADERS.index("Сумма")] = None
    return table("number_missing", folder, rows)


@case
def date_broken(folder: Path) -> Problem:
    return wildberries("date_broken", folder, put(detail(), 2, "Дата продажи", "31.02.2025"))


@case
def date_broken__register(folder: Path) -> Problem:
    week = Week("2025", "467990214", date(2025, 9, 1))
    week.close()
    wildberries_files.write_register("2025-09", [week], folder / "register.xlsx")
    headers = ["№ отчета", "Дата начала", "Продажа", "К перечислению за товар", "Стоимость логистики", "Итого к оплате"]
    write_table(folder / "register.xlsx", [headers, ["467990214", "первое сентября", 0, 0, 0, 0]])
    return only("date_broken", folder / "register.xlsx", "wildberries")


@case
def amount_unexpected(folder: Path) -> Problem:
    rows = put(detail(), 3, "Вайлдберриз реализовал Товар (Пр)", 500)
    return wildberries("amount_unexpected", folder, rows)


@case
def amount_negative(folder: Path) -> Problem:
    rows = sales()
    rows[1][generic.HEADERS.index("Сумма")] = -100
    return table("amount_negative", folder, rows)


@case
def row_formula(folder: Path) -> Problem:
    rows = detail()
    place = column(rows, "К перечислению Продавцу за реализованный Товар")
    rows[1][place] = 1500
    return wildberries("row_formula", folder, rows)


@case
def row_formula__ozon(folder: Path) -> Problem:
    rows = month()
    rows[16][13] = 1
    return realization("row_formula", folder, rows)


@case
def row_after_end(folder: Path) -> Problem:
    rows = {number + (number > 16): cells for number, cells in month().items()}
    return realization("row_after_end", folder, rows)


@case
def row_after_end__general_table(folder: Path) -> Problem:
    rows = sales()
    rows.insert(2, ["Итого по странице", None, None, None, None, 1234])
    return table("row_after_end", folder, rows)


@case
def product_missing(folder: Path) -> Problem:
    rows = sales()
    rows[1][:3] = ["", "", ""]
    return table("product_missing", folder, rows)


@case
def rows_differ(folder: Path) -> Problem:
    week = Week("2025", "467990214", date(2025, 9, 1))
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("storage_fee", "Хранение", "80.17")
    path = folder / "answer.json"
    wildberries_files.write_json(week, path, "fin")
    told = json.loads(path.read_text("utf-8"))
    told[1]["reportId"] = 467990999
    path.write_text(json.dumps(told), "utf-8")
    return only("rows_differ", path, "wildberries")
