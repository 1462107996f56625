"""Lists that people upload: headers in three languages, damaged codes, several rows of one thing."""

import pytest

from mappings.item_sheet import read_items, vat_rate
from mappings.sheet_rows import Binding
from mappings.upload_sheet import CellProblem, bind_list, header_of, list_sheets, split_codes

HEADERS = {
    "ru": "Ссылка;Код;Артикул;Наименование;Характеристика;Штрихкод;Единица;Ставка НДС;Группа;Услуга",
    "pl": "Ref;Kod;Artykuł;Nazwa;Wariant;Kod kreskowy;Jednostka;Stawka VAT;Grupa;Usługa",
    "en": "Ref;Code;Article;Name;Variant;Barcode;Unit;VAT rate;Group;Service",
}
FIELDS = ["ref", "code", "article", "name", "variant", "barcodes", "unit", "vat_rate", "group", "is_service"]


def bound(header: str) -> Binding:
    found = bind_list("items", 1, header.split(";"))
    assert found is not None
    return found


def problems(header: str, *rows: list[object], formulas: tuple[tuple[int, int], ...] = ()) -> list[CellProblem]:
    return read_items(bound(header), list(enumerate(rows, 2)), set(formulas))[1]


@pytest.mark.parametrize("language", HEADERS)
def test_headers_are_known_in_three_languages_in_any_order(language: str) -> None:
    names = HEADERS[language].split(";")
    assert bound(";".join(names)).places == dict(zip(FIELDS, range(10), strict=True))
    turned = bound(";".join(reversed(names)))
    assert [name for name, _ in sorted(turned.places.items(), key=lambda one: one[1])] == FIELDS[::-1]


def test_our_own_names_and_sloppy_headers_are_known_too() -> None:
    assert set(bound(";".join(FIELDS)).places) == set(FIELDS)
    assert set(bound(" АРТИКУЛ:;НАИМЕНОВАНИЕ *;Ед._изм.").places) == {"article", "name", "unit"}


@pytest.mark.parametrize("header", ["Наименование;Штрихкод", "Артикул;Единица", "Дата;Сумма"])
def test_a_list_that_cannot_name_its_items_is_no_list_of_items(header: str) -> None:
    assert bind_list("items", 1, header.split(";")) is None


def test_the_column_with_the_very_title_is_taken_before_one_that_only_may_mean_it() -> None:
    found = bind_list("listings", 1, ["Предмет", "Код номенклатуры", "Артикул", "Артикул продавца", "Название"])
    assert found is not None
    assert found.places == {"marketplace_id": 1, "article": 3, "name": 4}


@pytest.mark.parametrize("kind", ["items", "listings"])
def test_no_header_means_two_columns(kind: str) -> None:
    sheet = list_sheets()[kind]
    words = [word for column in sheet.columns.values() for word in {*column.also, *column.title.values()}]
    assert len(words) == len(set(words))
    assert all(name in sheet.columns for group in sheet.needs for name in group)


def test_the_barcodes_of_a_cell_and_of_repeated_rows_unite() -> None:
    rows: list[tuple[int, list[object]]] = [
        (2, ["MUG", "Кружка", "461, 462;463"]), (3, ["CAP", "Кепка", ""]), (4, ["MUG", "", "462|464\n465"]),
    ]  # fmt: skip
    entries, wrong = read_items(bound("Артикул;Наименование;Штрихкод"), rows, set())
    assert wrong == []
    assert [(one.row, one.code, one.says["barcodes"]) for one in entries] == [
        (2, "MUG", ("461", "462", "463", "464", "465")), (3, "CAP", ()),
    ]  # fmt: skip


def test_repeated_rows_that_differ_are_a_problem_of_the_later_row() -> None:
    (one,) = problems("Код;Наименование;Штрихкод", ["1", "Кружка", "461"], ["1", "Чашка", "462"])
    assert (one.code, one.row, one.column, one.found, one.expected) == ("rows_differ", 3, "name", "Чашка", "Кружка")


def test_variants_of_one_article_are_items_of_their_own() -> None:
    rows: list[tuple[int, list[object]]] = [(2, ["TEE", "Майка", "S"]), (3, ["TEE", "Майка", "M"])]
    entries, wrong = read_items(bound("Артикул;Наименование;Характеристика"), rows, set())
    assert wrong == []
    assert [one.new_ref() for one in entries] == ["TEE/S", "TEE/M"]


def test_a_row_is_known_by_ref_else_code_else_article() -> None:
    rows: list[tuple[int, list[object]]] = [
        (2, ["r-1", "1", "A", "x"]), (3, ["", "2", "A", "x"]), (4, ["", "", "A", "x"]), (5, ["", "", "", "x"]),
    ]  # fmt: skip
    entries, (wrong,) = read_items(bound("Ссылка;Код;Артикул;Наименование"), rows, set())
    assert [(one.how, one.code) for one in entries] == [("ref", "r-1"), ("code", "2"), ("article", "A")]
    assert (wrong.code, wrong.row) == ("row_nameless", 5)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("4,6E+12", "экспоненциальной"),
        ("4600000000012.0", "побывал числом"),
        ("461; 4.6E+12", "экспоненциальной"),
        (4.6e17, "последние цифры потеряны"),
        (36000291452, "начальные нули"),
        ("2026-12-10", "превратился в дату"),
    ],
)
def test_damaged_codes_are_named_with_their_place(cell: object, said: str) -> None:
    (one,) = problems("Артикул;Наименование;Штрихкод", ["A", "x", cell])
    assert (one.code, one.row, one.column) == ("code_damaged", 2, "barcodes")
    assert said in one.message
    assert one.advice


@pytest.mark.parametrize("cell", ["0036000291452", 4600000000012, "36000291452", "219E01", "OZN123456"])
def test_whole_codes_are_taken_as_they_are(cell: object) -> None:
    assert problems("Артикул;Наименование;Штрихкод", ["A", "x", cell]) == []


def test_formulas_are_refused_at_their_cell() -> None:
    (one,) = problems("Артикул;Наименование", ["A", "x"], formulas=((2, 1),))
    assert (one.column, one.code) == ("name", "cell_wrong")
    assert "формула" in one.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0.2", "20"), ("0,22", "22"), ("0.1", "10"), ("0", "0"), ("20%", "20%"), ("20", "20"), ("Без НДС", "Без НДС")],
)
def test_a_rate_in_the_format_of_per_cent_is_read_as_it_looks(written: str, meant: str) -> None:
    assert vat_rate(written) == meant


@pytest.mark.parametrize(
    ("word", "meant"), [("да", True), ("Usługa", True), ("TRUE", True), ("", False), ("no", False)]
)
def test_services_are_said_by_a_word(word: str, meant: bool) -> None:
    rows: list[tuple[int, list[object]]] = [(2, ["A", "x", word])]
    entries, wrong = read_items(bound("Артикул;Наименование;Услуга"), rows, set())
    assert (entries[0].says["is_service"], wrong) == (meant, [])


def test_another_word_for_a_service_is_a_problem() -> None:
    (one,) = problems("Артикул;Наименование;Услуга", ["A", "x", "может быть"])
    assert (one.code, one.expected) == ("yes_or_no", "да или нет")


def test_one_damaged_code_is_not_split() -> None:
    assert split_codes("4,6E+12") == ("4,6E+12",)
    assert split_codes(" 1 ;2,\n2|") == ("1", "2")


def test_a_column_is_called_as_the_sheet_calls_it() -> None:
    assert header_of("items", bound("Артикул 1С;Товар"), "name") == "Товар"
    assert header_of("items", bound("Артикул;Товар"), "vat_rate") == "Ставка НДС"
