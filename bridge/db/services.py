"""Queries for the services of an account: what its table of services may mean, and what its reports charge and pay."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Text, case, func, select, type_coerce

from bridge.db.catalogue import all_links, among, find_items, folding, link_of, vanished_of
from bridge.db.reports import RECEIVING
from bridge.db.tables import items, lines, reports
from mappings.services import ServiceLinks

_DEAD = (RECEIVING, "superseded", "reversed")


class ServiceSum(msgspec.Struct, frozen=True):
    """What lines of one kind, section, service and month of a report sum to: exact roubles. ``day``: the first one.

    ``withheld``: how many of the lines carry a commission.
    """

    kind: str
    section: str
    service: str
    day: str
    count: int
    amount: Decimal
    withheld: int
    commission: Decimal


def load_services(connection: Connection, account_id: int) -> ServiceLinks:
    """Return the table of services of an account with every item that its links may mean, and no more."""
    links = [link_of(row) for row in all_links(connection, account_id, "service")]
    texts = {link.item for link in links}
    by_ref = find_items(connection, among(connection, items.c.ref, texts), vanished=True) if texts else {}
    vanished = vanished_of(connection, by_ref)
    found = [item for item_id, item in by_ref.items() if item_id not in vanished]
    gone = {by_ref[item_id].ref for item_id in vanished}
    if left := texts - gone - {item.ref for item in found}:
        small = {text.lower() for text in left}
        fold = folding(connection)
        named = among(connection, items.c.code, left) | among(connection, items.c.article, left)
        for column in (items.c.code, items.c.article, items.c.name):
            named |= among(connection, type_coerce(fold(column), Text), small)
        known = {item.ref for item in found}
        found += [item for item in find_items(connection, named).values() if item.ref not in known]
    return ServiceLinks(found, links, gone)


def living_reports(connection: Connection, account_id: int) -> list[Row[Any]]:
    """Return the reports of an account that are neither superseded nor reversed, posted or not, oldest first."""
    c = reports.c
    mine = (c.account_id == account_id, c.identity.is_not(None), c.state.not_in(_DEAD))
    return list(
        connection.execute(select(c.id, c.uid, c.profile, c.state, c.summary, c.preview).where(*mine).order_by(c.id))
    )


def service_sums(connection: Connection, report_id: int, skip: Sequence[str]) -> list[ServiceSum]:
    """Return the sums of a report's lines by kind, section, service and month; kinds to skip are left out.

    What lines of products charge has no name of its own here, as in the books.
    """
    c = lines.c
    mine = (c.report_id == report_id, c.kind.not_in(skip))
    named = [
        c.kind, c.section, case((c.key.is_(None), c.service), else_="").label("service"),
        func.substr(c.date, 1, 7).label("month"),
    ]  # fmt: skip
    rests: dict[tuple[Any, ...], list[Decimal]] = {}
    for *place, rest in connection.execute(select(*named, c.rest).where(*mine, c.rest != "")):
        sums = rests.setdefault(tuple(place), [Decimal(0), Decimal(0)])
        for no, part in enumerate(rest.split()):
            sums[no] += Decimal(part)
    of = select(*named, c.date, c.amount, c.commission).where(*mine).subquery().c
    places = (of.kind, of.section, of.service, of.month)
    withheld = func.sum(case((of.commission != 0, 1), else_=0))
    sums_of = (func.min(of.date), func.count(), func.sum(of.amount), withheld, func.sum(of.commission))
    found = []
    query = select(*places, *sums_of).group_by(*places).order_by(*places)
    for *place, day, count, amount, some, kept in connection.execute(query):
        more, less = rests.get(tuple(place), (Decimal(0), Decimal(0)))
        exact = (Decimal(int(amount)) + more) / 100, (Decimal(int(kept)) + less) / 100
        kind, section, service, _month = place
        found.append(ServiceSum(kind, section, service, day, count, exact[0], int(some), exact[1]))
    return found
