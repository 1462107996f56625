"""Writing the mapping workbook with openpyxl: the looks, the list of items, protection, and the row's own memory.

Everything that comes from outside is written as a text cell, never as a formula. Long tables are streamed.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from mappings.looks import Looks
from mappings.quick_rows import Quick, QuickRows
from mappings.sheet import LONGEST_CELL, MOST_PIECES, Language, SheetStamp, Shown, sheet_stamp_text, words

HEADER_ROW = 3
OF_GOODS = (
    "marketplace_id", "article", "barcode", "size", "name", "quantity", "amount", "item_article", "item_name",
    "components", *(f"{part}{number}" for number in (1, 2, 3) for part in ("suggestion", "score")),
)  # fmt: skip
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_TITLE = 31
_A3 = 8


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What the top of the workbook says: the table and its account, and how many rows are in which state.

    ``target``: how the table calls what its keys stand for, where that is no ERP item; columns of goods then hide, but
    for those ``shown``.
    """

    table: str
    account: str
    at: str
    stamp: SheetStamp
    counts: Mapping[str, int]
    target: str = ""
    shown: tuple[str, ...] = ()
    language: Language = "ru"


class Listed(msgspec.Struct, frozen=True):
    """One item of the list to choose from."""

    label: str
    ref: str
    article: str
    name: str
    variant: str


class Line(msgspec.Struct, frozen=True):
    """The cells of one row by column, its state, and the columns in which something is wrong."""

    cells: Mapping[str, Shown]
    state: str
    wrong: Mapping[str, str] = {}
    further: Sequence[Shown] = ()


def write_workbook(
    path: Path, heading: Heading, lines: Iterable[Line], items: Iterable[Listed], further: Sequence[str] = ()
) -> None:
    """Write the workbook. ``further``: headers of columns of the editor's own, kept to the right of ours.

    A workbook with an error in any line shows the column of errors; else that column is hidden.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(_title(heading.table))
    looks = Looks(sheet)
    with_errors = bool(heading.counts.get("wrong") or heading.counts.get("conflict"))
    columns = [*words().columns, *further]
    hidden = {"version", *(() if with_errors else ("error",)), *(OF_GOODS if heading.target else ())} - {*heading.shown}
    _shape(sheet, columns, looks, hidden)
    sheet.append(_top_row(sheet, heading, columns, looks))
    sheet.append(_legend(sheet, heading, columns, looks))
    sheet.append([_header(sheet, column, heading, looks) for column in columns])
    last = HEADER_ROW
    rows = QuickRows(sheet)
    for line in lines:
        rows.append(_row(line, looks), _height(line))
        last += 1
    listed = _write_list(book, items, heading, looks)
    _finish(sheet, columns, last, listed, words().words["list_sheet"][heading.language])
    book.save(path)


def neutral(sheet: Any, text: str, style: Any) -> Any:
    """Make a text cell that shows exactly this text and is never a formula."""
    cell: Any = WriteOnlyCell(sheet)
    cell._style, cell._value, cell.data_type = style, writable(text), "s"
    return cell


def writable(text: str) -> str:
    """Return a text as a cell can hold it: control characters escaped, and what looks like an escape too."""
    if "_x" in text:
        text = _ESCAPE_LIKE.sub("_x005F_", text)
    if _UNWRITABLE.search(text):
        text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text[:LONGEST_CELL]


# --- the sheet --------------------------------------------------------------------------------------------------------


def _title(table: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", table).strip("' ")[:_LONGEST_TITLE] or "Komitent"


def _shape(sheet: Any, columns: Sequence[str], looks: Looks, hidden: Collection[str]) -> None:
    """Set what must be known before the first row: widths, hidden columns, the frozen corner, the paper."""
    known = words().columns
    for place, name in enumerate(columns, 1):
        column = known.get(name)
        shape = sheet.column_dimensions[get_column_letter(place)]
        shape.width = column.width if column else 20
        shape.hidden = name in hidden
        shape._style = looks.empty(name)
    sheet.freeze_panes = f"{get_column_letter(columns.index('key') + 2)}{HEADER_ROW + 1}"
    sheet.sheet_properties.tabColor = looks.ACCENT
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 2, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 26, 20
    sheet.row_dimensions[HEADER_ROW].height = 32
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 100
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = 17, True


def _top_row(sheet: Any, heading: Heading, columns: Sequence[str], looks: Looks) -> list[Any]:
    said = words().words
    text = (
        f"{said['title'][heading.language]}: {heading.table} — {heading.account} — "
        f"{said['exported'][heading.language]} {heading.at}"
    )
    cells: list[Any] = [None] * len(columns)
    cells[0] = neutral(sheet, text, looks.title)
    stamp = sheet_stamp_text(heading.stamp)
    cells[columns.index("version")] = neutral(sheet, stamp, looks.hidden)
    return cells


def _legend(sheet: Any, heading: Heading, columns: Sequence[str], looks: Looks) -> list[Any]:
    """The second row: how many rows are in which state, in its colour, and what to fill in."""
    cells: list[Any] = [None] * len(columns)
    places = [
        place for place, name in enumerate(columns) if name in ("state", "key", "marketplace_id", "article", "barcode")
    ]
    states = [(state, count) for state, count in heading.counts.items() if count]
    for place, (state, count) in zip(places, states, strict=False):
        text = f"{words().states[state][heading.language]}: {count}"
        cells[place] = neutral(sheet, text, looks.state[state])
    place = columns.index("note" if heading.target else "name")
    cells[place] = neutral(sheet, words().words["legend"][heading.language], looks.legend)
    return cells


def _header(sheet: Any, name: str, heading: Heading, looks: Looks) -> Any:
    column = words().columns.get(name)
    if column is None:
        return neutral(sheet, name, looks.header["further"])
    title = heading.target if name == "item" and heading.target else column.title[heading.language]
    cell = neutral(sheet, title, looks.header[column.role])
    cell.comment = Comment(column.help[heading.language], "Komitent", height=90, width=300)
    return cell


def _row(line: Line, looks: Looks) -> list[Quick]:
    cells = [_cell(name, line.cells.get(name), line, looks) for name in looks.names]
    return cells + [_cell("further", value, line, looks) for value in line.further] if line.further else cells


def _height(line: Line) -> int:
    """A row that says what to fix is as high as its words, within reason."""
    text = line.wrong.get("error", "")
    return 16 + 13 * min(9, sum(len(part) // 48 for part in text.split("\n")) + text.count("\n")) if text else 0


def _cell(name: str, value: Shown, line: Line, looks: Looks) -> Quick:
    style = looks.cell(name, line.state, name in line.wrong)
    if value is None or value == "":
        return style.plain, None
    if isinstance(value, date) and value.year < 1901:  # spreadsheets have no such days
        value = value.isoformat()
    if isinstance(value, str):
        return style.quoted if value.startswith(_DANGEROUS) else style.plain, writable(value)
    return style.plain, value


def _finish(sheet: Any, columns: Sequence[str], last: int, listed: int, list_sheet: str) -> None:
    """Set what needs the number of rows: filter, drop-down list, checks of input, protection."""
    letters = {name: get_column_letter(place) for place, name in enumerate(columns, 1)}
    bottom = max(last, HEADER_ROW + 1)
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(len(columns))}{bottom}"
    sheet.print_title_rows, sheet.print_title_cols = f"{HEADER_ROW}:{HEADER_ROW}", f"A:{letters['key']}"
    reach = bottom + 1000
    if listed:
        choice = DataValidation("list", formula1=f"'{list_sheet}'!$A$2:$A${listed + 1}", allow_blank=True)
        choice.showErrorMessage = False  # a ref or an article may be typed as well
        choice.add(f"{letters['item']}{HEADER_ROW + 1}:{letters['item']}{reach}")
        sheet.data_validations.append(choice)
    pieces = DataValidation("whole", operator="between", formula1="1", formula2=str(MOST_PIECES), allow_blank=True)
    pieces.showErrorMessage, pieces.error = True, f"1 … {MOST_PIECES}"
    pieces.add(f"{letters['multiplier']}{HEADER_ROW + 1}:{letters['multiplier']}{reach}")
    sheet.data_validations.append(pieces)
    sheet.protection.sheet = True  # without a password: against accidents, not against people
    for allowed in ("autoFilter", "sort", "formatColumns", "formatRows", "formatCells"):
        setattr(sheet.protection, allowed, False)


def _write_list(book: Workbook, items: Iterable[Listed], heading: Heading, looks: Looks) -> int:
    """Write the hidden sheet with the items to choose from; returns how many."""
    language = heading.language
    sheet: Any = book.create_sheet(words().words["list_sheet"][language])
    sheet.sheet_state = "hidden"
    for letter, width in zip("ABCDE", (60, 38, 20, 40, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    columns = words().columns
    heads = (
        words().words["label"][language],
        "ref",
        *(columns[n].title[language] for n in ("item_article", "item_name")),
        "",
    )
    sheet.append([neutral(sheet, text, looks.legend) for text in (*heads, sheet_stamp_text(heading.stamp))])
    count, style = 0, looks.listed
    rows = QuickRows(sheet)
    for item in items:
        texts = (item.label, item.ref, item.article, item.name, item.variant)
        rows.append([(style.quoted if text.startswith(_DANGEROUS) else style.plain, writable(text)) for text in texts])
        count += 1
    return count
