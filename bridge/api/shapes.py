"""What requests say and answers hold, as types: the bodies are read by them, and OpenAPI is written from them.

A body with a field that is not here is refused with its place. Flows give plain values; that they look like the answers
below is held by tests.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import msgspec

from bridge.flows.catalogue import Organization
from bridge.flows.guards import Confirmation
from mappings.items import Item, ProductKey
from reports.checks import CheckResult
from reports.problems import Problem
from reports.signs import Choice

T = TypeVar("T")
Day = date  # a field may be called date

# --- bodies -----------------------------------------------------------------------------------------------------------


class ItemInput(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ERP item with its variant."""


class Posting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which preview is to be posted."""

    digest: str


class Reversal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to reverse (null: all), by which date (null: each document's own or the first open one), and why."""

    date: Day | None = None
    documents: list[str] | None = None
    reason: str = ""


class Confirming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings are let pass, and why."""

    codes: list[str]
    reason: str


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ERP has the document: its reference and number there, and whether it is posted."""

    erp_ref: str = ""
    number: str = ""
    posted: bool = False


class DocumentRefusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the ERP cannot accept the document."""

    message: str


class UploadForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form of an upload: the file and what is known beside it."""

    file: bytes
    profile: str = ""
    number: str = ""
    date: str = ""
    period_from: str = ""
    period_to: str = ""
    correction: bool = False


# --- answers ----------------------------------------------------------------------------------------------------------


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The service answers and reaches its database."""

    version: str
    database: str
    status: Literal["ok"] = "ok"


class ProblemJson(msgspec.Struct, frozen=True, kw_only=True):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Problem]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a bulk write did."""

    created: int
    changed: int
    unchanged: int


class ListCounts(Counts, frozen=True, kw_only=True):
    """What a list of items or listings did; ``vanished``: how many are missing in it, where it is all there is."""

    vanished: int | None = None


class ItemAnswer(Item, frozen=True, kw_only=True):
    """An item; vanished: a full list of the ERP did not have it any more."""

    vanished: bool


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list; ``next`` is the cursor of the next one."""

    items: list[T]
    next: str | None


class OrganizationAnswer(Organization, frozen=True, kw_only=True):
    """An organization with its name, and when it was written with what looks like a slip of the pen."""

    name: str
    warnings: tuple[Problem, ...] = ()


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An account; of its credentials only the names are shown."""

    name: str
    organization: str
    channel: str
    title: str
    start_date: Day | None
    erp: dict[str, str]
    settings: dict[str, Any]
    credentials: list[str]


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The original file."""

    name: str
    sha256: str
    size: int


class RowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Every row of the file is in one of these."""

    total: int
    used: int
    ignored: int
    unknown: int


class Unmapped(msgspec.Struct, frozen=True, kw_only=True):
    """Products that no ERP item is linked to."""

    count: int
    amount: Decimal


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document, as its report shows it."""

    id: str
    kind: str
    number: str
    date: Day
    total: Decimal
    state: str


class UsedTreatment(msgspec.Struct, frozen=True, kw_only=True):
    """How lines of one kind and service are booked, why, and what they do to the payout. No ``books``: not at all.
    ``vat``: none or a rate, where the treatment says so."""

    kind: str
    service: str
    books: str
    booked_as: str
    own: bool
    source: str
    amount: Decimal
    vat: str = ""


class LateSum(msgspec.Struct, frozen=True, kw_only=True):
    """How many returns, and their sum."""

    count: int
    amount: Decimal


class KnownSale(msgspec.Struct, frozen=True, kw_only=True):
    """A known sale with its place; in lists of candidates ``vat_rate`` is what it was sold at."""

    report: str
    sheet: str
    row: int
    date: Day
    price: Decimal
    quantity: Decimal
    vat_rate: str = ""


class OtherPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A return whose sale had another price; the document has the sum of the return."""

    sheet: str
    row: int
    ref: str
    price: Decimal
    sale: KnownSale


class LateReturns(msgspec.Struct, frozen=True, kw_only=True):
    """How returns found the day of their sale: the rate is certain without it, by the sale itself, by a person's
    choice, by all known sales of the product, by the setting ``return_day``; or they wait."""

    certain: LateSum
    by_sale: LateSum
    chosen: LateSum
    by_candidates: LateSum
    return_day: LateSum
    waiting: LateSum
    prices: list[OtherPrice]


class ReportObject(msgspec.Struct, frozen=True, kw_only=True):
    """A commissioner report. ``totals``: kind -> quantity and amount; revenue and payout are plain amounts."""

    id: str
    account: str
    profile: str
    number: str
    type: str
    date: Day | None
    period_from: Day | None
    period_to: Day | None
    state: Literal["received", "held", "ready", "posted", "delivered", "confirmed", "reversed", "superseded"]
    explain: str
    already: bool
    file: FileFacts
    rows: RowCounts
    totals: dict[str, Any]
    checks: list[CheckResult]
    problems: list[Problem]
    confirmed: list[Confirmation]
    unmapped: Unmapped
    documents: list[ReportDocument]
    digest: str
    choices: list[Choice]
    treatments: list[UsedTreatment]
    left_out: dict[str, str]
    corrects: str | None
    superseded_by: str | None
    balance: Decimal
    upd: dict[str, Any] | None = None
    parties: dict[str, str] = {}
    issue: str = ""
    late_returns: LateReturns | None = None


class LineObject(msgspec.Struct, frozen=True, kw_only=True):
    """One normalized line with its place in the file."""

    no: int
    sheet: str
    row: int
    kind: str
    section: str
    operation: str
    service: str
    date: Day | None
    quantity: Decimal
    amount: Decimal
    commission: Decimal
    ref: str
    product: ProductKey | None


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where in which file a document line comes from."""

    report: str
    sheet: str
    row: int


class DocumentItem(msgspec.Struct, frozen=True, kw_only=True):
    """The ERP item of a document line."""

    ref: str
    code: str
    article: str
    name: str
    variant: str


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a document. ``service``: the channel's own name of what it charges or pays; empty for goods."""

    no: int
    section: str
    item: DocumentItem
    quantity: Decimal
    price: Decimal
    amount: Decimal
    vat_rate: str
    vat_amount: Decimal
    commission: Decimal
    commission_vat: Decimal
    service: str = ""
    sources: list[SourceRow] = []


class DocumentObject(msgspec.Struct, frozen=True, kw_only=True):
    """What the ERP books. ``service_item``: of the commission in a commissioner report, where one is linked."""

    id: str
    kind: str
    number: str
    date: Day
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
    lines: list[DocumentLine]
    state: str
    revision: int
    content_hash: str
    reverses: str | None
    corrects: str | None = None
    service_item: DocumentItem | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """All documents of a report, and the digest to post them by."""

    items: list[DocumentObject]
    digest: str
    state: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is, in rows; the total may be unknown."""

    done: int
    total: int | None


class JobObject(msgspec.Struct, frozen=True, kw_only=True):
    """A background job. ``result`` when done; ``problem``, an error as everywhere, when failed."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed"]
    progress: Progress
    result: dict[str, Any] | None
    problem: dict[str, Any] | None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The file is still being read: ask the job."""

    job: str
    state: Literal["queued", "running"]


OrganizationPage = Page[OrganizationAnswer]
AccountPage = Page[AccountAnswer]
ItemPage = Page[ItemAnswer]
ReportPage = Page[ReportObject]
LinePage = Page[LineObject]
DocumentPage = Page[DocumentObject]
