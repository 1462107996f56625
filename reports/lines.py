"""What parsing gives: lines, product keys, counts and sums. Plain values that travel between processes as msgpack."""

import msgspec

from mappings.items import ProductKey
from reports.problems import Problem


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One normalized operation of a report. Amounts in whole kopecks, quantity in thousandths.

    ``rest`` keeps what a raw amount and commission had below a kopeck, as two exact decimals ("0.33 0"), or is empty.
    ``price`` is the price of one piece in kopecks, for grouping. ``mark`` tells rows of different content apart.
    ``ordered``: of a return, and of what undoes one, the day the piece was ordered, before which it cannot have been
    sold. ``scheme``: FBO, FBS or empty, where the report tells who kept and sent the goods.
    """

    sheet: int
    row: int
    kind: str
    section: str
    operation: str
    service: str
    key: int | None
    date: str
    quantity: int
    amount: int
    commission: int
    price: int
    rest: str
    ref: str
    mark: int
    ordered: str = ""
    scheme: str = ""


class Total(msgspec.Struct, frozen=True):
    """Sums of one kind in one section: exact kopecks as text, quantity in thousandths."""

    amount: str
    quantity: int
    commission: str
    count: int


class RowFacts(msgspec.Struct, frozen=True):
    """Facts that one row of a control report states about the report with that number. Exact kopecks as text."""

    number: str
    row: int
    values: dict[str, str]
    type: str = ""
    period_from: str = ""
    period_to: str = ""


class Stat(msgspec.Struct, frozen=True, array_like=True):
    """What a column of numbers looks like in rows of one kind: values that are not zero, the negative among them, the
    sum of their binary digits and of themselves in hundredths (see ``reports.measures``)."""

    field: str
    kind: str
    header: str
    count: int
    negative: int
    digits: int
    total: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report when all of it has been read. Sums are exact kopecks as text.

    ``parties``: who sold and bought, as the profile names them (``seller_inn``); ``issue``: the number of a correction.
    ``form``: sheet or records; ``fields``: those with a column; ``stats``: what is compared with other reports.
    ``currency_named``: the report says its currency, it is not merely the usual one.
    """

    profile: str
    layout: str = ""
    number: str = ""
    date: str = ""
    period_from: str = ""
    period_to: str = ""
    type: str = ""
    currency: str = "RUB"
    currency_named: bool = True
    content: str = ""
    rows_total: int = 0
    rows_used: int = 0
    rows_ignored: dict[str, int] = {}
    rows_unknown: int = 0
    problems_total: int = 0
    totals: dict[str, Total] = {}
    columns: dict[str, str] = {}
    footers: dict[str, str] = {}
    sheets: tuple[str, ...] = ()
    skipped_sheets: tuple[str, ...] = ()
    form: str = ""
    fields: tuple[str, ...] = ()
    stats: tuple[Stat, ...] = ()
    parties: dict[str, str] = {}
    issue: str = ""


class Batch(msgspec.Struct, tag="batch", kw_only=True):
    """A portion of a report on its way from the parsing process."""

    lines: list[Line] = []
    keys: list[ProductKey] = []
    problems: list[Problem] = []
    facts: list[RowFacts] = []
    rows_done: int = 0


class End(msgspec.Struct, tag="end"):
    """The report was read to its end. ``problems``: of the report as a whole; they come before those of its rows."""

    summary: Summary
    problems: list[Problem] = []


class Refusal(msgspec.Struct, tag="refusal"):
    """The file is refused: nothing of it may be stored."""

    problems: list[Problem]


Message = Batch | End | Refusal
