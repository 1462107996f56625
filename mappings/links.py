"""Finding the ERP item of a channel's product, or the kit of items: exact link, then unique barcode, unique article.

A guess is never made: two candidates on one step end the search as *ambiguous*, with the candidates named. Links are
dated; the date of the report line decides which one is in force. Pure: the caller loads what the keys may match.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from mappings.items import Item, ProductKey


class Component(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a kit: so many pieces of an ERP item, and its share of the price (null in all parts: by pieces)."""

    item: str
    multiplier: int = 1
    share: str | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A channel key stands for ``multiplier`` pieces of an ERP item, from ``valid_from`` to ``valid_to`` inclusive.

    With components it stands for so many kits of them; ``item`` is then the kit's own card, if it has one.
    """

    key: str
    item: str
    multiplier: int = 1
    components: tuple[Component, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """True when the link is in force on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def refs(self) -> tuple[str, ...]:
        """Every item that must be known before this link can be booked."""
        return tuple(part.item for part in self.components) or (self.item,)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a kit: so many pieces in one listing, and the weight by which it takes of the price."""

    item: Item
    pieces: int
    weight: Decimal


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """What a product key stands for on a day: one item, a kit, nothing, or several candidates (never a guess).

    ``since`` is the beginning of the link in force, so that two links to one item stay apart. ``parts``: of a kit,
    whose own ``item`` may be missing.
    """

    state: Literal["linked", "unlinked", "ambiguous"]
    item: Item | None = None
    multiplier: int = 1
    found_by: Literal["link", "barcode", "article", ""] = ""
    since: date | None = None
    candidates: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


NOTHING = Resolution(state="unlinked")


class Catalogue:
    """The items and links that the keys of one report may match, indexed once and asked once per key and day."""

    def __init__(self, items: Iterable[Item], links: Iterable[Link]) -> None:
        self.items: dict[str, Item] = {}
        self._by_barcode: dict[str, list[Item]] = {}
        self._by_article: dict[str, list[Item]] = {}
        self._links: dict[str, list[Link]] = {}
        self._dated: set[str] = set()  # keys of links that begin or end some day: mostly none, and asked for every row
        for item in items:
            self.items[item.ref] = item
            for barcode in item.barcodes:
                self._by_barcode.setdefault(barcode, []).append(item)
            if item.article and not item.is_service:
                self._by_article.setdefault(item.article, []).append(item)
        for link in links:
            self._links.setdefault(link.key, []).append(link)
            if link.valid_from or link.valid_to:
                self._dated.add(link.key)

    def dates_matter(self, key: ProductKey) -> bool:
        """True when any link of this key begins or ends some day, so that the answer may differ between days."""
        return bool(self._dated) and not self._dated.isdisjoint(key.aliases())

    def dated(self, keys: Iterable[ProductKey]) -> dict[int, str]:
        """Return those of the keys for which dates matter: their place in the list, and their code."""
        return {no: key.key for no, key in enumerate(keys) if self.dates_matter(key)}

    def resolve(self, key: ProductKey, day: date) -> Resolution:
        """Return the item that this key stands for on that day."""
        for alias in key.aliases():
            links = [link for link in self._links.get(alias, ()) if link.holds_on(day)]
            if links:
                return self._by_links(links)
        return (
            self._unique("barcode", self._by_barcode, key.barcode)
            or self._unique("article", self._by_article, key.article)
            or NOTHING
        )

    def _by_links(self, links: list[Link]) -> Resolution:
        says = {(link.item, link.multiplier, link.components) for link in links}
        refs = tuple(dict.fromkeys(ref for link in links for ref in link.refs()))
        if len(says) > 1:
            return Resolution(state="ambiguous", candidates=refs)
        if not all(ref in self.items for ref in refs):
            return Resolution(state="unlinked", candidates=refs)
        link = links[0]
        return Resolution(
            state="linked",
            item=self.items.get(link.item),
            multiplier=link.multiplier,
            found_by="link",
            since=link.valid_from,
            parts=tuple(self._part(link, part) for part in link.components),
        )

    def _part(self, link: Link, part: Component) -> Part:
        weight = Decimal(part.multiplier if part.share is None else part.share)
        return Part(item=self.items[part.item], pieces=link.multiplier * part.multiplier, weight=weight)

    def _unique(
        self, how: Literal["barcode", "article"], index: Mapping[str, list[Item]], code: str
    ) -> Resolution | None:
        found = index.get(code, []) if code else []
        if len(found) == 1:
            return Resolution(state="linked", item=found[0], found_by=how)
        if found:
            return Resolution(state="ambiguous", found_by=how, candidates=tuple(item.ref for item in found))
        return None
