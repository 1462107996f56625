"""ERP items (номенклатура with its характеристика) and the keys by which a channel names a product."""

from collections.abc import Iterable

import msgspec


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One ERP item with its variant. ``ref`` is the ERP's own identifier and the identity here."""

    ref: str
    code: str = ""
    article: str = ""
    name: str = ""
    variant: str = ""
    barcodes: tuple[str, ...] = ()
    unit: str = ""
    vat_rate: str = ""
    group: str = ""
    is_service: bool = False


class ProductKey(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel names one product in one report; any part may be empty.

    ``key`` is the part that identifies it best on this channel (the profile says which) and is what links use.
    """

    key: str
    marketplace_id: str = ""
    article: str = ""
    barcode: str = ""
    size: str = ""
    name: str = ""

    def aliases(self) -> tuple[str, ...]:
        """Every code that an exact link may be written for, the most exact first."""
        sized = f"{self.article}/{self.size}" if self.article and self.size else ""
        found = (self.key, self.barcode, sized, self.article, self.marketplace_id)
        return tuple(dict.fromkeys(code for code in found if code))


def known_as(keys: Iterable[ProductKey]) -> dict[str, ProductKey]:
    """Return the newest key (these come first) by each of its codes; a better code of another one comes before."""
    known: dict[str, ProductKey] = {}
    listed = list(keys)
    for key in listed:
        known.setdefault(key.key, key)
    for key in listed:
        for alias in key.aliases():
            known.setdefault(alias, key)
    return known
