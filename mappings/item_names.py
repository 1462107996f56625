"""Finding the ERP item that a person named in a cell: by ref, by an entry of the list, or by an article only it has."""

from collections.abc import Iterable
from typing import Protocol

from mappings.sheet import Bad, label_refs, normal

_SHOWN = 5


class Named(Protocol):
    """What is known of an item here."""

    @property
    def ref(self) -> str: ...
    @property
    def article(self) -> str: ...


class ItemNames:
    """The items that the cells of one file may name."""

    def __init__(self, items: Iterable[Named]) -> None:
        self._refs: dict[str, str] = {}
        self._articles: dict[str, list[str]] = {}
        for item in items:
            self._refs[item.ref] = item.ref
            self._refs.setdefault(normal(item.ref), item.ref)
            if item.article:
                self._articles.setdefault(normal(item.article), []).append(item.ref)

    def resolve(self, column: str, text: str) -> str:
        """Return the ref of the item. In the column of articles the article comes first. Raises Bad."""
        ref = self._refs.get(text) or next((self._refs[one] for one in label_refs(text) if one in self._refs), None)
        named = self._articles.get(text, [])
        if ref is not None and (column != "item_article" or not named):
            return ref
        if len(named) == 1:
            return named[0]
        if named:
            shown = ", ".join(named[:_SHOWN]) + (" …" if len(named) > _SHOWN else "")
            raise Bad("item_ambiguous", found=text[:100], refs=shown)
        raise Bad("item_unknown", found=text[:100])


def as_written(_column: str, text: str) -> str:
    """Take the text itself: what tables other than goods point to is any name that the ERP knows."""
    return text
