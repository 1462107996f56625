"""Services without an item of the ERP: kinds of what reports charge and pay, and under them the names of services.

All reports of the last year speak, the posted ones too, and older ones that are not posted. A link by kind answers for
every name under it. Names that carry the number of a document come once and are listed by their kind only.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Row

from bridge.db.catalogue import LinkFilter
from bridge.db.reports import OPEN_STATES, account_by_id
from bridge.db.services import ServiceSum, living_reports, load_services, service_sums
from bridge.db.session import Database
from bridge.db.treatments import own_treatments
from bridge.flows.accounts import existing_account
from bridge.flows.checking import page_size
from mappings.money import ZERO, rounded
from mappings.services import ServiceItem, ServiceLinks, fold_name, is_lasting
from reports.books import SIGN
from reports.kinds import kinds
from reports.lines import Summary
from reports.parts import Division, Part
from reports.profile import profiles
from reports.settings import BookingSettings
from reports.treatments import Treatment, Treatments

_YEAR = timedelta(days=366)


class MissingService(msgspec.Struct, kw_only=True):
    """A key that the table of services does not answer for. ``oldest``: the first day it is needed for.

    ``parent``: the kind whose link would answer too, empty for a kind itself. ``counted``: its sum is in the parent's.
    """

    key: str
    title: str
    parent: str = ""
    counted: bool = False
    state: str = "unlinked"
    candidates: dict[str, None] = {}
    reports: dict[str, None] = {}
    count: int = 0
    amount: Decimal = ZERO
    oldest: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """What the queue is sorted by: a kind comes before the names under it."""
        return (self.parent, self.key) if self.parent else (self.key, "")


class _Charge(msgspec.Struct, frozen=True):
    """What one report charges or pays for one service in one part: lines and roubles, first day."""

    report: str
    part: Part
    code: str
    named: str
    title: str
    service: str
    count: int
    amount: Decimal
    day: str


_sums: WeakKeyDictionary[Database, dict[tuple[str, str], list[ServiceSum]]] = WeakKeyDictionary()


def missing_services(database: Database, account: str) -> list[dict[str, Any]]:
    """Return every service without an item, as answers show them, kinds before their names. Raises NotFound."""
    with database.read() as connection:
        owner = existing_account(connection, account)
        return [shown(one) for one in waiting_services(database, connection, owner.id)]


def services_page(
    database: Database, account: str, state: str, limit: int, cursor: str | None, chosen: LinkFilter
) -> dict[str, Any]:
    """Return a page of the services in that state (unlinked, ambiguous), kinds before the names under them.

    ``waiting``: the totals of everything that ``chosen`` lets through, on all pages. Raises NotFound, BadInput.
    """
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        waiting = waiting_services(database, connection, owner.id)
    mine = [one for one in waiting if one.state == state and _is_chosen(one, chosen)]
    code, _, name = (cursor or "").partition("/")
    later = [one for one in mine if one.place > (code, name)] if cursor else mine
    page = later[:size]
    return {
        "items": [shown(one) for one in page],
        "next": "/".join(page[-1].place) if len(later) > size else None,
        "waiting": _totals(mine),
    }


def _is_chosen(one: MissingService, chosen: LinkFilter) -> bool:
    if chosen.key is not None and fold_name(chosen.key) != fold_name(one.key):
        return False
    if chosen.item is not None and chosen.item not in one.candidates:
        return False
    text = f"{one.key}\n{one.title}\n{one.parent}".lower()
    return all(word in text for word in chosen.search.lower().split())


def _totals(mine: Sequence[MissingService]) -> dict[str, Any]:
    listed = {one.key for one in mine if not one.parent}
    own = [one for one in mine if not (one.counted and one.parent in listed)]
    oldest = min((one.oldest for one in own if one.oldest), default=None)
    return {
        "products": len(mine),
        "amount": str(rounded(sum((one.amount for one in own), ZERO))),
        "oldest": oldest,
        "reports": len({uid for one in own for uid in one.reports}),
    }


def shown(one: MissingService) -> dict[str, Any]:
    """Return a service as answers show it: ``count`` lines, ``amount`` in roubles as in the totals of reports."""
    return {
        "key": one.key,
        "title": one.title,
        "name": one.title,
        "parent": one.parent,
        "state": one.state,
        "item": None,
        "candidates": sorted(one.candidates),
        "suggestions": [],
        "reasons": [],
        "count": one.count,
        "amount": str(rounded(one.amount)),
        "oldest": one.oldest or None,
        "reports": list(one.reports),
    }


# --- what waits -------------------------------------------------------------------------------------------------------


def waiting_services(database: Database, connection: Connection, account_id: int) -> list[MissingService]:
    """Return what the table of services of an account does not answer for, kinds before their names."""
    links = load_services(connection, account_id)
    found: dict[tuple[str, str], MissingService] = {}
    for charge in _charges(database, connection, account_id):
        for one in _keys(links, charge, found):
            one.reports[charge.report] = None
            one.count += charge.count
            one.amount += charge.amount
            one.oldest = min(filter(None, (one.oldest, charge.day)), default="")
    return sorted(found.values(), key=lambda one: one.place)


def _keys(
    links: ServiceLinks, charge: _Charge, found: dict[tuple[str, str], MissingService]
) -> Iterator[MissingService]:  # fmt: skip
    """Give the keys that would answer for a charge: its kind and its name, or its name only where that is linked."""
    day, kind = date.fromisoformat(charge.part.date), kinds()[charge.code].title
    special = charge.named if charge.named != charge.code else ""
    exact = links.find((charge.service, special), day)
    general = links.find((charge.code, charge.title, kind), day)
    by_name = bool(exact.text or exact.candidates)  # then the kind would not be asked
    said = exact if by_name else general
    if said.item is not None:
        return
    name = charge.service if is_lasting(charge.service) or by_name else special
    if not by_name:
        yield _entered(found, ("", charge.code), MissingService(key=charge.code, title=kind), said)
    if name and fold_name(name) not in (charge.code, fold_name(kind)):
        named = MissingService(key=name, title=charge.title, parent=charge.code, counted=not by_name)
        yield _entered(found, ("name", fold_name(name)), named, said)


def _entered(
    found: dict[tuple[str, str], MissingService], place: tuple[str, str], new: MissingService, said: ServiceItem
) -> MissingService:
    one = found.setdefault(place, new)
    if said.state == "ambiguous":
        one.state = "ambiguous"
    one.candidates.update(dict.fromkeys(said.candidates or filter(None, (said.text,))))
    return one


# --- what reports charge and pay --------------------------------------------------------------------------------------


def _charges(database: Database, connection: Connection, account_id: int) -> Iterator[_Charge]:
    """Give what the books of an account make documents of beside goods, report by report."""
    owner = account_by_id(connection, account_id)
    settings, own = msgspec.convert(owner.settings, BookingSettings), own_treatments(connection, account_id)
    since = (datetime.now(UTC).date() - _YEAR).isoformat()
    known, kept = _sums.get(database, {}), {}
    for report in living_reports(connection, account_id):
        profile = profiles().get(report.profile)
        if profile is None or not profile.documents.make:
            continue
        summary = msgspec.convert(report.summary, Summary)
        last = summary.period_to or summary.date
        if not last or (last < since and report.state not in OPEN_STATES):
            continue
        place = owner.name, report.uid
        kept[place] = known.get(place) or service_sums(connection, report.id, profile.documents.skip)
        table = Treatments(profile.channel, owner.organization_tax_system, _type_of(report, summary), own)
        for one in kept[place]:
            yield from _charged(report.uid, one, table, _division(owner, settings, summary), settings)
    _sums[database] = kept  # lines are never updated


def _type_of(report: Row[Any], summary: Summary) -> str:
    """Return the type of a report, which its register may know."""
    return str(report.preview.get("type") or summary.type)


def _division(owner: Row[Any], settings: BookingSettings, summary: Summary) -> Division:
    return Division(
        first=summary.period_from, last=summary.period_to or summary.date,
        by_month=settings.period_split == "sale_date", start=owner.start_date.isoformat() if owner.start_date else "",
    )  # fmt: skip


def _charged(
    report: str, one: ServiceSum, table: Treatments, division: Division, settings: BookingSettings
) -> Iterator[_Charge]:  # fmt: skip
    """Give what a sum of lines charges by its treatment: itself, and the commission withheld from goods."""
    part = division.part(one.day)
    row = table.of(one.kind, one.service, part.date)
    if row is None or part.before_start:
        return
    sign = SIGN.get(one.section, 1)
    if row.books in ("goods", "points") and one.withheld:
        yield _commission(report, part, one.withheld, sign * one.commission, one.day)
    if row.books == "commission":
        yield _commission(report, part, one.count, -kinds()[one.kind].effect * sign * one.amount, one.day)
    elif _is_listed(row, settings):
        code = row.part.partition(":")[0]
        yield _Charge(
            report, part, code, row.part, row.title, one.service, one.count, sign * one.amount, one.day or part.date
        )


def _is_listed(row: Treatment, settings: BookingSettings) -> bool:
    if row.books in ("service", "service_without_vat"):
        return settings.services != "none"
    return row.books in ("other", "offset") or (row.books == "points" and settings.points != "revenue")


def _commission(report: str, part: Part, count: int, amount: Decimal, day: str) -> _Charge:
    title = kinds()["commission"].title
    return _Charge(report, part, "commission", "commission", title, "", count, amount, day or part.date)
