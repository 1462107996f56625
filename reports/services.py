"""What the channel charges or pays beside the sales: receipts of services, their offset, other income and expense."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from mappings.money import ZERO, rounded, share_out, vat_inside
from reports.books import Books, make_document, rate_text, service_rate
from reports.documents import Document, DocumentItem, DocumentKind, DocumentLine, Selector
from reports.kinds import kinds


def service_documents(books: Books, services: Mapping[str, Mapping[str, Decimal]]) -> list[Document]:
    """Receipts of services per kind, what is no service as other income or expense, and the offset of the receipts."""
    receipts: list[Document] = []
    others: list[Document] = []
    for kind in (name for name in kinds() if name in services):
        total = rounded(sum(services[kind].values(), Decimal(0)) / 100)
        if kinds()[kind].books == "service" and (total > 0 or books.settings.services == "none"):
            if books.settings.services == "per_kind":
                receipts.append(_receipt(books, kind, services[kind]))
        elif total:
            others += other_documents(books, kind, services[kind])
    return [*receipts, *([_offset(books, receipts)] if receipts else []), *others]


def _receipt(books: Books, kind: str, services: Mapping[str, Decimal]) -> Document:
    rate = service_rate(books, kind)
    lines, selectors = _named_lines(kind, "services", services, rate)
    return make_document(
        books, "service_receipt", kind, f"Услуги: {kinds()[kind].title}", "services_contract", lines, selectors,
        vat_total=sum((line.vat_amount for line in lines), ZERO),
    )  # fmt: skip


def _offset(books: Books, receipts: Sequence[Document]) -> Document:
    lines = [_named_line(no, "offset", receipt.title, receipt.total, None) for no, receipt in enumerate(receipts, 1)]
    selectors = [
        Selector(kinds=tuple(dict.fromkeys(kind for selector in receipt.selectors for kind in selector.kinds)))
        for receipt in receipts
    ]
    return make_document(
        books, "debt_offset", "", "Зачёт услуг в счёт долга комиссионера", "commission_contract", lines, selectors
    )


def other_documents(books: Books, kind: str, services: Mapping[str, Decimal]) -> list[Document]:
    """Other income or expense without VAT: by the sign of what it does to the payout."""
    total = kinds()[kind].effect * rounded(sum(services.values(), Decimal(0)) / 100)
    if not total:
        return []
    made: DocumentKind = "other_income" if total > 0 else "other_expense"
    sign = kinds()[kind].effect * (1 if total > 0 else -1)
    lines, selectors = _named_lines(kind, "other", {name: sign * value for name, value in services.items()}, None)
    return [make_document(books, made, kind, kinds()[kind].title, "commission_contract", lines, selectors)]


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
        vat_rate=rate_text(rate), vat_amount=vat_inside(amount, rate),
    )  # fmt: skip
