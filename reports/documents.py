"""Documents: what the ERP receives. Their shape, their computed identity and their content hash.

An id is a name-based UUID (RFC 9562, version 5) over installation, account, kind, the identity of the report and the
part of it: the same input gives the same id on any machine, after a crash, after a restore. A number fits the eleven
characters of a 1C document number and is computed from the id.
"""

import base64
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Literal
from uuid import UUID, uuid5

import msgspec

_NAMESPACE = UUID("6a3c0d5e-93a4-5b7e-9d6f-2f6f1c1e7b11")
NUMBER_LENGTH = 11

DocumentKind = Literal["commission_report", "sale", "service_receipt", "debt_offset", "other_income", "other_expense"]
SETTLEMENT = "settlement"  # section of an offset that pays another debt, a loan say, out of the proceeds


class DocumentItem(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP item of a line; ``ref`` is empty where nothing is linked yet or the line is a service by name."""

    ref: str = ""
    code: str = ""
    article: str = ""
    name: str = ""
    variant: str = ""


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Money in roubles with VAT inside; in the returns section all numbers are positive.

    ``service``: the channel's own name of what it charges or pays, whatever item it is linked to; empty for goods.
    """

    no: int
    section: str
    item: DocumentItem
    quantity: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: str
    vat_amount: Decimal
    commission: Decimal = Decimal("0.00")
    commission_vat: Decimal = Decimal("0.00")
    service: str = ""


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """Which report lines a document line was made of: kinds, and where they matter section, keys, price, service,
    days (both inclusive; ``undated``: lines without a day too), scheme (or ``other_schemes``: none of these) and row.
    Enough to find the source rows again, whatever was linked since.

    Returns booked by the day of their sale name their lines; the days are then those whose links they were booked by.
    A line of a correction has ``more`` of them; ``report``: the issue of the report they choose from (empty: its own).
    """

    report: str = ""
    more: tuple["Selector", ...] = ()
    kinds: tuple[str, ...]
    section: str | None = None
    keys: tuple[int, ...] | None = None
    price: int | None = None
    service: str | None = None
    row: int | None = None
    sheet: int | None = None
    date_from: str = ""
    date_to: str = ""
    lines: tuple[int, ...] | None = None
    undated: bool = False
    scheme: str | None = None
    other_schemes: tuple[str, ...] = ()

    def each(self) -> tuple["Selector", ...]:
        """Return the selector by itself, and each of those that belong to it."""
        return (msgspec.structs.replace(self, more=()) if self.more else self, *self.more)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One ERP document of a report. ``total``: sales less returns, or the sum of the lines.

    ``part`` tells documents of one kind and one report apart (kind of service, month, scheme); ``reverses`` names the
    document that this one mirrors, ``corrects`` the one whose difference to a newer issue this one is.
    ``service_item``: the ERP item of the commissioner's service in a commissioner report, where one is linked.
    """

    id: str
    kind: DocumentKind
    number: str
    date: str
    title: str
    organization: str
    account: str
    counterparty: str
    contract: str
    currency: str
    vat_included: bool
    total: Decimal
    vat_total: Decimal
    commission_total: Decimal
    commission_vat: Decimal
    report: dict[str, str]
    lines: list[DocumentLine]
    content_hash: str = ""
    selectors: list[Selector] = []
    part: str = ""
    reverses: str = ""
    corrects: str = ""
    service_item: DocumentItem | None = None


def payout_effect(document: Document) -> Decimal:
    """Return what a document adds to what the commissioner owes (roubles; negative: takes away).

    Receipts count when they are received, so their offset adds nothing; only what an offset pays of another debt does.
    """
    if document.kind == "commission_report":
        return document.total - document.commission_total
    if document.kind == "debt_offset":
        return -sum((line.amount for line in document.lines if line.section == SETTLEMENT), Decimal("0.00"))
    return document.total if document.kind in ("sale", "other_income") else -document.total


def document_id(installation: str, account: str, kind: str, identity: str, part: str) -> str:
    """Return the id of a document: computed, never drawn."""
    return str(uuid5(_NAMESPACE, "\x1f".join((installation, account, kind, identity, part))))


def document_number(prefix: str, document: str, attempt: int = 0) -> str:
    """Return a document number of eleven characters: the organization's prefix and a digest of the id.

    ``attempt`` gives the next candidate when a number is taken, which the database alone can know.
    """
    digest = sha256(f"{document}{attempt or ''}".encode()).digest()
    return (prefix + base64.b32encode(digest).decode())[:NUMBER_LENGTH]


def content_hash(document: Document) -> str:
    """Return a checksum of everything the ERP would book, lines included."""
    plain = msgspec.structs.replace(document, content_hash="", selectors=[])
    return sha256(msgspec.json.encode(plain)).hexdigest()


def preview_digest(documents: Sequence[Document], checks: Sequence[bool], problems: Sequence[str]) -> str:
    """Return the checksum a person confirms when posting: of all documents, checks and problems shown."""
    shown = [[document.id, document.content_hash] for document in documents], list(checks), list(problems)
    return sha256(msgspec.json.encode(shown)).hexdigest()
