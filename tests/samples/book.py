"""Writing XLSX files by hand, so that the physical habits of each marketplace are real and the bytes never change."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Value = str | int | float | Decimal | bool | date | None
State = Literal["visible", "hidden", "veryHidden"]
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EPOCH = date(1899, 12, 30)
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_NS}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def letters(index: int) -> str:
    """Return the letters of a column counted from 0."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def sheet_xml(
    rows: Mapping[int, Sequence[Value]], *, merges: Iterable[str] = (), dimension: str = "A1", addressed: bool = True
) -> str:
    """Return a sheet whose rows stand at the given numbers. ``addressed``: cells carry their address.

    Strings are written into their cells (``t="str"``) and the dimension is wrong, as the marketplaces do it.
    """
    body = "".join(_row(number, cells, addressed) for number, cells in sorted(rows.items()))
    merged = "".join(f'<mergeCell ref="{place}"/>' for place in merges)
    tail = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    head = f'{_HEAD}<worksheet xmlns="{_NS}"><dimension ref="{dimension}"/>'
    return f"{head}<sheetData>{body}</sheetData>{tail}</worksheet>"


def _row(number: int, cells: Sequence[Value], addressed: bool) -> str:
    inner = "".join(_cell(index, number, value, addressed) for index, value in enumerate(cells))
    return f'<row r="{number}">{inner}</row>'


def _cell(index: int, row: int, value: Value, addressed: bool) -> str:
    place = f' r="{letters(index)}{row}"' if addressed else ""
    if value is None:
        return "" if addressed else "<c/>"
    if isinstance(value, bool):
        return f'<c{place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return f'<c{place} s="1"><v>{(value - _EPOCH).days}</v></c>'
    if isinstance(value, int | float | Decimal):
        shown = repr(value) if isinstance(value, float) else f"{value:f}"
        return f"<c{place}><v>{shown}</v></c>"
    if value.startswith("#"):
        return f'<c{place} t="e"><v>{escape(value)}</v></c>'
    return f'<c{place} t="str"><v>{escape(value)}</v></c>'


def write_book(path: Path, sheets: Mapping[str, str], states: Mapping[str, State] | None = None) -> None:
    """Write a workbook of ready sheets by name."""
    count = range(1, len(sheets) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    over = '<Override PartName="/xl/{}.xml" ContentType="' + kind + '.{}+xml"/>'
    relation = '<Relationship Id="{}" Type="' + _RELATIONS + '/{}" Target="{}"/>'
    shown = states or {}
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" state="{shown.get(name, "visible")}" r:id="rId{place}"/>'
        for place, name in enumerate(sheets, 1)
    )
    workbook = f'<workbook xmlns="{_NS}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
    parts = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + over.format("workbook", "sheet.main")
        + over.format("styles", "styles")
        + "".join(over.format(f"worksheets/sheet{place}", "worksheet") for place in count)
        + "</Types>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        + relation.format("rId1", "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f"{_HEAD}{workbook}",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(relation.format(f"rId{place}", "worksheet", f"worksheets/sheet{place}.xml") for place in count)
        + relation.format("rId0", "styles", "styles.xml")
        + "</Relationships>",
        "xl/styles.xml": _STYLES,
    }
    parts |= {f"xl/worksheets/sheet{place}.xml": text for place, text in enumerate(sheets.values(), 1)}
    write_zip(path, {name: text.encode() for name, text in parts.items()})


def write_zip(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write an archive whose bytes depend on its content alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)


def write_table(path: Path, rows: Sequence[Sequence[Value]], sheet: str = "Sheet1") -> None:
    """Write one sheet of rows from row 1, the Wildberries way."""
    write_book(path, {sheet: sheet_xml(dict(enumerate(rows, 1)))})
