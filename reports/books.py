"""What booking works with: grouped lines, whose books they go into, and the one way a document is made."""

from datetime import date
from decimal import Decimal

import msgspec

from mappings.items import Item, ProductKey
from mappings.money import ZERO
from mappings.services import ServiceLinks
from mappings.vat import TaxSystem, rate_on
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
from reports.parts import Division, Part
from reports.profile import Profile
from reports.settings import BookingSettings
from reports.treatments import Treatment

SIGN = {"sale": 1, "return": -1}


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Lines of one kind, section, key, day, price, service and scheme, summed. Exact kopecks, quantity in thousandths.

    Services have a day and goods a scheme only where a report is divided by them (``reports.parts``).

    Returns (and what undoes them) of a product some of whose sales are known are equal in the day of sale too
    (``sold``, empty where unknown) and carry the numbers of their lines.
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
    scheme: str = ""

    @property
    def linked_on(self) -> str:
        """The day whose links say what this is: of what came back the day of its sale, where that is known."""
        return self.sold or self.date


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Whose books, and by which settings: everything beside the lines that a document depends on.

    ``own``: the account's own treatments; ``start``: the first day it books, or empty; ``effects``: kinds whose effect
    on the payout is not the usual one; ``services``: the links of what the channel charges and pays.
    """

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
    own: tuple[Treatment, ...] = ()
    start: str = ""
    effects: dict[str, int] = {}
    services: ServiceLinks = ServiceLinks()

    def effect(self, kind: str) -> int:
        """What one rouble of the kind does to the payout."""
        return self.effects.get(kind, kinds()[kind].effect)


class Unlinked(msgspec.Struct, kw_only=True):
    """A product of the report that stands for no item, or for several."""

    key: ProductKey
    state: str
    candidates: tuple[str, ...]
    quantity: Decimal
    amount: Decimal


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Which treatment was used for lines of a kind and service, and what they do to the payout, in exact roubles.

    ``books`` is empty where there is no treatment, ``vat`` where it leaves VAT to the rules.
    """

    kind: str
    service: str
    books: str
    booked_as: str
    own: bool
    source: str
    amount: Decimal
    vat: str = ""


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of a report, the products that nothing is linked to, and the treatments used.

    ``left_out``: what lines that make no document would do to the payout (roubles), by the reason: ``before_start``,
    ``services_by_upd`` and ``carried_over``.
    """

    documents: list[Document]
    unlinked: list[Unlinked]
    applied: list[Applied] = []
    left_out: dict[str, Decimal] = {}


def booking_day(books: Books, written: str = "") -> date:
    """Return the day of a line, or of the report where its lines have none."""
    return date.fromisoformat(written or books.summary.period_to or books.summary.date)


def divided(books: Books) -> Division:
    """Return how the report is divided into documents: by the policy of the account and by contracts that differ."""
    summary, erp = books.summary, books.erp
    usual = erp.get("commission_contract", "")
    schemes = {name for name in ("FBO", "FBS") if erp.get(f"commission_contract_{name.lower()}", usual) != usual}
    return Division(
        first=summary.period_from,
        last=summary.period_to or summary.date,
        by_month=books.settings.period_split == "sale_date",
        start=books.start,
        schemes=frozenset(schemes),
    )


def goods_tax(profile: Profile, settings: BookingSettings, tax_system: TaxSystem) -> TaxSystem:
    """Return the tax system that goods get their rates by: what carries no VAT of ours is sold as under USN."""
    chosen = profile.documents.goods_vat if settings.goods_vat == "auto" else settings.goods_vat
    return "usn" if chosen == "none" else tax_system


def service_rate(books: Books, part: Part, vat: str = "") -> Decimal | None:
    """VAT of what the channel charges: the general rate of the document's day, unless treatment or setting say else."""
    chosen = vat or books.settings.commission_vat
    if chosen == "none":
        return None
    if chosen != "auto":
        return Decimal(chosen)
    return rate_on(date.fromisoformat(part.date), "general")


def rate_text(rate: Decimal | None) -> str:
    """Return a VAT rate as documents write it: per cent, or ``none``."""
    return "none" if rate is None else f"{rate.normalize():f}"


def link_names(part: str, title: str, service: str = "") -> tuple[str, ...]:
    """Return the keys by which links may know a service, the most exact first; empty texts are none.

    ``part`` and ``title`` are those of its treatment: a kind's code and title, with the service the row is only for.
    """
    code = part.partition(":")[0]
    return service, part, code, title, kinds()[code].title


def service_item(books: Books, part: Part, names: tuple[str, ...], name: str = "") -> DocumentItem | None:
    """Return the ERP item that the first linked of the names stands for on the day of a part's documents.

    A link to a text that is no item gives the text as a name. Nothing linked: ``name``, or None without one.
    """
    found = books.services.find(names, date.fromisoformat(part.date))
    if found.item is not None:
        return document_item(found.item)
    text = found.text or name
    return DocumentItem(name=text) if text else None


def document_item(item: Item) -> DocumentItem:
    """Return an ERP item as documents name it."""
    return DocumentItem(ref=item.ref, code=item.code, article=item.article, name=item.name, variant=item.variant)


def make_document(
    books: Books, kind: DocumentKind, part: Part, name: str, title: str, contract: str, lines: list[DocumentLine],
    selectors: list[Selector], *, total: Decimal | None = None, vat_total: Decimal = ZERO,
    commission_total: Decimal = ZERO, commission_vat: Decimal = ZERO, item: DocumentItem | None = None,
) -> Document:  # fmt: skip
    """Make a document with its computed id, number and content hash; the lines' commission must sum to its total.

    ``name`` tells it from others of its kind and part; ``contract`` is a key of the account's ``erp`` field; ``item``:
    that of the commissioner's service.
    """
    summary, named = books.summary, part.named(name)
    uid = document_id(books.installation, books.account, kind, books.identity, named)
    document = Document(
        id=uid,
        kind=kind,
        number=document_number(books.prefix, uid),
        date=part.date,
        title=title,
        organization=books.organization,
        account=books.account,
        counterparty=books.erp.get("counterparty", ""),
        contract=books.erp.get(f"{contract}_{part.scheme.lower()}", books.erp.get(contract, "")),
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
        part=named,
        service_item=item,
    )  # fmt: skip
    assert sum((line.commission * (-1 if line.section == "returns" else 1) for line in lines), ZERO) == commission_total
    return msgspec.structs.replace(document, content_hash=content_hash(document))
