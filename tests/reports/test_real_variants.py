"""Real files, changed as files of other sellers and programs differ: the same totals, or held with a place."""

import json
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reports.checks import Amounts
from tests.reports.reader import Read, content, read
from tests.reports.test_real_samples import DETAIL, ENGINES, FOLDER, JSON, REGISTER, UPD, pytestmark

__all__ = ["pytestmark"]
MONTH = "ozon_realization_2025-02.xlsx"
ANSWER = "ozon_api_realization_v2_derived_2025-05.json"
ACCRUALS = "ozon_accruals_2025-02.xlsx"
SHEET = "xl/worksheets/sheet1.xml"
PAYOUTS = {DETAIL: "55027.83", REGISTER: "4375228.47", MONTH: "5800711.97"}
HEADERS = {DETAIL: 1, REGISTER: 1, MONTH: 15}
Rows = list[list[Any]]


def channel(name: str) -> str:
    return "wildberries" if name.startswith("wb") else "ozon"


def whole(path: Path, name: str, engine: str = "") -> Read:
    """Read a variant that must say exactly what the real file says."""
    found = read(path, channel(name), engine=engine)
    content(found)
    assert found.summary
    assert Amounts(found.summary).payout() == Decimal(PAYOUTS[name])
    return found


def saved(folder: Path, name: str, change: Callable[[Rows], object] = lambda rows: None) -> Path:
    """Save the rows of a real file anew, as a spreadsheet program does: shared strings, styles, a true dimension."""
    book = openpyxl.load_workbook(FOLDER / name)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    change(rows)
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    made.save(folder / name)
    return folder / name


def edited(folder: Path, name: str, change: Callable[[str], str]) -> Path:
    """Change the text of the sheet inside the workbook and nothing else."""
    with zipfile.ZipFile(FOLDER / name) as old, zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            inside = old.read(part)
            new.writestr(part, change(inside.decode()).encode() if part == SHEET else inside)
    return folder / name


def shown(value: object) -> object:
    """A number as a person sees it: grouped by hard spaces, with a comma."""
    if not isinstance(value, float):
        return value
    return f"{Decimal(repr(value)):,f}".replace(",", "\u00a0").replace(".", ",")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PAYOUTS)
def test_a_file_that_was_saved_again(tmp_path: Path, name: str, engine: str) -> None:
    whole(saved(tmp_path, name), name, engine)


@pytest.mark.parametrize("name", PAYOUTS)
def test_numbers_as_text(tmp_path: Path, name: str) -> None:
    def write(rows: Rows) -> None:
        rows[HEADERS[name] :] = [[shown(value) for value in row] for row in rows[HEADERS[name] :]]

    whole(saved(tmp_path, name, write), name)


@pytest.mark.parametrize("name", PAYOUTS)
def test_the_noise_of_binary_fractions(tmp_path: Path, name: str) -> None:
    def add(rows: Rows) -> None:
        noise = 0.1 + 0.2 - 0.3
        for row in rows[HEADERS[name] :]:
            row[:] = [value + noise if isinstance(value, float) else value for value in row]

    found = read(saved(tmp_path, name, add), channel(name))
    assert found.codes() == []
    assert all(check.ok for check in found.checks()[0])


DAYS: dict[str, Callable[[date], object]] = {
    "a date": lambda day: day,
    "the last second of the day": lambda day: datetime(day.year, day.month, day.day, 23, 59, 59),
    "the Russian way": lambda day: f"{day:%d.%m.%Y}",
    "with a time zone": lambda day: f"{day}T00:00:00+03:00",
}


@pytest.mark.parametrize("how", DAYS)
def test_dates_written_in_other_ways(tmp_path: Path, how: str) -> None:
    def write(rows: Rows) -> None:
        place = rows[0].index("Дата продажи")
        for row in rows[1:]:
            row[place] = DAYS[how](date.fromisoformat(row[place]))

    assert whole(saved(tmp_path, DETAIL, write), DETAIL).lines[0].date == "2025-08-25"


@pytest.mark.parametrize("name", [DETAIL, REGISTER])
def test_columns_in_another_order_below_other_rows(tmp_path: Path, name: str) -> None:
    def shuffle(rows: Rows) -> None:
        order = list(range(max(map(len, rows))))
        random.Random(7).shuffle(order)
        rows[:] = [["Отчёт"], [], *([row[place] for place in order] for row in rows), [], [" "]]

    whole(saved(tmp_path, name, shuffle), name)


CELLS: dict[str, Callable[[str], str]] = {
    "text inside the cell": lambda text: re.sub(
        r' t="str"([^>]*)><v[^>]*>(.*?)</v>', r' t="inlineStr"\1><is><t>\2</t></is>', text, flags=re.DOTALL
    ),
    "cells without addresses": lambda text: re.sub(r'<c r="[A-Z]+\d+"', "<c", text),
    "the widest dimension": lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text),
    "formulas with results": lambda text: re.sub(r"><v>(\d+\.\d+)</v>", r"><f>\1+0</f><v>\1</v>", text),
    "numbers with exponents": lambda text: re.sub(
        r"<v>(\d+\.\d+)</v>", lambda found: f"<v>{float(found[1]):.16E}</v>", text
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", CELLS)
def test_cells_written_in_other_ways(tmp_path: Path, how: str, engine: str) -> None:
    whole(edited(tmp_path, DETAIL, CELLS[how]), DETAIL, engine)


@pytest.mark.parametrize("name", [DETAIL, REGISTER, MONTH, ACCRUALS])
def test_a_visible_copy_is_held_and_a_hidden_one_is_not_read(tmp_path: Path, name: str) -> None:
    book = openpyxl.load_workbook(FOLDER / name)
    copy = book.copy_worksheet(book.worksheets[0])
    book.save(tmp_path / name)
    told = next(one for one in read(tmp_path / name, channel(name)).problems if one.code == "rows_overlap")
    assert told.sheet == copy.title
    copy.sheet_state = "hidden"
    book.save(tmp_path / name)
    assert read(tmp_path / name, channel(name)).codes() == []


def test_an_archive_of_two_parts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "Еженедельный детализированный отчет №467882203_1.zip", "w") as archive:
        for part, (first, last) in enumerate(((1, 250), (250, 477)), 1):

            def cut(rows: Rows, first: int = first, last: int = last) -> None:
                rows[:] = [rows[0], *rows[first:last]]

            archive.write(saved(tmp_path, DETAIL, cut), f"отчет №467882203_1 - {part}.xlsx")
    found = whole(Path(str(archive.filename)), DETAIL)
    assert found.summary and (found.summary.number, found.summary.rows_used) == ("467882203", 476)


def test_the_answer_of_the_api_with_numbers_and_nulls(tmp_path: Path) -> None:
    records = json.loads((FOLDER / JSON).read_text("utf-8"))
    for record in records:
        for name, value in record.items():
            number = isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value)
            record[name] = None if value in ("0", 0, "") else float(value) if number else value
    (tmp_path / JSON).write_text(json.dumps({"data": records}, ensure_ascii=False), "utf-8-sig")
    whole(tmp_path / JSON, DETAIL)


@pytest.mark.parametrize("half", ["delivery_commission", "return_commission"])
def test_a_month_of_one_half_from_the_api(tmp_path: Path, half: str) -> None:
    told = json.loads((FOLDER / ANSWER).read_text("utf-8"))
    other = {"delivery_commission": "return_commission", "return_commission": "delivery_commission"}[half]
    rows = [row | {other: None} for row in told["result"]["rows"] if row[half]]
    total = sum((Decimal(str(row[half]["total"])) for row in rows), Decimal(0))
    total = total if half.startswith("delivery") else -total
    told["result"]["rows"] = rows
    told["result"]["header"]["doc_amount"] = str(total)
    (tmp_path / ANSWER).write_text(json.dumps(told), "utf-8")
    found = read(tmp_path / ANSWER, "ozon")
    assert content(found)["payout"] == f"{total.normalize():f}"


ENCODED = {"utf-8": "utf-8", "utf-8 with a mark": "utf-8-sig", "utf-16": "utf-16", "windows-1251": "windows-1251"}


@pytest.mark.parametrize("how", ENCODED)
def test_the_upd_in_other_encodings_and_with_a_namespace(tmp_path: Path, how: str) -> None:
    text = (FOLDER / UPD).read_bytes().decode("cp1251")
    said = ENCODED[how].removesuffix("-sig")
    text = text.replace('encoding="windows-1251"', f'encoding="{said}"')
    text = re.sub(r"<(/?)([А-Я])", r"<\1n:\2", text).replace("<n:Файл ", '<n:Файл xmlns:n="urn:x" ', 1)
    (tmp_path / UPD).write_bytes(text.encode(ENCODED[how]))
    found = content(read(tmp_path / UPD, "ozon"))
    assert (found["number"], found["payout"]) == ("ТД-01234", "-7740.25")
