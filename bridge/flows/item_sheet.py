"""ERP items from an uploaded list: everything or nothing, with every error named by sheet, row and column."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from bridge.db import catalogue as queries
from bridge.db.session import Database
from bridge.flows.checking import refuse_if
from bridge.flows.items import item_problems, tidy, write_items
from bridge.flows.workbook_file import SheetFile
from mappings.item_sheet import HOW, How, ItemEntry, read_items
from mappings.items import Item
from mappings.upload_sheet import CellProblem, ListKind, header_of
from reports.problems import Problem

_ADVICE = "Исправьте ячейку и загрузите файл снова"
_LONGEST_CODE = 13
_NONE = {"ref": "Ссылки", "code": "Кода", "article": "Артикула"}
_WORDS = {"ref": "ссылкой", "code": "кодом", "article": "артикулом"}


class _Known:
    """The items that the codes of a list may speak of."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.by: dict[How, dict[str, list[Item]]] = {how: {} for how in HOW}
        for item in items:
            for how in HOW:
                self.by[how].setdefault(str(getattr(item, how)).strip(), []).append(item)

    def meant(self, entry: ItemEntry) -> list[Item]:
        """Return the items that an entry may mean; a sheet without variants means any of them."""
        found = self.by[entry.how].get(entry.code, [])
        if entry.how == "ref" or entry.variant is None:
            return found
        return [item for item in found if item.variant.strip() == entry.variant]


def import_items(
    database: Database, sheet: SheetFile, who: str, *, dry_run: bool = False, full: bool = False
) -> dict[str, int]:  # fmt: skip
    """Take the items of a sheet and return how many were created, changed, unchanged.

    An item is known by ref, else code, else article (with the variant); what the sheet has no column for stays as it
    is. With ``full`` items that the sheet does not have are marked as vanished, and counted. ``dry_run`` writes
    nothing. Raises BadInput with every problem found.
    """
    entries, wrong = read_items(sheet.head.binding, sheet.rows(), set(sheet.head.formulas))
    if not entries and not wrong:
        refuse_if([nothing_said(sheet)], "Файл не принят")
    with database.read() if dry_run else database.write() as connection:
        if not dry_run:
            queries.hold(connection)
        wanted, unclear = _resolved(connection, entries)
        wrong = sorted([*wrong, *unclear, *_of_items(entries, wanted)], key=lambda one: one.row)
        refuse_if([shown_problem("items", sheet, one) for one in wrong], "Файл не принят")
        return write_items(connection, list(wanted.values()), who, full=full, dry_run=dry_run)


def nothing_said(sheet: SheetFile) -> Problem:
    """Return the problem of a sheet that has a header and nothing below it."""
    return Problem(
        code="sheet_empty", message="Под заголовками нет ни одной заполненной строки", sheet=sheet.head.sheet,
        row=sheet.head.binding.row, expected="хотя бы одна строка", advice="Проверьте, тот ли это файл",
    )  # fmt: skip


def shown_problem(kind: ListKind, sheet: SheetFile, one: CellProblem) -> Problem:
    """Return what is wrong with a cell with its place as the sheet calls it."""
    return Problem(
        code=one.code, message=one.message, sheet=sheet.head.sheet, row=one.row,
        column=header_of(kind, sheet.head.binding, one.column), found=one.found[:200], expected=one.expected[:200],
        advice=one.advice or _ADVICE,
    )  # fmt: skip


# --- which item is meant ----------------------------------------------------------------------------------------------


def _resolved(connection: Connection, entries: Sequence[ItemEntry]) -> tuple[dict[int, Item], list[CellProblem]]:
    """Return the items as they are to be, by row, and the entries of which it is not clear which item they mean."""
    asked = {code for entry in entries for code in (entry.code, entry.new_ref())}
    known = _Known(queries.items_called(connection, asked))
    zeros = {code for entry in entries if not known.meant(entry) for code in _with_zeros(entry)}
    longer = _Known(queries.items_called(connection, zeros) if zeros else [])
    wanted: dict[int, Item] = {}
    problems: list[CellProblem] = []
    for entry in entries:
        meant = known.meant(entry)
        unclear = _several(entry, meant) if meant else _cannot_be_new(entry, known, longer)
        if unclear is None:
            wanted[entry.row] = tidy(entry.over(meant[0] if meant else None))
        else:
            problems.append(unclear)
    return wanted, problems


def _with_zeros(entry: ItemEntry) -> list[str]:
    """Return what a code of digits may have been before a spreadsheet ate the zeros it began with."""
    if not entry.code.isdecimal():
        return []
    return [entry.code.zfill(long) for long in range(len(entry.code) + 1, _LONGEST_CODE + 1)]


def _several(entry: ItemEntry, meant: Sequence[Item]) -> CellProblem | None:
    if len(meant) == 1:
        return None
    return CellProblem(
        code="item_ambiguous", row=entry.row, column=entry.how, found=entry.code,
        message=f"Позиций с {_WORDS[entry.how]} «{entry.code}» несколько",
        expected=", ".join(item.ref for item in meant[:10]),
        advice="Добавьте колонку «Ссылка» или «Характеристика»",
    )  # fmt: skip


def _cannot_be_new(entry: ItemEntry, known: _Known, longer: _Known) -> CellProblem | None:
    """Say why an unknown entry is no new item: its code has lost its zeros, or another item has its ref."""
    for padded in _with_zeros(entry):
        if padded in longer.by[entry.how]:
            return CellProblem(
                code="code_damaged", row=entry.row, column=entry.how, found=entry.code, expected=padded,
                message=f"{_NONE[entry.how]} «{entry.code}» нет, но есть «{padded}»: таблица съела нули в начале?",
                advice="Впишите его заново в текстовую колонку; если товар другой, добавьте колонку «Ссылка»",
            )  # fmt: skip
    if entry.how == "ref" or entry.new_ref() not in known.by["ref"]:
        return None
    return CellProblem(
        code="ref_taken", row=entry.row, column=entry.how, found=entry.code,
        message=f"Позиции с {_WORDS[entry.how]} «{entry.code}» нет, а ссылка «{entry.new_ref()}» занята другой",
        advice="Добавьте колонку «Ссылка» и укажите ссылку учётной системы",
    )  # fmt: skip


def _of_items(entries: Sequence[ItemEntry], wanted: dict[int, Item]) -> Iterator[CellProblem]:
    """Give what is wrong with the items themselves, at the cells that say it."""
    how = {entry.row: entry.how for entry in entries}
    for one in item_problems(wanted.items()):
        row = one.row or 0
        column = how[row] if one.column == "ref" else one.column
        yield CellProblem(row=row, column=column, **{
            name: getattr(one, name) for name in ("code", "message", "found", "expected", "advice")
        })  # fmt: skip
