"""The queue of products that stand for no item yet: in which unposted reports, for how much, and since which day.

Nothing of it is stored. It is computed from reports, links and items, and kept by each process for the account that was
asked last, until any of these changes: a reader who goes through the pages, or filters them, waits once.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Row

from bridge.db.catalogue import LinkFilter, load_catalogue
from bridge.db.reports import basis_count, product_keys
from bridge.db.returned import sale_days
from bridge.db.session import Database
from bridge.db.unposted import open_reports, report_states, sums_by_key
from bridge.flows.accounts import existing_account
from bridge.flows.checking import page_size, wrong
from bridge.flows.link_checks import FOUND_BY
from bridge.flows.links import check_kind
from bridge.flows.listings import listing_keys, unlinked_listings
from bridge.flows.match_index import MatchIndex, match_index
from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Resolution
from mappings.money import ZERO, rounded
from reports.problems import Problem
from reports.profile import profiles

ANY_DAY = date(2000, 1, 1)
WAITING_STATES = ("unlinked", "ambiguous")
_ALL = LinkFilter()


class Missing(msgspec.Struct):
    """A product without its item: over all unposted reports together. ``oldest``: the first day it is needed for.

    ``listing``: only the channel's price list names it, no report waits.
    """

    key: ProductKey
    state: str
    candidates: dict[str, None] = {}
    reports: dict[str, None] = {}
    quantity: Decimal = Decimal(0)
    amount: Decimal = ZERO
    oldest: date | None = None
    listing: bool = False


class WaitingReport(msgspec.Struct, frozen=True):
    """An unposted report with its product keys."""

    row: Any
    keys: list[ProductKey]


class _Queue(msgspec.Struct, frozen=True):
    """The queue of one account in the order of keys, and what it was computed from."""

    basis: tuple[object, ...]
    missing: list[Missing]


_queues: WeakKeyDictionary[Database, _Queue] = WeakKeyDictionary()


def missing_page(
    database: Database, account: str, kind: str, state: str, limit: int, cursor: str | None, chosen: LinkFilter = _ALL
) -> dict[str, Any]:
    """Return a page of products of unposted reports in that state (unlinked, ambiguous), in the order of keys.

    Quantity and amount are sums over the lines that wait for the item; ``suggestions`` are items with scores of 100
    and reasons; ``waiting`` tells the totals of everything in this state that ``chosen`` lets through, on all pages.
    Services have a queue of their own; other tables have no such rows: nothing tells yet which keys they need. Raises
    NotFound.
    """
    kind = check_kind(kind).name
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = _queue(database, connection, owner.id) if kind == "product" else []
        mine = _chosen([one for one in found if one.state == state], chosen, database, connection)
        later = [one for one in mine if one.key.key > (cursor or "")]
        shown = _all_shown(database, connection, later[:size])
    return {
        "items": shown,
        "next": shown[-1]["key"] if len(later) > size else None,
        "waiting": _totals(mine),
    }


def missing_products(database: Database, account: str) -> list[dict[str, Any]]:
    """Return every row that the pages of ``missing_page`` have, of both states, computed once."""
    with database.read() as connection:
        owner = existing_account(connection, account)
        return _all_shown(database, connection, _queue(database, connection, owner.id))


def wrong_filters(state: str | None, found_by: str | None) -> list[Problem]:
    """Find a filter that cannot choose: an unknown word, or one that products without a link do not have.

    An answer of nothing would look like one.
    """
    if found_by is not None and found_by not in FOUND_BY:
        message = f"Способа «{found_by[:50]}» нет"
        return [wrong("filter_unknown", message, column="found_by", found=found_by, expected=", ".join(FOUND_BY))]
    if state not in WAITING_STATES or found_by is None:
        return []
    message = f"Отбор found_by относится к записанным связям, а в состоянии {state} связи ещё нет"
    advice = "Уберите found_by или смотрите состояние linked"
    return [wrong("filter_pointless", message, column="found_by", found=found_by, advice=advice)]


# --- what is chosen and how much it is --------------------------------------------------------------------------------


def _chosen(
    missing: Sequence[Missing], chosen: LinkFilter, database: Database, connection: Connection
) -> Sequence[Missing]:
    """Apply the filters of links to what has none: by any code, by words, by items that the codes may mean."""
    if chosen.key is not None:
        missing = [one for one in missing if chosen.key in one.key.aliases()]
    if words := chosen.search.lower().split():
        missing = [one for one in missing if _says_all(one.key, words)]
    if chosen.item is not None and missing:
        index = match_index(database, connection)
        missing = [one for one in missing if chosen.item in _by_codes(one, index)]
    return missing


def _says_all(key: ProductKey, words: Iterable[str]) -> bool:
    text = "\n".join((key.key, key.marketplace_id, key.article, key.barcode, key.size, key.name)).lower()
    return all(word in text for word in words)


def _by_codes(one: Missing, index: MatchIndex) -> set[str | None]:
    """Return the items that the codes of a product speak for; likeness of names is not asked, it takes long."""
    match = index.by_codes(one.key)
    return {*one.candidates, match.item, *(candidate.ref for candidate in match.candidates)}


def _totals(missing: Iterable[Missing]) -> dict[str, Any]:
    """Sum what waits: exact amounts, rounded once."""
    listed = list(missing)
    oldest = min((one.oldest for one in listed if one.oldest), default=None)
    return {
        "products": len(listed),
        "amount": str(rounded(sum((one.amount for one in listed), ZERO))),
        "oldest": oldest.isoformat() if oldest else None,
        "reports": len({uid for one in listed for uid in one.reports}),
    }


# --- what waits -------------------------------------------------------------------------------------------------------


def _queue(database: Database, connection: Connection, account_id: int) -> list[Missing]:
    """Return what waits in an account, by key: as it was computed last when nothing has changed since."""
    open_now = [(row.id, _days(row)("")) for row in open_reports(connection, account_id)]
    today = datetime.now(UTC).date()  # what listings stand for
    basis = (account_id, basis_count(connection), today, open_now, report_states(connection, account_id))
    known = _queues.get(database)
    if known is None or known.basis != basis:
        known = _Queue(basis, sorted(_waiting_products(database, connection, account_id), key=by_key))
        _queues[database] = known
    return known.missing


def _waiting_products(database: Database, connection: Connection, account_id: int) -> list[Missing]:
    """Return the products of unposted reports, and the listings, without an item.

    They are ambiguous also where several items are like their codes.
    """
    waiting = waiting_reports(connection, account_id)
    listed = listing_keys(connection, account_id)
    distinct = dict.fromkeys([*(key for report in waiting for key in report.keys), *listed])
    catalogue = load_catalogue(connection, account_id, list(distinct))
    found = missing_of(connection, waiting, catalogue)
    found += _missing_listings(listed, catalogue, {one.key.key for one in found})
    index = match_index(database, connection) if found else None
    for one in found:
        if index and one.state == "unlinked" and index.by_codes(one.key).state == "ambiguous":
            one.state = "ambiguous"
    return found


def _missing_listings(keys: Sequence[ProductKey], catalogue: Catalogue, waiting: Collection[str]) -> list[Missing]:
    """Find the listings that stand for nothing today and that no report waits for: no money is at stake yet."""
    today = datetime.now(UTC).date()
    left = unlinked_listings(keys, catalogue, today).values()
    return [Missing(key, state, listing=True) for key, state in left if key.key not in waiting]


def waiting_reports(connection: Connection, account_id: int) -> list[WaitingReport]:
    """Return the unposted reports of an account that documents are made of."""
    return [
        WaitingReport(row, product_keys(connection, row.id))
        for row in open_reports(connection, account_id)
        if row.profile not in profiles() or profiles()[row.profile].documents.make
    ]


def missing_of(connection: Connection, waiting: list[WaitingReport], catalogue: Catalogue) -> list[Missing]:
    """Find the products that stand for nothing, or for several items, on some day of their lines."""
    found: dict[str, Missing] = {}
    for report in waiting:
        for key, resolution, day, quantity, amount in _unresolved(connection, report, catalogue):
            one = found.setdefault(key.key, Missing(key, resolution.state))
            if resolution.state == "ambiguous":
                one.state = "ambiguous"
            one.candidates.update(dict.fromkeys(resolution.candidates))
            one.reports[report.row.uid] = None
            one.quantity += quantity
            one.amount += amount
            if day != ANY_DAY:
                one.oldest = min(day, one.oldest or day)
    return list(found.values())


def _unresolved(
    connection: Connection, report: WaitingReport, catalogue: Catalogue
) -> Iterator[tuple[ProductKey, Resolution, date, Decimal, Decimal]]:
    """Give the parts of a report without an item, per key and day: pieces, and exact roubles."""
    profile = profiles().get(report.row.profile)
    skip = profile.documents.skip if profile else ()
    dated = catalogue.dated(report.keys)
    asked = {
        no
        for no, key in enumerate(report.keys)
        if no in dated or catalogue.resolve(key, ANY_DAY).state != "linked"
    }  # fmt: skip
    day_of = _days(report.row)
    sold = sale_days(connection, report.row, dated, day_of("").isoformat())
    for part in sums_by_key(connection, report.row.id, asked, skip, sold) if asked else ():
        key, day = report.keys[part.key], day_of(part.day)
        resolution = catalogue.resolve(key, day)
        if resolution.state != "linked":
            yield key, resolution, day, part.quantity, part.amount


def _days(row: Row[Any]) -> Callable[[str], date]:
    """Lines without a date belong to the end of the period, as in the books."""
    last = row.summary.get("period_to") or row.summary.get("date") or ANY_DAY.isoformat()
    return lambda written: date.fromisoformat(written or last)


def by_key(one: Missing) -> str:
    """Return what the queue is sorted by."""
    return one.key.key


# --- how it is shown --------------------------------------------------------------------------------------------------


def _all_shown(database: Database, connection: Connection, missing: Sequence[Missing]) -> list[dict[str, Any]]:
    index = match_index(database, connection) if missing else None
    return [shown_missing(one, index) for one in missing if index]


def shown_missing(one: Missing, index: MatchIndex) -> dict[str, Any]:
    """Return a product as answers show it, with what it may stand for."""
    match = index.suggesting(one.key)
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
            {"ref": ref, "score": score, "reasons": list(reasons), **_called(index.items[ref])}
            for ref, score, reasons in offered
        ],
        "reasons": list(match.reasons),
        "quantity": f"{one.quantity.normalize():f}",
        "amount": str(rounded(one.amount)),
        "oldest": one.oldest.isoformat() if one.oldest else None,
        "reports": list(one.reports),
        **({"listing": True} if one.listing else {}),
    }


def _called(item: Item) -> dict[str, str]:
    return {name: getattr(item, name) for name in ("code", "article", "name", "variant")}
