"""A month of one account: the balance with the commissioner, what moved it, and why it is not what he says.

    opening + sales - returns - commission - services + other income - other expense - settled - payouts = closing

Everything is counted by the date of the posted document or payment. A difference to the marketplace's own balance is
explained only by what is known to move it, and only where exactly one choice of these gives it to the kopeck.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations

import msgspec

from mappings.money import ZERO
from reports.documents import SETTLEMENT, Document, payout_effect

MOST_REASONS = 12  # more give too many choices to prove anything
SERVICES = "services"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Something known that moves one balance and not the other: by ``amount`` roubles the books' balance is greater.

    ``settled``: it needs nobody's work, as money on its way.
    """

    code: str
    title: str
    amount: Decimal
    id: str = ""
    settled: bool = False


class MonthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Two numbers of the month. ``ok`` None: the other side is not known. ``unexplained``: what no reason names."""

    code: str
    title: str
    expected: Decimal | None
    actual: Decimal
    difference: Decimal | None = None
    ok: bool | None = None
    reasons: list[Reason] = []
    unexplained: Decimal | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What one document does, by number of the month (positive as the number is told)."""

    document: Document
    parts: dict[str, Decimal]
    service: str = ""


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a month in roubles. ``services_by_kind``: by the title of the receipts."""

    opening: Decimal
    sales: Decimal
    returns: Decimal
    commission: Decimal
    services: Decimal
    services_by_kind: dict[str, Decimal]
    other_income: Decimal
    other_expense: Decimal
    settled: Decimal
    payouts: Decimal
    closing: Decimal


def moved(document: Document) -> Moved:
    """Return what a document, with its lines, does to the balance; its parts net to its ``payout_effect``."""
    parts: dict[str, Decimal] = {}
    if document.kind in ("commission_report", "sale"):
        back = sum((line.amount for line in document.lines if line.section == "returns"), ZERO)
        parts = {"sales": document.total + back, "returns": back, "commission": document.commission_total}
    elif document.kind == "service_receipt":
        parts = {SERVICES: document.total}
    elif document.kind == "debt_offset":
        parts = {"settled": sum((line.amount for line in document.lines if line.section == SETTLEMENT), ZERO)}
    else:
        parts = {document.kind: document.total}
    kept = {name: amount for name, amount in parts.items() if amount}
    assert _effect(kept) == payout_effect(document), document.id
    return Moved(document=document, parts=kept, service=document.title if SERVICES in kept else "")


def _effect(parts: dict[str, Decimal]) -> Decimal:
    return sum((amount if name in ("sales", "other_income") else -amount for name, amount in parts.items()), ZERO)


def month_of(opening: Decimal, movements: Sequence[Moved], payouts: Iterable[Decimal]) -> Month:
    """Return the numbers of a month from what moved in it."""

    def total(name: str) -> Decimal:
        return sum((one.parts.get(name, ZERO) for one in movements), ZERO)

    kinds: dict[str, Decimal] = {}
    for one in movements:
        if one.service:
            kinds[one.service] = kinds.get(one.service, ZERO) + one.parts[SERVICES]
    paid = sum(payouts, ZERO)
    names = ("sales", "returns", "commission", SERVICES, "other_income", "other_expense", "settled")
    sums = {name: total(name) for name in names}
    return Month(
        opening=opening, **sums, services_by_kind=dict(sorted(kinds.items())), payouts=paid,
        closing=opening + _effect(sums) - paid,
    )  # fmt: skip


def compared(code: str, title: str, own: Decimal | None, actual: Decimal, known: Sequence[Reason]) -> MonthCheck:
    """Compare a balance of the books with that of the marketplace; ``known`` may explain the difference."""
    if own is None:
        return MonthCheck(code=code, title=title, expected=None, actual=actual)
    difference = actual - own
    if not difference:
        return MonthCheck(code=code, title=title, expected=own, actual=actual, difference=ZERO, ok=True)
    reasons = explained(difference, known)
    return MonthCheck(
        code=code, title=title, expected=own, actual=actual, difference=difference, reasons=reasons,
        ok=bool(reasons) and all(reason.settled for reason in reasons), unexplained=ZERO if reasons else difference,
    )  # fmt: skip


def explained(difference: Decimal, known: Sequence[Reason]) -> list[Reason]:
    """Return the reasons that sum to a difference; none where nothing does, or more than one choice would."""
    known = [reason for reason in known if reason.amount]
    if len(known) > MOST_REASONS:
        return []
    choices = [
        chosen
        for count in range(1, len(known) + 1)
        for chosen in combinations(known, count)
        if sum((reason.amount for reason in chosen), ZERO) == difference
    ]
    return list(choices[0]) if len(choices) == 1 else []


def payout_check(month: Month, unposted: Sequence[Reason], *, agreed: bool = False) -> MonthCheck:
    """Compare what was to be paid with what the bank received; what is left is owed.

    It is below nothing only where the marketplace says the same (``agreed``): it charged more than it sold.
    """
    due = month.closing + month.payouts
    title = "К выплате по документам = поступило в банк"
    owed = Reason(code="not_paid_yet", title="Ещё не перечислено или в пути", amount=month.closing, settled=True)
    if month.closing < 0:
        owed = msgspec.structs.replace(owed, code="owed_back", title="Долг перед маркетплейсом, у него такой же")
    if month.closing >= 0 or agreed:
        reasons = [owed] if month.closing else []
        return MonthCheck(
            code="payout", title=title, expected=due, actual=month.payouts, difference=-month.closing, ok=True,
            reasons=reasons, unexplained=ZERO,
        )  # fmt: skip
    reasons = explained(month.closing, unposted)
    return MonthCheck(
        code="payout", title=title, expected=due, actual=month.payouts, difference=-month.closing, ok=False,
        reasons=reasons, unexplained=ZERO if reasons else -month.closing,
    )  # fmt: skip
