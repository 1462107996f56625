"""Products of unposted reports that stand for no item yet, and the automatic links for those that have exactly one."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue as queries
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST, load_catalogue
from bridge.db.events import record
from bridge.db.reports import product_keys
from bridge.db.session import Database
from bridge.db.unposted import open_reports, sums_by_key
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.checking import page_size
from bridge.flows.links import check_kind
from mappings.items import ProductKey
from mappings.links import Catalogue, Resolution
from mappings.money import ZERO, rounded
from reports.profile import profiles

_ANY_DAY = date(2000, 1, 1)


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


def missing_page(
    database: Database, account: str, kind: str, state: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of products of unposted reports in that state (unlinked, ambiguous), in the order of keys.

    Quantity and amount are sums over the lines that wait for the item. Other tables than products have no such rows:
    nothing tells yet which keys they need. Raises NotFound.
    """
    check_kind(kind)
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        waiting = _waiting(connection, owner.id) if kind == "product" else []
        catalogue = _catalogue(connection, owner.id, waiting)
        found = _missing(connection, waiting, catalogue)
    chosen = sorted((one for one in found if one.state == state and one.key.key > (cursor or "")), key=_by_key)
    more = chosen[size - 1].key.key if len(chosen) > size else None
    return {"items": [_shown(one) for one in chosen[:size]], "next": more}


def match_links(database: Database, account: str, kind: str, who: str) -> dict[str, Any]:
    """Write links for the products of unposted reports that have exactly one candidate by barcode, else by article.

    A link is written for the most exact code of the product, so that it cannot catch another size or variant later.
    Returns how many were linked, how many are unlinked, and the ambiguous ones with their candidates. Raises NotFound,
    BadInput for tables other than products.
    """
    check_kind(kind)
    if kind != "product":
        raise BadInput("Автоматически сопоставляются только товары")
    with database.write() as connection:
        queries.hold(connection)
        owner = existing_account(connection, account)
        waiting = _waiting(connection, owner.id)
        catalogue = _catalogue(connection, owner.id, waiting)
        new = _automatic(waiting, catalogue)
        queries.add_links(connection, owner.id, kind, new)
        if new:
            queries.bump(connection)
            record(connection, who, "links_matched", f"{account}/{kind}", {"linked": len(new)})
        missing = _missing(connection, waiting, catalogue)
    ambiguous = sorted((one for one in missing if one.state == "ambiguous"), key=_by_key)
    return {
        "linked": len(new),
        "ambiguous": [_shown(one) for one in ambiguous],
        "unlinked": len(missing) - len(ambiguous),
    }


def _waiting(connection: Connection, account_id: int) -> list[_Waiting]:
    return [
        _Waiting(row, product_keys(connection, row.id))
        for row in open_reports(connection, account_id)
        if row.profile not in profiles() or profiles()[row.profile].documents.make
    ]


def _catalogue(connection: Connection, account_id: int, waiting: list[_Waiting]) -> Catalogue:
    distinct = dict.fromkeys(key for report in waiting for key in report.keys)
    return load_catalogue(connection, account_id, list(distinct))


def _automatic(waiting: list[_Waiting], catalogue: Catalogue) -> list[dict[str, Any]]:
    found: dict[str, dict[str, str]] = {}
    for key in dict.fromkeys(key for report in waiting for key in report.keys):
        resolution = catalogue.resolve(key, _ANY_DAY)
        if resolution.item is None or resolution.found_by == "link" or catalogue.dates_matter(key):
            continue
        found.setdefault(_exact_code(key), {})[resolution.item.ref] = resolution.found_by
    return [
        {"key": code, "item": ref, "multiplier": 1, "components": [], "valid_from": FAR_PAST, "valid_to": FAR_FUTURE,
         "found_by": found_by}
        for code, refs in found.items()
        if len(refs) == 1
        for ref, found_by in refs.items()
    ]  # fmt: skip


def _exact_code(key: ProductKey) -> str:
    """The code that names this one size or variant, not its siblings."""
    return key.barcode or (f"{key.article}/{key.size}" if key.article and key.size else key.article)


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
    for part in sums_by_key(connection, report.row.id, asked, skip) if asked else ():
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


def _shown(one: _Missing) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(one.key),
        "state": one.state,
        "item": None,
        "candidates": sorted(one.candidates),
        "quantity": f"{one.quantity.normalize():f}",
        "amount": str(rounded(one.amount)),
        "reports": list(one.reports),
    }
