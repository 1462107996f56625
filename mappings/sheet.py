"""The spreadsheet form of a table of links: its columns, what stands in a cell, and what a cell means when it returns.

Pure: rows of plain cells, no files. An exported row carries in its hidden column what it said when it was exported, so
that a returned row tells which of its cells a person touched. A cell that still shows what was exported means the
exported value exactly, however a spreadsheet program bent its text; only a touched cell is read anew.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
from openpyxl.utils.escape import unescape

from mappings.items import ProductKey
from mappings.links import Component

Language = Literal["ru", "pl", "en"]
Role = Literal["shown", "key", "edited", "error", "hidden"]
Shown = str | int | float | date | None
LANGUAGES: tuple[Language, ...] = ("ru", "pl", "en")
EDITED = ("item", "item_article", "multiplier", "components", "valid_from", "valid_to", "note")
LONGEST_CELL = 32_000  # a cell takes 32,767 characters
MOST_PIECES = 1_000_000
HEADER_WITHIN = 30

_MARK = "komitent-mapping"
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?|(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_PART = re.compile(r"(\d{1,9})\s*[×xх*]\s*(.*?)(?:\s*\((\d+(?:[.,]\d+)?)\))?", re.IGNORECASE | re.DOTALL)
_PLAIN_REF = re.compile(r"[^\s;()\[\]×]+")


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"heard": "also"}):
    """One column: who writes it, how wide it is, its header in every language and what else is read as it."""

    role: Role
    width: int
    title: dict[Language, str]
    heard: dict[Language, list[str]]
    help: dict[Language, str]

    @property
    def also(self) -> list[str]:
        """What else is read as this column, in whatever language."""
        return [word for words in self.heard.values() for word in words]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the workbook says."""

    columns: dict[str, Column]
    states: dict[str, dict[Language, str]]
    found_by: dict[str, dict[Language, str]]
    words: dict[str, dict[Language, str]]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the editable cells of one row say. Neither item nor components: the key stands for nothing."""

    item: str = ""
    multiplier: int = 1
    components: tuple[Component, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def linked(self) -> bool:
        """True when the key stands for something."""
        return bool(self.item or self.components)


NOTHING_SAID = Said()


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the workbook as it is exported. ``version`` 0: the key has no link. ``score``: per cent."""

    state: str
    key: ProductKey
    said: Said = NOTHING_SAID
    version: int = 0
    quantity: int | float | None = None
    amount: float | None = None
    item_article: str = ""
    item_name: str = ""
    found_by: str = ""
    suggestions: tuple[tuple[str, int | None], ...] = ()


class Stamp(msgspec.Struct, frozen=True):
    """What a row said when it was exported. ``whole`` False: its kit was too long to be written out."""

    key: str
    version: int
    said: Said
    item_article: str
    whole: bool = True


class SheetStamp(msgspec.Struct, frozen=True, kw_only=True):
    """Which table a workbook was exported from, and when."""

    account: str
    kind: str
    at: str


class Bad(ValueError):
    """A cell does not hold what its column must hold: which words of ``cell_texts`` say so, and their values."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text)
        self.text, self.values = text, values


@cache
def words() -> Words:
    """The columns and words, in their order."""
    table = tomllib.loads(files("mappings").joinpath("sheet_headers.toml").read_text("utf-8"))
    return msgspec.convert(table, Words)


# --- what stands in the cells of an exported row ----------------------------------------------------------------------


def row_cells(row: ExportRow, language: Language) -> dict[str, Shown]:
    """Return what stands in the cells of a row, by column."""
    said, key, version = row.said, row.key, row.version
    cells: dict[str, Shown] = {
        "state": words().states[row.state][language],
        "key": key.key,
        "marketplace_id": key.marketplace_id,
        "article": key.article,
        "barcode": key.barcode,
        "size": key.size,
        "name": key.name,
        "quantity": row.quantity,
        "amount": row.amount,
        "item_article": row.item_article,
        "item_name": row.item_name,
        "found_by": words().found_by.get(row.found_by, {}).get(language, row.found_by),
        **edited_cells(said),
        "version": stamp_text(key.key, version, said, row.item_article),
    }
    for place, (label, score) in enumerate(row.suggestions[:3], 1):
        cells[f"suggestion{place}"], cells[f"score{place}"] = label, score
    return cells


def edited_cells(said: Said) -> dict[str, Shown]:
    """Return what stands in the cells of what a link says."""
    return {
        "item": said.item,
        "multiplier": said.multiplier if said.linked() else None,
        "components": components_text(said.components),
        "valid_from": said.valid_from,
        "valid_to": said.valid_to,
        "note": said.note,
    }


def item_label(ref: str, article: str, name: str, variant: str) -> str:
    """Return how the list shows an item: name, variant, article, and at the end the ref that makes it unique."""
    called = " · ".join(text for text in (name, variant, article) if text)
    return f"{called} [{ref}]" if called else ref


def label_refs(text: str) -> list[str]:
    """Return what the ref may be when the text is an entry of the list: from every bracket to the end."""
    if not text.endswith("]"):
        return []
    return [text[at + 1 : -1] for at in range(len(text) - 1, -1, -1) if text[at] == "["]


def components_text(parts: Sequence[Component]) -> str:
    """Write a kit for a person; refs that the short form cannot hold make it JSON."""
    if not parts:
        return ""
    if any(not _PLAIN_REF.fullmatch(part.item) for part in parts):
        return json.dumps([_part_json(part) for part in parts], ensure_ascii=False)
    return "; ".join(f"{part.multiplier} × {part.item}" + (f" ({part.share})" if part.share else "") for part in parts)


def _part_json(part: Component) -> list[str | int | None]:
    return [part.item, part.multiplier, part.share]


def stamp_text(key: str, version: int, said: Said, item_article: str) -> str:
    """Write what the row says into its hidden cell: ASCII, so that no program bends it."""
    days = [day.isoformat() if day else "" for day in (said.valid_from, said.valid_to)]
    parts: list[list[str | int | None]] | None = [_part_json(part) for part in said.components]
    head = [key, version, said.item, said.multiplier]
    text = _ascii([*head, parts, *days, said.note, item_article])
    return text if len(text) <= LONGEST_CELL else _ascii([*head, None, *days, said.note, item_article])


def _ascii(values: list[Any]) -> str:
    """Write JSON of plain ASCII in which nothing looks like an escape of a spreadsheet."""
    return json.dumps(values, separators=(",", ":")).replace("_x", "\\u005fx")


def sheet_stamp_text(stamp: SheetStamp) -> str:
    """Write which table the workbook is of."""
    return json.dumps([_MARK, stamp.account, stamp.kind, stamp.at])


# --- what the cells of a returned row mean ----------------------------------------------------------------------------


def read_sheet_stamp(text: str) -> SheetStamp | None:
    """Read which table a workbook was exported from; None when the text is something else."""
    if _MARK not in text:
        return None
    try:
        mark, account, kind, at = json.loads(text)
    except ValueError:
        return None
    return SheetStamp(account=str(account), kind=str(kind), at=str(at)) if mark == _MARK else None


def read_stamp(text: str) -> Stamp:
    """Read the hidden cell of a row. Raises Bad when somebody wrote into it."""
    try:
        key, version, item, multiplier, parts, start, end, note, article = json.loads(text)
        said = Said(
            item=str(item),
            multiplier=int(multiplier),
            components=tuple(msgspec.convert(_part_dict(part), Component) for part in parts or ()),
            valid_from=date.fromisoformat(start) if start else None,
            valid_to=date.fromisoformat(end) if end else None,
            note=str(note),
        )
        return Stamp(str(key), int(version), said, str(article), parts is not None)
    except (ValueError, TypeError, AttributeError, RecursionError, msgspec.ValidationError) as error:
        raise Bad("stamp_damaged") from error


def _part_dict(part: Sequence[object]) -> dict[str, object]:
    item, multiplier, share = part
    return {"item": item, "multiplier": multiplier, "share": share}


def normal(cell: object) -> str:
    """Return a cell as text in the form in which two texts are compared: spreadsheet programs bend the rest."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return (cell.date() if not (cell.hour or cell.minute or cell.second) else cell).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell)
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip()


def alike(cell: str, exported: object) -> bool:
    """True when a cell still shows what was exported: programs lay escapes of control characters over each other."""
    shown = normal(exported)
    return cell == shown or ("_x" in cell + shown and _settled(cell) == _settled(shown))


def _settled(text: str) -> str:
    for _ in range(4):
        text = unescape(text)
    return normal(text)


def read_multiplier(text: str) -> int:
    """Read a number of pieces; an empty cell is one. Raises Bad."""
    if not text:
        return 1
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= MOST_PIECES:
        raise Bad("multiplier_wrong", found=text[:50], most=str(MOST_PIECES))
    return int(text)


def read_day(text: str) -> date | None:
    """Read a day; an empty cell is no bound. Raises Bad."""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found:
            year, month, day, day2, month2, year2 = found.groups()
            return date(int(year or year2), int(month or month2), int(day or day2))
    except ValueError:
        pass
    raise Bad("day_wrong", found=text[:50])


def read_components(text: str) -> tuple[Component, ...]:
    """Read a kit: the short form or JSON. Raises Bad."""
    if not text:
        return ()
    try:
        if text.startswith("["):
            return tuple(msgspec.convert(_part_dict(part), Component) for part in json.loads(text))
        return tuple(_read_part(part) for part in text.split(";") if part.strip())
    except (ValueError, TypeError, RecursionError, msgspec.ValidationError) as error:
        raise Bad("components_wrong", found=text[:80]) from error


def _read_part(text: str) -> Component:
    found = _PART.fullmatch(text.strip())
    if found is None or not found[2]:
        raise ValueError(text)
    return Component(item=found[2], multiplier=int(found[1]), share=found[3].replace(",", ".") if found[3] else None)
