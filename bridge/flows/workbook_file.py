"""An uploaded sheet, read by a process of its own into a file of rows that can be gone through again."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from mappings.codes import damaged
from mappings.sheet import normal
from mappings.sheet_rows import READ, FileRow, inexact
from reports.limits import Limits
from reports.problems import Problem, Refused, problem
from reports.spreadsheet import Columns, Frame, Head, Over, Plain, Rows, SheetRefused, SheetRequest

_MIB = 2**20
_BOUNDS = {"packed": 64 * _MIB, "unpacked": 1024 * _MIB, "text_parts": 512 * _MIB, "rows": 250_000, "columns": 256,
           "seconds": 120, "memory": 1024 * _MIB}  # fmt: skip
_decode = msgspec.msgpack.Decoder(Frame).decode


class SheetFile:
    """The sheet: what it is, and its rows as often as wanted."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        frames = self._frames()
        head = next(frames, None)
        if isinstance(head, SheetRefused):
            raise Refused(*head.problems)
        if not isinstance(head, Head):
            raise _broken_off()
        for frame in frames:
            if isinstance(frame, SheetRefused):
                raise Refused(*frame.problems)
            if isinstance(frame, Over):
                break
        else:
            raise _broken_off()
        self.head = head

    def rows(self) -> Iterator[tuple[int, list[Plain]]]:
        """Give the rows below the header, with their numbers."""
        for frame in self._frames():
            if isinstance(frame, Rows):
                yield from (row for row in frame.rows if row[0] > self.head.binding.row)

    def file_rows(self) -> Iterator[FileRow]:
        """Give the rows below the header as the merge reads them."""
        places = [(name, self.head.binding.places[name]) for name in READ if name in self.head.binding.places]
        live = set(self.head.formulas)
        for number, cells in self.rows():
            yield _file_row(number, cells, places, live)

    def _frames(self) -> Iterator[Frame]:
        self._spool.seek(0)
        while len(size := self._spool.read(4)) == 4:
            body = self._spool.read(int.from_bytes(size, "big"))
            yield _decode(body)


@contextmanager
def opened_sheet(path: Path, name: str, limits: Limits, columns: Columns = "links") -> Iterator[SheetFile]:
    """Read a file with these columns in a process of its own. Raises Refused with the reason it is not taken."""
    bounded = {name: min(most, getattr(limits, name)) for name, most in _BOUNDS.items()}
    bounds = msgspec.structs.replace(limits, **bounded)
    request = SheetRequest(path=str(path), name=name, limits=bounds, columns=columns)
    with tempfile.TemporaryFile(prefix="komitent-sheet-") as spool:
        try:
            subprocess.run(
                [sys.executable, "-m", "reports.spreadsheet"],
                input=msgspec.msgpack.encode(request), stdout=spool, stderr=subprocess.DEVNULL,
                timeout=bounded["seconds"], check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise _broken_off() from error
        yield SheetFile(spool)


def _broken_off() -> Refused:
    return Refused(problem("file_too_slow", found="разбор превысил предел времени или памяти либо прервался"))


def _file_row(number: int, cells: list[Plain], places: list[tuple[str, int]], live: set[tuple[int, int]]) -> FileRow:
    row = FileRow(row=number)
    broken: list[tuple[str, str]] = []
    for name, place in places:
        cell = cells[place] if place < len(cells) else None
        text = normal(cell)
        setattr(row, name, text)
        if live and (number, place) in live:
            broken.append((name, "cell_refused.formula"))
        elif inexact(cell, name):
            broken.append((name, "cell_refused.inexact"))
    if not row.version and damaged(row.key):
        broken.append(("key", "cell_refused.damaged"))
    row.broken = tuple(broken)
    return row


def other_table(expected: str, found: str) -> Problem:
    """The workbook was exported from another table."""
    return Problem(
        code="other_table", message=f"Книга выгружена из другой таблицы: {found}", found=found, expected=expected,
        advice="Загрузите её туда, откуда она выгружена, или удалите служебные колонки",
    )  # fmt: skip
