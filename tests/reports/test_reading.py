"""Files as they come: encodings, delimiters, archives, sheets, and what is too dangerous to read."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from reports.limits import Limits
from reports.problems import Refused
from reports.reading import Row, Table
from reports.reading.container import open_tables
from tests.reports.broken import detail, sales
from tests.reports.reader import content, read
from tests.samples import generic, wildberries_files
from tests.samples.book import sheet_xml, write_book, write_table, write_zip
from tests.samples.generate import HERE
from tests.samples.wildberries import Week, fill

ENGINES = ("calamine", "openpyxl")
LIMITS = Limits()


def rows_of(path: Path, **given: str) -> list[Row]:
    with open_tables(path, path.name, LIMITS, given.get("engine", "")) as tables:
        return [row for table in tables for row in table.rows()]


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(Refused) as refused, open_tables(path, path.name, limits) as tables:
        for table in tables:
            list(table.rows())
    return refused.value.problems[0].code


# --- text tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le-bom"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_a_csv_is_read_in_any_encoding_and_with_any_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    made = generic.Sales(date(2026, 2, 1))
    path = tmp_path / "month.csv"
    told = generic.write_csv(made, path, "utf-8", delimiter)
    text = path.read_bytes().decode("utf-8").replace("×", "x")
    path.write_bytes(b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding))
    found = content(read(path, "generic"))
    assert found["totals"] == told["totals"]
    assert found["payout"] == told["payout"]


def test_a_quoted_field_may_hold_the_delimiter_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a;b\n"x;\ny";1\nz;2\n', "utf-8")
    assert rows_of(path) == [(1, ["a", "b"]), (2, ["x;\ny", "1"]), (4, ["z", "2"])]


def test_rows_of_a_csv_keep_their_numbers_over_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n\n\n1;2\n", "utf-8")
    assert [number for number, cells in rows_of(path) if cells] == [1, 4]


def test_text_that_breaks_its_encoding_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Артикул;Сумма\n".encode() * 20_000 + "А;1\n".encode("cp1251"))
    assert refusal(path) == "file_damaged"


def test_an_endless_quote_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a;b\n"' + "x" * 300_000, "utf-8")
    assert refusal(path) == "file_damaged"


# --- workbooks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_keep_their_true_numbers(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "gaps.xlsx"
    write_book(path, {"A": sheet_xml({3: ["x", 1], 4: [], 7: [None, None, "z"]})})
    assert [
        (number, [cell for cell in cells if cell]) for number, cells in rows_of(path, engine=engine) if any(cells)
    ] == [
        (3, ["x", 1]),
        (7, ["z"]),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_blank_row_inside_is_counted_and_does_not_move_the_others(tmp_path: Path, engine: str) -> None:
    rows = dict(enumerate(sales(), 1))
    rows = {number if number < 3 else number + 2: cells for number, cells in rows.items()}
    write_book(tmp_path / "month.xlsx", {"Отчёт": sheet_xml(rows)})
    found = read(tmp_path / "month.xlsx", "generic", engine=engine)
    assert [line.row for line in found.lines] == [2, 5, 6]
    assert found.summary and found.summary.rows_ignored == {"пустая строка": 2}
    assert found.summary.rows_total == 5


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hidden_sheet_is_not_read(tmp_path: Path, engine: str) -> None:
    sheet = sheet_xml(dict(enumerate(detail(), 1)))
    path = tmp_path / "detail_467990214_2025-09-01_2025-09-07.xlsx"
    write_book(path, {"Sheet1": sheet, "Копия": sheet, "Ещё": sheet}, {"Копия": "hidden", "Ещё": "veryHidden"})
    found = read(path, "wildberries", engine=engine)
    assert found.summary and found.summary.sheets == ("Sheet1",)
    assert found.summary.rows_total == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sheet_of_notes_is_left_aside_and_named(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "month.xlsx"
    sheets = {"Отчёт": sheet_xml(dict(enumerate(sales(), 1))), "Заметки": sheet_xml({1: ["позвонить в кабинет"]})}
    write_book(path, sheets)
    found = read(path, "generic", engine=engine)
    assert found.summary and found.summary.skipped_sheets == ("Заметки",)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wrong_dimension_hides_no_column(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "wide.xlsx"
    write_table(path, [[f"c{place}" for place in range(80)]])
    assert len(rows_of(path, engine=engine)[0][1]) == 80


def test_a_document_that_is_no_workbook_is_damaged(tmp_path: Path) -> None:
    write_zip(tmp_path / "letter.docx", {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"})
    assert refusal(tmp_path / "letter.docx") == "file_damaged"


def test_a_sheet_with_a_doctype_is_never_expanded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = sheet_xml({1: ["x"]}).replace("<worksheet", f'<!DOCTYPE w [<!ENTITY l0 "ha">{bomb}]><worksheet', 1)
    write_book(path, {"A": sheet.replace("<v>x</v>", "<v>&l9;</v>")})
    for engine in ENGINES:
        try:
            size = sum(len(str(cell)) for _, cells in rows_of(path, engine=engine) for cell in cells)
        except Exception as error:  # any refusal will do, a gigabyte of text will not
            assert not isinstance(error, MemoryError)
            continue
        assert size < 1000


# --- archives ---------------------------------------------------------------------------------------------------------


def test_an_archive_with_one_part_is_that_part(tmp_path: Path) -> None:
    week = fill(Week("2025", "467990214", date(2025, 9, 1)))
    name = "Еженедельный детализированный отчет №467990214_77 - 1.xlsx"
    told = wildberries_files.write_detail(week, tmp_path / "part.xlsx")
    write_zip(tmp_path / "report.zip", {name: (tmp_path / "part.xlsx").read_bytes()})
    found = content(read(tmp_path / "report.zip", "wildberries", name="Еженедельный отчет №467990214_77.zip"))
    assert found["totals"] == told["totals"]
    assert found["number"] == "467990214"


def test_parts_of_one_report_are_read_as_one(tmp_path: Path) -> None:
    week = fill(Week("2025", "467990214", date(2025, 9, 1)))
    table = wildberries_files.detail_table(week)
    write_table(tmp_path / "whole.xlsx", table)
    for number, rows in enumerate((table[:20], table[:1] + table[20:]), 1):
        write_table(tmp_path / f"№467990214_77 - {number}.xlsx", rows)
    parts = {path.name: path.read_bytes() for path in sorted(tmp_path.glob("№*.xlsx"))}
    write_zip(tmp_path / "report.zip", {"__MACOSX/._x.xlsx": b"junk", **parts})
    whole = read(tmp_path / "whole.xlsx", "wildberries", name="№467990214_77.xlsx")
    split = read(tmp_path / "report.zip", "wildberries", name="№467990214_77.zip")
    assert content(split) == content(whole)
    assert whole.summary and split.summary
    assert split.summary.content == whole.summary.content
    assert split.summary.sheets == ("№467990214_77 - 1.xlsx: Sheet1", "№467990214_77 - 2.xlsx: Sheet1")


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    write_zip(tmp_path / "inner.zip", {"a.csv": b"a;b\n1;2\n"})
    write_zip(tmp_path / "outer.zip", {"inner.zip": (tmp_path / "inner.zip").read_bytes()})
    assert refusal(tmp_path / "outer.zip") == "archive_empty"


def test_a_bomb_inside_an_archive_is_refused(tmp_path: Path) -> None:
    write_zip(tmp_path / "inner.xlsx", {"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(70 * 2**20)})
    write_zip(tmp_path / "outer.zip", {"report.xlsx": (tmp_path / "inner.xlsx").read_bytes()})
    assert refusal(tmp_path / "outer.zip") == "file_suspicious"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(unpacked=1000), "file_too_large"),
        (Limits(text_parts=10), "file_too_large"),
        (Limits(entries=2), "file_suspicious"),
        (Limits(packed=50), "file_too_large"),
    ],
)
def test_limits_are_judged_before_anything_is_unpacked(tmp_path: Path, limits: Limits, code: str) -> None:
    write_zip(tmp_path / "a.zip", {"xl/sharedStrings.xml": bytes(2000), "a.csv": b"a;b\n", "b.csv": b"a;b\n"})
    assert refusal(tmp_path / "a.zip", limits) == code


def test_an_archive_with_a_password_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_zip(path, {"a.csv": b"a;b\n1;2\n"})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[place + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == "file_locked"


def test_an_archive_with_a_broken_directory_or_content_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a;b\n" * 100)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"PK\x01\x02", b"PK\x09\x09"))
    assert refusal(path) == "file_damaged"
    path.write_bytes(whole.replace(b"a;b\n", b"a;c\n", 1))
    assert refusal(path) == "file_damaged"


def test_a_limit_on_columns_holds_in_every_row(tmp_path: Path) -> None:
    write_table(tmp_path / "month.xlsx", [*sales(), ["x"] * 50])
    assert read(tmp_path / "month.xlsx", "generic", limits=Limits(columns=40)).codes() == ["file_too_large"]


# --- JSON and XML -----------------------------------------------------------------------------------------------------


def json_table(path: Path, value: object) -> list[Table]:
    path.write_text(json.dumps(value), "utf-8")
    with open_tables(path, path.name, LIMITS) as tables:
        return tables


def test_records_become_rows_with_dotted_paths_and_lone_values_stand_beside(tmp_path: Path) -> None:
    told = {"header": {"number": 5}, "rows": [{"a": {"b": 1.10}}, {"c": "x", "a": None}]}
    (table,) = json_table(tmp_path / "a.json", told)
    assert table.records_path == "rows.item"
    assert table.scalars == {"header.number": "5"}
    assert [[str(cell) for cell in cells] for _, cells in table.rows()] == [
        ["a.b", "c"],
        ["1.1", "None"],
        ["None", "x"],
    ]


def test_a_number_of_json_keeps_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": 9007199254740993123, "sum": 0.10000000000000000001}]', "utf-8")
    assert [str(cell) for cell in rows_of(path)[1][1]] == ["9007199254740993123", "0.10000000000000000001"]


@pytest.mark.parametrize("text", ["{", '[{"a": 1}', "[1,]", '{"a": NaN}', '["\\ud800'])
def test_broken_json_is_damaged(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert refusal(path) == "file_damaged"


@pytest.mark.parametrize("text", ['{"a":' * 100_000, "[" * 100_000, '[{"a":' + "[" * 50 + "1" + "]" * 50 + "}]"])
def test_deep_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert refusal(path) == "file_suspicious"


def test_xml_becomes_rows_of_its_most_repeated_element(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<r xmlns="urn:x"><n>5</n><row id="1"><s>1.50</s></row><row id="2"><s>2</s></row></r>', "utf-8")
    with open_tables(path, path.name, LIMITS) as (table,):
        assert table.records_path == "r/row"
        assert table.scalars == {"r/n": "5"}
        assert list(table.rows()) == [(0, ["id", "s"]), (1, ["1", "1.50"]), (2, ["2", "2"])]


DOCTYPES = {
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]><r><row x="1">&b;</row></r>',
    "external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><row a="1">&x;</row></r>',
    "external subset": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r><row a="1"/></r>',
    "parameter entity": '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><r><row a="1"/></r>',
    "after a long comment": f"<!--{'x' * 100_000}--><!DOCTYPE r><r><row a='1'/></r>",
    "after an instruction": "<?go on?><!DOCTYPE r><r><row a='1'/></r>",
}


@pytest.mark.parametrize("which", DOCTYPES)
def test_xml_with_a_doctype_is_refused(tmp_path: Path, which: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(DOCTYPES[which], "utf-8")
    assert refusal(path) in ("file_suspicious", "file_damaged")


@pytest.mark.parametrize("text", ["<a><b></a>", "<a>", "<" + "a><" * 300 + "b"])
def test_broken_or_deep_xml_is_damaged(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text, "utf-8")
    assert refusal(path) == "file_damaged"


def test_the_same_table_as_json_records_by_header_or_by_name(tmp_path: Path) -> None:
    made = generic.Sales(date(2026, 5, 1))
    names = ("article", "barcode", "name", "quantity", "price", "amount", "commission", "date", "type")
    for keys in (names, generic.HEADERS):
        records = [dict(zip(keys, map(str, row), strict=True)) for row in made.rows]
        path = tmp_path / "month.json"
        path.write_text(json.dumps(records), "utf-8")
        assert content(read(path, "generic"))["payout"] == content(read(HERE / "generic/sales/month.xlsx"))["payout"]
