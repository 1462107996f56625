"""How the mapping workbook looks: every style is made once and shared by all cells that wear it."""

from copy import copy
from typing import Any, ClassVar

import msgspec
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from mappings.quick_rows import style_number
from mappings.sheet import words

_FONT = "Arial"
_CODES = {"key", "marketplace_id", "article", "barcode", "size", "item", "item_article", "version", "components"}
_FORMATS = {
    "quantity": "#,##0.###", "amount": "#,##0.00", "multiplier": "0", "valid_from": "dd.mm.yyyy",
    "valid_to": "dd.mm.yyyy", "score1": "0", "score2": "0", "score3": "0",
}  # fmt: skip
_CENTERED = {"state", "size", "multiplier", "valid_from", "valid_to", "score1", "score2", "score3", "found_by"}
_SHOWN, _EDITED, _RULE = "F3F5F8", "FFFFFF", "D5DBE3"
_STATES = {  # fill and ink
    "linked": ("DDF1E1", "1B6B36"),
    "unlinked": ("FFE9C7", "8A4B00"),
    "ambiguous": ("FFF4B8", "6B5600"),
    "vanished": ("E7E0EF", "553A7A"),
    "conflict": ("F9D5C2", "9A3412"),
    "wrong": ("FBD3D3", "A01616"),
}
_HEADERS = {
    "shown": "5B6B7F",
    "key": "33475B",
    "edited": "1F6FB2",
    "error": "A01616",
    "hidden": "5B6B7F",
    "further": "8A94A0",
}


class Style(msgspec.Struct, frozen=True):
    """The numbers of a style, and of the same for text that begins like a formula."""

    plain: str
    quoted: str


class Looks:
    """The styles of one workbook, made through one of its sheets."""

    ACCENT: ClassVar[str] = "1F6FB2"

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._cells: dict[tuple[str, str, bool], Style] = {}
        self.names = tuple(words().columns)
        ink = Font(name=_FONT, size=10)
        self.title = self._made(font=Font(name=_FONT, size=14, bold=True, color="24364B"))
        self.legend = self._made(font=Font(name=_FONT, size=9, italic=True, color="5B6B7F"))
        self.hidden = self._made(font=ink, number_format="@")
        self.state = {
            state: self._made(
                font=Font(name=_FONT, size=9, bold=True, color=color), fill=_filled(fill), alignment=_aligned(True)
            )
            for state, (fill, color) in _STATES.items()
        }
        self.header = {role: self._header(color) for role, color in _HEADERS.items()}
        self.listed = self._style(font=ink, number_format="@")

    def cell(self, column: str, state: str, wrong: bool) -> Style:
        """Return the style of a data cell."""
        key = (column, state if column == "state" else "", wrong)
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = self._data(*key)
        return found

    def empty(self, column: str) -> Any:
        """Return the style of the cells of a column below the last row: text where codes stand, and free to fill in."""
        made: Any = WriteOnlyCell(self._sheet)
        made.font = Font(name=_FONT, size=10)
        made.number_format = _number_format(column)
        made.protection = Protection(locked=False)
        return made._style

    def _data(self, column: str, state: str, wrong: bool) -> Style:
        known = words().columns.get(column)
        role = known.role if known else "edited"
        free = role in ("edited", "error")
        fill, color = (_EDITED if free else _SHOWN), "1F2933" if free or role == "key" else "52606D"
        if state:
            fill, color = _STATES[state]
        if wrong or role == "error":
            fill, color = _STATES["wrong"] if wrong else (_EDITED, _STATES["wrong"][1])
        return self._style(
            font=Font(name=_FONT, size=10, bold=role == "key" or bool(state), color=color),
            fill=_filled(fill),
            border=_RULED,
            alignment=_aligned(column in _CENTERED, wrap=role == "error", text=column not in _FORMATS),
            number_format=_number_format(column),
            protection=Protection(locked=not free),
        )

    def _header(self, color: str) -> Any:
        return self._made(
            font=Font(name=_FONT, size=10, bold=True, color="FFFFFF"), fill=_filled(color), border=_RULED,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        )  # fmt: skip

    def _style(self, **parts: Any) -> Style:
        plain = self._made(**parts)
        quoted = copy(plain)
        quoted.quotePrefix = 1
        return Style(style_number(self._sheet, plain), style_number(self._sheet, quoted))

    def _made(self, **parts: Any) -> Any:
        cell: Any = WriteOnlyCell(self._sheet)
        for name, part in parts.items():
            setattr(cell, name, part)
        return cell._style


_LINE = Side(style="thin", color=_RULE)
_RULED = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def _number_format(column: str) -> str:
    return _FORMATS.get(column, "@" if column in _CODES else "General")


def _filled(color: str) -> PatternFill:
    return PatternFill("solid", start_color=color)


def _aligned(centered: bool, *, wrap: bool = False, text: bool = False) -> Alignment:
    if centered or not text:
        return Alignment(horizontal="center" if centered else None, vertical="center")
    return Alignment(horizontal="left", vertical="center", indent=1, wrap_text=wrap or None)
