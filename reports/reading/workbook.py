"""XLSX sheets, streamed by python-calamine-plus; openpyxl is the second opinion for a file the first cannot read.

Both number the rows as Excel does. Wildberries writes a wrong ``<dimension>``; calamine ignores it and openpyxl is told
to forget it. Hidden sheets are not read. Source: measurements in docs/decisions/0002-readers.md.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import python_calamine_plus as calamine

from reports.problems import Refused, problem
from reports.reading import Cell, Row, Table

_ERRORS = (
    calamine.CalamineError, calamine.XmlError, calamine.ZipError, calamine.StreamingNotSupported, OSError, ValueError,
)  # fmt: skip
_WIDE = 256  # no report is as wide


def workbook_tables(path: Path, engine: str = "") -> list[Table]:
    """Return the visible sheets of a workbook. ``engine`` (calamine, openpyxl) forces one reader.

    Raises Refused when no reader can open the file.
    """
    if engine == "openpyxl":
        return _openpyxl_tables(path)
    try:
        return _calamine_tables(path)
    except calamine.PasswordError as error:
        raise Refused(problem("file_locked")) from error
    except _ERRORS as error:
        if engine:
            raise Refused(problem("file_damaged", found=error)) from error
    return _openpyxl_tables(path)


def _calamine_tables(path: Path) -> list[Table]:
    book = calamine.CalamineWorkbook.from_path(path)
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]

    def rows(name: str) -> Iterator[Row]:
        stream = book.stream_sheet_by_name(name)
        try:
            for number, cells in enumerate(stream, 1):
                yield number, _without_padding(cast(list[Cell], cells))
        except (calamine.CalamineError, calamine.XmlError, calamine.ZipError) as error:
            raise Refused(problem("file_damaged", sheet=name, found=error)) from error

    tables = [Table(sheet=name, form="sheet", rows=partial(rows, name)) for name in visible]
    for table in tables:
        _probe(table)
    return tables


def _without_padding(cells: list[Cell]) -> list[Cell]:
    """Return a row without the empty cells that a wrong ``<dimension>`` or a coloured row puts behind it."""
    if len(cells) <= _WIDE:
        return cells
    filled = len(cells)
    while filled and cells[filled - 1] in (None, ""):
        filled -= 1
    return cells[:filled]


def _probe(table: Table) -> None:
    """Read one row, so that a sheet this engine cannot stream is known before anything relies on it."""
    try:
        next(table.rows(), None)
    except Refused as refused:
        raise ValueError(str(refused)) from refused


def _openpyxl_tables(path: Path) -> list[Table]:
    import openpyxl  # a third of a second that no other file needs to wait for

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets any parser's error through; to the user they are one thing
        raise Refused(problem("file_damaged", found=error)) from error

    def rows(name: str) -> Iterator[Row]:
        sheet = book[name]
        sheet.reset_dimensions()
        try:
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                yield number, _without_padding(cast(list[Cell], list(cells)))
        except Exception as error:
            raise Refused(problem("file_damaged", sheet=name, found=error)) from error

    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return [Table(sheet=name, form="sheet", rows=partial(rows, name)) for name in visible]
