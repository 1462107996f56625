"""What the channel charges or pays beside the sales: receipts of services, their offset, other income and expense.

Each kind of line is rounded once, over all parts of the report together; its services and months share the sum out.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from mappings.money import ZERO, rounded, share_out, vat_inside
from reports.books import Books, link_names, make_document, rate_text, service_item, service_rate
from reports.documents import SETTLEMENT, Document, DocumentItem, DocumentKind, DocumentLine, Selector
from reports.kinds import kinds
from reports.parts import Part
from reports.treatments import Treatment

Cell = tuple[Part, Treatment, str]  # part of the report, treatment, name of the service
Charges = dict[tuple[str, str], dict[Cell, Decimal]]  # by kind and section: exact kopecks in the seller's favour
_RECEIPTS = ("service", "service_without_vat")


class _Heading(msgspec.Struct, frozen=True, order=True):
    """What becomes one document: everything of one part that is booked alike."""

    part: Part
    place: int
    name: str
    title: str
    books: str
    vat: str
    contract: str


class _Entry(msgspec.Struct):
    """A line in the making: roubles in the seller's favour, and the kinds of the report lines it is made of."""

    amount: Decimal
    kinds: dict[str, None]


_Entries = dict[str, _Entry]


def service_documents(books: Books, charges: Charges) -> tuple[list[Document], dict[str, Decimal]]:
    """Return receipts of services, their offset, other income and expense; and what services the УПД will book.

    The latter is what the lines left out by the setting ``services = none`` do to the payout (roubles), by the reason.
    """
    receipts: dict[Part, list[Document]] = {}
    others: list[Document] = []
    left_out = {"before_start": ZERO, "services_by_upd": ZERO}
    for heading, entries in _headings(charges).items():
        favour = sum((entry.amount for entry in entries.values()), ZERO)
        if heading.books in _RECEIPTS and books.settings.services == "none":
            left_out["before_start" if heading.part.before_start else "services_by_upd"] += favour
        elif heading.books in _RECEIPTS and favour < 0:
            receipts.setdefault(heading.part, []).append(_receipt(books, heading, entries))
        elif heading.books == "offset" and favour < 0:
            others.append(_settlement(books, heading, entries))
        else:
            # without VAT unless the accountant's row says so; a receipt that turned out as income is no sale of hers
            rate = service_rate(books, heading.part, heading.vat) if heading.books == "other" and heading.vat else None
            others += other_documents(books, heading.part, heading.name, heading.title, heading.contract, entries, rate)
    offsets = [_offset(books, part, mine) for part, mine in receipts.items()]
    return [*(receipt for mine in receipts.values() for receipt in mine), *offsets, *others], left_out


def _headings(charges: Charges) -> dict[_Heading, _Entries]:
    """Round every kind once and gather its cells under the documents they belong to, in the order of documents."""
    order = list(kinds())
    found: dict[_Heading, _Entries] = {}
    for (kind, _), cells in charges.items():
        sign = -1 if kinds()[kind].effect < 0 else 1
        ordered = sorted(cells, key=lambda cell: (cell[0], cell[1].part, cell[2]))  # databases sort texts their own way
        amounts = share_out([sign * cells[cell] / 100 for cell in ordered])
        for (part, row, service), amount in zip(ordered, amounts, strict=True):
            place = order.index(row.booked_as or kind)
            vat = "none" if row.books == "service_without_vat" else row.vat
            heading = _Heading(part, place, row.part, row.title, row.books, vat, row.contract_key)
            entry = found.setdefault(heading, {}).setdefault(service, _Entry(ZERO, {}))
            entry.amount += sign * amount
            entry.kinds[kind] = None
    return dict(sorted(found.items()))


def _receipt(books: Books, heading: _Heading, entries: _Entries) -> Document:
    rate = service_rate(books, heading.part, heading.vat)
    lines, selectors = _lines(books, heading, "services", entries, -1, rate)
    return make_document(
        books, "service_receipt", heading.part, heading.name, f"Услуги: {heading.title}", heading.contract, lines,
        selectors, vat_total=sum((line.vat_amount for line in lines), ZERO),
    )  # fmt: skip


def _settlement(books: Books, heading: _Heading, entries: _Entries) -> Document:
    lines, selectors = _lines(books, heading, SETTLEMENT, entries, -1, None)
    title = f"Зачёт: {heading.title}"
    return make_document(books, "debt_offset", heading.part, heading.name, title, heading.contract, lines, selectors)


def _offset(books: Books, part: Part, receipts: Sequence[Document]) -> Document:
    lines = [_line(no, "offset", receipt.title, receipt.total, None) for no, receipt in enumerate(receipts, 1)]
    selectors = [_whole(part, receipt.selectors) for receipt in receipts]
    title = "Зачёт услуг в счёт долга комиссионера"
    return make_document(books, "debt_offset", part, "", title, "commission_contract", lines, selectors)


def _whole(part: Part, selectors: Sequence[Selector]) -> Selector:
    return _selector(part, tuple(dict.fromkeys(kind for selector in selectors for kind in selector.kinds)), None)


def other_documents(
    books: Books, part: Part, name: str, title: str, contract: str, entries: Mapping[str, _Entry],
    rate: Decimal | None = None,
) -> list[Document]:  # fmt: skip
    """Other income or expense, by the sign of what it does to the payout; ``rate``: VAT inside it, None for none."""
    total = sum((entry.amount for entry in entries.values()), ZERO)
    if not total:
        return []
    made: DocumentKind = "other_income" if total > 0 else "other_expense"
    heading = _Heading(part, 0, name, title, "other", "", contract)
    lines, selectors = _lines(books, heading, "other", dict(entries), 1 if total > 0 else -1, rate)
    # a receipt that turned out in the seller's favour is income of the commissioner's contract
    contract = "commission_contract" if contract == "services_contract" else contract
    vat = sum((line.vat_amount for line in lines), ZERO)
    return [make_document(books, made, part, name, title, contract, lines, selectors, vat_total=vat)]


def single_entry(kind: str, amount: Decimal) -> dict[str, _Entry]:
    """Return the only line of a document that is made of what is left of a kind (roubles in the seller's favour)."""
    return {"": _Entry(rounded(amount), {kind: None})}


def _lines(
    books: Books, heading: _Heading, section: str, entries: _Entries, sign: int, rate: Decimal | None
) -> tuple[list[DocumentLine], list[Selector]]:
    """Lines by service name; where a reversal makes one negative, a single line of the whole kind instead."""
    made = dict.fromkeys(kind for entry in entries.values() for kind in entry.kinds)
    amounts = {name: sign * entry.amount for name, entry in sorted(entries.items())}
    if any(amount < 0 for amount in amounts.values()):
        whole = _line(1, section, heading.title, sum(amounts.values(), ZERO), rate)
        return [_linked(books, heading, "", whole)], [_selector(heading.part, tuple(made), None)]
    filled = [(name, amount) for name, amount in amounts.items() if amount]
    lines = [
        _linked(books, heading, name, _line(no, section, name or heading.title, amount, rate))
        for no, (name, amount) in enumerate(filled, 1)
    ]
    return lines, [_selector(heading.part, tuple(entries[name].kinds), name) for name, _ in filled]


def _selector(part: Part, made: tuple[str, ...], service: str | None) -> Selector:
    return Selector(kinds=made, service=service, date_from=part.since, date_to=part.until, undated=part.undated)


def _linked(books: Books, heading: _Heading, service: str, line: DocumentLine) -> DocumentLine:
    """Return a line with the ERP item that its service is linked to, and with the channel's own name of it."""
    names, said = link_names(heading.name, heading.title, service), line.item.name
    item = service_item(books, heading.part, names, said) or line.item
    return msgspec.structs.replace(line, item=item, service=said)


def _line(no: int, section: str, name: str, amount: Decimal, rate: Decimal | None) -> DocumentLine:
    return DocumentLine(
        no=no, section=section, item=DocumentItem(name=name), quantity=Decimal(1), price=amount, amount=amount,
        vat_rate=rate_text(rate), vat_amount=vat_inside(amount, rate),
    )  # fmt: skip
