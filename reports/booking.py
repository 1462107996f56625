"""From grouped lines to documents: the commissioner report, receipts of services, offset, other income and expense.

The rules and their sources are told in docs/accounting.md. In short: sales and returns go into one commissioner report
(``goods``); every kind of service is a receipt, the offset nets those receipts, fines and compensations are other
expense and income (``services``).
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from mappings.items import ProductKey
from mappings.links import Catalogue, Resolution
from mappings.money import ZERO, rounded
from reports.books import SIGN, Booked, Books, Group, Unlinked, booking_day
from reports.goods import Places, add_goods, goods_documents
from reports.kinds import kinds
from reports.services import service_documents


def book(books: Books, groups: Iterable[Group], keys: Sequence[ProductKey], catalogue: Catalogue) -> Booked:
    """Make the documents of one report. ``groups`` must come in a fixed order: lines follow it.

    Raises ValueError when the parts do not sum to their whole, which is an error of this program.
    """
    if not books.profile.documents.make:
        return Booked(documents=[], unlinked=[])
    goods: Places = {}
    services: dict[str, dict[str, Decimal]] = {}
    loose = Decimal(0)
    unlinked: dict[int, Unlinked] = {}
    resolve = _resolver(books, keys, catalogue, unlinked)
    for group in groups:
        if group.kind in books.profile.documents.skip:
            continue
        what = kinds()[group.kind].books
        if group.key is not None:
            add_goods(books, goods, group, keys[group.key], resolve(group))
        elif what == "commission":
            loose += SIGN.get(group.section, 1) * group.amount
        elif what not in ("memo", "goods", "points"):
            by_service = services.setdefault(group.kind, {})
            by_service[group.service] = by_service.get(group.service, Decimal(0)) + group.amount
    documents = [*goods_documents(books, list(goods.values()), loose), *service_documents(books, services)]
    return Booked(documents=documents, unlinked=sorted(unlinked.values(), key=lambda one: one.key.key))


def _resolver(
    books: Books, keys: Sequence[ProductKey], catalogue: Catalogue, unlinked: dict[int, Unlinked]
) -> Callable[[Group], Resolution]:
    """Return a function that finds the item of a group, once per key (and day, where links are dated)."""
    known: dict[tuple[int, str], Resolution] = {}
    dated = catalogue.dated(keys)

    def resolve(group: Group) -> Resolution:
        assert group.key is not None
        place = group.key, group.linked_on if group.key in dated else ""
        if place not in known:
            known[place] = catalogue.resolve(keys[group.key], booking_day(books, group.linked_on))
        found = known[place]
        if found.state != "linked":
            missing = unlinked.get(group.key)
            if missing is None:
                missing = unlinked[group.key] = Unlinked(
                    key=keys[group.key],
                    state=found.state,
                    candidates=found.candidates,
                    quantity=Decimal(0),
                    amount=ZERO,
                )
            missing.quantity += Decimal(group.quantity) / 1000
            missing.amount += rounded(group.amount / 100)
        return found

    return resolve
