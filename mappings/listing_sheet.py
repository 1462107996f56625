"""The listings of a channel as a price list tells them, and the product keys by which its reports will name them."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from mappings.items import ProductKey
from mappings.sheet_rows import Binding
from mappings.upload_sheet import CellProblem, Cells, read_rows, split_codes, unite

_PRICE = re.compile(
    r"(\d[\d \u00a0\u202f]{0,15})(?:[.,](\d{1,6}))?\s*(?:₽|руб\.?|р\.?|rub|zł|pln|€|eur|\$|usd)?", re.IGNORECASE
)
_SPACES = re.compile(r"\s")


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel sells. ``price`` in kopecks (or grosze), as the list says it; None: the list does not say."""

    marketplace_id: str = ""
    article: str = ""
    size: str = ""
    barcodes: tuple[str, ...] = ()
    name: str = ""
    price: int | None = None

    def identity(self) -> str:
        """Return what makes it this listing of its account: codes and size, else its first barcode."""
        if not (self.marketplace_id or self.article):
            return msgspec.json.encode(self.barcodes[:1]).decode()
        return msgspec.json.encode([self.marketplace_id, self.article, self.size]).decode()

    def keys(self, identify: Sequence[str]) -> list[ProductKey]:
        """Return the product keys that reports may name it by: one for each barcode.

        ``identify``: which parts the channel's reports are linked by, the best first.
        """
        found = []
        for barcode in self.barcodes or ("",):
            parts = {
                "marketplace_id": self.marketplace_id, "article": self.article, "barcode": barcode, "name": self.name,
            }  # fmt: skip
            key = next((parts[part] for part in (*identify, *parts) if parts[part]), "")
            found.append(ProductKey(key=key, size=self.size, **parts))
        return found


class ListingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A listing and the row it began in."""

    row: int
    listing: Listing


def read_listings(
    binding: Binding, rows: Iterable[tuple[int, Sequence[object]]], formulas: set[tuple[int, int]]
) -> tuple[list[ListingEntry], list[CellProblem]]:  # fmt: skip
    """Return the listings of a sheet, and everything that is wrong with its cells."""
    read, problems = read_rows("listings", binding, rows, formulas)
    entries, differing = unite("listings", read, _identity)
    found = []
    for entry in entries:
        cells = entry.cells
        price, readable = read_price(cells.get("price", ""))
        if not readable:
            problems.append(
                CellProblem(
                    code="price_wrong", row=entry.row, column="price", found=cells["price"],
                    message=f"Цена «{cells['price'][:50]}» не читается", expected="число, например 1299,00",
                    advice="Исправьте цену или удалите колонку: для сопоставления она не нужна",
                )
            )  # fmt: skip
        texts = {name: cells.get(name, "") for name in ("marketplace_id", "article", "size", "name")}
        found.append(ListingEntry(row=entry.row, listing=Listing(**texts, barcodes=entry.barcodes, price=price)))
    return found, sorted([*problems, *differing], key=lambda one: one.row)


def _identity(cells: Cells) -> str:
    codes = split_codes(cells.get("barcodes", ""))[:1]
    named = Listing(
        marketplace_id=cells.get("marketplace_id", ""), article=cells.get("article", ""), size=cells.get("size", ""),
        barcodes=codes,
    )  # fmt: skip
    return named.identity() if named.marketplace_id or named.article or codes else ""


def read_price(text: str) -> tuple[int | None, bool]:
    """Return a price in hundredths, and whether it could be read; an empty cell is no price."""
    if not text:
        return None, True
    found = _PRICE.fullmatch(text)
    if found is None or len(whole := _SPACES.sub("", found[1])) > 12:
        return None, False
    exact = Decimal(f"{whole}.{found[2] or 0}") * 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP)), True
