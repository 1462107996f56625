"""Automatic links for the products of which exactly one item may be meant.

Matching looks at the whole catalogue, at every product the account's reports ever named and at its listings. It writes
through ``apply_changes`` as a rule, so that a run is one set of the history and can be taken back. What a person
linked, or removed, it leaves alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue as queries
from bridge.db.catalogue import load_catalogue
from bridge.db.matching import known_keys, refused_keys
from bridge.db.reports import basis_count
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.link_queue import ANY_DAY, Missing, by_key, missing_of, shown_missing, waiting_reports
from bridge.flows.links import LinkChange, StoredLink, apply_changes, check_kind
from bridge.flows.listings import listing_keys
from bridge.flows.match_index import MatchIndex, match_index
from mappings.codes import read_barcode
from mappings.items import ProductKey
from mappings.matching import Match
from reports.profile import profiles

_LONGEST_KEY = 500
_AUTOMATIC = {"barcode", "article", "article_size"}


class _Plan(msgspec.Struct, frozen=True):
    """What one run of matching would write, and what it was computed from."""

    indexed: MatchIndex
    keys: list[ProductKey]
    matches: dict[ProductKey, Match]
    changes: list[LinkChange]


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
    ambiguous = sorted((one for one in left if one.state == "ambiguous"), key=by_key)
    unlinked = [one for one in left if one.state == "unlinked"]
    return {
        "linked": done.created,
        "ambiguous": [shown_missing(one, plan.indexed) for one in ambiguous],
        "unlinked": len(unlinked),
        "suggested": sum(one.key in plan.matches and plan.matches[one.key].state != "unlinked" for one in unlinked),
        "set": done.id,
    }


# --- what is to be linked ---------------------------------------------------------------------------------------------


def _plan(database: Database, connection: Connection, account_id: int) -> _Plan:
    silent = [name for name, profile in profiles().items() if not profile.documents.make]
    indexed = match_index(database, connection)
    named = [*known_keys(connection, account_id, without=silent), *listing_keys(connection, account_id)]
    keys = list(dict.fromkeys(named))
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


def _left(connection: Connection, account_id: int, plan: _Plan) -> list[Missing]:
    """Return the products without an item: those that wait, and all others that the account ever named."""
    waiting = waiting_reports(connection, account_id)
    asked = dict.fromkeys([*plan.keys, *(key for report in waiting for key in report.keys)])
    catalogue = load_catalogue(connection, account_id, list(asked))
    left = {one.key.key: one for one in missing_of(connection, waiting, catalogue)}
    for key, match in plan.matches.items():
        resolution = catalogue.resolve(key, ANY_DAY)
        settled = resolution.found_by == "link" or (resolution.state == "linked" and match.state != "ambiguous")
        if not settled and not catalogue.dates_matter(key):
            one = left.setdefault(key.key, Missing(key, "unlinked", dict.fromkeys(resolution.candidates)))
            if "ambiguous" in (resolution.state, match.state):
                one.state = "ambiguous"
    return list(left.values())
