"""The spreadsheet round trip of links: what goes out comes back, two editors never lose a word, the rest is told."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.catalogue import list_links, put_items, put_links
from bridge.flows.link_history import undo
from bridge.flows.links import LinkInput
from bridge.flows.workbook_diff import diff, write_copy
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from mappings.items import Item
from reports.limits import Limits
from reports.problems import Refused

ITEMS = [
    Item(ref="ref-1", article="A-1", name="Кружка", variant="синяя"),
    Item(ref="ref-2", article="A-2", name="Плед"),
    Item(ref="ref-3", article="=cmd|' /C calc'!A0", name="=1+1"),
    Item(ref="ref-4", article="DUP", name="Одеяло"),
    Item(ref="ref-5", article="DUP", name="Подушка"),
]
CODES = [
    "0012045",
    "12345678901234567890",
    "219E01",
    "=cmd|x",
    "+7",
    "-1",
    "@SUM",
    "ключ\nв две строки",
    "_x0041_",
    "😀",
]

Edit = Callable[[Any, dict[str, int]], None]


@pytest.fixture(autouse=True)
def shop(settings: Settings, database: Database) -> None:
    """An account with items and a link for every difficult code."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    for name in ("shop", "other"):
        account = AccountInput(organization="romashka", channel="generic", title="Рынок")
        put_account(database, settings, name, account, "test")
    put_items(database, ITEMS, "test")
    put_links(database, "shop", "product", [LinkInput(key=code, item="ref-1") for code in CODES], "test")


def links(database: Database) -> dict[str, dict[str, Any]]:
    """What the table says now, by key."""
    found = list_links(database, "shop", "product", limit=1000)["items"]
    return {one["key"]: {name: one[name] for name in ("item", "multiplier", "note", "valid_to")} for one in found}


def exported(database: Database, path: Path, language: Any = "ru") -> Path:
    """Export the table of goods."""
    export_workbook(database, "shop", "product", path, language)
    return path


def edited(path: Path, target: Path, edit: Edit) -> Path:
    """Change cells as a person does in a spreadsheet program; ``edit`` gets the sheet and rows by key."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = {str(sheet.cell(row, column(sheet, "Ключ площадки")).value): row for row in range(4, sheet.max_row + 1)}
    edit(sheet, rows)
    book.save(target)
    return target


def column(sheet: Any, header: str) -> int:
    """The place of a column."""
    return next(int(cell.column) for cell in sheet[3] if cell.value == header)


def put(sheet: Any, row: int, header: str, value: Any) -> None:
    """Write into a cell."""
    sheet.cell(row, column(sheet, header)).value = value


def taken(database: Database, path: Path, *, dry_run: bool = False, account: str = "shop", name: str = "") -> Any:
    """Upload a file and return the diff."""
    with opened_sheet(path, name or path.name, Limits()) as sheet:
        uploaded = upload(database, sheet, account, "product", "test", dry_run=dry_run)
        return diff(uploaded, sheet, dry_run=dry_run, limit=1000)


def test_what_was_exported_changes_nothing_when_it_comes_back(database: Database, tmp_path: Path) -> None:
    before = links(database)
    found = taken(database, exported(database, tmp_path / "book.xlsx"))
    assert found["counts"] == {
        "rows": len(CODES), "new": 0, "changed": 0, "removed": 0, "unchanged": len(CODES), "conflicts": 0, "errors": 0,
        "applied": 0,
    }  # fmt: skip
    assert links(database) == before
    assert found["set"] == ""


@pytest.mark.parametrize("language", ["pl", "en"])
def test_headers_of_other_languages_are_understood(database: Database, tmp_path: Path, language: str) -> None:
    found = taken(database, exported(database, tmp_path / "book.xlsx", language))
    assert found["counts"]["unchanged"] == len(CODES)


def test_codes_stand_in_text_cells_and_nothing_is_a_formula(database: Database, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(exported(database, tmp_path / "book.xlsx")).worksheets[0]
    cells = [sheet.cell(row, column(sheet, "Ключ площадки")) for row in range(4, sheet.max_row + 1)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert all(cell.protection.locked for cell in cells)
    dangerous = [cell for cell in cells if str(cell.value)[0] in "=+-@"]
    assert dangerous
    assert all(cell.quotePrefix for cell in dangerous)
    assert not sheet.cell(4, column(sheet, "Номенклатура")).protection.locked


def test_edits_are_shown_then_written_as_one_set(database: Database, tmp_path: Path) -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["0012045"], "Номенклатура", "Плед · A-2 [ref-2]")
        put(sheet, rows["219E01"], "Штук в 1", 3)
        put(sheet, rows["+7"], "Номенклатура", None)
        put(sheet, rows["@SUM"], "Артикул в учёте", "A-2")
        put(sheet, rows["😀"], "Примечание", "=не формула")

    book = edited(exported(database, tmp_path / "book.xlsx"), tmp_path / "mine.xlsx", edit)
    before = links(database)
    seen = taken(database, book, dry_run=True)
    assert links(database) == before
    found = taken(database, book)
    assert found["counts"] == {**seen["counts"], "applied": 4}
    assert [one["column"] for one in found["errors"]] == ["Примечание"]  # what openpyxl wrote there is a formula
    after = links(database)
    assert after["0012045"]["item"] == "ref-2"
    assert after["219E01"]["multiplier"] == 3
    assert "+7" not in after
    assert after["@SUM"]["item"] == "ref-2"
    assert found["set"]
    assert [one["key"] for one in found["removed"]] == ["+7"]


def test_a_live_formula_is_refused_with_its_cell(database: Database, tmp_path: Path) -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["0012045"], "Номенклатура", '="ref-"&"2"')
        put(sheet, rows["219E01"], "Примечание", "заметка")

    book = edited(exported(database, tmp_path / "book.xlsx"), tmp_path / "mine.xlsx", edit)
    found = taken(database, book)
    assert [(one["column"], one["code"]) for one in found["errors"]] == [("Номенклатура", "cell_refused")]
    assert links(database)["0012045"]["item"] == "ref-1"
    assert links(database)["219E01"]["note"] == "заметка"


def test_two_editors_merge_by_cell_or_are_told(database: Database, tmp_path: Path) -> None:
    book = exported(database, tmp_path / "book.xlsx")

    def first(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["0012045"], "Номенклатура", "ref-2")
        put(sheet, rows["219E01"], "Примечание", "первый")

    def second(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["0012045"], "Номенклатура", "ref-3")
        put(sheet, rows["219E01"], "Штук в 1", 2)

    taken(database, edited(book, tmp_path / "one.xlsx", first))
    mine = edited(book, tmp_path / "two.xlsx", second)
    found = taken(database, mine)
    assert [(one["key"], one["column"], one["base"], one["theirs"], one["mine"]) for one in found["conflicts"]] == [
        ("0012045", "item", "ref-1", "ref-2", "ref-3")
    ]
    after = links(database)
    assert after["0012045"]["item"] == "ref-2"
    assert (after["219E01"]["multiplier"], after["219E01"]["note"]) == (2, "первый")


def test_the_copy_goes_on_from_the_table(database: Database, tmp_path: Path) -> None:
    book = exported(database, tmp_path / "book.xlsx")
    taken(database, edited(book, tmp_path / "1.xlsx", lambda s, rows: put(s, rows["+7"], "Номенклатура", "ref-2")))

    def second(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["+7"], "Номенклатура", "ref-3")
        put(sheet, rows["-1"], "Номенклатура", "нет такой")
        put(sheet, rows["@SUM"], "Штук в 1", 5)
        put(sheet, rows["219E01"], "Номенклатура", "A-2")
        for cell in ("Состояние", "Артикул в учёте", "Название в учёте"):
            put(sheet, rows["219E01"], cell, {"Состояние": "не связан"}.get(cell))

    copy = tmp_path / "copy.xlsx"
    with opened_sheet(edited(book, tmp_path / "2.xlsx", second), "2.xlsx", Limits()) as sheet:
        write_copy(database, upload(database, sheet, "shop", "product", "test", dry_run=False), sheet, copy)
    shown = openpyxl.load_workbook(copy).worksheets[0]
    told = {str(row[2].value): str(row[1].value or "") for row in shown.iter_rows(min_row=4)}
    assert "ref-2" in told["+7"]
    assert "нет такой" in told["-1"]
    assert told["@SUM"] == ""
    linked = {header: shown.cell(row, column(shown, header)).value for row in range(4, shown.max_row + 1)
              if shown.cell(row, 3).value == "219E01"
              for header in ("Состояние", "Номенклатура", "Артикул в учёте", "Название в учёте")}  # fmt: skip
    assert list(linked.values()) == ["связан", "ref-2", "A-2", "Плед"]
    assert not shown.column_dimensions["B"].hidden
    again = taken(
        database, edited(copy, tmp_path / "3.xlsx", lambda s, rows: put(s, rows["-1"], "Номенклатура", "A-2"))
    )
    assert (again["counts"]["changed"], again["counts"]["conflicts"], again["counts"]["errors"]) == (2, 0, 0)
    after = links(database)
    assert (after["+7"]["item"], after["-1"]["item"], after["@SUM"]["multiplier"]) == ("ref-3", "ref-2", 5)


@pytest.mark.parametrize(
    "text",
    [
        "Ключ;Номенклатура;Множитель;Примечание\nНОВЫЙ;A-2;3;да\n",
        "Note,Multiplier,Item,Key\nда,3,ref-2,НОВЫЙ\n",
        "Klucz\tPozycja\tMnożnik\tUwaga\nНОВЫЙ\tA-2\t3\tда\n",
    ],
)
def test_a_plain_list_is_taken(database: Database, tmp_path: Path, text: str) -> None:
    (tmp_path / "list.csv").write_text(text, "utf-8")
    found = taken(database, tmp_path / "list.csv")
    assert found["counts"]["new"] == found["counts"]["applied"] == 1
    assert links(database)["НОВЫЙ"] == {"item": "ref-2", "multiplier": 3, "note": "да", "valid_to": None}


def test_a_plain_list_keeps_what_it_does_not_name_and_removes_nothing(database: Database, tmp_path: Path) -> None:
    put_links(database, "shop", "product", [LinkInput(key="+7", item="ref-1", multiplier=4, note="хранить")], "test")
    (tmp_path / "list.csv").write_text("Ключ;Номенклатура\n+7;ref-2\n-1;\n", "utf-8")
    found = taken(database, tmp_path / "list.csv")
    assert (found["counts"]["changed"], found["counts"]["removed"]) == (1, 0)
    assert links(database)["+7"] == {"item": "ref-2", "multiplier": 4, "note": "хранить", "valid_to": None}
    assert links(database)["-1"]["item"] == "ref-1"


@pytest.mark.parametrize(
    ("row", "column_name", "code"),
    [
        ("4,6E+12;ref-1;1", "Ключ", "cell_refused"),
        ("12045;ref-1;1", "Ключ", "code_damaged"),
        ("X;DUP;1", "Номенклатура", "item_ambiguous"),
        ("X;нет;1", "Номенклатура", "item_unknown"),
        ("X;ref-1;0", "Множитель", "multiplier_wrong"),
        ("X;ref-1;1.5", "Множитель", "multiplier_wrong"),
        (";ref-1;1", "Ключ", "text_empty"),
    ],
)
def test_what_is_wrong_is_told_by_cell(
    database: Database, tmp_path: Path, row: str, column_name: str, code: str
) -> None:  # fmt: skip
    (tmp_path / "list.csv").write_text(f"Ключ;Номенклатура;Множитель\n{row}\nХОРОШИЙ;ref-2;1\n", "utf-8")
    found = taken(database, tmp_path / "list.csv")
    assert [(one["row"], one["column"], one["code"]) for one in found["errors"]] == [(2, column_name, code)]
    assert links(database)["ХОРОШИЙ"]["item"] == "ref-2"


def test_a_key_that_a_list_names_twice_is_told_at_the_key(database: Database, tmp_path: Path) -> None:
    lines = "Ключ;Номенклатура;Множитель;Примечание\nX;ref-1;1;\nX;ref-2;1;\n"
    (tmp_path / "list.csv").write_text(lines, "utf-8")
    errors = taken(database, tmp_path / "list.csv")["errors"]
    assert [(one["row"], one["column"], one["code"]) for one in errors] == [
        (2, "Ключ", "link_repeated"),
        (3, "Ключ", "link_repeated"),
    ]
    assert "начал" not in errors[0]["message"]


def test_a_table_of_another_program_is_refused_by_its_kind(database: Database, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    with pytest.raises(Refused, match="ODS") as caught:
        taken(database, tmp_path / "list.ods")
    (told,) = caught.value.problems
    assert (told.code, told.advice) == ("file_type", "Сохраните таблицу как книгу Excel (.xlsx) или CSV")


def test_price_shares_that_are_no_whole_are_told_in_their_cell(database: Database, tmp_path: Path) -> None:
    text = 'Ключ;Номенклатура;Комплект\nX;;"1 × ref-1 (0.7); 1 × ref-2 (0.7)"\nY;;"1 × ref-1 (70); 1 × ref-2 (30)"\n'
    (tmp_path / "list.csv").write_text(text, "utf-8")
    (error,) = taken(database, tmp_path / "list.csv")["errors"]
    assert (error["row"], error["column"], error["code"], error["found"]) == (2, "Комплект", "share_sum", "1.4")
    assert "Y" in links(database)


def test_a_number_in_the_key_cell_that_lost_its_zeros_is_named(database: Database, tmp_path: Path) -> None:
    book = edited(
        exported(database, tmp_path / "book.xlsx"),
        tmp_path / "mine.xlsx",
        lambda sheet, rows: put(sheet, rows["0012045"], "Ключ площадки", 12045),
    )
    (error,) = taken(database, book)["errors"]
    assert (error["code"], error["found"], error["expected"]) == ("key_damaged", "12045", "0012045")


def test_a_workbook_of_another_account_and_a_table_without_headers_are_refused(
    database: Database, tmp_path: Path
) -> None:
    book = exported(database, tmp_path / "book.xlsx")
    with pytest.raises(BadInput, match="shop/product"):
        taken(database, book, account="other")
    (tmp_path / "list.csv").write_text("Товар;Остаток\nA;1\n", "utf-8")
    with pytest.raises(Refused, match="не найдена"):
        taken(database, tmp_path / "list.csv")
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04broken")
    with zipfile.ZipFile(tmp_path / "inside.zip", "w") as archive:
        archive.write(book, "book.xlsx")
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(tmp_path / "doctype.xlsx", "w") as archive:
        for name in whole.namelist():
            data = whole.read(name)
            spoilt = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;" if name == "xl/workbook.xml" else b""
            archive.writestr(name, spoilt or data)
    for name in ("bad.xlsx", "inside.zip", "doctype.xlsx"):
        with pytest.raises(Refused):
            taken(database, tmp_path / name)


def test_rows_that_contradict_each_other_are_refused_together(database: Database, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(
        "Ключ;Номенклатура;Действует с;Действует по\nD;ref-1;;31.08.2026\nD;ref-2;15.08.2026;\nE;ref-1;;\n", "utf-8"
    )
    found = taken(database, tmp_path / "list.csv")
    assert {one["row"] for one in found["errors"]} == {2, 3}
    assert set(links(database)) == {*CODES, "E"}


def test_a_row_copied_for_another_period_is_a_link_of_its_own(database: Database, tmp_path: Path) -> None:
    def edit(sheet: Any, rows: dict[str, int]) -> None:
        for place in range(1, sheet.max_column + 1):
            sheet.cell(20, place).value = sheet.cell(rows["+7"], place).value
        put(sheet, rows["+7"], "Действует по", "31.08.2026")
        put(sheet, 20, "Действует с", "2026-09-01")
        put(sheet, 20, "Номенклатура", "ref-2")

    found = taken(database, edited(exported(database, tmp_path / "book.xlsx"), tmp_path / "mine.xlsx", edit))
    assert (found["counts"]["new"], found["counts"]["changed"], found["errors"]) == (1, 1, [])
    dated = [one for one in list_links(database, "shop", "product", limit=1000)["items"] if one["key"] == "+7"]
    assert sorted((one["valid_from"] or "", one["item"]) for one in dated) == [("", "ref-1"), ("2026-09-01", "ref-2")]


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "google_sheets.xlsx"])
def test_a_workbook_saved_by_another_program_says_the_same(database: Database, tmp_path: Path, name: str) -> None:
    """One was saved by LibreOffice; the other has shared strings, its columns turned round and no hidden list."""
    sample = Path(__file__).parent.parent / "samples" / "mappings" / name
    found = taken(database, sample)
    assert (found["counts"]["unchanged"], found["errors"], found["conflicts"]) == (len(CODES), [], [])
    assert found["exported_at"]

    def edit(sheet: Any, rows: dict[str, int]) -> None:
        put(sheet, rows["0012045"], "Номенклатура", "A-2")

    found = taken(database, edited(sample, tmp_path / "mine.xlsx", edit))
    assert links(database)["0012045"]["item"] == "ref-2"


def test_an_upload_is_undone_as_one_step(database: Database, tmp_path: Path) -> None:
    before = links(database)

    def edit(sheet: Any, rows: dict[str, int]) -> None:
        for code in CODES[:4]:
            put(sheet, rows[code], "Номенклатура", "ref-2")
        put(sheet, rows["+7"], "Номенклатура", None)

    found = taken(database, edited(exported(database, tmp_path / "book.xlsx"), tmp_path / "mine.xlsx", edit))
    assert found["counts"]["applied"] == 5
    assert links(database) != before
    undo(database, "shop", "product", found["set"], "test")
    assert links(database) == before
