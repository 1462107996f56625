"""Goods: from grouped lines to the commissioner report, one line per item, VAT rate and price.

What was withheld from the sales is the commission. Rounding happens here, once: each sum of a section is rounded and
its lines share it out (``mappings.money``). Points of the channel either are revenue or pay for the commission first,
and for other services with what is left; a share of the commission (one per cent on Ozon) they cannot pay.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import Item, ProductKey
from mappings.kits import divide
from mappings.links import Resolution
from mappings.money import ZERO, distribute, rounded, share_out, vat_inside
from mappings.vat import rate_class, rate_on
from reports.books import SIGN, Books, Group, booking_day, make_document, rate_text, service_rate
from reports.documents import Document, DocumentItem, DocumentLine, Selector
from reports.kinds import kinds
from reports.services import other_documents

_SECTIONS = {"sale": "sales", "return": "returns"}
Places = dict[tuple[object, ...], "Bucket"]


class Bucket:
    """A document line in the making: exact kopecks of what it will carry."""

    __slots__ = (
        "amount",
        "commission",
        "days",
        "item",
        "keys",
        "kinds",
        "lines",
        "points",
        "price",
        "quantity",
        "rate",
        "section",
        "where",
    )

    def __init__(self, section: str, item: DocumentItem, rate: Decimal | None, price: int | None) -> None:
        self.section = section
        self.item = item
        self.rate = rate
        self.price = price
        self.quantity = 0
        self.amount = self.commission = self.points = Decimal(0)
        self.keys: dict[int, None] = {}
        self.kinds: dict[str, None] = {}
        self.lines: list[int] = []
        self.days = ("9999-12-31", "")
        self.where: tuple[int | None, int | None] = (None, None)


def add_goods(books: Books, goods: Places, group: Group, key: ProductKey, found: Resolution) -> None:
    """Add a group to the document lines it belongs to: one, or of a kit one for each component.

    A product without an item keeps a line of its own.
    """
    if not found.parts:
        _add(books, goods, group, _Subject(key, found.item, found.multiplier, found.since))
        return
    amounts, commissions = divide(group.amount, found.parts), divide(group.commission, found.parts)
    for part, amount, commission in zip(found.parts, amounts, commissions, strict=True):
        share = msgspec.structs.replace(group, amount=amount, commission=commission)
        _add(books, goods, share, _Subject(key, part.item, part.pieces, found.since, kit=group.key))


class _Subject(msgspec.Struct, frozen=True):
    """What a group is booked as: so many pieces of an item, as part of a kit or by itself."""

    key: ProductKey
    item: Item | None
    pieces: int
    since: date | None
    kit: int | None = None


def _add(books: Books, goods: Places, group: Group, subject: _Subject) -> None:
    settings, item = books.settings, subject.item
    rate = rate_on(booking_day(books, group.date), rate_class(item.vat_rate if item else ""), books.tax_system)
    price = group.price if settings.grouping == "item_price" else None
    where = (group.sheet, group.row) if settings.grouping == "none" else (None, None)
    ref = item.ref if item else f"?{group.key}"
    place = (group.section, ref, rate, price, subject.pieces, subject.since, subject.kit, where, bool(group.lines))
    bucket = goods.get(place)
    if bucket is None:
        bucket = goods[place] = Bucket(group.section, _document_item(item, subject.key), rate, price)
        bucket.where = where
    bucket.quantity += group.quantity * subject.pieces
    bucket.commission += group.commission
    if kinds()[group.kind].books == "points" and settings.points != "revenue":
        bucket.points += group.amount
    else:
        bucket.amount += group.amount
    assert group.key is not None
    bucket.keys[group.key] = None
    bucket.kinds[group.kind] = None
    bucket.lines += group.lines
    day = group.linked_on
    bucket.days = (min(bucket.days[0], day or "0001-01-01"), max(bucket.days[1], day))


def _document_item(item: Item | None, key: ProductKey) -> DocumentItem:
    if item is None:
        return DocumentItem(article=key.article or key.key, name=key.name, variant=key.size)
    return DocumentItem(ref=item.ref, code=item.code, article=item.article, name=item.name, variant=item.variant)


def goods_documents(books: Books, buckets: Sequence[Bucket], loose: Decimal) -> list[Document]:
    """Return the commissioner report, and where points outweigh the commission the income from them."""
    if not buckets:
        return other_documents(books, "commission", {"": loose}) if loose else []
    ordered = sorted(buckets, key=_order)
    amounts = _round_sections(ordered, [bucket.amount / 100 for bucket in ordered])
    commissions, points_left = _commissions(books, ordered, loose, amounts)
    report = _commission_report(books, ordered, amounts, commissions)
    return [report, *(other_documents(books, "points", {"": points_left * 100}) if points_left else [])]


def _order(bucket: Bucket) -> tuple[object, ...]:
    rate = -1 if bucket.rate is None else bucket.rate
    item = bucket.item
    return (bucket.section == "return", item.name, item.variant, item.article, item.ref, rate, bucket.price or 0, *(
        place or 0 for place in bucket.where
    ), bucket.days, tuple(bucket.keys))  # fmt: skip


def _round_sections(buckets: Sequence[Bucket], exact: Sequence[Decimal]) -> list[Decimal]:
    """Round each section's sum and share it out over its lines, so that lines sum to the section to the kopeck."""
    results = [ZERO] * len(buckets)
    for section in SIGN:
        places = [place for place, bucket in enumerate(buckets) if bucket.section == section]
        for place, value in zip(places, share_out([exact[place] for place in places]), strict=True):
            results[place] = value
    return results


def _commissions(
    books: Books, buckets: Sequence[Bucket], loose: Decimal, amounts: Sequence[Decimal]
) -> tuple[list[Decimal], Decimal]:
    """Return the commission of every line (positive in both sections) and the points that pay for other services."""
    signs = [SIGN[bucket.section] for bucket in buckets]
    own = _round_sections(buckets, [bucket.commission / 100 for bucket in buckets])
    base = sum((sign * value for sign, value in zip(signs, own, strict=True)), ZERO)
    points = rounded(sum((sign * bucket.points for sign, bucket in zip(signs, buckets, strict=True)), Decimal(0)) / 100)
    total, left = base, ZERO
    if points:
        floor = rounded(base * Decimal(books.profile.documents.points_floor))
        total = max(floor, base - points)
        left = points - (base - total)
    extra = rounded(loose / 100)
    split = books.settings.commission_split
    by_row = split == "by_row" or (split == "auto" and min(own) >= 0)
    if total == base and not extra and by_row:
        return own, left
    weights = own if by_row and base else list(amounts)
    signed = distribute(total + extra, [sign * weight for sign, weight in zip(signs, weights, strict=True)])
    return [sign * value for sign, value in zip(signs, signed, strict=True)], left


def _commission_report(
    books: Books, buckets: Sequence[Bucket], amounts: Sequence[Decimal], commissions: Sequence[Decimal]
) -> Document:
    signs = [SIGN[bucket.section] for bucket in buckets]
    commission_total = sum((sign * value for sign, value in zip(signs, commissions, strict=True)), ZERO)
    commission_vat = vat_inside(commission_total, service_rate(books, "commission"))
    vats = distribute(commission_vat, [sign * value for sign, value in zip(signs, commissions, strict=True)])
    lines = [
        _goods_line(no, bucket, amount, commission, sign * vat)
        for no, (bucket, amount, commission, vat, sign) in enumerate(
            zip(buckets, amounts, commissions, vats, signs, strict=True), 1
        )
    ]
    total = sum((sign * amount for sign, amount in zip(signs, amounts, strict=True)), ZERO)
    vat_total = sum((sign * line.vat_amount for sign, line in zip(signs, lines, strict=True)), ZERO)
    return make_document(
        books, "commission_report", "", "Отчёт комиссионера о продажах", "commission_contract", lines,
        [_selector(bucket) for bucket in buckets], total=total, vat_total=vat_total,
        commission_total=commission_total, commission_vat=commission_vat,
    )  # fmt: skip


def _goods_line(no: int, bucket: Bucket, amount: Decimal, commission: Decimal, commission_vat: Decimal) -> DocumentLine:
    quantity = Decimal(bucket.quantity) / 1000
    return DocumentLine(
        no=no,
        section=_SECTIONS[bucket.section],
        item=bucket.item,
        quantity=quantity,
        price=rounded(amount / quantity) if quantity else ZERO,
        amount=amount,
        vat_rate=rate_text(bucket.rate),
        vat_amount=vat_inside(amount, bucket.rate),
        commission=commission,
        commission_vat=commission_vat,
    )


def _selector(bucket: Bucket) -> Selector:
    first, last = bucket.days
    return Selector(
        kinds=tuple(bucket.kinds),
        section=bucket.section,
        keys=tuple(bucket.keys),
        price=bucket.price,
        sheet=bucket.where[0],
        row=bucket.where[1],
        date_from="" if first == "0001-01-01" else first,
        date_to=last,
        lines=tuple(bucket.lines) or None,
    )
