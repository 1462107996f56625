"""The whole catalogue indexed for matching: made once, and kept by each process until the next change of anything."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, true

from bridge.db.catalogue import find_items
from bridge.db.reports import basis_count
from bridge.db.session import Database
from mappings.items import Item, ProductKey
from mappings.matching import Match, Matcher


class MatchIndex:
    """The catalogue at one count of changes, indexed for matching; what was asked once is remembered."""

    def __init__(self, count: int, items: Iterable[Item]) -> None:
        self.count = count
        self.matcher = Matcher(items)
        self.items = {item.ref: item for item in self.matcher.items}
        self._by_codes: dict[ProductKey, Match] = {}

    def by_codes(self, key: ProductKey) -> Match:
        """Match by codes only."""
        if key not in self._by_codes:
            self._by_codes[key] = self.matcher.match(key, suggestions=False)
        return self._by_codes[key]

    def suggesting(self, key: ProductKey) -> Match:
        """Match by codes, else suggest by name."""
        found = self.by_codes(key)
        return found if found.state in {"linked", "ambiguous"} else self.matcher.match(key)


_indexes: WeakKeyDictionary[Database, MatchIndex] = WeakKeyDictionary()


def match_index(database: Database, connection: Connection) -> MatchIndex:
    """Return the index of the catalogue as this connection sees it."""
    count = basis_count(connection)
    known = _indexes.get(database)
    if known is None or known.count != count:
        known = MatchIndex(count, find_items(connection, true()).values())
        _indexes[database] = known
    return known
