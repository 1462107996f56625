"""Reading an uploaded sheet (links, items, listings) in a process of its own: ``python -m reports.spreadsheet``.

One request comes on standard input; the answer on standard output is a series of frames, each four bytes of length and
MessagePack: first what the sheet is (or why it is refused), then its rows in portions. Whatever a hostile file does, it
does to this process, whose memory is bounded here and whose time is bounded by the parent.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from mappings.sheet import HEADER_WITHIN, normal, read_sheet_stamp
from mappings.sheet_rows import Binding, bind
from mappings.upload_sheet import bind_list, list_sheets
from reports.cells import is_empty
from reports.limits import Limits
from reports.problems import Problem, Refused, problem
from reports.reading import Cell, Row, Table
from reports.reading.container import open_tables
from reports.reading.formulas import formulas

Columns = Literal["links", "items", "listings"]
Plain = str | int | float | bool | None
_PORTION = 2_000
_MOST_CELL = 2**62
_ADVICE = {
    "file_empty": "Проверьте, тот ли это файл, и сохраните таблицу ещё раз",
    "file_damaged": "Откройте файл в Excel или LibreOffice, сохраните заново и загрузите снова",
    "file_type": "Сохраните таблицу как книгу Excel (.xlsx) или CSV",
    "file_too_large": "Разделите таблицу на несколько файлов",
    "file_too_slow": "Разделите таблицу на несколько файлов",
    "file_suspicious": "Скопируйте значения таблицы в новую книгу и загрузите её",
}


class SheetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which file to read, and the columns of what it must have."""

    path: str
    name: str
    limits: Limits
    columns: Columns = "links"


class Head(msgspec.Struct, frozen=True, kw_only=True, tag="head"):
    """What the sheet is. ``stamp``: the text of the exported workbook's own mark. ``formulas``: row and place."""

    sheet: str
    binding: Binding
    stamp: str
    formulas: list[tuple[int, int]]


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Rows of plain cells with their numbers, those above the header too."""

    rows: list[tuple[int, list[Plain]]]


class SheetRefused(msgspec.Struct, frozen=True, tag="refused"):
    """Why the file is not taken."""

    problems: list[Problem]


class Over(msgspec.Struct, frozen=True, tag="over"):
    """The file was read to its end."""


Frame = Head | Rows | SheetRefused | Over


def read_sheet(request: SheetRequest) -> Iterator[Frame]:
    """Give the sheet that has the columns that are asked for, and its rows."""
    try:
        with open_tables(Path(request.path), request.name, request.limits) as tables:
            table, binding, stamp = _chosen(tables, request.columns)
            found = sorted((row, place - 1) for row, place in formulas(Path(request.path), table.sheet))
            read = set(binding.places.values())
            yield Head(
                sheet=table.sheet, binding=binding, stamp=stamp, formulas=[one for one in found if one[1] in read]
            )
            yield from _portions(table, request.limits)
            yield Over()
    except Refused as refused:
        yield SheetRefused([msgspec.structs.replace(one, **_of_no_report(one)) for one in refused.problems])


def _of_no_report(one: Problem) -> dict[str, str]:
    """Return the advice for a table of one's own, where the usual one speaks of a report of a channel."""
    return {"advice": _ADVICE[one.code]} if one.code in _ADVICE else {}


def _chosen(tables: Iterable[Table], columns: Columns) -> tuple[Table, Binding, str]:
    """Find the first sheet with a header row that has the columns; files inside an archive do not count."""
    for table in tables:
        stamp = ""
        for number, cells in islice(table.rows() if table.form == "sheet" and not table.file else (), HEADER_WITHIN):
            texts = [normal(cell) for cell in cells]
            stamp = stamp or next((text for text in texts if read_sheet_stamp(text)), "")
            binding = bind(number, texts) if columns == "links" else bind_list(columns, number, texts)
            if binding is not None:
                return table, binding, stamp
    raise Refused(_unknown(columns))


def _unknown(columns: Columns) -> Problem:
    where = f"среди первых {HEADER_WITHIN} строк видимого листа"
    if columns == "links":
        return Problem(
            code="sheet_unknown",
            message="Таблица сопоставления не найдена: ни на одном листе нет строки с заголовками",
            expected=f"колонки «Ключ» и «Номенклатура» {where}",
            advice="Возьмите свежую книгу из программы или назовите колонки: Ключ, Номенклатура, Множитель, Примечание",
        )
    sheet = list_sheets()[columns]
    titles = ", ".join(column.title["ru"] for column in sheet.columns.values())
    return Problem(
        code="sheet_unknown",
        message=f"Таблица не найдена ({sheet.title}): ни на одном листе нет строки с заголовками",
        expected=f"{sheet.expected} {where}",
        advice=f"Назовите колонки: {titles}",
    )


def _portions(table: Table, limits: Limits) -> Iterator[Rows]:
    portion: list[tuple[int, list[Plain]]] = []
    for number, cells in _filled(table.rows()):
        if number > limits.rows or len(cells) > limits.columns:
            found = f"{number} строк, {len(cells)} колонок"
            raise Refused(problem("file_too_large", sheet=table.sheet, row=number, found=found))
        portion.append((number, [_plain(cell) for cell in cells]))
        if len(portion) >= _PORTION:
            yield Rows(portion)
            portion = []
    yield Rows(portion)


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    """Give the rows that hold anything, without the empty cells at their ends."""
    for number, cells in rows:
        last = len(cells)
        while last and is_empty(cells[last - 1]):
            last -= 1
        if last:
            yield number, cells[:last]


def _plain(cell: Cell) -> Plain:
    if isinstance(cell, int) and abs(cell) > _MOST_CELL:
        return float(cell)
    if isinstance(cell, Decimal | timedelta | time):
        return str(cell)
    if isinstance(cell, datetime | date):
        return normal(cell)
    return cell


def main() -> None:
    """Serve one request of the parent process."""
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=SheetRequest)
    _bound_memory(request.limits.memory)
    encode = msgspec.msgpack.Encoder().encode
    for frame in read_sheet(request):
        data = encode(frame)
        sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()


def _bound_memory(most: int) -> None:
    try:
        import resource  # absent on Windows, where the parent's time limit is the only bound
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
