"""Goods: from grouped lines to the commissioner report, one line per item, VAT rate and price.

What was withheld from the sales is the commission. Rounding happens here, once: each sum of a section is rounded and
its lines share it out (``mappings.money``). Points of the channel either are revenue or pay for the commission first,
and for other services with what is left; a share of the commission (one per cent on Ozon) they cannot pay.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import Item, ProductKey
from mappings.kits import divide
from mappings.links import Resolution
from mappings.money import ZERO, distribute, rounded, share_out, vat_inside
from mappings.vat import rate_class, rate_on
from reports.books import (
    SIGN,
    Books,
    Group,
    booking_day,
    document_item,
    goods_tax,
    link_names,
    make_document,
    rate_text,
    service_item,
    service_rate,
)
from reports.documents import Document, DocumentItem, DocumentKind, DocumentLine, Selector
from reports.kinds import kinds
from reports.parts import Part
from reports.services import other_documents, single_entry

_SECTIONS = {"sale": "sales", "return": "returns"}
Sections = Mapping[str, Decimal]  # by section: roubles, rounded
Places = dict[tuple[object, ...], "Bucket"]


class Bucket:
    """A document line in the making: exact kopecks of what it will carry."""

    __slots__ = (
        "amount", "code", "commission", "days", "item", "keys", "kinds", "lines", "part", "points", "price", "quantity",
        "rate", "section", "where",
    )  # fmt: skip

    def __init__(self, part: Part, section: str, item: DocumentItem, rate: Decimal | None, price: int | None) -> None:
        self.part = part
        self.section = section
        self.item = item
        self.rate = rate
        self.price = price
        self.quantity = 0
        self.amount = self.commission = self.points = Decimal(0)
        self.keys: dict[int, None] = {}
        self.code: tuple[str, ...] = ()
        self.kinds: dict[str, None] = {}
        self.lines: list[int] = []
        self.days = ("9999-12-31", "")
        self.where: tuple[int | None, int | None] = (None, None)


def add_goods(
    books: Books, goods: Places, part: Part, points: bool, group: Group, key: ProductKey, found: Resolution
) -> None:
    """Add a group to the document lines of a part it belongs to: one, or of a kit one for each component.

    A product without an item keeps a line of its own. ``points``: the group is points that pay for the commission.
    """
    if not found.parts:
        subject = _Subject(key, found.item, found.multiplier, found.since, points=points)
        _add(books, goods, part, group, subject)
        return
    amounts, commissions = divide(group.amount, found.parts), divide(group.commission, found.parts)
    for component, amount, commission in zip(found.parts, amounts, commissions, strict=True):
        share = msgspec.structs.replace(group, amount=amount, commission=commission)
        subject = _Subject(key, component.item, component.pieces, found.since, kit=group.key, points=points)
        _add(books, goods, part, share, subject)


class _Subject(msgspec.Struct, frozen=True):
    """What a group is booked as: so many pieces of an item, as part of a kit or by itself."""

    key: ProductKey
    item: Item | None
    pieces: int
    since: date | None
    kit: int | None = None
    points: bool = False


def _add(books: Books, goods: Places, part: Part, group: Group, subject: _Subject) -> None:
    item, grouping = subject.item, "item" if books.profile.documents.by_item else books.settings.grouping
    tax = goods_tax(books.profile, books.settings, books.tax_system)
    rate = rate_on(booking_day(books, group.linked_on), rate_class(item.vat_rate if item else ""), tax)
    price = group.price if grouping == "item_price" else None
    where = (group.sheet, group.row) if grouping == "none" else (None, None)
    ref = item.ref if item else f"?{group.key}"
    place = (
        part,
        group.section,
        ref,
        rate,
        price,
        subject.pieces,
        subject.since,
        subject.kit,
        where,
        bool(group.lines),
    )
    bucket = goods.get(place)
    if bucket is None:
        bucket = goods[place] = Bucket(part, group.section, _document_item(item, subject.key), rate, price)
        bucket.where = where
    bucket.quantity += group.quantity * subject.pieces
    bucket.commission += group.commission
    if subject.points:
        bucket.points += group.amount
    else:
        bucket.amount += group.amount
    assert group.key is not None
    if group.key not in bucket.keys:
        bucket.keys[group.key] = None
        code = subject.key.key, *subject.key.aliases()
        bucket.code = min(bucket.code or code, code)
    bucket.kinds[group.kind] = None
    bucket.lines += group.lines
    day = group.linked_on
    bucket.days = (min(bucket.days[0], day or "0001-01-01"), max(bucket.days[1], day))


def _document_item(item: Item | None, key: ProductKey) -> DocumentItem:
    if item is None:
        return DocumentItem(article=key.article or key.key, name=key.name, variant=key.size)
    return document_item(item)


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What goods of the whole report come to, in roubles: sums of kinds and sections, each rounded once.

    ``points``: sales less returns; ``loose``: commission of no product.
    """

    sections: Sections
    points: Decimal
    loose: Decimal


def goods_documents(books: Books, buckets: Sequence[Bucket], sums: Sums, last: Part) -> list[Document]:
    """Return the commissioner report of every part, and where points outweigh the commission the income from them.

    Sections and commission are rounded once for the whole report, so that the parts sum to it to the kopeck.
    """
    if not buckets:
        return _other(books, last, "commission", -sums.loose) if sums.loose else []
    ordered = sorted(buckets, key=_order)
    amounts = _round_sections(ordered, [bucket.amount / 100 for bucket in ordered], sums.sections)
    commissions, points_left = _commissions(books, ordered, sums, amounts)
    lines: dict[Part, list[_Sums]] = {}
    for bucket, amount, commission in zip(ordered, amounts, commissions, strict=True):
        lines.setdefault(bucket.part, []).append(_Sums(bucket, amount, commission))
    found: list[Document] = []
    for part, mine in lines.items():
        found += _commission_report(books, part, mine)
    return [*found, *(_other(books, last, "points", points_left, ordered) if points_left else [])]


def sale_documents(books: Books, buckets: Sequence[Bucket], sections: Sections) -> list[Document]:
    """Return the sales to the marketplace itself, by part: it pays what it passes on, and there is no commission."""
    ordered = sorted(buckets, key=_order)
    amounts = _round_sections(ordered, [bucket.amount / 100 for bucket in ordered], sections)
    kept = _round_sections(ordered, [bucket.commission / 100 for bucket in ordered])
    lines: dict[Part, list[_Sums]] = {}
    for bucket, amount, commission in zip(ordered, amounts, kept, strict=True):
        lines.setdefault(bucket.part, []).append(_Sums(bucket, amount - commission, ZERO))
    title = "Реализация маркетплейсу (выкуп)"
    return [_goods_document(books, "sale", part, title, "sale_contract", mine) for part, mine in lines.items()]


class _Sums(msgspec.Struct, frozen=True):
    """A bucket with its rounded amount and commission, in roubles."""

    bucket: Bucket
    amount: Decimal
    commission: Decimal


def _other(
    books: Books, part: Part, kind: str, favour: Decimal, buckets: Sequence[Bucket] = (), title: str = ""
) -> list[Document]:
    """Return the income (or expense) that sales leave beside their report; it leads back to the rows of the sales."""
    title, entries = title or kinds()[kind].title, single_entry(kind, favour)
    found = other_documents(books, part, kind, title, "commission_contract", entries)
    if not buckets:
        return found
    made = tuple(dict.fromkeys(name for bucket in buckets for name in bucket.kinds))
    keys = tuple(dict.fromkeys(key for bucket in buckets for key in bucket.keys))
    selector = Selector(
        kinds=made, keys=keys, date_from=part.since, date_to=part.until, undated=part.undated,
        scheme=part.scheme or None, other_schemes=part.others,
    )  # fmt: skip
    return [msgspec.structs.replace(document, selectors=[selector]) for document in found]


def _order(bucket: Bucket) -> tuple[object, ...]:
    rate = -1 if bucket.rate is None else bucket.rate
    item = bucket.item
    return (
        bucket.part, bucket.section == "return", item.name, item.variant, item.article, item.ref, rate,
        bucket.price or 0, *(place or 0 for place in bucket.where), bucket.days, bucket.code,
    )  # fmt: skip


def commission_by_section(buckets: Iterable[Bucket]) -> dict[str, Decimal]:
    """Return the exact commission of each section, in roubles."""
    found: dict[str, Decimal] = {}
    for bucket in buckets:
        found[bucket.section] = found.get(bucket.section, Decimal(0)) + bucket.commission / 100
    return found


def _round_sections(
    buckets: Sequence[Bucket], exact: Sequence[Decimal], totals: Sections | None = None
) -> list[Decimal]:  # fmt: skip
    """Share the rounded sum of each section out over its lines, so that lines sum to the section to the kopeck.

    ``totals``: sums of several kinds, each rounded; what that changes, half a kopeck a kind, is the largest line's.
    """
    results = [ZERO] * len(buckets)
    for section in SIGN:
        places = [place for place, bucket in enumerate(buckets) if bucket.section == section]
        parts = [exact[place] for place in places]
        whole = sum(parts, Decimal(0))
        total = rounded(whole) if totals is None else totals.get(section, ZERO)
        if parts and total != rounded(whole):
            parts[max(range(len(parts)), key=lambda place: (abs(parts[place]), -place))] += total - whole
        for place, value in zip(places, share_out(parts), strict=True):
            results[place] = value
    return results


def _commissions(
    books: Books, buckets: Sequence[Bucket], sums: Sums, amounts: Sequence[Decimal]
) -> tuple[list[Decimal], Decimal]:
    """Return the commission of every line (positive in both sections) and the points that pay for other services."""
    signs = [SIGN[bucket.section] for bucket in buckets]
    own = _round_sections(buckets, [bucket.commission / 100 for bucket in buckets])
    base = sum((sign * value for sign, value in zip(signs, own, strict=True)), ZERO)
    points, extra = sums.points, sums.loose
    total, left = base, ZERO
    if points:
        floor = rounded(base * Decimal(books.profile.documents.points_floor))
        total = max(floor, base - points)
        left = points - (base - total)
    split = books.settings.commission_split
    by_row = split == "by_row" or (split == "auto" and min(own) >= 0)
    if total == base and not extra and by_row:
        return own, left
    weights = own if by_row and base else list(amounts)
    signed = _by_part(
        [bucket.part for bucket in buckets],
        [sign * value for sign, value in zip(signs, own, strict=True)],
        [sign * weight for sign, weight in zip(signs, weights, strict=True)],
        total + extra - base,
    )
    return [sign * value for sign, value in zip(signs, signed, strict=True)], left


def _by_part(
    parts: Sequence[Part], own: Sequence[Decimal], weights: Sequence[Decimal], rest: Decimal
) -> list[Decimal]:  # fmt: skip
    """Divide the commission of every part over its lines by their weights (all signed), with a share of ``rest``.

    A part keeps the commission of its own rows: what other months, contracts or days before the start kept is theirs.
    """
    places: dict[Part, list[int]] = {}
    for place, part in enumerate(parts):
        places.setdefault(part, []).append(place)
    shares = distribute(rest, [sum((weights[place] for place in mine), ZERO) for mine in places.values()])
    found = list(own)
    for mine, share in zip(places.values(), shares, strict=True):
        whole = sum((own[place] for place in mine), share)
        for place, value in zip(mine, distribute(whole, [weights[place] for place in mine]), strict=True):
            found[place] = value
    return found


def _commission_report(books: Books, part: Part, lines: Sequence[_Sums]) -> list[Document]:
    """Return the report of one part; a commission that is negative in all becomes other income, as 1C takes none."""
    total = sum((SIGN[one.bucket.section] * one.commission for one in lines), ZERO)
    extra: list[Document] = []
    if total < 0 and books.settings.negative_commission == "other_income":
        lines = [_Sums(one.bucket, one.amount, ZERO) for one in lines]
        extra = _other(books, part, "commission", -total, [one.bucket for one in lines], "Отрицательное вознаграждение")
    title = "Отчёт комиссионера о продажах"
    report = _goods_document(books, "commission_report", part, title, "commission_contract", lines)
    return [report, *extra]


def _goods_document(
    books: Books, kind: DocumentKind, part: Part, title: str, contract: str, sums: Sequence[_Sums]
) -> Document:
    signs = [SIGN[one.bucket.section] for one in sums]
    commission_total = sum((sign * one.commission for sign, one in zip(signs, sums, strict=True)), ZERO)
    commission_vat, vats = _commission_vats(
        books, part, [s * one.commission for s, one in zip(signs, sums, strict=True)]
    )
    lines = [
        _goods_line(no, one.bucket, one.amount, one.commission, sign * vat)
        for no, (one, vat, sign) in enumerate(zip(sums, vats, signs, strict=True), 1)
    ]
    total = sum((sign * one.amount for sign, one in zip(signs, sums, strict=True)), ZERO)
    vat_total = sum((sign * line.vat_amount for sign, line in zip(signs, lines, strict=True)), ZERO)
    names = link_names("commission", "") if kind == "commission_report" else ()
    return make_document(
        books, kind, part, "", title, contract, lines, [_selector(one.bucket) for one in sums], total=total,
        vat_total=vat_total, commission_total=commission_total, commission_vat=commission_vat,
        item=service_item(books, part, names),
    )  # fmt: skip


def _commission_vats(books: Books, part: Part, commissions: Sequence[Decimal]) -> tuple[Decimal, list[Decimal]]:
    """Return the VAT inside the whole commission, and that of every line (signed), which sum to it."""
    rate = service_rate(books, part) or Decimal(0)
    whole = vat_inside(sum(commissions, ZERO), rate)
    return whole, share_out([one * rate / (100 + rate) for one in commissions], whole)


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
    undated = first == "0001-01-01"
    return Selector(
        kinds=tuple(bucket.kinds),
        section=bucket.section,
        keys=tuple(bucket.keys),
        price=bucket.price,
        sheet=bucket.where[0],
        row=bucket.where[1],
        date_from=bucket.part.since if undated else first,
        date_to=last,
        undated=undated,
        scheme=bucket.part.scheme or None,
        other_schemes=bucket.part.others,
        lines=tuple(bucket.lines) or None,
    )
