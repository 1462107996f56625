"""ERP items come as a spreadsheet: known by ref, code or article, everything or nothing; what is missing vanishes."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from bridge.flows.catalogue import LinkInput
from bridge.flows.item_sheet import import_items
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from mappings.items import Item, ProductKey
from reports.limits import Limits
from reports.problems import Problem, Refused
from tests.flows.catalogue.shop import MUG, SHIRT, WHO, add_report, counted


def csv(database: Database, folder: Path, text: str, **said: bool) -> dict[str, int]:
    path = folder / "номенклатура.csv"
    path.write_text(text, "utf-8")
    with opened_sheet(path, path.name, Limits(), "items") as sheet:
        return import_items(database, sheet, WHO, **said)


def xlsx(database: Database, folder: Path, rows: list[list[Any]], **said: bool) -> dict[str, int]:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = folder / "номенклатура.xlsx"
    book.save(path)
    with opened_sheet(path, path.name, Limits(), "items") as sheet:
        return import_items(database, sheet, WHO, **said)


def refused(database: Database, folder: Path, text: str, **said: bool) -> list[Problem]:
    before = (counted(database), catalogue.list_items(database)["items"])
    with pytest.raises(BadInput, match="Файл не принят") as caught:
        csv(database, folder, text, **said)
    assert (counted(database), catalogue.list_items(database)["items"]) == before
    return list(caught.value.problems)


def items(database: Database) -> dict[str, dict[str, Any]]:
    return {item["ref"]: item for item in catalogue.list_items(database)["items"]}


def test_a_workbook_creates_items_with_codes_as_text(shop: Database, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Список номенклатуры"],
        [],
        ["Наименование", "Код", "Артикул", "Штрихкод", "Ед. изм.", "НДС", "Группа", "Услуга"],
        ["Чайник", "00-0001", "TEA", 4600000000012, "шт", 0.2, "Посуда", None],
        ["Чайник", "00-0001", "TEA", "0036000291452", "шт", 0.2, "Посуда", None],
        ["Доставка", "00-0002", "", None, "", "Без НДС", "", "да"],
    ]
    assert xlsx(shop, tmp_path, rows) == {"created": 2, "changed": 0, "unchanged": 0}
    assert items(shop)["00-0001"] == {
        "ref": "00-0001", "code": "00-0001", "article": "TEA", "name": "Чайник", "variant": "",
        "barcodes": ["4600000000012", "0036000291452"], "unit": "шт", "vat_rate": "20", "group": "Посуда",
        "is_service": False, "vanished": False,
    }  # fmt: skip
    assert items(shop)["00-0002"]["is_service"] is True
    before = counted(shop)
    assert xlsx(shop, tmp_path, rows) == {"created": 0, "changed": 0, "unchanged": 2}
    assert counted(shop) == before


@pytest.mark.parametrize("header", ["Ссылка;r-mug", "Код;02", "Артикул;MUG"])
def test_an_item_of_the_erp_is_found_by_ref_code_or_article(shop: Database, tmp_path: Path, header: str) -> None:
    column, code = header.split(";")
    assert csv(shop, tmp_path, f"{column};Наименование\n{code};Кружка новая\n")["changed"] == 1
    found = items(shop)
    assert list(found) == ["r-shirt", "r-mug"]
    mug = found["r-mug"]
    kept = (mug["name"], mug["code"], mug["article"], mug["barcodes"], mug["vat_rate"])
    assert kept == ("Кружка новая", "02", "MUG", ["461", "462"], "10")


def test_an_empty_cell_empties_and_a_missing_column_does_not(shop: Database, tmp_path: Path) -> None:
    csv(shop, tmp_path, "Код;Наименование;Штрихкод\n02;Кружка;\n")
    assert (items(shop)["r-mug"]["barcodes"], items(shop)["r-mug"]["article"]) == ([], "MUG")


def test_variants_are_told_apart_by_their_column(shop: Database, tmp_path: Path) -> None:
    text = "Артикул;Наименование;Характеристика\nTEE;Майка;S\nTEE;Майка;M\n"
    assert csv(shop, tmp_path, text)["created"] == 2
    assert csv(shop, tmp_path, text)["unchanged"] == 2
    (problem,) = refused(shop, tmp_path, "Артикул;Наименование\nTEE;Майка новая\n")
    assert (problem.code, problem.row, problem.column) == ("item_ambiguous", 2, "Артикул")


def test_one_wrong_cell_refuses_the_whole_file_with_every_error(shop: Database, tmp_path: Path) -> None:
    text = (
        "Код;Название;Штрихкод;Ставка НДС\n"
        "10;Ложка;461;20\n"
        "11;Вилка;4,6E+12;20\n"
        "12;Нож;463;17\n"
        "12;Ножик;464;17\n"
        ";Безымянный;465;20\n"
    )
    found = refused(shop, tmp_path, text.replace("Название", "Наименование"))
    assert [(one.row, one.column, one.code) for one in found] == [
        (3, "Штрихкод", "code_damaged"), (4, "Ставка НДС", "vat_rate_wrong"), (5, "Наименование", "rows_differ"),
        (6, "Код", "row_nameless"),
    ]  # fmt: skip
    assert all(one.sheet and one.message and one.advice for one in found)
    assert found[1].expected.startswith("22, 20")


def test_lost_zeros_of_a_known_code_are_noticed(shop: Database, tmp_path: Path) -> None:
    (problem,) = refused(shop, tmp_path, "Код;Наименование\n2;Кружка\n")
    assert (problem.code, problem.found, problem.expected) == ("code_damaged", "2", "02")


def test_lost_zeros_of_a_known_article_are_noticed_and_another_item_may_still_have_it(
    shop: Database, tmp_path: Path
) -> None:
    csv(shop, tmp_path, "Артикул;Наименование\n0410380;Радиатор\n")
    (problem,) = refused(shop, tmp_path, "Артикул;Наименование\n410380;Радиатор\n")
    assert (problem.code, problem.column, problem.expected) == ("code_damaged", "Артикул", "0410380")
    assert problem.message.startswith("Артикула «410380» нет")
    csv(shop, tmp_path, "Ссылка;Артикул;Наименование\nr-other;410380;Другой радиатор\n")
    assert items(shop)["r-other"]["article"] == "410380"


def test_two_rows_that_mean_one_item_are_named_by_their_rows(shop: Database, tmp_path: Path) -> None:
    (problem,) = refused(shop, tmp_path, "Ссылка;Код;Наименование\nr-mug;;Кружка\n;01;Рубашка\n;02;Чашка\n")
    assert (problem.code, problem.row, problem.column) == ("ref_repeated", 4, "Код")
    assert "в строках 2 и 4" in problem.message


def test_a_ref_of_another_item_is_not_taken_over(shop: Database, tmp_path: Path) -> None:
    (problem,) = refused(shop, tmp_path, "Код;Наименование\nr-mug;Не кружка\n")
    assert problem.code == "ref_taken"


def test_a_trial_writes_nothing(shop: Database, tmp_path: Path) -> None:
    before = counted(shop)
    assert csv(shop, tmp_path, "Код;Наименование\n02;Чашка\n77;Новая\n", dry_run=True) == {
        "created": 1, "changed": 1, "unchanged": 0,
    }  # fmt: skip
    assert counted(shop) == before
    assert list(items(shop)) == ["r-shirt", "r-mug"]


def test_a_sheet_without_rows_or_columns_is_refused(shop: Database, tmp_path: Path) -> None:
    (problem,) = refused(shop, tmp_path, "Код;Наименование\n")
    assert problem.code == "sheet_empty"
    with pytest.raises(Refused) as caught:
        csv(shop, tmp_path, "Дата;Сумма\n1;2\n")
    (problem,) = caught.value.problems
    assert "«Артикул»" in problem.expected
    assert "Наименование" in problem.advice


# --- vanished and renamed ---------------------------------------------------------------------------------------------


def link(database: Database) -> dict[str, Any]:
    (found,) = catalogue.list_links(database, "shop", "product")["items"]
    return dict(found)


def test_what_a_full_list_has_no_more_vanishes_and_keeps_its_links(shop: Database, tmp_path: Path) -> None:
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="nm-1", item="r-mug", multiplier=2)], WHO)
    add_report(shop, "shop", [ProductKey(key="nm-1")], [(0, "2026-10-01", 1000, 100, "")])
    assert csv(shop, tmp_path, "Код;Наименование\n01;Рубашка Ёлочка\n", full=True) == {
        "created": 0, "changed": 0, "unchanged": 1, "vanished": 1,
    }  # fmt: skip
    assert [(ref, item["vanished"]) for ref, item in items(shop).items()] == [("r-shirt", False), ("r-mug", True)]
    assert (link(shop)["state"], link(shop)["item"], link(shop)["target"]["name"]) == ("broken", "r-mug", "Кружка")
    (waiting,) = catalogue.list_links(shop, "shop", "product", state="unlinked")["items"]
    assert (waiting["key"], waiting["candidates"], waiting["suggestions"]) == ("nm-1", ["r-mug"], [])
    assert catalogue.match_links(shop, "shop", "product", WHO)["linked"] == 0
    assert csv(shop, tmp_path, "Код;Наименование\n01;Рубашка Ёлочка\n02;Кружка\n", full=True) == {
        "created": 0, "changed": 1, "unchanged": 1, "vanished": 0,
    }  # fmt: skip
    assert (link(shop)["state"], link(shop)["multiplier"], link(shop)["version"]) == ("linked", 2, 1)


def test_a_vanished_item_is_not_linked_anew(shop: Database) -> None:
    assert catalogue.put_items(shop, [SHIRT], WHO, full=True)["vanished"] == 1
    with pytest.raises(BadInput, match="Номенклатуры «r-mug» нет"):
        catalogue.put_links(shop, "shop", "product", [LinkInput(key="x", item="r-mug")], WHO)
    add_report(shop, "shop", [ProductKey(key="461", barcode="461")], [(0, "2026-10-01", 1000, 100, "")])
    assert catalogue.match_links(shop, "shop", "product", WHO)["unlinked"] == 1


def test_a_full_list_of_nothing_is_refused(shop: Database) -> None:
    with pytest.raises(BadInput, match="пуст"):
        catalogue.put_items(shop, [], WHO, full=True)
    assert not any(item["vanished"] for item in items(shop).values())


def test_a_renamed_item_keeps_its_links_under_the_new_name(shop: Database) -> None:
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="nm-1", item="r-mug")], WHO)
    renamed = Item(ref="r-mug", code="02", article="CUP", name="Чашка", barcodes=MUG.barcodes, vat_rate="10")
    assert catalogue.put_items(shop, [renamed], WHO)["changed"] == 1
    assert (link(shop)["state"], link(shop)["target"]["name"], link(shop)["version"]) == ("linked", "Чашка", 1)


def test_the_workbook_shows_a_vanished_item_and_comes_back_unchanged(shop: Database, tmp_path: Path) -> None:
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="nm-1", item="r-mug")], WHO)
    catalogue.put_items(shop, [SHIRT], WHO, full=True)
    book = tmp_path / "связи.xlsx"
    export_workbook(shop, "shop", "product", book)
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(book).worksheets[0].iter_rows()]
    (row,) = [row for row in cells if "nm-1" in row]
    assert {"пропал", "r-mug", "MUG", "Кружка"} <= set(row)
    with opened_sheet(book, book.name, Limits()) as sheet:
        merged = upload(shop, sheet, "shop", "product", WHO, dry_run=False).merged
    assert (merged.unchanged, merged.errors, link(shop)["item"]) == (1, [], "r-mug")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"PK\x03\x04", "file_damaged"), (b"%PDF-1", "file_type")]
)
def test_a_file_that_is_no_table_gets_advice_that_speaks_of_a_table(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "номенклатура.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused) as caught, opened_sheet(path, path.name, Limits(), "items"):
        pass
    (problem,) = caught.value.problems
    assert problem.code == code
    assert "отчёт" not in problem.advice
    assert "кабинет" not in problem.advice
