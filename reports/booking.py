"""From grouped lines to documents: the commissioner report, receipts of services, offset, other income and expense.

The rules and their sources are told in docs/accounting.md. In short: treatments say what the books do with each kind of
line; sales and returns go into one commissioner report a part of the report (``goods``); every kind of service is a
receipt, the offset nets those receipts, fines and compensations are other expense and income (``services``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from mappings.items import ProductKey
from mappings.links import Catalogue, Resolution
from mappings.money import ZERO, rounded
from reports.books import SIGN, Applied, Booked, Books, Group, Unlinked, booking_day, divided
from reports.documents import Document, payout_effect
from reports.goods import Places, Sums, add_goods, commission_by_section, goods_documents, sale_documents
from reports.parts import BEFORE_START, Part
from reports.services import Charges, service_documents
from reports.treatments import Treatment, Treatments

_GOODS = ("goods", "sale", "points")


def book(books: Books, groups: Iterable[Group], keys: Sequence[ProductKey], catalogue: Catalogue) -> Booked:
    """Make the documents of one report. ``groups`` must come in a fixed order: lines follow it.

    Raises ValueError when the parts do not sum to their whole, which is an error of this program.
    """
    if not books.profile.documents.make:
        return Booked(documents=[], unlinked=[])
    recipe = _Recipe(books, keys, catalogue)
    for group in groups:
        if group.kind not in books.profile.documents.skip:
            recipe.take(group)
    return recipe.booked()


class _Recipe:
    """The ledger of one report in the making: what was taken so far, by what it will become."""

    def __init__(self, books: Books, keys: Sequence[ProductKey], catalogue: Catalogue) -> None:
        self.books = books
        self.keys = keys
        self.division = divided(books)
        profile, summary = books.profile, books.summary
        self.treatments = Treatments(profile.channel, books.tax_system, summary.type, books.own)
        self.unlinked: dict[int, Unlinked] = {}
        self.resolve = _resolver(books, keys, catalogue, self.unlinked)
        self.goods: Places = {}
        self.sales: Places = {}
        self.charges: Charges = {}
        self.carried: dict[str, Decimal] = {}
        self.sums: dict[str, dict[tuple[str, str], Decimal]] = {}
        self.applied: dict[tuple[str, str, Treatment | None], Decimal] = {}

    def take(self, group: Group) -> None:
        """Put a group of lines where its treatment says."""
        part = self.division.part(group.date, group.scheme)
        row = self._treatment(group, part)
        sign = SIGN.get(group.section, 1) if group.kind not in SIGN else 1
        if row is None or row.books in ("hold", "memo"):
            return
        if row.books == "carried":
            favour = self.books.effect(group.kind) * sign * group.amount / 100
            self.carried[group.kind] = self.carried.get(group.kind, ZERO) + favour
        elif row.books in _GOODS:
            key = group.key
            assert key is not None  # see _treatment
            self._sum(row.books, group.kind, group.section, group.amount)
            self._sum("commission", "", group.section, group.commission)
            places = self.sales if row.books == "sale" else self.goods
            add_goods(self.books, places, part, row.books == "points", group, self.keys[key], self.resolve(group))
        elif row.books == "commission":
            withheld = -self.books.effect(group.kind) * sign * SIGN.get(group.section, 1) * group.amount
            self._sum("commission", group.kind, group.section, withheld)
        else:
            favour = self.books.effect(group.kind) * sign * group.amount
            self._charge(group, part, row, favour)

    def _charge(self, group: Group, part: Part, row: Treatment, favour: Decimal) -> None:
        # what goods kept, though they are no goods here
        self._sum("commission", "", group.section, group.commission)
        cells = self.charges.setdefault((group.kind, group.section), {})
        cell = part, row, group.service
        cells[cell] = cells.get(cell, Decimal(0)) + favour

    def _sum(self, place: str, kind: str, section: str, amount: Decimal) -> None:
        sums = self.sums.setdefault(place, {})
        sums[kind, section] = sums.get((kind, section), Decimal(0)) + amount / 100

    def _rounded(self, place: str) -> dict[str, Decimal]:
        """Return by section the sums of the kinds of a place, each kind rounded once."""
        found: dict[str, Decimal] = {}
        for (_, section), amount in self.sums.get(place, {}).items():
            found[section] = found.get(section, ZERO) + rounded(amount)
        return found

    def _loose(self) -> Decimal:
        """Return the commission of no product, in roubles: the rounded whole less what goods and sales carry of it."""
        own = (commission_by_section(places.values()) for places in (self.goods, self.sales))
        return _net(self._rounded("commission")) - sum((_net(_all_rounded(sums)) for sums in own), ZERO)

    def _treatment(self, group: Group, part: Part) -> Treatment | None:
        row = self.treatments.of(group.kind, group.service, part.date)
        if row is not None and row.kind == "points" and not row.own and self.books.settings.points == "revenue":
            row = self.treatments.of("partner_payment", group.service, part.date)
        if row is not None and row.books in _GOODS and group.key is None:
            row = None  # goods without a product are nobody's: a person decides
        named = "" if group.key is not None else group.service
        place = group.kind, named, row
        sign = SIGN.get(group.section, 1) if group.kind not in SIGN else 1
        value = self.books.effect(group.kind) * sign * group.amount / 100
        self.applied[place] = self.applied.get(place, Decimal(0)) + value
        return row

    def booked(self) -> Booked:
        """Return the documents of everything taken."""
        last = self.division.part("")
        sums = Sums(sections=self._rounded("goods"), points=_net(self._rounded("points")), loose=self._loose())
        goods = goods_documents(self.books, list(self.goods.values()), sums, last)
        sales = sale_documents(self.books, list(self.sales.values()), self._rounded("sale"))
        services, left_out = service_documents(self.books, self.charges)
        documents, before = self._started([*goods, *sales, *services])
        left_out["before_start"] += before
        left_out["carried_over"] = sum(map(rounded, self.carried.values()), ZERO)
        return Booked(
            documents=documents,
            unlinked=sorted(self.unlinked.values(), key=lambda one: one.key.key),
            applied=[_applied(*place, amount) for place, amount in self.applied.items()],
            left_out={reason: amount for reason, amount in left_out.items() if amount},
        )

    def _started(self, documents: list[Document]) -> tuple[list[Document], Decimal]:
        """Leave out the documents of days before the account's first day; return what they would have done."""
        early = [document for document in documents if document.part.endswith(BEFORE_START)]
        return (
            [document for document in documents if document not in early],
            sum((payout_effect(document) for document in early), ZERO),
        )


def _net(sections: Mapping[str, Decimal]) -> Decimal:
    return sum((SIGN.get(section, 1) * amount for section, amount in sections.items()), ZERO)


def _all_rounded(sums: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {section: rounded(amount) for section, amount in sums.items()}


def _applied(kind: str, service: str, row: Treatment | None, amount: Decimal) -> Applied:
    if row is None:
        return Applied(kind=kind, service=service, books="", booked_as="", own=False, source="", amount=amount)
    return Applied(
        kind=kind, service=service, books=row.books, booked_as=row.booked_as, own=row.own, source=row.source,
        amount=amount, vat=row.vat,
    )  # fmt: skip


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
