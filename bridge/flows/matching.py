"""Products that stand for no item yet, and the automatic links for those of which exactly one item may be meant.

Matching looks at the whole catalogue and at every product the account's reports ever named. It writes through
``apply_changes`` as a rule, so that a run is one set of the history and can be taken back. What a person linked, or
removed, it leaves alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Row, true

from bridge.db import catalogue as queries
from bridge.db.catalogue import load_catalogue
from bridge.db.matching import known_keys, refused_keys
from bridge.db.reports import basis_count, product_keys
from bridge.db.returned import sale_days
from bridge.db.session import Database
from bridge.db.unposted import open_reports, sums_by_key
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.checking import page_size
from bridge.flows.links import LinkChange, StoredLink, apply_changes, check_kind
from mappings.codes import read_barcode
from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Resolution
from mappings.matching import Match, Matcher
from mappings.money import ZERO, rounded
from reports.profile import profiles

_ANY_DAY = date(2000, 1, 1)
_LONGEST_KEY = 500
_AUTOMATIC = {"barcode", "article", "article_size"}


class _Missing(msgspec.Struct):
    """A product without its item: over all unposted reports together."""

    key: ProductKey
    state: str
    candidates: dict[str, None] = {}
    reports: dict[str, None] = {}
    quantity: Decimal = Decimal(0)
    amount: Decimal = ZERO


class _Waiting(msgspec.Struct, frozen=True):
    """An unposted report with its product keys."""

    row: Any
    keys: list[ProductKey]


class _Indexed:
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


class _Plan(msgspec.Struct, frozen=True):
    """What one run of matching would write, and what it was computed from."""

    indexed: _Indexed
    keys: list[ProductKey]
    matches: dict[ProductKey, Match]
    changes: list[LinkChange]


_indexes: WeakKeyDictionary[Database, _Indexed] = WeakKeyDictionary()


def missing_page(
    database: Database, account: str, kind: str, state: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of products of unposted reports in that state (unlinked, ambiguous), in the order of keys.

    Quantity and amount are sums over the lines that wait for the item; ``suggestions`` are items with scores of 100
    and reasons. Other tables than products have no such rows: nothing tells yet which keys they need. Raises NotFound.
    """
    kind = check_kind(kind).name
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = _waiting_products(database, connection, owner.id) if kind == "product" else []
        later = sorted((one for one in found if one.state == state and one.key.key > (cursor or "")), key=_by_key)
        shown = _all_shown(database, connection, later[:size])
    return {"items": shown, "next": shown[-1]["key"] if len(later) > size else None}


def missing_products(database: Database, account: str) -> list[dict[str, Any]]:
    """Return every row that the pages of ``missing_page`` have, of both states, computed once."""
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = _waiting_products(database, connection, owner.id)
        return _all_shown(database, connection, sorted(found, key=_by_key))


def match_links(database: Database, account: str, kind: str, who: str) -> dict[str, Any]:
    """Link the products of all reports for which exactly one item may be meant; see ``mappings.matching``.

    A link is written for the most exact code of the product, so that it cannot catch another size or variant later.
    Returns how many were linked, how many are unlinked and of these how many have suggestions, the ambiguous ones with
    their candidates, and the set by which all of it can be taken back. Raises NotFound, BadInput for other tables.
    """
    if check_kind(kind).name != "product":
        raise BadInput("Автоматически сопоставляются только товары")
    with database.read() as connection:
        plan = _plan(database, connection, existing_account(connection, account).id)
    with database.write() as connection:
        queries.hold(connection)
        owner = existing_account(connection, account)
        if basis_count(connection) != plan.indexed.count:  # somebody was quicker
            plan = _plan(database, connection, owner.id)
        done = apply_changes(connection, owner, "product", plan.changes, who, "rule")
    with database.read() as connection:  # others may write meanwhile
        left = _left(connection, owner.id, plan)
    ambiguous = sorted((one for one in left if one.state == "ambiguous"), key=_by_key)
    unlinked = [one for one in left if one.state == "unlinked"]
    return {
        "linked": done.created,
        "ambiguous": [_shown(one, plan.indexed) for one in ambiguous],
        "unlinked": len(unlinked),
        "suggested": sum(one.key in plan.matches and plan.matches[one.key].state != "unlinked" for one in unlinked),
        "set": done.id,
    }


# --- what is to be linked ---------------------------------------------------------------------------------------------


def _indexed(database: Database, connection: Connection) -> _Indexed:
    """Return the whole catalogue indexed; kept until the next change of anything."""
    count = basis_count(connection)
    known = _indexes.get(database)
    if known is None or known.count != count:
        known = _Indexed(count, queries.find_items(connection, true()).values())
        _indexes[database] = known
    return known


def _plan(database: Database, connection: Connection, account_id: int) -> _Plan:
    silent = [name for name, profile in profiles().items() if not profile.documents.make]
    indexed = _indexed(database, connection)
    keys = known_keys(connection, account_id, without=silent)
    links = _links_by_key(connection, account_id, keys)
    linked = {key for key in keys if any(alias in links for alias in key.aliases())}
    matches = {key: indexed.by_codes(key) if key in linked else indexed.suggesting(key) for key in keys}
    refused = refused_keys(connection, account_id, "product")
    return _Plan(indexed, keys, matches, _changes(matches, links, refused))


def _links_by_key(connection: Connection, account_id: int, keys: Iterable[ProductKey]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in queries.find_links(connection, account_id, "product", {code for key in keys for code in key.aliases()}):
        found.setdefault(row.key, []).append(row)
    return found


def _changes(
    matches: Mapping[ProductKey, Match], links: Mapping[str, list[Row[Any]]], refused: set[str]
) -> list[LinkChange]:  # fmt: skip
    """Return the links to write: one item by a code, and no product that would be caught by it without being meant."""
    wanted: dict[str, dict[str, Match]] = {}
    for key, match in matches.items():
        code = exact_code(key)
        if match.item is not None and code and not refused & {code, key.key} and _is_free(key, code, match, links):
            wanted.setdefault(code, {})[match.item] = match
    sure = {code: found for code, found in wanted.items() if len(found) == 1}
    caught = _caught(matches, sure, links)
    return [_change(code, match) for code, found in sure.items() if code not in caught for match in found.values()]


def _is_free(key: ProductKey, code: str, match: Match, links: Mapping[str, list[Row[Any]]]) -> bool:
    """True when no person linked this product, the code has no link, and no link says the same already."""
    mine = [row for alias in key.aliases() for row in links.get(alias, ())]
    if code in links or any(row.found_by not in _AUTOMATIC for row in mine):
        return False
    return not mine or (mine[0].item != match.item and match.how == "barcode")


def _caught(
    matches: Mapping[ProductKey, Match], sure: Mapping[str, dict[str, Match]], links: Mapping[str, list[Row[Any]]]
) -> set[str]:
    """Return the codes whose link would also answer for a product that is, or may be, another item."""
    caught: set[str] = set()
    for key, match in matches.items():
        first = next((code for code in key.aliases() if code in links or code in sure), "")
        if first in sure and match.item not in sure[first]:
            caught.add(first)
    return caught


def _change(code: str, match: Match) -> LinkChange:
    assert match.item is not None
    return LinkChange(key=code, after=StoredLink(item=match.item, found_by=match.how, score=match.score * 10))


def exact_code(key: ProductKey) -> str:
    """Return the code that names this one size or variant, not its siblings; a damaged one names several."""
    barcode = key.barcode if read_barcode(key.barcode).kind not in {"damaged", "empty"} else ""
    code = barcode or (f"{key.article}/{key.size}" if key.article and key.size else key.article)
    return code if code == code.strip() and len(code) <= _LONGEST_KEY else ""


# --- what is left -----------------------------------------------------------------------------------------------------


def _left(connection: Connection, account_id: int, plan: _Plan) -> list[_Missing]:
    """Return the products without an item: those that wait, and all others that the account ever named."""
    waiting = _waiting(connection, account_id)
    asked = dict.fromkeys([*plan.keys, *(key for report in waiting for key in report.keys)])
    catalogue = load_catalogue(connection, account_id, list(asked))
    left = {one.key.key: one for one in _missing(connection, waiting, catalogue)}
    for key, match in plan.matches.items():
        resolution = catalogue.resolve(key, _ANY_DAY)
        settled = resolution.found_by == "link" or (resolution.state == "linked" and match.state != "ambiguous")
        if not settled and not catalogue.dates_matter(key):
            one = left.setdefault(key.key, _Missing(key, "unlinked", dict.fromkeys(resolution.candidates)))
            if "ambiguous" in (resolution.state, match.state):
                one.state = "ambiguous"
    return list(left.values())


def _waiting_products(database: Database, connection: Connection, account_id: int) -> list[_Missing]:
    """Return the products of unposted reports without an item; ambiguous also where several are like their codes."""
    waiting = _waiting(connection, account_id)
    distinct = dict.fromkeys(key for report in waiting for key in report.keys)
    found = _missing(connection, waiting, load_catalogue(connection, account_id, list(distinct)))
    indexed = _indexed(database, connection) if found else None
    for one in found:
        if indexed and one.state == "unlinked" and indexed.by_codes(one.key).state == "ambiguous":
            one.state = "ambiguous"
    return found


def _waiting(connection: Connection, account_id: int) -> list[_Waiting]:
    return [
        _Waiting(row, product_keys(connection, row.id))
        for row in open_reports(connection, account_id)
        if row.profile not in profiles() or profiles()[row.profile].documents.make
    ]


def _missing(connection: Connection, waiting: list[_Waiting], catalogue: Catalogue) -> list[_Missing]:
    """Find the products that stand for nothing, or for several items, on some day of their lines."""
    found: dict[str, _Missing] = {}
    for report in waiting:
        for key, resolution, quantity, amount in _unresolved(connection, report, catalogue):
            one = found.setdefault(key.key, _Missing(key, resolution.state))
            if resolution.state == "ambiguous":
                one.state = "ambiguous"
            one.candidates.update(dict.fromkeys(resolution.candidates))
            one.reports[report.row.uid] = None
            one.quantity += quantity
            one.amount += amount
    return list(found.values())


def _unresolved(
    connection: Connection, report: _Waiting, catalogue: Catalogue
) -> Iterator[tuple[ProductKey, Resolution, Decimal, Decimal]]:
    """Give the parts of a report without an item: per key, and per day where links are dated."""
    profile = profiles().get(report.row.profile)
    skip = profile.documents.skip if profile else ()
    asked = {
        no
        for no, key in enumerate(report.keys)
        if catalogue.dates_matter(key) or catalogue.resolve(key, _ANY_DAY).state != "linked"
    }
    day_of = _days(report.row)
    dated = catalogue.dated(report.keys)
    sold = sale_days(connection, report.row, dated, day_of("").isoformat())
    for part in sums_by_key(connection, report.row.id, asked, skip, sold) if asked else ():
        key = report.keys[part.key]
        resolution = catalogue.resolve(key, day_of(part.day))
        if resolution.state != "linked":
            yield key, resolution, part.quantity, part.amount


def _days(row: Row[Any]) -> Callable[[str], date]:
    """Lines without a date belong to the end of the period, as in the books."""
    last = row.summary.get("period_to") or row.summary.get("date") or _ANY_DAY.isoformat()
    return lambda written: date.fromisoformat(written or last)


def _by_key(one: _Missing) -> str:
    return one.key.key


def _all_shown(database: Database, connection: Connection, missing: list[_Missing]) -> list[dict[str, Any]]:
    indexed = _indexed(database, connection) if missing else None
    return [_shown(one, indexed) for one in missing if indexed]


def _shown(one: _Missing, indexed: _Indexed) -> dict[str, Any]:
    match = indexed.suggesting(one.key)
    offered = [(found.ref, found.score, found.reasons) for found in match.candidates]
    if match.item is not None:
        offered.insert(0, (match.item, match.score, match.reasons))
    exact = {ref for ref, _score, _reasons in offered} if match.state == "ambiguous" else set()
    return {
        **msgspec.to_builtins(one.key),
        "state": one.state,
        "item": None,
        "candidates": sorted({*one.candidates, *exact}),
        "suggestions": [
            {"ref": ref, "score": score, "reasons": list(reasons), **_called(indexed.items[ref])}
            for ref, score, reasons in offered
        ],
        "reasons": list(match.reasons),
        "quantity": f"{one.quantity.normalize():f}",
        "amount": str(rounded(one.amount)),
        "reports": list(one.reports),
    }


def _called(item: Item) -> dict[str, str]:
    return {name: getattr(item, name) for name in ("code", "article", "name", "variant")}
