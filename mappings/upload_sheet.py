"""Lists that people upload: which column is which, and what the cells of a row say, several rows of one thing united.

One reader for every list; what the lists have is data (``upload_sheets.toml``). Codes are text: what a spreadsheet has
damaged is named with its row and column and never repaired, since a repaired code might be another thing's.
"""

import re
import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from mappings.codes import damaged, read_barcode
from mappings.sheet import Language, normal
from mappings.sheet_rows import Binding, folded, is_inexact

ListKind = Literal["items", "listings"]
Cells = Mapping[str, str]

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:]+)?")
_AS_TEXT = "Задайте колонке текстовый формат и впишите код заново"
_ASUNDER = re.compile(r"[,;|\n]")
_NEVER_DATES = ("ref", "article", "code", "barcodes", "marketplace_id", "size")


class ListColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column: its header in every language, what else is read as it, and whether its digits all count."""

    title: dict[Language, str]
    also: list[str]
    code: bool = False


class ListSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One list: its columns, and the groups of columns of each of which it needs one."""

    title: str
    needs: list[list[str]]
    expected: str
    columns: dict[str, ListColumn]


class CellProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one cell. ``column``: our name of it."""

    code: str
    row: int
    column: str
    message: str
    found: str = ""
    expected: str = ""
    advice: str = ""


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one row by column, only of columns that the sheet has."""

    row: int
    cells: Cells


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of the list: the row it began in, its cells, and the barcodes of all its rows."""

    row: int
    cells: Cells
    barcodes: tuple[str, ...]


@cache
def list_sheets() -> dict[str, ListSheet]:
    """Return every list that can be uploaded, by name."""
    table = tomllib.loads(files("mappings").joinpath("upload_sheets.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, ListSheet])


def bind_list(kind: ListKind, number: int, cells: Sequence[str]) -> Binding | None:
    """Recognise a header row: it has a column of every group that the list needs."""
    places: dict[str, int] = {}
    for known in (_titles(kind), _known(kind)):  # «Название» is the name even where «Предмет» stands before it
        for place, cell in enumerate(cells):
            column = known.get(folded(cell)) if cell else None
            if column is not None:
                places.setdefault(column, place)
    if not all(places.keys() & set(group) for group in list_sheets()[kind].needs):
        return None
    places = dict(sorted(places.items(), key=lambda one: one[1]))
    return Binding(row=number, places=places, headers=[cell.strip() for cell in cells])


@cache
def _titles(kind: ListKind) -> dict[str, str]:
    """Every title of a column."""
    known: dict[str, str] = {}
    for name, column in list_sheets()[kind].columns.items():
        for title in column.title.values():
            known.setdefault(folded(title), name)
    return known


@cache
def _known(kind: ListKind) -> dict[str, str]:
    """Every header by which a column is known; titles come before other words."""
    known = dict(_titles(kind))
    columns = list_sheets()[kind].columns
    for name, column in columns.items():
        for also in (*column.also, name):
            known.setdefault(folded(also), name)
    return known


def header_of(kind: ListKind, binding: Binding, column: str) -> str:
    """Return what the sheet calls a column; one that it does not have, by our name."""
    place = binding.places.get(column)
    if place is not None:
        return binding.headers[place]
    known = list_sheets()[kind].columns
    return known[column].title["ru"] if column in known else column


# --- rows -------------------------------------------------------------------------------------------------------------


def read_rows(
    kind: ListKind, binding: Binding, rows: Iterable[tuple[int, Sequence[object]]], formulas: set[tuple[int, int]]
) -> tuple[list[ListRow], list[CellProblem]]:  # fmt: skip
    """Return the rows that say anything, and every cell that cannot be read: a formula, a damaged code.

    ``formulas``: rows and places of cells that hold one.
    """
    columns = list_sheets()[kind].columns
    read: list[ListRow] = []
    problems: list[CellProblem] = []
    for number, cells in rows:
        said: dict[str, str] = {}
        for name, place in binding.places.items():
            cell = cells[place] if place < len(cells) else None
            said[name] = normal(cell)
            wrong = _trouble(name, cell, said[name], columns[name].code, (number, place) in formulas)
            if wrong:
                told, advice = wrong
                problems.append(CellProblem(code="code_damaged" if columns[name].code else "cell_wrong", row=number,
                                            column=name, message=told, found=said[name], advice=advice))  # fmt: skip
        if any(said.values()):
            read.append(ListRow(row=number, cells=said))
    return read, problems


def _trouble(column: str, cell: object, text: str, is_code: bool, is_formula: bool) -> tuple[str, str] | None:
    """Tell what is wrong with a cell and what to do; None when nothing is."""
    if is_formula:
        return "В ячейке формула. Формулы не принимаются", "Вставьте значение: «Специальная вставка», «Значения»"
    if not is_code or not text:
        return None
    if is_inexact(cell):
        return f"Код {text} записан числом: последние цифры потеряны", _AS_TEXT
    for part in split_codes(text) if column == "barcodes" else (text,):
        if damage := damaged(part):
            return f"Код «{part}» испорчен: {damage}", _AS_TEXT
    if column == "barcodes" and isinstance(cell, int | float) and (barcode := read_barcode(text)).trouble:
        return f"{barcode.trouble}: ячейка числовая", f"Впишите штрихкод текстом, например {barcode.maybe[0]}"
    if column in _NEVER_DATES and _DAY.fullmatch(text):
        return f"Код «{text}» превратился в дату", _AS_TEXT
    return None


def split_codes(text: str) -> tuple[str, ...]:
    """Return the codes of a cell that may hold several, each once; «4,6E+12» stays one damaged code."""
    if damaged(text):
        return (text,)
    return tuple(dict.fromkeys(part for one in _ASUNDER.split(text) if (part := one.strip(" \t'"))))


# --- things -----------------------------------------------------------------------------------------------------------


def unite(
    kind: ListKind, rows: Iterable[ListRow], identity: Callable[[Cells], Hashable]
) -> tuple[list[Entry], list[CellProblem]]:  # fmt: skip
    """Unite the rows of one thing: their barcodes add up, their other cells must say the same or nothing.

    ``identity`` tells what a row is about; nothing (an empty value) is a problem of the row.
    """
    found: dict[Hashable, tuple[ListRow, dict[str, str], dict[str, None]]] = {}
    problems: list[CellProblem] = []
    for row in rows:
        named = identity(row.cells)
        if not named:
            problems.append(_nameless(kind, row))
            continue
        first, said, codes = found.setdefault(named, (row, dict(row.cells), {}))
        codes.update(dict.fromkeys(split_codes(row.cells.get("barcodes", ""))))
        problems += _differing(first, said, row)
    entries = [Entry(row=first.row, cells=said, barcodes=tuple(codes)) for first, said, codes in found.values()]
    return entries, problems


def _nameless(kind: ListKind, row: ListRow) -> CellProblem:
    group = list_sheets()[kind].needs[0]
    column = next(name for name in group if name in row.cells)
    titles = [f"«{list_sheets()[kind].columns[name].title['ru']}»" for name in group]
    return CellProblem(
        code="row_nameless", row=row.row, column=column, message="Строка не говорит, о каком товаре она",
        expected="заполнена хотя бы одна из колонок " + ", ".join(titles),
        advice="Заполните ячейку или удалите строку",
    )  # fmt: skip


def _differing(first: ListRow, said: dict[str, str], row: ListRow) -> Iterator[CellProblem]:
    """Take over what only this row says; name the cells that say something else than the rows before it."""
    for name, text in row.cells.items():
        if name == "barcodes" or not text or text == said[name]:
            continue
        if not said[name]:
            said[name] = text
            continue
        yield CellProblem(
            code="rows_differ", row=row.row, column=name, found=text, expected=said[name],
            message=f"Строки {first.row} и {row.row} говорят об одном товаре разное: «{said[name]}» и «{text}»",
            advice="Оставьте одно значение; повторять строки можно только ради нескольких штрихкодов",
        )  # fmt: skip
