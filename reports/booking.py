"""From grouped lines to documents: the commissioner report, receipts of services, offset, other income and expense.

The rules and their sources are told in docs/accounting.md. In short: sales and returns go into one commissioner report,
one line per item, VAT rate and price; what was withheld from sales is its commission; every kind of service is a
receipt; the offset nets those receipts; fines and compensations are other expense and income. Rounding happens here,
once: each sum of a section is rounded and its lines share it out (``mappings.money``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Resolution
from mappings.money import ZERO, distribute, rounded, share_out, vat_inside
from mappings.vat import TaxSystem, rate_class, rate_on
from reports.documents import (
    Document,
    DocumentItem,
    DocumentKind,
    DocumentLine,
    Selector,
    content_hash,
    document_id,
    document_number,
)
from reports.kinds import kinds
from reports.lines import Summary
from reports.profile import Profile
from reports.settings import BookingSettings

_SIGN = {"sale": 1, "return": -1}
_SECTIONS = {"sale": "sales", "return": "returns"}


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Lines of equal kind, section, key, day, price and service, summed. Exact kopecks; quantity in thousandths."""

    kind: str
    section: str
    key: int | None
    date: str
    price: int
    service: str
    sheet: int | None
    row: int | None
    quantity: int
    amount: Decimal
    commission: Decimal


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Whose books, and by which settings: everything beside the lines that a document depends on."""

    installation: str
    organization: str
    prefix: str
    tax_system: TaxSystem
    account: str
    erp: dict[str, str]
    settings: BookingSettings
    profile: Profile
    summary: Summary
    identity: str


class Unlinked(msgspec.Struct, kw_only=True):
    """A product of the report that stands for no item, or for several."""

    key: ProductKey
    state: str
    candidates: tuple[str, ...]
    quantity: Decimal
    amount: Decimal


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of a report and the products that nothing is linked to."""

    documents: list[Document]
    unlinked: list[Unlinked]


class _Bucket:
    """A document line in the making: exact kopecks of what it will carry."""

    __slots__ = (
        "amount",
        "commission",
        "days",
        "item",
        "keys",
        "kinds",
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
        self.days = ("9999-12-31", "")
        self.where: tuple[int | None, int | None] = (None, None)


def book(books: Books, groups: Iterable[Group], keys: Sequence[ProductKey], catalogue: Catalogue) -> Booked:
    """Make the documents of one report. ``groups`` must come in a fixed order: lines follow it.

    Raises ValueError when the parts do not sum to their whole, which is an error of this program.
    """
    if not books.profile.documents.make:
        return Booked(documents=[], unlinked=[])
    goods: dict[tuple[object, ...], _Bucket] = {}
    services: dict[str, dict[str, Decimal]] = {}
    loose = Decimal(0)
    unlinked: dict[int, Unlinked] = {}
    resolve = _resolver(books, keys, catalogue, unlinked)
    for group in groups:
        if group.kind in books.profile.documents.skip:
            continue
        what = kinds()[group.kind].books
        if group.key is not None:
            _add_goods(books, goods, group, resolve(group))
        elif what == "commission":
            loose += _SIGN.get(group.section, 1) * group.amount
        elif what not in ("memo", "goods", "points"):
            by_service = services.setdefault(group.kind, {})
            by_service[group.service] = by_service.get(group.service, Decimal(0)) + group.amount
    documents = [*_goods_documents(books, list(goods.values()), loose), *_service_documents(books, services)]
    return Booked(documents=documents, unlinked=sorted(unlinked.values(), key=lambda one: one.key.key))


def _resolver(
    books: Books, keys: Sequence[ProductKey], catalogue: Catalogue, unlinked: dict[int, Unlinked]
) -> Callable[[Group], Resolution]:
    """Return a function that finds the item of a group, once per key (and day, where links are dated)."""
    known: dict[tuple[int, str], Resolution] = {}
    dated = {no for no, key in enumerate(keys) if catalogue.dates_matter(key)}

    def resolve(group: Group) -> Resolution:
        assert group.key is not None
        place = group.key, group.date if group.key in dated else ""
        if place not in known:
            known[place] = catalogue.resolve(keys[group.key], _day(books, group.date))
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


def _day(books: Books, written: str) -> date:
    return date.fromisoformat(written or books.summary.period_to or books.summary.date)


def _add_goods(books: Books, goods: dict[tuple[object, ...], _Bucket], group: Group, found: Resolution) -> None:
    settings = books.settings
    rate = rate_on(_day(books, group.date), rate_class(found.item.vat_rate if found.item else ""), books.tax_system)
    price = group.price // found.multiplier if settings.grouping == "item_price" else None
    subject = found.item.ref if found.item else f"?{group.key}"
    where = (group.sheet, group.row) if settings.grouping == "none" else (None, None)
    place = (group.section, subject, rate, price, found.since, where)
    bucket = goods.get(place)
    if bucket is None:
        bucket = goods[place] = _Bucket(
            group.section, _document_item(found.item), rate, group.price if price is not None else None
        )
        bucket.where = where
    bucket.quantity += group.quantity * found.multiplier
    bucket.commission += group.commission
    if kinds()[group.kind].books == "points" and settings.points != "revenue":
        bucket.points += group.amount
    else:
        bucket.amount += group.amount
    assert group.key is not None
    bucket.keys[group.key] = None
    bucket.kinds[group.kind] = None
    bucket.days = (min(bucket.days[0], group.date or "0001-01-01"), max(bucket.days[1], group.date))


def _document_item(item: Item | None) -> DocumentItem:
    if item is None:
        return DocumentItem()
    return DocumentItem(ref=item.ref, code=item.code, article=item.article, name=item.name, variant=item.variant)


# --- commissioner report ----------------------------------------------------------------------------------------------


def _goods_documents(books: Books, buckets: Sequence[_Bucket], loose: Decimal) -> list[Document]:
    """The commissioner report, and where points outweigh the commission the income from them."""
    if not buckets:
        return _other_documents(books, "commission", {"": loose}) if loose else []
    ordered = sorted(buckets, key=_order)
    amounts = _round_sections(ordered, [bucket.amount / 100 for bucket in ordered])
    commissions, points_left = _commissions(books, ordered, loose, amounts)
    report = _commission_report(books, ordered, amounts, commissions)
    return [report, *(_other_documents(books, "points", {"": points_left * 100}) if points_left else [])]


def _order(bucket: _Bucket) -> tuple[object, ...]:
    rate = -1 if bucket.rate is None else bucket.rate
    item = bucket.item
    return (bucket.section == "return", item.name, item.variant, item.article, item.ref, rate, bucket.price or 0, *(
        place or 0 for place in bucket.where
    ), bucket.days, tuple(bucket.keys))  # fmt: skip


def _round_sections(buckets: Sequence[_Bucket], exact: Sequence[Decimal]) -> list[Decimal]:
    """Round each section's sum and share it out over its lines, so that lines sum to the section to the kopeck."""
    results = [ZERO] * len(buckets)
    for section in _SIGN:
        places = [place for place, bucket in enumerate(buckets) if bucket.section == section]
        for place, value in zip(places, share_out([exact[place] for place in places]), strict=True):
            results[place] = value
    return results


def _commissions(
    books: Books, buckets: Sequence[_Bucket], loose: Decimal, amounts: Sequence[Decimal]
) -> tuple[list[Decimal], Decimal]:
    """Return the commission of every line (positive in both sections) and the points that pay for other services."""
    signs = [_SIGN[bucket.section] for bucket in buckets]
    own = _round_sections(buckets, [bucket.commission / 100 for bucket in buckets])
    base = sum((sign * value for sign, value in zip(signs, own, strict=True)), ZERO)
    points = rounded(sum((sign * bucket.points for sign, bucket in zip(signs, buckets, strict=True)), Decimal(0)) / 100)
    total, left = base, ZERO
    if points:
        floor = rounded(base * Decimal(books.profile.documents.points_floor))
        total = max(floor, base - points)
        left = points - (base - total)
    extra = rounded(loose / 100)
    if total == base and not extra and books.settings.commission_split == "by_row":
        return own, left
    by_row = books.settings.commission_split == "by_row" and base != 0
    weights = own if by_row else list(amounts)
    signed = distribute(total + extra, [sign * weight for sign, weight in zip(signs, weights, strict=True)])
    return [sign * value for sign, value in zip(signs, signed, strict=True)], left


def _commission_report(
    books: Books, buckets: Sequence[_Bucket], amounts: Sequence[Decimal], commissions: Sequence[Decimal]
) -> Document:
    signs = [_SIGN[bucket.section] for bucket in buckets]
    commission_total = sum((sign * value for sign, value in zip(signs, commissions, strict=True)), ZERO)
    commission_vat = vat_inside(commission_total, _service_rate(books, "commission"))
    vats = distribute(commission_vat, [sign * value for sign, value in zip(signs, commissions, strict=True)])
    lines = [
        _goods_line(no, bucket, amount, commission, sign * vat)
        for no, (bucket, amount, commission, vat, sign) in enumerate(
            zip(buckets, amounts, commissions, vats, signs, strict=True), 1
        )
    ]
    total = sum((sign * amount for sign, amount in zip(signs, amounts, strict=True)), ZERO)
    vat_total = sum((sign * line.vat_amount for sign, line in zip(signs, lines, strict=True)), ZERO)
    return _document(
        books, "commission_report", "", "Отчёт комиссионера о продажах", "commission_contract", lines,
        [_selector(bucket) for bucket in buckets], total=total, vat_total=vat_total,
        commission_total=commission_total, commission_vat=commission_vat,
    )  # fmt: skip


def _goods_line(
    no: int, bucket: _Bucket, amount: Decimal, commission: Decimal, commission_vat: Decimal
) -> DocumentLine:
    quantity = Decimal(bucket.quantity) / 1000
    return DocumentLine(
        no=no,
        section=_SECTIONS[bucket.section],
        item=bucket.item,
        quantity=quantity,
        price=rounded(amount / quantity) if quantity else ZERO,
        amount=amount,
        vat_rate=_rate_text(bucket.rate),
        vat_amount=vat_inside(amount, bucket.rate),
        commission=commission,
        commission_vat=commission_vat,
    )


def _selector(bucket: _Bucket) -> Selector:
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
    )


# --- services, offset, other income and expense -----------------------------------------------------------------------


def _service_documents(books: Books, services: Mapping[str, Mapping[str, Decimal]]) -> list[Document]:
    """Receipts of services per kind, what is no service as other income or expense, and the offset of the receipts."""
    receipts: list[Document] = []
    others: list[Document] = []
    for kind in (name for name in kinds() if name in services):
        total = rounded(sum(services[kind].values(), Decimal(0)) / 100)
        if kinds()[kind].books == "service" and (total > 0 or books.settings.services == "none"):
            if books.settings.services == "per_kind":
                receipts.append(_receipt(books, kind, services[kind]))
        elif total:
            others += _other_documents(books, kind, services[kind])
    return [*receipts, *([_offset(books, receipts)] if receipts else []), *others]


def _receipt(books: Books, kind: str, services: Mapping[str, Decimal]) -> Document:
    rate = _service_rate(books, kind)
    lines, selectors = _named_lines(kind, "services", services, rate)
    return _document(
        books, "service_receipt", kind, f"Услуги: {kinds()[kind].title}", "services_contract", lines, selectors,
        vat_total=sum((line.vat_amount for line in lines), ZERO),
    )  # fmt: skip


def _offset(books: Books, receipts: Sequence[Document]) -> Document:
    lines = [_named_line(no, "offset", receipt.title, receipt.total, None) for no, receipt in enumerate(receipts, 1)]
    selectors = [
        Selector(kinds=tuple(dict.fromkeys(kind for selector in receipt.selectors for kind in selector.kinds)))
        for receipt in receipts
    ]
    return _document(
        books, "debt_offset", "", "Зачёт услуг в счёт долга комиссионера", "commission_contract", lines, selectors
    )


def _other_documents(books: Books, kind: str, services: Mapping[str, Decimal]) -> list[Document]:
    """Other income or expense without VAT: by the sign of what it does to the payout."""
    total = kinds()[kind].effect * rounded(sum(services.values(), Decimal(0)) / 100)
    if not total:
        return []
    made: DocumentKind = "other_income" if total > 0 else "other_expense"
    sign = kinds()[kind].effect * (1 if total > 0 else -1)
    lines, selectors = _named_lines(kind, "other", {name: sign * value for name, value in services.items()}, None)
    return [_document(books, made, kind, kinds()[kind].title, "commission_contract", lines, selectors)]


def _named_lines(
    kind: str, section: str, services: Mapping[str, Decimal], rate: Decimal | None
) -> tuple[list[DocumentLine], list[Selector]]:
    """Lines by service name; where a reversal makes one negative, a single line of the whole kind instead."""
    title = kinds()[kind].title
    parts = share_out([value / 100 for value in services.values()])
    if any(part < 0 for part in parts):
        return [_named_line(1, section, title, sum(parts, ZERO), rate)], [Selector(kinds=(kind,))]
    filled = [(name, part) for name, part in zip(services, parts, strict=True) if part]
    filled.sort(key=lambda pair: pair[0])
    lines = [_named_line(no, section, name or title, part, rate) for no, (name, part) in enumerate(filled, 1)]
    return lines, [Selector(kinds=(kind,), service=name) for name, _ in filled]


def _named_line(no: int, section: str, name: str, amount: Decimal, rate: Decimal | None) -> DocumentLine:
    return DocumentLine(
        no=no, section=section, item=DocumentItem(name=name), quantity=Decimal(1), price=amount, amount=amount,
        vat_rate=_rate_text(rate), vat_amount=vat_inside(amount, rate),
    )  # fmt: skip


def _document(
    books: Books, kind: DocumentKind, part: str, title: str, contract: str, lines: list[DocumentLine],
    selectors: list[Selector], *, total: Decimal | None = None, vat_total: Decimal = ZERO,
    commission_total: Decimal = ZERO, commission_vat: Decimal = ZERO,
) -> Document:  # fmt: skip
    summary = books.summary
    uid = document_id(books.installation, books.account, kind, books.identity, part)
    document = Document(
        id=uid,
        kind=kind,
        number=document_number(books.prefix, uid),
        date=summary.period_to or summary.date,
        title=title,
        organization=books.organization,
        account=books.account,
        counterparty=books.erp.get("counterparty", ""),
        contract=books.erp.get(contract, ""),
        currency=summary.currency,
        vat_included=True,
        total=sum((line.amount for line in lines), ZERO) if total is None else total,
        vat_total=vat_total,
        commission_total=commission_total,
        commission_vat=commission_vat,
        report={
            "profile": books.profile.name, "number": summary.number, "date": summary.date,
            "period_from": summary.period_from, "period_to": summary.period_to,
        },
        lines=lines,
        selectors=selectors,
    )  # fmt: skip
    assert sum((line.commission * (-1 if line.section == "returns" else 1) for line in lines), ZERO) == commission_total
    return msgspec.structs.replace(document, content_hash=content_hash(document))


def _service_rate(books: Books, kind: str) -> Decimal | None:
    """VAT of what the channel charges: its own services at the general rate of the day, agents' services without."""
    chosen = books.settings.commission_vat
    if kind == "agent_service" or chosen == "none":
        return None
    if chosen != "auto":
        return Decimal(chosen)
    return rate_on(_day(books, ""), "general")


def _rate_text(rate: Decimal | None) -> str:
    return "none" if rate is None else f"{rate.normalize():f}"
