"""Whatever the codes and words are: what the workbook says comes back as it was, byte for byte."""

import io
import tempfile
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bridge.flows.workbook_file import SheetFile
from mappings.items import ProductKey
from mappings.links import Component
from mappings.merge import Current, merge
from mappings.sheet import (
    Bad,
    ExportRow,
    Said,
    SheetStamp,
    components_text,
    item_label,
    label_refs,
    read_components,
    read_day,
    read_multiplier,
    read_stamp,
    row_cells,
    stamp_text,
)
from mappings.sheet_rows import bind
from mappings.wishes import FIELDS
from mappings.workbook import Heading, Line, write_workbook
from reports.limits import Limits
from reports.spreadsheet import SheetRequest, read_sheet

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WORD = TEXT.map(str.strip).filter(bool)
CODE = st.one_of(
    WORD,
    st.from_regex(r"0{1,5}[0-9]{1,13}", fullmatch=True),
    st.from_regex(r"[0-9]{14,19}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}E[0-9]{2}", fullmatch=True),
    st.sampled_from(
        ["=cmd|' /C calc'!A0", "+7", "-1", "@SUM(A1)", "TRUE", "#N/A", "_x0041_", "_x000D_", "1.10", "01.02.2026"]
    ),
)
DAY = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31))
SAID = st.builds(
    Said,
    item=CODE,
    multiplier=st.integers(1, 1_000_000),
    components=st.lists(st.builds(Component, item=CODE, multiplier=st.integers(1, 99)), max_size=3).map(tuple),
    valid_from=DAY,
    valid_to=DAY,
    note=TEXT,
)
HEADING = Heading(
    table="Товары",
    account="Рынок",
    at="сегодня",
    stamp=SheetStamp(account="shop", kind="product", at="2026"),
    counts={},
)


def there_and_back(rows: list[ExportRow]) -> SheetFile:
    """Write a workbook and read it as an upload is read."""
    encode = msgspec.msgpack.encode
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_workbook(path, HEADING, [Line(row_cells(row, "ru"), row.state) for row in rows], [])
        frames = [
            encode(frame) for frame in read_sheet(SheetRequest(path=str(path), name="book.xlsx", limits=Limits()))
        ]
    return SheetFile(io.BytesIO(b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)))


@examples(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CODE, SAID), min_size=1, max_size=6, unique_by=lambda pair: pair[0]))
@example([("a\x01b", Said(item="r", note="\r\n")), ("\ufeff1", Said(item="_x0001_"))])
def test_export_and_upload_unchanged_is_an_empty_diff(pairs: list[tuple[str, Said]]) -> None:
    rows = [ExportRow(state="linked", key=ProductKey(key=key), said=said, version=1) for key, said in pairs]
    table = {key: {said.valid_from: Current(said=said)} for key, said in pairs}
    merged = merge(list(there_and_back(rows).file_rows()), table, lambda _column, text: text)
    assert (merged.changes, merged.conflicts, merged.errors) == ([], [], [])
    assert merged.unchanged == merged.rows == len(pairs)


@examples(max_examples=60, deadline=None)
@given(st.lists(CODE.filter(lambda code: code.isprintable()), min_size=1, max_size=8))
def test_codes_survive_byte_for_byte(codes: list[str]) -> None:
    rows = [ExportRow(state="linked", key=ProductKey(key=c, barcode=c), said=Said(item=c), version=1) for c in codes]
    sheet = there_and_back(rows)
    places = [sheet.head.binding.places[name] for name in ("key", "barcode", "item")]
    assert [[cells[place] for place in places] for _, cells in sheet.rows()] == [[code] * 3 for code in codes]


@given(TEXT, SAID, TEXT)
def test_the_memory_of_a_row_is_exact(key: str, said: Said, article: str) -> None:
    stamp = read_stamp(stamp_text(key, 3, said, article))
    assert (stamp.key, stamp.version, stamp.said, stamp.item_article) == (key, 3, said, article)


def test_a_kit_too_long_for_a_cell_is_marked_and_not_cut() -> None:
    said = Said(components=tuple(Component(item="Ж" * 100 + str(number)) for number in range(100)))
    text = stamp_text("k", 1, said, "")
    assert len(text) <= 32_000
    assert not read_stamp(text).whole


@pytest.mark.parametrize("text", ["", "[]", "[1]", "{}", '["k",1,"i",1,[["a",0]],"","","",""]', "[" * 10_000, "привет"])
def test_a_spoilt_memory_is_told(text: str) -> None:
    with pytest.raises(Bad):
        read_stamp(text)


@given(st.lists(st.builds(Component, item=WORD, multiplier=st.integers(1, 999)), max_size=4))
def test_kits_are_written_as_they_are_read(parts: list[Component]) -> None:
    assert read_components(components_text(parts)) == tuple(parts)


def test_kits_are_read_as_people_write_them() -> None:
    parts = (Component(item="A", multiplier=2, share="0.7"), Component(item="B", multiplier=1, share="0.3"))
    assert read_components("2 х A (0,7) ; 1x B (0.3);") == parts
    for text in ("A", "2 ×", "0.5 × A", "[1]", "[" * 5000):
        with pytest.raises(Bad):
            read_components(text)


@given(TEXT.filter(bool), TEXT, TEXT, TEXT)
def test_an_entry_of_the_list_leads_to_its_ref(ref: str, article: str, name: str, variant: str) -> None:
    label = item_label(ref, article, name, variant)
    assert label == ref or ref in label_refs(label)


def test_days_and_pieces_are_read_strictly() -> None:
    assert read_day("31.08.2026") == read_day("2026-08-31") == read_day("2026-08-31T00:00:00") == date(2026, 8, 31)
    assert (read_day(""), read_multiplier(""), read_multiplier("3")) == (None, 1, 3)
    for text in ("8/31/2026", "31.02.2026", "август", "2026"):
        with pytest.raises(Bad):
            read_day(text)
    for text in ("0", "1.5", "-1", "10000000", "три"):
        with pytest.raises(Bad):
            read_multiplier(text)


@pytest.mark.parametrize(
    "headers",
    [
        ["Номенклатура", "КЛЮЧ ", "множитель", "Примечание"],
        ["klucz", "pozycja", "mnożnik", "uwaga"],
        ["Note", "Multiplier", "item_ref", "Key"],
        ["Ключ", "Артикул"],
    ],
)
def test_headers_are_known_in_three_languages_and_any_order(headers: list[str]) -> None:
    found = bind(1, headers)
    assert found is not None
    assert {"key"} < set(found.places)


def test_every_field_of_a_link_has_its_column() -> None:
    cells = row_cells(ExportRow(state="linked", key=ProductKey(key="k"), said=Said(item="i"), version=1), "ru")
    assert set(FIELDS) < set(cells)
