"""ERP items as a list in a spreadsheet: what a row says of an item, and by what it is known.

An item is known by its ref, else by its code, else by its article; the variant (характеристика) tells items of one code
or article apart. Columns that the sheet does not have leave what is known already as it is.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from mappings.items import Item
from mappings.sheet_rows import Binding
from mappings.upload_sheet import CellProblem, Cells, Entry, read_rows, unite

How = Literal["ref", "code", "article"]
HOW: tuple[How, ...] = ("ref", "code", "article")

_YES = {"да", "д", "yes", "y", "true", "истина", "tak", "prawda", "1", "+", "услуга", "usługa", "service"}
_NO = {"", "нет", "н", "no", "n", "false", "ложь", "nie", "fałsz", "0", "-", "товар", "towar", "запас", "goods"}
_PART = re.compile(r"0[.,]\d{1,6}")


class ItemEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the list says of one item. ``says``: the fields of Item it speaks of; ``how`` and ``code`` name it."""

    row: int
    how: How
    code: str
    variant: str | None
    says: dict[str, object]

    def new_ref(self) -> str:
        """Return the ref of an item that nobody knows yet: computed, so that the next upload finds it again."""
        return f"{self.code}/{self.variant}" if self.variant and self.how != "ref" else self.code

    def over(self, known: Item | None) -> Item:
        """Return the item as it is to be: what the list says over what is known."""
        base = known or Item(ref=self.new_ref())
        return msgspec.structs.replace(base, **self.says)


def read_items(
    binding: Binding, rows: Iterable[tuple[int, Sequence[object]]], formulas: set[tuple[int, int]]
) -> tuple[list[ItemEntry], list[CellProblem]]:  # fmt: skip
    """Return the items of a sheet, and everything that is wrong with its cells."""
    read, problems = read_rows("items", binding, rows, formulas)
    entries, differing = unite("items", read, _identity)
    items = []
    for entry in entries:
        says, wrong = _says(entry)
        problems += wrong
        how = next(how for how in HOW if entry.cells.get(how))
        variant = entry.cells.get("variant")
        items.append(ItemEntry(row=entry.row, how=how, code=entry.cells[how], variant=variant, says=says))
    return items, sorted([*problems, *differing], key=lambda one: one.row)


def _identity(cells: Cells) -> tuple[How, str, str] | None:
    for how in HOW:
        if cells.get(how):
            return how, cells[how], cells.get("variant", "") if how != "ref" else ""
    return None


def _says(entry: Entry) -> tuple[dict[str, object], list[CellProblem]]:
    """Return the fields of Item that the cells speak of; an item keeps its ref when the row is silent of it."""
    says: dict[str, object] = {name: text for name, text in entry.cells.items() if name != "ref" or text}
    problems: list[CellProblem] = []
    if "barcodes" in says:
        says["barcodes"] = entry.barcodes
    if "vat_rate" in says:
        says["vat_rate"] = vat_rate(entry.cells["vat_rate"])
    if "is_service" in says:
        word = entry.cells["is_service"].casefold()
        says["is_service"] = word in _YES
        if word not in _YES | _NO:
            problems.append(
                CellProblem(
                    code="yes_or_no", row=entry.row, column="is_service", found=entry.cells["is_service"],
                    message=f"«{entry.cells['is_service'][:50]}» – не да и не нет", expected="да или нет",
                    advice="Впишите «да» для услуги, «нет» для товара",
                )
            )  # fmt: skip
    return says, problems


def vat_rate(text: str) -> str:
    """Return a VAT rate as an ERP writes it: a cell in the format of per cent holds 0.2 and means 20."""
    if _PART.fullmatch(text):
        return f"{(Decimal(text.replace(',', '.')) * 100).normalize():f}"
    return text
