"""The copy of a workbook with errors speaks the language of the workbook: its words, headers and states."""

import re
from pathlib import Path

import openpyxl
import pytest

from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.catalogue import put_items, put_links
from bridge.flows.links import LinkInput
from bridge.flows.workbook_diff import diff, write_copy
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from mappings.items import Item
from mappings.sheet import Language, words
from reports.limits import Limits

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_HEADERS = {"en": "Key;Item;Multiplier;Components;Valid from;Valid to;Note",
            "pl": "Klucz;Pozycja;Mnożnik;Zestaw;Ważne od;Ważne do;Uwaga"}  # fmt: skip
ROWS = {
    "no-item": "K;nothing;1;;;;", "pieces": "K;ref-1;0;;;;", "day": "K;ref-1;1;;31.31.2026;;", "no-key": ";ref-1;1;;;;",
    "kit": "K;;1;two of ref-1;;;", "share": "K;;1;1 × ref-1 (0);;;", "shares": "K;;1;1 × ref-1 (0.5); 1 × ref-2;;;",
    "sum": "K;;1;1 × ref-1 (0.7); 1 × ref-2 (0.7);;;",
    "part-pieces": "K;;1;0 × ref-1;;;", "part-item": "K;;1;1 × nothing;;;", "two-items": "K;DUP;1;;;;",
    "order": "K;ref-1;1;;2026-02-01;2026-01-01;", "long": f"K;ref-1;1;;;;{'n' * 1001}",
    "damaged": "4,6E+12;ref-1;1;;;;",
    "zeros": "12045;ref-1;1;;;;", "many": f"K;;1;{'; '.join(['1 × ref-1'] * 101)};;;",
    "overlap": "K;ref-1;1;;;2026-08-31;\nK;ref-2;1;;2026-08-15;;", "twice": "K;ref-1;1;;;;\nK;ref-2;1;;;;",
}  # fmt: skip


@pytest.fixture(autouse=True)
def shop(settings: Settings, database: Database) -> None:
    """An account with items and a link, whose names have no Cyrillic letter."""
    organization = Organization(title="Daisy", inn="7712345671", kpp="771201001", tax_system="general", prefix="D")
    put_organization(database, "daisy", organization, "test")
    put_account(database, settings, "shop", AccountInput(organization="daisy", channel="generic"), "test")
    named = {"ref-1": "A-1", "ref-2": "A-2", "ref-3": "DUP", "ref-4": "DUP"}
    put_items(database, [Item(ref=ref, article=article, name=ref) for ref, article in named.items()], "test")
    links = [LinkInput(key="0012045", item="ref-1"), LinkInput(key="other", item="ref-1")]
    put_links(database, "shop", "product", links, "test")


def copied(database: Database, path: Path, kind: str = "product") -> tuple[list[list[str]], list[str]]:
    """Upload a sheet; returns the rows of its copy as text, the header first, and the codes of the errors."""
    copy = path.with_name("copy.xlsx")
    with opened_sheet(path, path.name, Limits()) as sheet:
        uploaded = upload(database, sheet, "shop", kind, "test", dry_run=True)
        codes = [one["code"] for one in diff(uploaded, sheet, dry_run=True, limit=10)["errors"]]
        write_copy(database, uploaded, sheet, copy)
    shown = openpyxl.load_workbook(copy).worksheets[0]
    return [[str(cell or "") for cell in row] for row in shown.iter_rows(min_row=3, values_only=True)], codes


@pytest.mark.parametrize("language", ["ru", "pl", "en"])
def test_a_returned_workbook_keeps_its_language(database: Database, tmp_path: Path, language: Language) -> None:
    export_workbook(database, "shop", "product", tmp_path / "book.xlsx", language)
    put_links(database, "shop", "product", [LinkInput(key="other", item="ref-2")], "test")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    sheet = book.worksheets[0]
    place = list(words().columns).index("item") + 1
    rows = {str(sheet.cell(row, 3).value): row for row in range(4, sheet.max_row + 1)}
    sheet.cell(rows["0012045"], place).value = "nothing"
    sheet.cell(rows["other"], place).value = "A-1x"
    book.save(tmp_path / "mine.xlsx")
    put_items(database, [Item(ref="A-1x", name="A-1x")], "test")
    (header, *lines), _ = copied(database, tmp_path / "mine.xlsx")
    assert header[: len(words().columns)] == [column.title[language] for column in words().columns.values()]
    by_key = {line[2]: line for line in lines}
    item, states = words().columns["item"].title[language], words().states
    wrong = {"ru": "Номенклатуры «nothing» нет. Выберите", "pl": "Nie ma pozycji „nothing”. Wybierz",
             "en": "There is no item “nothing”. Choose"}  # fmt: skip
    conflict = {"ru": "было «ref-1», другой человек записал «ref-2», у вас «A-1x»",
                "pl": "było „ref-1”, ktoś inny zapisał „ref-2”, u Ciebie „A-1x”",
                "en": "it was “ref-1”, somebody else wrote “ref-2”, yours is “A-1x”"}  # fmt: skip
    assert by_key["0012045"][0] == states["wrong"][language]
    assert by_key["0012045"][1].startswith(f"{item}: {wrong[language]}")
    assert by_key["other"][:2] == [states["conflict"][language], f"{item}: {conflict[language]}"]


@pytest.mark.parametrize(
    ("language", "table", "target"), [("pl", "Magazyny (FBO i FBS)", "Magazyn"), ("en", "Warehouses", "Warehouse")]
)
def test_a_workbook_of_texts_names_its_table_in_its_language(
    database: Database, tmp_path: Path, language: Language, table: str, target: str
) -> None:
    put_links(database, "shop", "warehouse", [LinkInput(key="MSK", item="Main")], "test")
    export_workbook(database, "shop", "warehouse", tmp_path / "book.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    texts = [str(cell or "") for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert table in texts[0]
    assert target in texts
    assert not _CYRILLIC.search("".join([*texts, *book.sheetnames]))
    with opened_sheet(tmp_path / "book.xlsx", "book.xlsx", Limits()) as sheet:
        merged = upload(database, sheet, "shop", "warehouse", "test", dry_run=True).merged
    assert (merged.unchanged, merged.errors) == (1, [])


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_whatever_is_wrong_in_a_list_is_said_without_a_russian_word(
    database: Database, tmp_path: Path, language: str, row: str
) -> None:
    quoted = "\n".join(_with_kit(line) for line in ROWS[row].split("\n"))
    (tmp_path / "list.csv").write_text(f"{_HEADERS[language]}\n{quoted}\n", "utf-8")
    (_, *lines), codes = copied(database, tmp_path / "list.csv")
    assert codes
    for line in lines:
        assert line[1]
        assert not _CYRILLIC.search("".join(line))


@pytest.mark.parametrize("cells", ["MSK;Main;2;;;;", "MSK;;1;1 × ref-1;;;", "MSK;Main;1;;2026-01-01;;"])
def test_what_a_table_cannot_hold_is_said_in_the_language_too(database: Database, tmp_path: Path, cells: str) -> None:
    (tmp_path / "list.csv").write_text(f"{_HEADERS['en']}\n{cells}\n", "utf-8")
    (_, line), codes = copied(database, tmp_path / "list.csv", "courier")
    assert (len(codes), line[1].count("able")) == (1, 1)
    assert not _CYRILLIC.search("".join(line))


def _with_kit(line: str) -> str:
    """Quote the kit, which has the semicolon of the list in it."""
    head, middle = line.split(";", 3)[:3], line.split(";", 3)[3]
    kit, *tail = middle.rsplit(";", 3)
    return ";".join([*head, f'"{kit}"', *tail])
