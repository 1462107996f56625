"""The catalogue of one installation: organizations, accounts, items and the tables of links.

One door to the modules that do it: ``accounts``, ``items``, ``links``, ``link_queue``, ``matching``. Every change
counts in ``basis`` and leaves an event; saying again what is known already changes nothing.
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
from bridge.flows.checking import refuse_if
from bridge.flows.items import list_items, put_items
from bridge.flows.link_queue import WAITING_STATES, missing_page, wrong_filters
from bridge.flows.links import KINDS, Component, LinkInput, check_kind, linked_page, put_links
from bridge.flows.matching import match_links
from bridge.flows.service_queue import services_page

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
    """Return a page of a table: its links, or (state unlinked, ambiguous) the products or services that wait for one.

    State broken: the links whose item the ERP does not have (any more). ``chosen`` filters all of them. Raises
    NotFound for an unknown account or table, BadInput for a cursor that no page gave and for a filter that cannot
    choose among what is asked for.
    """
    refuse_if(wrong_filters(state, chosen.found_by), "Отбор не принят")
    if state in WAITING_STATES and check_kind(kind).name == "service":
        return services_page(database, account, str(state), limit, cursor, chosen)
    if state in WAITING_STATES:
        return missing_page(database, account, kind, state, limit, cursor, chosen)
    return linked_page(database, account, kind, limit, cursor, chosen, broken=state == "broken")
