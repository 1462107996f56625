"""What booking works with: grouped lines, whose books they go into, and the one way a document is made."""

from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import ProductKey
from mappings.money import ZERO
from mappings.vat import TaxSystem, rate_on
from reports.documents import (
    Document,
    DocumentKind,
    DocumentLine,
    Selector,
    content_hash,
    document_id,
    document_number,
)
from reports.lines import Summary
from reports.profile import Profile
from reports.settings import BookingSettings

SIGN = {"sale": 1, "return": -1}


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Lines of equal kind, section, key, day, price and service, summed. Exact kopecks; quantity in thousandths.

    Returns of a product some of whose sales are known are equal in the day of sale too (``sold``, empty where unknown)
    and carry the numbers of their lines.
    """

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
    sold: str = ""
    lines: tuple[int, ...] = ()

    @property
    def linked_on(self) -> str:
        """The day whose links say what this is: of a return the day of its sale, where that is known."""
        return self.sold or self.date


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


def booking_day(books: Books, written: str = "") -> date:
    """Return the day of a line, or of the report where its lines have none."""
    return date.fromisoformat(written or books.summary.period_to or books.summary.date)


def service_rate(books: Books, kind: str) -> Decimal | None:
    """VAT of what the channel charges: its own services at the general rate of the day, agents' services without."""
    chosen = books.settings.commission_vat
    if kind == "agent_service" or chosen == "none":
        return None
    if chosen != "auto":
        return Decimal(chosen)
    return rate_on(booking_day(books), "general")


def rate_text(rate: Decimal | None) -> str:
    """Return a VAT rate as documents write it: per cent, or ``none``."""
    return "none" if rate is None else f"{rate.normalize():f}"


def make_document(
    books: Books, kind: DocumentKind, part: str, title: str, contract: str, lines: list[DocumentLine],
    selectors: list[Selector], *, total: Decimal | None = None, vat_total: Decimal = ZERO,
    commission_total: Decimal = ZERO, commission_vat: Decimal = ZERO,
) -> Document:  # fmt: skip
    """Make a document with its computed id, number and content hash; the lines' commission must sum to its total."""
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
        part=part,
    )  # fmt: skip
    assert sum((line.commission * (-1 if line.section == "returns" else 1) for line in lines), ZERO) == commission_total
    return msgspec.structs.replace(document, content_hash=content_hash(document))
