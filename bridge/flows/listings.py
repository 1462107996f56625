"""The listings of an account, from the price list of its channel: known before any report names them.

They are matched like the products of reports, so that links exist before the first report comes. A list is all there
is: what the newest one does not have has vanished, is shown so, and keeps its links.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from bridge.db import catalogue
from bridge.db import listings as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.flows.accounts import existing_account
from bridge.flows.checking import after_id, page_size, refuse_if, text_problems
from bridge.flows.item_sheet import nothing_said, shown_problem
from bridge.flows.links import spoken_time
from bridge.flows.workbook_file import SheetFile
from mappings.items import ProductKey
from mappings.links import Catalogue
from mappings.listing_sheet import Listing, ListingEntry, read_listings
from mappings.upload_sheet import CellProblem
from reports.profile import profiles

STATES = ("seen", "vanished")
_LONGEST = {"marketplace_id": 200, "article": 500, "size": 200, "name": 2000}
_LONGEST_BARCODE = 64
_BEST_FIRST = ("barcode", "article", "marketplace_id")


def import_listings(
    database: Database, sheet: SheetFile, account: str, who: str, *, dry_run: bool = False
) -> dict[str, int]:  # fmt: skip
    """Take the newest price list of an account and return how many were created, changed, unchanged, vanished.

    ``dry_run`` writes nothing. Raises NotFound, and BadInput with every problem found: all or nothing.
    """
    entries, wrong = read_listings(sheet.head.binding, sheet.rows(), set(sheet.head.formulas))
    found = sorted([*wrong, *_long_texts(entries)], key=lambda one: one.row)
    refuse_if([shown_problem("listings", sheet, one) for one in found], "Файл не принят")
    refuse_if([] if entries else [nothing_said(sheet)], "Файл не принят")
    with database.read() if dry_run else database.write() as connection:
        if not dry_run:
            catalogue.hold(connection)
        owner = existing_account(connection, account)
        return _written(connection, owner, [entry.listing for entry in entries], who, dry_run=dry_run)


def _written(
    connection: Connection, owner: Row[Any], wanted: Sequence[Listing], who: str, *, dry_run: bool
) -> dict[str, int]:  # fmt: skip
    stored = queries.stored_listings(connection, owner.id)
    by_identity = {one.identity(): one for one in wanted}
    new = [one for identity, one in by_identity.items() if identity not in stored]
    kept = {row.id: (row, by_identity[identity]) for identity, row in stored.items() if identity in by_identity}
    changed = {row_id: one for row_id, (row, one) in kept.items() if row.vanished_at or queries.listing_of(row) != one}
    gone = [row.id for identity, row in stored.items() if identity not in by_identity and row.vanished_at is None]
    counts = {
        "created": len(new), "changed": len(changed), "unchanged": len(kept) - len(changed), "vanished": len(gone),
    }  # fmt: skip
    if not dry_run:
        now = datetime.now(UTC)
        queries.change_listings(connection, changed)
        queries.mark_seen(connection, kept, now)
        queries.mark_vanished(connection, gone, now)
        queries.add_listings(connection, owner.id, new, now)
        if new or changed or gone:
            catalogue.bump(connection)
            record(connection, who, "listings_put", owner.name, counts)
    return counts


def _long_texts(entries: Sequence[ListingEntry]) -> Iterator[CellProblem]:
    for entry in entries:
        for name, limit in _LONGEST.items():
            yield from _long_text(entry.row, name, getattr(entry.listing, name), limit)
        for code in entry.listing.barcodes:
            yield from _long_text(entry.row, "barcodes", code, _LONGEST_BARCODE)


def _long_text(row: int, column: str, text: str, limit: int) -> Iterator[CellProblem]:
    if len(text) > limit or "\0" in text:
        for one in text_problems(column, text, limit):
            yield CellProblem(
                code=one.code, row=row, column=column, message=one.message, found=one.found, expected=one.expected
            )


# --- what they are matched by -----------------------------------------------------------------------------------------


def listing_keys(connection: Connection, account_id: int) -> list[ProductKey]:
    """Return the product keys of the listings that the newest list of an account has, each once."""
    identify = _identify(catalogue.channel_of(connection, account_id))
    living = queries.living_listings(connection, account_id)
    return list(dict.fromkeys(key for one in living for key in one.keys(identify)))


def unlinked_listings(keys: Sequence[ProductKey], links: Catalogue, day: date) -> dict[str, tuple[ProductKey, str]]:
    """Return the listings of which no code stands for an item on that day: product key and state, by key."""
    linked = {key.key for key in keys if links.resolve(key, day).state == "linked"}
    found: dict[str, tuple[ProductKey, str]] = {}
    for key in keys:
        if key.key not in linked:
            found.setdefault(key.key, (key, links.resolve(key, day).state))
    return found


def _identify(channel: str) -> tuple[str, ...]:
    """Return by which parts of a key the channel's reports are linked, the best first."""
    made = (one.key.identify for one in profiles().values() if one.channel == channel and one.documents.make)
    return next((identify for identify in made if identify), _BEST_FIRST)


# --- how they are shown -----------------------------------------------------------------------------------------------


def list_listings(
    database: Database, account: str, limit: int = 100, cursor: str | None = None, state: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return a page of listings with what they stand for today; ``price`` in roubles. Raises NotFound, BadInput."""
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        rows = queries.listings_page(connection, owner.id, after_id(cursor), size + 1, state)
        keys = {row.id: queries.listing_of(row).keys(_identify(owner.channel)) for row in rows[:size]}
        links = catalogue.load_catalogue(connection, owner.id, [key for found in keys.values() for key in found])
    return {
        "items": [_shown(row, keys[row.id], links) for row in rows[:size]],
        "next": str(rows[size - 1].id) if len(rows) > size else None,
    }


def _shown(row: Row[Any], keys: Sequence[ProductKey], links: Catalogue) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    found = [links.resolve(key, today) for key in keys]
    best = next((one for one in found if one.state == "linked"), found[0])
    return {
        "key": keys[0].key,
        **{name: getattr(row, name) for name in ("marketplace_id", "article", "size", "barcodes", "name")},
        "price": None if row.price is None else f"{row.price // 100}.{row.price % 100:02}",
        "state": "vanished" if row.vanished_at else "seen",
        "mapping": best.state,
        "item": best.item.ref if best.item else None,
        "seen_at": spoken_time(row.seen_at),
    }
