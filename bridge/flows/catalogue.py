"""The catalogue of one installation: organizations, accounts, items and the tables of links.

One door to the modules that do it: ``accounts``, ``items``, ``links``, ``matching``. Every change counts in ``basis``
and leaves an event; saying again what is known already changes nothing.
"""

from typing import Any

from bridge.db.catalogue import LinkFilter
from bridge.db.session import Database
from bridge.flows.accounts import (
    AccountInput,
    Organization,
    credentials_of,
    get_account,
    get_organization,
    list_accounts,
    list_organizations,
    put_account,
    put_organization,
)
from bridge.flows.items import list_items, put_items
from bridge.flows.links import KINDS, Component, LinkInput, linked_page, put_links
from bridge.flows.matching import match_links, missing_page

__all__ = [
    "KINDS",
    "AccountInput",
    "Component",
    "LinkInput",
    "Organization",
    "credentials_of",
    "get_account",
    "get_organization",
    "list_accounts",
    "list_items",
    "list_links",
    "list_organizations",
    "match_links",
    "put_account",
    "put_items",
    "put_links",
    "put_organization",
]


def list_links(
    database: Database,
    account: str,
    kind: str,
    state: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    chosen: LinkFilter = LinkFilter(),  # noqa: B008  frozen
) -> dict[str, Any]:
    """Return a page of a table: its links, or (state unlinked, ambiguous) the products that wait for one.

    ``chosen`` filters links; what has no link yet is not filtered. Raises NotFound for an unknown account or table,
    BadInput for a cursor that no page gave.
    """
    if state in ("unlinked", "ambiguous"):
        return missing_page(database, account, kind, state, limit, cursor)
    return linked_page(database, account, kind, limit, cursor, chosen)
