"""A new, renamed or missing column, sheet or operation holds the report of every profile, named with rows and sums."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reports.problems import Problem
from tests.reports.reader import read
from tests.samples import amazon, generic, ozon, wildberries_files
from tests.samples.book import Value, sheet_xml, write_book, write_table
from tests.samples.wildberries import Week, fill

Sheet = dict[int, list[Value]]
Change = Callable[[Sheet, int], None]
FEE = "Экологический сбор"
DETAIL = "detail_467990214_2026-02-02_2026-02-08.xlsx"


def a_week() -> Week:
    return fill(Week("2026", "467990214", date(2026, 2, 2)))


def weekly(_folder: Path) -> Sheet:
    return dict(enumerate(wildberries_files.detail_table(a_week()), 1))


def register(folder: Path) -> Sheet:
    wildberries_files.write_register("2026", [a_week()], folder / "r.xlsx")
    return sheet_of(folder / "r.xlsx")


def realization(_folder: Path) -> Sheet:
    return ozon.realization_rows(ozon.Month("new", "12700840", date(2025, 10, 1), rows=6))


def accruals(folder: Path) -> Sheet:
    (path,) = sorted((Path(__file__).parent.parent / "samples" / "ozon" / "accruals").glob("2025*.xlsx"))[:1]
    return sheet_of(path)


def general(_folder: Path) -> Sheet:
    return {number: list(row) for number, row in enumerate(generic.table(generic.Sales(date(2026, 2, 1), 6)), 1)}


def settlement(_folder: Path) -> Sheet:
    made = amazon.Settlement("28800550121", date(2026, 7, 6))
    return {number: list(cells) for number, cells in enumerate(made.table(), 1)}


def sheet_of(path: Path) -> Sheet:
    """Read a written workbook back as rows."""
    from reports.reading.workbook import workbook_tables

    return {number: list(cells) for number, cells in workbook_tables(path)[0].rows()}  # type: ignore[arg-type]


# how a good sheet is made, its channel, its header row, a column it cannot be without, its column of operations
PROFILES: dict[str, tuple[Callable[[Path], Sheet], str, str, str]] = {
    "wildberries/weekly_detail": (weekly, "wildberries", "Хранение", "Обоснование для оплаты"),
    "wildberries/register": (register, "wildberries", "Стоимость логистики", ""),
    "ozon/realization": (realization, "ozon", "Базовое вознаграждение Ozon, руб.", ""),
    "ozon/accruals": (accruals, "ozon", "Дата начисления", "Тип начисления"),
    "amazon/settlement": (settlement, "amazon", "posted-date", "transaction-type"),
    "generic": (general, "generic", "Вознаграждение", "Тип"),
}
OPERATIONS = [name for name, (_, _, _, operation) in PROFILES.items() if operation]


def found(folder: Path, name: str, rows: Sheet, more: dict[str, Sheet] | None = None) -> list[Problem]:
    """Read the changed sheet; the profile must still be recognised."""
    path = folder / DETAIL
    write_book(path, {"Лист": sheet_xml(rows)} | {title: sheet_xml(each) for title, each in (more or {}).items()})
    read_ = read(path, PROFILES[name][1])
    assert not read_.refused, read_.problems
    assert read_.summary and read_.summary.profile == name
    return read_.problems


def place_of(rows: Sheet, header: str) -> tuple[int, int]:
    """Return the row and column of a header."""
    return next((number, cells.index(header)) for number, cells in rows.items() if header in cells)


def data(rows: Sheet, header: str) -> list[int]:
    """The rows below the header that have something in its column."""
    top, place = place_of(rows, header)
    return [
        number
        for number, cells in rows.items()
        if number > top and len(cells) > place and cells[place] not in (None, "")
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_a_good_file_has_no_problem(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, name, PROFILES[name][0](tmp_path)) == []


@pytest.mark.parametrize("name", PROFILES)
def test_a_new_column_is_named_with_its_rows_and_sum(tmp_path: Path, name: str) -> None:
    rows = PROFILES[name][0](tmp_path)
    anchor = PROFILES[name][2]
    top, _ = place_of(rows, anchor)
    width = max(len(cells) for cells in rows.values())
    filled = data(rows, anchor)
    first = filled[len(filled) // 2]
    for number, value in ((top, FEE), (first, Decimal("10.01"))):
        rows[number] = rows[number] + [None] * (width - len(rows[number])) + [value]
    (told,) = found(tmp_path, name, rows)
    assert (told.code, told.row) == ("column_unknown", top)
    assert told.message.endswith(f"{FEE}»: строк 1, сумма 10.01")


@pytest.mark.parametrize("name", PROFILES)
def test_a_renamed_column_is_named_twice_as_missing_and_as_unknown(tmp_path: Path, name: str) -> None:
    rows = PROFILES[name][0](tmp_path)
    anchor = PROFILES[name][2]
    top, place = place_of(rows, anchor)
    rows[top][place] = FEE
    told = {each.code: each for each in found(tmp_path, name, rows) if each.code.startswith("column_")}
    assert anchor in told["column_missing"].message
    assert "строк в таблице" in told["column_missing"].message
    assert FEE in told["column_unknown"].column
    assert "строк " in told["column_unknown"].message


@pytest.mark.parametrize("name", PROFILES)
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    rows = PROFILES[name][0](tmp_path)
    anchor = PROFILES[name][2]
    top, place = place_of(rows, anchor)
    for number in rows:
        if number >= top and (name != "ozon/realization" or len(rows[number]) > 3):
            rows[number] = [*rows[number][:place], None, *rows[number][place + 1 :]]
    told = [each for each in found(tmp_path, name, rows) if each.code == "column_missing"]
    assert [each.column for each in told] == [anchor]


def test_words_that_decide_what_is_booked_are_missed_in_the_very_first_report(tmp_path: Path) -> None:
    header = "Виды логистики, штрафов и корректировок ВВ"
    rows = weekly(tmp_path)
    _, place = place_of(rows, header)
    without = {number: [*cells[:place], *cells[place + 1 :]] for number, cells in rows.items()}
    (told,) = found(tmp_path, "wildberries/weekly_detail", without)
    assert (told.code, told.column) == ("column_missing", header)


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "generic"])
def test_a_further_sheet_is_named_with_its_rows_and_sums(tmp_path: Path, name: str) -> None:
    services: Sheet = {1: ["Услуга", "Сумма"], 2: ["Упаковка", 120], 3: ["Упаковка", Decimal("30.50")]}
    (told,) = found(tmp_path, name, PROFILES[name][0](tmp_path), {"Новые услуги": services, "Пустой": {}})
    assert told.code == "sheet_unknown"
    assert told.message == "Лист «Новые услуги» не относится к отчёту: строк под первой 2, Сумма: 150.50"


def test_further_sheets_of_a_table_of_ones_own_are_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, "generic", general(tmp_path), {"Заметки": {1: ["Не забыть"], 2: ["Позвонить"]}}) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_new_operation_is_named_once_with_its_rows_and_sums(tmp_path: Path, name: str) -> None:
    rows = PROFILES[name][0](tmp_path)
    operation = PROFILES[name][3]
    _, place = place_of(rows, operation)
    changed = data(rows, operation)[:2]
    rows[changed[0]][place] = "Сбор за воздух"
    rows[changed[1]] = list(rows[changed[0]])
    (told,) = [each for each in found(tmp_path, name, rows) if each.code == "operation_unknown"]
    assert told.row == changed[0]
    assert told.found.find("Сбор за воздух") >= 0
    assert "строк 2, " in told.message
    assert told.message.count(": ") >= 2


# --- JSON -------------------------------------------------------------------------------------------------------------


def answers(folder: Path) -> list[tuple[str, Path, Callable[[Any], list[dict[str, Any]]]]]:
    """The JSON of each API: its channel, its file, and where its records are."""
    wildberries_files.write_json(a_week(), folder / "fin.json", "fin")
    wildberries_files.write_json(a_week(), folder / "v5.json", "v5")
    ozon.write_json(ozon.Month("new", "12700840", date(2025, 10, 1), rows=3), folder / "month.json")
    return [
        ("wildberries", folder / "fin.json", list),
        ("wildberries", folder / "v5.json", list),
        ("ozon", folder / "month.json", lambda told: list(told["result"]["rows"])),
    ]


@pytest.mark.parametrize("place", range(3))
def test_a_new_field_of_an_answer_is_named_with_its_rows_and_sum(tmp_path: Path, place: int) -> None:
    channel, path, records = answers(tmp_path)[place]
    told = json.loads(path.read_text("utf-8"))
    records(told)[0]["ecoFee"] = 10.01
    records(told)[1]["ecoFee"] = "20.02"
    records(told)[2]["ecoFee"] = 0
    path.write_text(json.dumps(told), "utf-8")
    (found,) = read(path, channel).problems
    assert (found.code, found.message) == ("column_unknown", "Неизвестная колонка «ecoFee»: строк 2, сумма 30.03")


@pytest.mark.parametrize(("place", "name"), [(0, "paidStorage"), (1, "storage_fee"), (2, "seller_price_per_instance")])
def test_a_renamed_field_of_an_answer_is_named(tmp_path: Path, place: int, name: str) -> None:
    channel, path, _ = answers(tmp_path)[place]
    path.write_text(path.read_text("utf-8").replace(f'"{name}"', '"ecoFee"'), "utf-8")
    codes = {each.code: each.column for each in read(path, channel).problems}
    assert codes["column_unknown"] == "ecoFee"
    assert place == 2 or "column_missing" in codes


def test_a_further_list_of_an_answer_is_named_with_its_rows(tmp_path: Path) -> None:
    channel, path, _ = answers(tmp_path)[2]
    told = json.loads(path.read_text("utf-8"))
    told["result"]["compensations"] = [{"name": "Потеря", "amount": 100.5}, {"name": "Брак", "amount": 1}]
    path.write_text(json.dumps(told), "utf-8")
    (found,) = read(path, channel).problems
    assert found.code == "sheet_unknown"
    assert "result.compensations.item" in found.found
    assert found.message.endswith("строк под первой 2, amount: 101.50")


# --- nothing at all ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"), (b"\xef\xbb\xbf\n", "file_empty"), (b"[]", "report_empty"), (b"{}", "report_empty"),
        (b'{"result": {"header": {"number": "1"}, "rows": []}}', "report_empty"), (b"[{}]", "report_empty"),
        (b"null", "profile_none"), (b'{"data": null, "error": false}', "report_empty"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channel", ["wildberries", "ozon", "generic"])
def test_an_answer_without_rows_is_refused(tmp_path: Path, content: bytes, code: str, channel: str) -> None:
    (tmp_path / "answer.json").write_bytes(content)
    found = read(tmp_path / "answer.json", channel)
    assert found.refused
    assert found.codes() == [code]


@pytest.mark.parametrize("name", PROFILES)
def test_a_table_of_headers_alone_is_held(tmp_path: Path, name: str) -> None:
    rows = PROFILES[name][0](tmp_path)
    top, _ = place_of(rows, PROFILES[name][2])
    path = tmp_path / DETAIL
    write_table(path, [rows.get(number, []) for number in range(1, top + 1)])
    assert "report_empty" in read(path, PROFILES[name][1]).codes()


def test_rows_that_say_nothing_are_an_empty_report(tmp_path: Path) -> None:
    rows = weekly(tmp_path)
    _, place = place_of(rows, "Обоснование для оплаты")
    blank: list[Value] = [None] * len(rows[1])
    blank[place] = "Услуга платной доставки"
    assert "report_empty" in [
        each.code for each in found(tmp_path, "wildberries/weekly_detail", {1: rows[1], 2: blank})
    ]
