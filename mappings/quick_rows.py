"""Writing many rows through openpyxl's own stream: its way of a cell at a time takes three times as long.

A row is a list of (number of the style, value) pairs. Texts become inline strings, whatever they look like: nothing
written here can be a formula.
"""

from datetime import date
from functools import cache
from typing import Any

from openpyxl.utils import datetime, get_column_letter
from openpyxl.xml import functions

Quick = tuple[str, str | int | float | date | None]

_xml: Any = functions  # the elements that openpyxl itself streams, whichever library it found
_days: Any = datetime
_letter = cache(get_column_letter)
_PRESERVE = (f"{{{_xml.XML_NS}}}space", "preserve")


class QuickRows:
    """The rows that follow what was appended to a write-only sheet before; nothing can be appended in between."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        sheet._values_to_row = lambda row, _number: row
        sheet._writer.write_row = _write_row

    def append(self, row: list[Quick], height: int = 0) -> None:
        """Write one row, of the usual height when none is given."""
        self._sheet.append([(str(height) if height else "", None), *row])


def style_number(sheet: Any, style: Any) -> str:
    """Return the number under which the workbook knows a style."""
    return str(sheet.parent._cell_styles.add(style))


def _write_row(stream: Any, cells: list[Quick], number: int) -> None:
    row = _xml.Element("row", {"r": str(number)})
    if cells[0][0]:
        row.attrib.update({"ht": cells[0][0], "customHeight": "1"})
    for place, (style, value) in enumerate(cells[1:], 1):
        named = {"r": f"{_letter(place)}{number}", "s": style}
        if isinstance(value, str):
            named["t"] = "inlineStr"
            text = _xml.SubElement(_xml.SubElement(_xml.SubElement(row, "c", named), "is"), "t")
            text.text = value
            if value != value.strip() or "\n" in value:
                text.set(*_PRESERVE)
        elif value is None:
            _xml.SubElement(row, "c", named)
        else:
            shown = _days.to_excel(value) if isinstance(value, date) else value
            _xml.SubElement(_xml.SubElement(row, "c", named), "v").text = repr(shown)
    stream.write(row)
