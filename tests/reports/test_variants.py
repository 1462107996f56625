"""The same report in the ways in which files of other sellers differ: each gives the same totals, or says why not."""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reports.checks import Amounts
from tests.reports.broken import DETAIL, detail
from tests.reports.reader import Read, content, read
from tests.samples import closing, ozon, wildberries_files
from tests.samples.book import Value, sheet_xml, write_book, write_table
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week, fill

ENGINES = ("calamine", "openpyxl")
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-be", "cp1251"]


def kind(found: Read, name: str, section: str = "") -> Decimal:
    assert found.summary
    return Amounts(found.summary).kind(name, section)


def month(**given: Any) -> ozon.Month:
    return ozon.Month("new", "12700840", date(2025, 10, 1), **given)


def answer(folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Write an Ozon answer whose rows were changed; its total is that of its rows."""
    path = folder / "answer.json"
    ozon.write_json(month(), path)
    told = json.loads(path.read_text("utf-8"))
    rows = told["result"]["rows"]
    change(rows)
    halves = [(row[name] or {}).get("total", 0) * sign for row in rows for name, sign in _HALVES]
    told["result"]["header"]["doc_amount"] = round(sum(halves), 2)
    path.write_text(json.dumps(told), "utf-8")
    return path


_HALVES = (("delivery_commission", 1), ("return_commission", -1))


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_is_read_in_the_encodings_that_programs_write(tmp_path: Path, encoding: str) -> None:
    week = fill(Week("2025", "467990214", date(2025, 9, 1)))
    path = tmp_path / "answer.json"
    told = wildberries_files.write_json(week, path, "fin")
    text = json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False)
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + text.replace("×", "x").encode(encoding))
    assert content(read(path, "wildberries"))["totals"] == told["totals"]


@pytest.mark.parametrize("shift", range(2))
def test_a_letter_cut_where_the_look_ends_does_not_change_the_encoding(tmp_path: Path, shift: int) -> None:
    records = [{"Артикул": "П" * 200_000 + "x" * shift, "Наименование": "Плед"}]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(records, ensure_ascii=False), "utf-8")
    found = read(path, "generic")
    assert "«Количество»" in found.problems[0].message
    assert "«Артикул»" not in found.problems[0].message


def test_a_field_that_is_null_in_every_record_is_there(tmp_path: Path) -> None:
    week = fill(Week("2025", "467990214", date(2025, 9, 1)), corrections=False)
    path = tmp_path / "answer.json"
    told = wildberries_files.write_json(week, path, "fin")
    records = json.loads(path.read_text("utf-8"))
    for record in records:
        for name, value in record.items():
            record[name] = None if value in ("0", 0, "") else value
        record["soon"] = None
    path.write_text(json.dumps(records), "utf-8")
    found = content(read(path, "wildberries"))
    assert (found["totals"], found["payout"]) == (told["totals"], told["payout"])


def test_a_month_of_returns_alone_is_read_from_the_answer_of_the_api(tmp_path: Path) -> None:
    def leave_returns(rows: list[dict[str, Any]]) -> None:
        rows[:] = [row | {"delivery_commission": None} for row in rows if row["return_commission"]]

    found = read(answer(tmp_path, leave_returns), "ozon")
    content(found)
    assert kind(found, "return") == sum(row.returned.amount for row in month().rows if row.returned)
    assert kind(found, "sale") == 0


def test_a_part_that_is_no_record_is_not_taken_for_its_fields(tmp_path: Path) -> None:
    def flatten(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["order"] = "0123-1"

    assert read(answer(tmp_path, flatten), "ozon").codes() == ["column_unknown"]


# --- the same table twice ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_visible_copy_of_the_sheet_holds_the_report(tmp_path: Path, engine: str) -> None:
    sheet = sheet_xml(dict(enumerate(detail(), 1)))
    write_book(tmp_path / DETAIL, {"Sheet1": sheet, "Sheet1 (2)": sheet})
    (told,) = read(tmp_path / DETAIL, "wildberries", engine=engine).problems
    assert (told.code, told.sheet) == ("rows_overlap", "Sheet1 (2)")


def test_a_copy_is_seen_where_rows_have_no_reference(tmp_path: Path) -> None:
    storage = sheet_xml(dict(enumerate([detail()[0], detail()[3]], 1)))
    write_book(tmp_path / DETAIL, {"Sheet1": storage, "Копия": storage})
    found = read(tmp_path / DETAIL, "wildberries")
    assert [(one.code, one.sheet) for one in found.problems] == [("rows_overlap", "Копия")]


def test_sheets_of_different_rows_are_one_report(tmp_path: Path) -> None:
    rows = detail()
    parts = {"Часть 1": [rows[0], rows[1]], "Часть 2": [rows[0], rows[2], rows[3]]}
    write_book(tmp_path / DETAIL, {name: sheet_xml(dict(enumerate(part, 1))) for name, part in parts.items()})
    found = read(tmp_path / DETAIL, "wildberries")
    assert found.codes() == []
    assert found.summary and found.summary.rows_used == 3


# --- workbooks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dimension", ["A1", "A1:C3", "A1:XFD1048576", "B2:XFD20"])
def test_a_wrong_dimension_does_not_matter(tmp_path: Path, dimension: str, engine: str) -> None:
    rows = dict(enumerate(detail(), 1))
    write_book(tmp_path / DETAIL, {"Sheet1": sheet_xml(rows, dimension=dimension)})
    found = read(tmp_path / DETAIL, "wildberries", engine=engine)
    assert found.codes() == []
    assert found.summary and found.summary.rows_used == 3


@pytest.mark.parametrize("whole", [True, False])
def test_totals_that_somebody_wrote_below_a_register_are_no_report(tmp_path: Path, whole: bool) -> None:
    weeks = [fill(Week("2025", "467990214", date(2025, 9, 1)))]
    wildberries_files.write_register("2025-09", weeks, tmp_path / "a.xlsx")
    rows: list[list[Any]] = [list(row) for row in openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].values]
    totals = [cell if isinstance(cell, int | float) else None for cell in rows[1]]
    write_table(tmp_path / "b.xlsx", [*rows, ["Итого", *(totals[1:] if whole else [])]])
    found = read(tmp_path / "b.xlsx", "wildberries")
    assert [(one.code, one.row) for one in found.problems] == ([("number_broken", 3)] if whole else [])
    assert [one.number for one in found.facts] == ["467990214"]


# --- archives ---------------------------------------------------------------------------------------------------------


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, inside in files.items():
            out.writestr(name, inside)
    return path


def test_what_systems_leave_in_an_archive_is_passed_over(tmp_path: Path) -> None:
    write_table(tmp_path / DETAIL, detail())
    whole = (tmp_path / DETAIL).read_bytes()
    rubbish = {f"отчёт/~${DETAIL}": b"\x05user\x00", "отчёт/._x.xlsx": b"\x00\x05", "__MACOSX/x.xlsx": b"\x00"}
    path = archive(tmp_path / "report.zip", {f"отчёт/{DETAIL}": whole, **rubbish})
    assert read(path, "wildberries").codes() == []


def test_a_broken_file_of_an_archive_is_named(tmp_path: Path) -> None:
    write_table(tmp_path / DETAIL, detail())
    whole = (tmp_path / DETAIL).read_bytes()
    path = archive(tmp_path / "report.zip", {"0.xlsx": whole, "1.xlsx": whole[:900]})
    (told,) = read(path, "wildberries").problems
    assert (told.code, told.sheet) == ("file_damaged", "1.xlsx")


def test_two_months_in_an_archive_are_two_reports(tmp_path: Path) -> None:
    files = {}
    for name, number, first in (("a", "12700840", date(2025, 10, 1)), ("b", "12900311", date(2025, 11, 1))):
        ozon.write_realization(ozon.Month("new", number, first), tmp_path / name)
        files[f"{name}.xlsx"] = (tmp_path / name).read_bytes()
    (told,) = read(archive(tmp_path / "two.zip", files), "ozon").problems
    assert (told.code, told.found) == ("reports_several", "12700840, 12900311")


def test_two_invoices_in_an_archive_are_two_documents(tmp_path: Path) -> None:
    files = {}
    for number in ("77", "78"):
        one = closing.Upd(number, date(2026, 9, 30), [("Услуги по хранению", "12.00", "22")])
        closing.write_upd(one, tmp_path / "upd.xml")
        files[f"ON_NSCHFDOPPR_{number}.xml"] = (tmp_path / "upd.xml").read_bytes()
    (told,) = read(archive(tmp_path / "two.zip", files), "ozon").problems
    assert (told.code, told.found) == ("reports_several", "77, 78")


def test_what_an_operator_puts_beside_a_document_is_passed_over(tmp_path: Path) -> None:
    one = closing.Upd("77", date(2026, 9, 30), [("Услуги по хранению", "12.00", "22")])
    of_buyer = '<Файл ИдФайл="ON_NSCHFDOPPOK_1" ВерсФорм="5.03"><ИнфПок КНД="1115132"/></Файл>'
    receipt = '<Файл ИдФайл="DP_IZVPOL_1_2"><Документ КНД="1"/></Файл>'
    files = {
        "DP_IZVPOL_1_2.xml": receipt.encode(),
        "ON_NSCHFDOPPOK_1.xml": of_buyer.encode(),
        "ON_NSCHFDOPPR_1.xml": closing.upd_xml(one),
        "ON_NSCHFDOPPR_1.xml.sgn": b"\x30\x82",
    }
    found = content(read(archive(tmp_path / "document.zip", files), "ozon"))
    assert (found["number"], found["totals"]["storage"]["amount"]) == ("77", "12")
    del files["ON_NSCHFDOPPR_1.xml"]
    assert read(archive(tmp_path / "document.zip", files), "ozon").codes() == ["upd_receipt"]


def test_two_periods_of_accruals_in_an_archive_are_two_reports(tmp_path: Path) -> None:
    files = {}
    for name, first in (("a", date(2025, 10, 1)), ("b", date(2025, 11, 1))):
        ozon.write_accruals(ozon.Month("new", "1", first), tmp_path / name)
        files[f"{name}.xlsx"] = (tmp_path / name).read_bytes()
    (told,) = read(archive(tmp_path / "two.zip", files), "ozon").problems
    assert (told.code, told.found) == ("reports_several", "01.10.2025–31.10.2025, 01.11.2025–30.11.2025")


# --- titles and operations --------------------------------------------------------------------------------------------


TITLES = [
    "Отчёт о реализации № 12700840 от 31.10.2025",
    "Отчет о реализации товара №12700840 от 31.10.2025",
    "ОТЧЕТ О РЕАЛИЗАЦИИ № 12700840 ОТ 31.10.2025",
    "Позаказный отчет о реализации № 12700840 от 31.10.2025",
    "Отчет о\u00a0реализации №\u00a012700840 от 31.10.2025",
]


@pytest.mark.parametrize("title", TITLES)
def test_the_number_of_a_month_is_found_in_its_title(tmp_path: Path, title: str) -> None:
    rows = ozon.realization_rows(month(rows=3))
    (place,) = [(row, at) for row, cells in rows.items() for at, cell in enumerate(cells) if "12700840" in str(cell)]
    rows[place[0]][place[1]] = title
    write_book(tmp_path / "month.xlsx", {"Лист 1": sheet_xml(rows)})
    found = content(read(tmp_path / "month.xlsx", "ozon"))
    assert (found["number"], found["date"]) == ("12700840", "2025-10-31")


def test_headers_may_write_the_marketplace_in_latin_letters(tmp_path: Path) -> None:
    week = fill(Week("2026", "612003417", date(2026, 5, 4)))
    path = tmp_path / wildberries_files.file_name(week)
    told = wildberries_files.write_detail(week, path)
    table = wildberries_files.detail_table(week)
    table[0] = [str(header).replace("Вайлдберриз", "Wildberries") for header in table[0]]
    write_table(path, table)
    assert content(read(path, "wildberries"))["totals"] == told["totals"]


def test_a_correction_of_returns_says_by_its_document_what_it_is(tmp_path: Path) -> None:
    week = Week("2025", "467990214", date(2025, 9, 1))
    week.goods("Коррекция возвратов", "Продажа", GOODS[0])
    week.goods("Коррекция возвратов", "Возврат", GOODS[1])
    path = tmp_path / DETAIL
    wildberries_files.write_detail(week, path)
    found = read(path, "wildberries")
    content(found)
    assert kind(found, "sale") == week.rows[0]["retail_amount"]
    assert kind(found, "return") == week.rows[1]["retail_amount"]


def test_a_charge_without_its_column_holds_its_rows(tmp_path: Path) -> None:
    rows = detail()
    gone = {"Хранение", "Удержания", "Платная приемка", "Сумма удержанная за начисленные баллы программы лояльности"}
    gone |= {"Компенсация скидки по программе лояльности", "Тип платежа за Эквайринг/Комиссии за организацию платежей"}
    kept = [place for place, header in enumerate(rows[0]) if header not in gone]
    write_table(tmp_path / DETAIL, [[row[place] for place in kept] for row in rows])
    found = read(tmp_path / DETAIL, "wildberries")
    assert found.summary and found.summary.layout == "2023"
    assert [(one.code, one.row, one.column) for one in found.problems] == [("number_missing", 4, "Хранение")]


def accruals(folder: Path, group: str, name: str, amount: str) -> Read:
    header = [
        "ID начисления", "Дата начисления", "Группа услуг", "Тип начисления", "Артикул", "SKU", "Название товара",
        "Количество", "Сумма итого, руб.",
    ]  # fmt: skip
    row: list[Value] = ["1", date(2025, 11, 30), group, name, None, None, None, 0, Decimal(amount)]
    write_table(folder / "accruals.xlsx", [["Период: 01.11.2025-30.11.2025"], header, row])
    return read(folder / "accruals.xlsx", "ozon")


@pytest.mark.parametrize("name", ["Взаимозачет требований между Договорами", "Инвентаризация взаиморасчётов"])
def test_settlements_between_contracts_are_deductions_and_no_services(tmp_path: Path, name: str) -> None:
    found = accruals(tmp_path, "Прочие начисления", name, "-512.30")
    assert found.codes() == []
    assert kind(found, "deduction") == Decimal("512.30")
    assert not kind(found, "service")
