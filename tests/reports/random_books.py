"""Random books for random reports: links, settings, treatments; and what documents must come to, by plain arithmetic.

What is expected is written down by hand from docs/accounting.md: no function of the booking is used for it.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import msgspec

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Component, Link
from reports.books import Books, Group, divided
from reports.extract import Request, read_tables
from reports.lines import Batch, End, Line, Summary
from reports.problems import Problem
from reports.profile import profiles
from reports.settings import BookingSettings
from reports.signs import choose_signs
from reports.treatments import Treatment
from tests.reports.random_rows import ZERO, Made, Product, Said

ITEMS = (
    Item(ref="A", name="А", vat_rate="20"), Item(ref="B", name="Б", vat_rate="10"),
    Item(ref="C", name="В", vat_rate="22"), Item(ref="D", name="Г", vat_rate="none", barcodes=("4607000000003",)),
    Item(ref="E", name="Д", vat_rate="0", article="art-4"),
    Item(ref="F", name="Е", barcodes=("4607000000008",)), Item(ref="G", name="Ё", barcodes=("4607000000008",)),
)  # fmt: skip
_CLASSES = {item.ref: item.vat_rate or "20" for item in ITEMS}
_TURN = date(2026, 1, 1)
Stood = tuple[tuple[str, int, Decimal], ...]  # item, pieces, weight
_STANDS: dict[int, Stood] = {
    0: (("A", 1, Decimal(1)),), 2: (("A", 1, Decimal(30)), ("B", 2, Decimal(70))), 3: (("D", 1, Decimal(1)),),
    4: (("E", 1, Decimal(1)),), 5: (("A", 3, Decimal(1)),), 9: (("D", 2, Decimal(1)), ("C", 6, Decimal(3))),
}  # fmt: skip


def stands(product: Product, day: str) -> Stood:
    """Return the items that a product stands for on a day; an empty name where it stands for none, or for several."""
    if product.no == 1:
        return (("B" if date.fromisoformat(day) < _TURN else "C", 1, Decimal(1)),)
    return _STANDS.get(product.no, (("", 1, Decimal(1)),))


def rate(ref: str, day: str, tax_system: str) -> str:
    """Return the VAT rate in force for an item on a day, as documents write it."""
    written = {"10": "10", "none": "none", "0": "0"}.get(_CLASSES.get(ref, "20"))
    if tax_system == "usn":
        return "none"
    if tax_system != "general":
        return tax_system[-1] if day >= "2025" else "none"
    return written or ("22" if day >= "2026" else "20" if day >= "2019" else "18")


def catalogue(keys: Sequence[ProductKey]) -> Catalogue:
    """Return items and the links of these keys: dated ones, kits by share and by pieces, several pieces."""
    links = []
    for key in keys:
        code = key.key
        match _number(key):
            case 0:
                links.append(Link(key=code, item="A"))
            case 1:
                links += [
                    Link(key=code, item="B", valid_to=date(2025, 12, 31)), Link(key=code, item="C", valid_from=_TURN)
                ]  # fmt: skip
            case 2:
                shares = (Component(item="A", share="30"), Component(item="B", multiplier=2, share="70"))
                links.append(Link(key=code, item="", components=shares))
            case 5:
                links.append(Link(key=code, item="A", multiplier=3))
            case 9:
                pieces = (Component(item="D"), Component(item="C", multiplier=3))
                links.append(Link(key=code, item="", multiplier=2, components=pieces))
    return Catalogue(ITEMS, links)


def sold_on(product: int, section: str, day: str) -> str:
    """Return the day some returns are known to be sold on: of others, and of rows without a day, nobody knows."""
    if section != "return" or not day or (product + int(day[-2:])) % 3:
        return ""
    return str(date.fromisoformat(day) - timedelta(days=40))


def _number(key: ProductKey) -> int:
    return int(key.barcode[-1] if key.barcode else key.article[-1])


class Read(msgspec.Struct, kw_only=True):
    """What reading a report gave."""

    lines: list[Line] = []
    keys: list[ProductKey] = []
    problems: list[Problem] = []
    summary: Summary = Summary(profile="")


def read(made: Made, *, shuffled: bool = False) -> Read:
    """Read a report through binding, rules and parser as a file is read."""
    found = Read(lines=[], keys=[], problems=[])
    request = Request(path="", name="report", channel=made.channel)
    with localcontext() as context:
        context.prec = 60
        for message in read_tables(request, made.tables(shuffled=shuffled)):
            if isinstance(message, Batch):
                found.lines += message.lines
                found.keys += message.keys
                found.problems += message.problems
            elif isinstance(message, End):
                found.problems += message.problems
                found.summary = message.summary
    return found


# --- books ------------------------------------------------------------------------------------------------------------

_CHOICES = {
    "grouping": ("item_price", "item", "none"), "points": ("reduce_services", "revenue"),
    "services": ("per_kind", "none"), "commission_split": ("auto", "by_row", "by_amount"),
    "commission_vat": ("auto", "none", "10"), "negative_commission": ("other_income", "keep"),
    "correction_sign": ("auto", "withheld", "paid"), "loyalty_sign": ("auto", "withheld", "paid"),
    "schedule_sign": ("auto", "withheld", "paid"), "goods_vat": ("auto", "auto", "item", "none"),
}  # fmt: skip
_TAX = ("general", "usn", "usn_vat5", "usn_vat7")
_OWN = (
    ("penalty", "service"), ("penalty", "hold"), ("logistics", "commission"), ("storage", "memo"),
    ("compensation", "commission"), ("deduction", "other"), ("acceptance", "service_without_vat"),
    ("correction", "offset"), ("commission", "other"), ("agent_service", "service"), ("promotion", "other"),
)  # fmt: skip


def books_of(made: Made, found: Read, **settings: str) -> Books:
    """Draw whose books a report goes into, the same for the same report; ``settings`` fix some of them."""
    chance = random.Random(repr(made.chance.getstate()[1][:3]))
    chosen = {name: chance.choice(values) for name, values in _CHOICES.items()} | settings
    booking = msgspec.convert(chosen, BookingSettings)
    own = tuple(
        Treatment(kind=kind, books=as_what, valid_from=date(2004, 1, 1), own=True)  # type: ignore[arg-type]
        for kind, as_what in dict(chance.sample(_OWN, chance.choice((0, 0, 1, 3)))).items()
    )
    erp = {"commission_contract": "К", "services_contract": "У"}
    erp |= {"commission_contract_fbs": "К-2"} if chance.random() < 0.4 else {}
    start = str(chance.choice((made.first, made.last))) if chance.random() < 0.2 else ""
    profile = profiles()[made.profile]
    effects, _ = choose_signs(profile, found.summary, {}, booking)
    return Books(
        installation="", organization="Ромашка", prefix="РМ", tax_system=chance.choice(_TAX), account="shop",  # type: ignore[arg-type]
        erp=erp, settings=booking, profile=profile, summary=found.summary, identity=found.summary.content, own=own,
        start=start, effects=effects,
    )  # fmt: skip


def groups(books: Books, found: Read) -> list[Group]:
    """Sum lines as ``bridge.db.reports.groups`` does in the database, in the same order."""
    division, by_row = divided(books), books.settings.grouping == "none"
    sums: dict[tuple[Any, ...], Group] = {}
    for no, line in enumerate(found.lines):
        amount, commission = map(Decimal, line.rest.split() if line.rest else (0, 0))
        loose = line.key is None
        sold = "" if line.key is None else sold_on(_number(found.keys[line.key]), line.section, line.date)
        sheet, row = (line.sheet, line.row) if by_row and not loose else (None, None)
        one = Group(
            line.kind, line.section, line.key, line.date if not loose or division.by_day else "",
            0 if loose else line.price, line.service if loose else "", sheet, row, line.quantity,
            line.amount + amount, line.commission + commission, sold, (no,) if sold else (),
            scheme=line.scheme if division.schemes and not loose else "",
        )  # fmt: skip
        place = (
            loose, one.kind, one.section, one.key or 0, one.service, one.date, one.price, sheet or 0, row or 0,
            one.scheme, one.sold,
        )  # fmt: skip
        sums[place] = _joined(sums[place], one) if place in sums else one
    return [sums[place] for place in sorted(sums)]


def _joined(one: Group, other: Group) -> Group:
    return msgspec.structs.replace(
        one, quantity=one.quantity + other.quantity, amount=one.amount + other.amount,
        commission=one.commission + other.commission, lines=one.lines + other.lines,
    )  # fmt: skip


# --- what documents must come to --------------------------------------------------------------------------------------

Sums = dict[tuple[str, str], Decimal]
_SIGN = {"sale": 1, "return": -1}
_PLUS = ("sale", "partner_payment", "points", "compensation", "carried_over", "unsorted")
_NONE = ("reimbursement", "loyalty_compensation")
_BOOKED = {
    "sale": "goods", "return": "goods", "partner_payment": "goods", "points": "points", "commission": "commission",
    "reimbursement": "memo", "loyalty_compensation": "memo", "unsorted": "hold", "withheld_tax": "hold",
}  # fmt: skip
_FLIPPED = {"correction": "correction_sign", "loyalty_fee": "loyalty_sign", "loyalty_points": "loyalty_sign",
            "payment_schedule": "schedule_sign"}  # fmt: skip
SKIPPED = (
    "sale",
    "return",
    "partner_payment",
    "points",
    "commission",
)  # the realization report books them


def kopecks(value: Decimal) -> Decimal:
    """Round to kopecks, half away from zero."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Expected(msgspec.Struct, kw_only=True):
    """Sums by kind and section, each of which is rounded once; exact roubles.

    ``rest``: kinds that a person must decide on, or that are no money.
    """

    goods: Sums = {}
    commission: Sums = {}
    sold: Sums = {}
    points: Sums = {}
    charges: Sums = {}
    rest: Decimal = ZERO

    def net(self) -> Decimal:
        """Return what documents and named rests must add to the debt of the commissioner."""
        charges = sum((kopecks(amount) for amount in self.charges.values()), ZERO)
        return signed(self.goods) + signed(self.sold) - self.kept() + charges

    def kept(self) -> Decimal:
        """Return the commission less the points that pay for it, or are more than it."""
        return signed(self.commission) - signed(self.points)


def signed(sums: Sums) -> Decimal:
    """Return the sums, each rounded, returns with a minus."""
    return sum((_SIGN.get(section, 1) * kopecks(amount) for (_, section), amount in sums.items()), ZERO)


def expected(lines: Sequence[Said], books: Books) -> Expected:
    """Work out what lines must become."""
    found = Expected()
    own = {row.kind: row.books for row in books.own}
    buyout = books.summary.type == "buyout"
    for line in lines:
        if books.profile.name == "ozon/accruals" and line.kind in SKIPPED:
            continue
        amazon_fee = books.profile.channel == "amazon" and line.kind == "commission"
        as_what: str = own.get(line.kind, "charge" if amazon_fee else _BOOKED.get(line.kind, "charge"))
        if as_what == "goods" and buyout:
            as_what = "sale"
        if as_what == "points" and books.settings.points == "revenue":
            as_what = "goods"
        _expect(found, line, as_what, _effect(books.settings, line.kind))
    return found


def _effect(settings: BookingSettings, kind: str) -> int:
    usual = 0 if kind in _NONE else 1 if kind in _PLUS else -1
    return -usual if kind in _FLIPPED and getattr(settings, _FLIPPED[kind]) == "paid" else usual


def _expect(found: Expected, line: Said, as_what: str, effect: int) -> None:
    place, sign = (line.kind, line.section), _SIGN.get(line.section, 1)
    sums = {"goods": found.goods, "sale": found.sold, "points": found.points}
    if as_what in ("memo", "hold"):
        found.rest += effect * sign * line.amount
        return
    if as_what == "commission":
        _add(found.commission, place, -effect * line.amount)
    elif as_what in sums:
        _add(sums[as_what], place, line.amount)
    else:
        _add(found.charges, place, effect * sign * line.amount)
    _add(found.commission, ("", line.section), line.commission)


def _add(sums: Sums, place: tuple[str, str], amount: Decimal) -> None:
    sums[place] = sums.get(place, ZERO) + amount


GoodsPlace = tuple[str, str, str]  # section, item, VAT rate


def goods_of(lines: Sequence[Said], books: Books) -> dict[GoodsPlace, tuple[int, Decimal]]:
    """Return pieces and exact amount of goods by section, item and rate of the day, kits divided by weight."""
    found: dict[GoodsPlace, tuple[int, Decimal]] = {}
    revenue = books.settings.points == "revenue"
    abroad = {"auto": books.profile.channel == "amazon", "none": True, "item": False}[books.settings.goods_vat]
    tax = "usn" if abroad else books.tax_system
    by_day = books.summary.period_from < books.start <= books.summary.period_to
    for line in lines:
        if line.product is None or line.kind in books.profile.documents.skip:
            continue
        day = line.day or books.summary.period_to
        if by_day and day < books.start:
            continue
        day = sold_on(line.product.no, line.section, line.day) or day
        parts = stands(line.product, day)
        whole = sum((weight for _, _, weight in parts), ZERO)
        for ref, pieces, weight in parts:
            place = f"{line.section}s", ref, rate(ref, day, tax)
            old = found.get(place, (0, ZERO))
            amount = line.amount * weight / whole if line.kind != "points" or revenue else ZERO
            found[place] = old[0] + pieces * line.quantity, old[1] + amount
    return found


def totals(lines: Sequence[Said]) -> Mapping[str, list[Decimal]]:
    """Return kopecks, thousandths, kopecks of commission by kind and section, as a summary tells them.

    How many lines carry them is the parser's: a cell that says «0» makes one of nothing.
    """
    sums: dict[str, list[Decimal]] = {}
    for line in lines:
        name = f"{line.kind}.{line.section}" if line.section else line.kind
        more = [line.amount * 100, Decimal(line.quantity * 1000), line.commission * 100]
        sums[name] = [one + another for one, another in zip(sums.get(name, [ZERO] * 3), more, strict=True)]
    return sums
