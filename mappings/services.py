"""Finding the ERP item of a service that the channel charges: by its exact name, its kind's code, its kind's title.

Names are compared without regard to case, ё and spaces. Links are dated; the day of the document decides. What a link
says may be the ref of an item or a text: then the only item with this code, article or name. A guess is never made:
two answers are *ambiguous*. Pure: the caller loads links and the items that they may mean.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

import msgspec

from mappings.items import Item
from mappings.links import Link

_LONGEST_KEY = 500
_NUMBERED = re.compile(
    r"№|\d{4}|\d{1,2}\.\d{1,2}\.\d{2}|(?:договор|документ|отч[её]т|сч[её]т|акт)\w*\s+(?:n\s*)?\d", re.IGNORECASE
)


class ServiceItem(msgspec.Struct, frozen=True, kw_only=True):
    """What the name of a service stands for on a day.

    ``text``: what the link says, empty where there is none. A link to a text that is no item of the ERP is *unlinked*:
    documents then carry the text as a name.
    """

    state: Literal["linked", "unlinked", "ambiguous"] = "unlinked"
    item: Item | None = None
    text: str = ""
    candidates: tuple[str, ...] = ()


_NOTHING = ServiceItem()


class ServiceLinks:
    """The links of services of one account, with the items that they may mean.

    ``gone``: refs of items that the ERP does not have any more; a link to one of them gives nothing.
    """

    def __init__(
        self, items: Iterable[Item] = (), links: Iterable[Link] = (), gone: Collection[str] = ()
    ) -> None:  # fmt: skip
        self._gone = frozenset(gone)
        self._links: dict[str, list[Link]] = {}
        self._refs: dict[str, Item] = {}
        self._named: dict[str, dict[str, Item]] = {}
        for item in items:
            self._refs[item.ref] = item
            for text in (item.code, item.article, item.name):
                if text:
                    self._named.setdefault(fold_name(text), {})[item.ref] = item
        for link in links:
            self._links.setdefault(fold_name(link.key), []).append(link)

    def find(self, names: Iterable[str], day: date) -> ServiceItem:
        """Return what the first of these names that has a link on that day stands for."""
        for name in names:
            found = [link for link in self._links.get(fold_name(name), ()) if link.holds_on(day)]
            if name and found:
                return self._said([link for link in found if link.key == name] or found)
        return _NOTHING

    def _said(self, links: list[Link]) -> ServiceItem:
        texts = tuple(dict.fromkeys(link.item for link in links))
        if len(texts) > 1:
            return ServiceItem(state="ambiguous", candidates=texts)
        text = texts[0]
        if text in self._refs:
            return ServiceItem(state="linked", item=self._refs[text], text=text)
        if text in self._gone:
            return ServiceItem(candidates=(text,))
        called = list(self._named.get(fold_name(text), {}).values())
        meant = [item for item in called if item.is_service] or called
        if len(meant) > 1:
            return ServiceItem(state="ambiguous", candidates=tuple(item.ref for item in meant))
        return ServiceItem(state="linked" if meant else "unlinked", item=meant[0] if meant else None, text=text)


def fold_name(name: str) -> str:
    """Return a name as names of services are compared: small letters, ё as е, single spaces."""
    return " ".join(name.casefold().replace("ё", "е").split())


def is_lasting(name: str) -> bool:
    """True for a name that the next report may have too: without number or date of a document, and fit for a key."""
    return 0 < len(name) <= _LONGEST_KEY and not _NUMBERED.search(name)
