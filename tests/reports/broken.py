"""Broken files, one for each problem: a good sample with one thing changed, as a person or a marketplace may do it."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reports.bank_statement import read_statement
from reports.checks import check_problems
from reports.limits import Limits
from reports.lines import Stat, Summary
from reports.problems import Problem, Refused, problem
from reports.profile import profiles
from reports.scale import Period, scale_problems
from tests.reports.reader import read
from tests.samples import closing, generic, ozon, wildberries_files
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


# --- the report as a whole --------------------------------------------------------------------------------------------


@case
def report_number_missing(folder: Path) -> Problem:
    rows = month()
    del rows[3]
    return realization("report_number_missing", folder, rows)


@case
def report_period_missing(folder: Path) -> Problem:
    rows = month()
    del rows[4]
    return realization("report_period_missing", folder, rows)


@case
def report_empty(folder: Path) -> Problem:
    return wildberries("report_empty", folder, detail()[:1])


@case
def report_empty__no_rows(folder: Path) -> Problem:
    return wildberries("report_empty", folder, [[]])


@case
def layout_incomplete(folder: Path) -> Problem:
    (path,) = (Path(__file__).parent.parent / "samples" / "ozon" / "realization").glob("short_*.xlsx")
    return only("layout_incomplete", path, "ozon")


@case
def footer_missing(folder: Path) -> Problem:
    rows = {number: cells for number, cells in month().items() if "Всего к начислению, (руб.):" not in cells}
    return realization("footer_missing", folder, rows)


@case
def check_failed(folder: Path) -> Problem:
    rows = month()
    place = next(number for number, cells in rows.items() if "Всего к начислению, (руб.):" in cells)
    rows[place][2] = 1000
    write_book(folder / "realization.xlsx", {"Лист 1": sheet_xml(rows)})
    found = read(folder / "realization.xlsx", "ozon")
    assert not found.problems
    return check_problems(found.checks()[0])[0]


# --- documents that look like a УПД -----------------------------------------------------------------------------------


def like_upd(code: str, folder: Path, old: str, new: str) -> Problem:
    """Say something else in a good УПД."""
    upd = closing.Upd("УПД-77/26", date(2026, 9, 30), [("Вознаграждение", "1230.50", "22")])
    path = folder / "upd.xml"
    path.write_bytes(closing.upd_xml(upd, "utf-8").decode().replace(old, new).encode())
    return only(code, path, "ozon")


@case
def upd_of_buyer(folder: Path) -> Problem:
    text = '<?xml version="1.0" encoding="windows-1251"?><Файл ВерсФорм="5.03"><ИнфПок КНД="1115132"/></Файл>'
    (folder / "upd.xml").write_bytes(text.encode("cp1251"))
    return only("upd_of_buyer", folder / "upd.xml", "ozon")


@case
def upd_correcting(folder: Path) -> Problem:
    return like_upd("upd_correcting", folder, 'КНД="1115131"', 'КНД="1115127"')


@case
def upd_of_agent(folder: Path) -> Problem:
    return like_upd("upd_of_agent", folder, 'Функция="СЧФДОП"', 'Функция="СвРК"')


# --- bank statements --------------------------------------------------------------------------------------------------


def statement(code: str, old: str, new: str) -> Problem:
    """Say something else in a good statement of one payment."""
    paid = [closing.Paid("501", date(2026, 9, 15), "5000.00")]
    text = closing.statement_text(paid, date(2026, 9, 1), date(2026, 9, 30))
    try:
        read_statement(text.replace(old, new, 1).encode("cp1251"))
    except Refused as refused:
        (found,) = refused.problems
        assert found.code == code
        return found
    raise AssertionError("the statement was read")


@case
def statement_type(folder: Path) -> Problem:
    return statement("statement_type", "1CClientBankExchange", "Выписка по счёту")


@case
def statement_broken(folder: Path) -> Problem:
    return statement("statement_broken", "Сумма=5000.00", "Сумма=5 000,00")


@case
def statement_broken__torn(folder: Path) -> Problem:
    return statement("statement_broken", "КонецФайла", "")


@case
def statement_totals(folder: Path) -> Problem:
    return statement("statement_totals", "Сумма=5000.00", "Сумма=4999.00")


# --- what a file alone cannot show ------------------------------------------------------------------------------------


@case
def treatment_missing(folder: Path) -> Problem:
    return problem("treatment_missing", column="Прочие удержания «Новая услуга»", found="-1500.00")


@case
def treatment_hold(folder: Path) -> Problem:
    return problem("treatment_hold", column="Компенсации", found="800.00")


@case
def currency_unexpected(folder: Path) -> Problem:
    return problem("currency_unexpected", found="KZT", expected="RUB")


@case
def before_start(folder: Path) -> Problem:
    return problem("before_start", found="2025-12-28", expected="2026-01-01")


def compared(code: str, column: str, factor: int) -> Problem:
    """Two weeks of six rows each, the second with other numbers in one column."""
    stats = [Stat("delivery_rub", "logistics", column, 6, 0, 72, 36000)]
    digits = 72 + 6 * (abs(factor).bit_length() - 1)
    now = [Stat("delivery_rub", "logistics", column, 6, 6 if factor < 0 else 0, digits, 36000 * factor)]
    before, after = (Summary(profile="", form="sheet", stats=tuple(each)) for each in (stats, now))
    profile = profiles()["wildberries/weekly_detail"]
    period = Period(summary=before, trusted=True, confirmed=lambda _: False)
    return next(each for each in scale_problems(profile, after, [period]) if each.code == code)


@case
def scale_changed(folder: Path) -> Problem:
    return compared("scale_changed", "Услуги по доставке товара покупателю", 100)


@case
def sign_flipped(folder: Path) -> Problem:
    return compared("sign_flipped", "Услуги по доставке товара покупателю", -1)


@case
def column_gone(folder: Path) -> Problem:
    return problem("column_gone", column="Хранение", details="строк не меньше 7, сумма 803.17")


@case
def rows_fewer(folder: Path) -> Problem:
    return problem("rows_fewer", found=90, expected="100", details="было 100, стало 90")


@case
def periods_overlap(folder: Path) -> Problem:
    return problem("periods_overlap", found="отчёт 70031 за 2026-02-03..2026-02-03, дни 2026-02-03..2026-02-03")


@case
def days_taken(folder: Path) -> Problem:
    return problem("days_taken", found="отчёт 70031 за 2026-02-03..2026-02-03, дни 2026-02-03..2026-02-03")


@case
def products_unlinked(folder: Path) -> Problem:
    return problem("products_unlinked", found="2: 00012045, SU-NOSKI")


@case
def return_sale_unknown(folder: Path) -> Problem:
    return problem("return_sale_unknown", sheet="Sheet1", row=14, found="2 на сумму 2400.00, строки 14, 31")


@case
def products_ambiguous(folder: Path) -> Problem:
    return problem("products_ambiguous", found="1: 7001")


@case
def party_differs(folder: Path) -> Problem:
    return problem("party_differs", found="покупатель 5003012349", expected="ИНН организации 7712345671")


@case
def upd_differs(folder: Path) -> Problem:
    said = "УПД 1230.50, документы 1227.00, разница 3.50"
    return problem("upd_differs", column="вознаграждение", found=said, expected="Разница не больше 1.00")


@case
def upd_vat_differs(folder: Path) -> Problem:
    said = "УПД 0.00, документы 61.33, разница -61.33"
    return problem("upd_vat_differs", column="НДС услуг", found=said, expected="Разница не больше 1.00")


@case
def upd_missing(folder: Path) -> Problem:
    return problem("upd_missing", found="вознаграждение, с 2026-09-01 по 2026-09-30")


@case
def month_closed(folder: Path) -> Problem:
    return problem("month_closed", found="2026-01-31", expected="Дата с 2026-02-01")


def made(folder: Path) -> Iterator[tuple[str, Problem]]:
    """Break every file; gives the name of the case and its problem."""
    for name, make in CASES.items():
        place = folder / name
        place.mkdir()
        yield name, make(place)


PINNED = Path(__file__).with_name("problems.txt")


def spoken(found: Problem) -> str:
    """Return a problem as a person reads it: place, message, found, expected, advice."""
    place = [
        f"лист «{found.sheet}»" if found.sheet else "",
        f"строка {found.row}" if found.row is not None else "",
        f"колонка «{found.column}»" if found.column else "",
    ]
    said = {
        "где": ", ".join(filter(None, place)),
        "что": found.message,
        "найдено": found.found,
        "нужно": found.expected,
        "совет": found.advice,
    }
    return "\n".join(f"{name}: {text}" for name, text in said.items() if text)


def pinned() -> dict[str, str]:
    """Return the pinned words by the name of the case."""
    blocks = PINNED.read_text("utf-8").split("\n## ")[1:]
    return {name: words.strip() for name, _, words in (block.partition("\n") for block in blocks)}


def main() -> None:
    """Pin the words anew: ``python -m tests.reports.broken``. Read the difference before you commit it."""
    with TemporaryDirectory() as folder:
        blocks = [f"## {name}\n{spoken(found)}\n" for name, found in made(Path(folder))]
    head = "# What a person reads about every broken file of broken.py. Written by python -m tests.reports.broken\n"
    PINNED.write_text("\n".join([head, *blocks]), "utf-8")


if __name__ == "__main__":
    main()
