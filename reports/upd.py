"""Documents against the УПД of the marketplace: what it charges by law for its commission and its services.

A УПД is rounded on its own, so its sums differ from those of the rows by kopecks. Within a tolerance the УПД is what
the books carry (``book``), and the difference to the rows is one explicit document, so that nothing is lost and the
documents still net to the payout. Beyond the tolerance the report is held. ``check`` compares and changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from mappings.money import ZERO
from reports.books import Books
from reports.checks import CheckResult
from reports.documents import (
    Document,
    DocumentItem,
    DocumentLine,
    Selector,
    content_hash,
    document_id,
    document_number,
    payout_effect,
)
from reports.kinds import kinds
from reports.lines import Summary
from reports.problems import Problem, problem
from reports.profile import Profile

PROFILE = "fns/upd"
GroupName = Literal["commission", "services"]
_TITLES: dict[GroupName, str] = {"commission": "вознаграждение", "services": "услуги"}
_ROUNDING = "Округление до УПД"


class Upd(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of one УПД in roubles with VAT, and the VAT inside them. A group it has no line of is absent."""

    report: str
    number: str
    date: str
    sums: Mapping[str, Decimal]
    vat: Mapping[str, Decimal]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the account wants. ``tolerance`` in roubles for each group; ``without``: kinds of services that come with no
    УПД; ``groups``: those this report books at all."""

    mode: Literal["none", "check", "book"] = "none"
    tolerance: Decimal = Decimal("1.00")
    required: bool = False
    without: tuple[str, ...] = ("agent_service",)
    groups: tuple[GroupName, ...] = ("commission", "services")


class Tied(msgspec.Struct, frozen=True, kw_only=True):
    """The documents as they are booked, and what the comparison found. ``shown`` is None where nothing was compared."""

    documents: list[Document]
    checks: list[CheckResult] = []
    problems: list[Problem] = []
    shown: dict[str, object] | None = None


def upd_of(report: str, summary: Summary) -> Upd:
    """Return the sums of a УПД that was read."""
    sums: dict[str, Decimal] = {}
    vat: dict[str, Decimal] = {}
    for name, total in summary.totals.items():
        amount = Decimal(total.amount) / 100
        if name in ("commission_vat", "service_vat"):
            vat["commission" if name == "commission_vat" else "services"] = amount
        elif kinds()[name].books in ("commission", "service"):
            group = "commission" if name == "commission" else "services"
            sums[group] = sums.get(group, ZERO) + amount
    return Upd(report=report, number=summary.number, date=summary.date, sums=sums, vat=vat)


def groups_of(profile: Profile) -> tuple[GroupName, ...]:
    """Return the groups that reports of a profile charge: not what another report books."""
    if not profile.documents.make:
        return ()
    rules = [line for operation in profile.operations for line in operation.lines]
    made = {line.kind for line in rules} | {charge.kind for charge in profile.charges}
    made |= {"commission"} if any(line.commission for line in rules) else set()
    made -= set(profile.documents.skip)
    found: list[GroupName] = ["commission"] if "commission" in made else []
    if any(kinds()[name].books == "service" for name in made):
        found.append("services")
    return tuple(found)


def tie(
    books: Books, documents: Sequence[Document], upds: Sequence[Upd], policy: Policy,
    others: Mapping[str, Decimal] | None = None, *, carries: bool = True,
) -> Tied:  # fmt: skip
    """Compare documents with the УПД of their period and, where so wanted, let them carry its sums.

    ``others``: what is charged and stands in none of the documents, by group (roubles): by other reports under the same
    УПД, or services that are entered from the УПД. Of several reports one ``carries`` the whole difference. Documents
    must be of one report; the result nets to the same payout.
    """
    if policy.mode == "none" and not policy.required:
        return Tied(documents=list(documents))
    compared = [
        _compare(documents, upds, policy, group, others or {}) for group in policy.groups if _known(upds, group)
    ]
    problems = [
        *_missing(books, documents, upds, policy),
        *(found for one in compared for found in one.problems(policy, others or {})),
    ]
    tied = _named(documents, upds, policy) if compared else list(documents)
    if policy.mode == "book" and carries and not problems:
        for one in compared:
            tied = _carried(tied, one, policy, keep_vat=one.group in (others or {}))
        tied += _rounding(books, tied, [one for one in compared if _mine(tied, one.group, policy.without)])
    assert _effect(tied) == _effect(documents), "the payout must not change"
    shown = _shown(upds, compared, policy, carries) if compared else None
    return Tied(documents=tied, checks=[one.check(policy) for one in compared], problems=problems, shown=shown)


def posted_checks(documents: Sequence[Document], upds: Sequence[Upd], policy: Policy) -> list[CheckResult]:
    """Compare what is posted with its УПД: the sums of each group, and the VAT inside them where it is beyond the
    tolerance though the books are to carry it. Documents and УПД must be of the same reports, all posted."""
    compared = [_compare(documents, upds, policy, group, {}) for group in policy.groups if _known(upds, group)]
    return [check for one in compared for check in one.posted(policy)]


class _Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One group: what the УПД say and what the documents say, in roubles with VAT."""

    group: GroupName
    upd: Decimal
    actual: Decimal
    upd_vat: Decimal
    actual_vat: Decimal

    @property
    def difference(self) -> Decimal:
        """What the УПД charge more than the documents."""
        return self.upd - self.actual

    def check(self, policy: Policy) -> CheckResult:
        """Return the comparison as a check; within the tolerance it passes, and its difference is shown."""
        return CheckResult(
            code=f"upd_{self.group}", title=f"УПД = документы: {_TITLES[self.group]}", expected=self.upd,
            actual=self.actual, difference=-self.difference, ok=abs(self.difference) <= policy.tolerance,
        )  # fmt: skip

    def posted(self, policy: Policy) -> list[CheckResult]:
        """Return the comparison with what is posted already: there ``book`` leaves no difference at all."""
        found, vat = self.check(policy), self.actual_vat - self.upd_vat
        if policy.mode != "book":
            return [found]
        tax = CheckResult(
            code=f"{found.code}_vat", title=f"{found.title}, НДС", expected=self.upd_vat, actual=self.actual_vat,
            difference=vat, ok=False,
        )  # fmt: skip
        exact = msgspec.structs.replace(found, ok=not self.difference)
        return [exact, tax] if abs(vat) > policy.tolerance else [exact]

    def problems(self, policy: Policy, others: Mapping[str, Decimal]) -> list[Problem]:
        """Return what is beyond the tolerance: the sum, else the VAT inside it where the books are to carry it."""
        bound = f"Разница не больше {policy.tolerance:f}"
        if abs(self.difference) > policy.tolerance:
            said = f"УПД {self.upd}, документы {self.actual}, разница {self.difference}"
            return [problem("upd_differs", column=_TITLES[self.group], found=said, expected=bound)]
        vat = self.upd_vat - self.actual_vat
        if policy.mode == "book" and self.group not in others and abs(vat) > policy.tolerance:
            said = f"УПД {self.upd_vat}, документы {self.actual_vat}, разница {vat}"
            return [problem("upd_vat_differs", column=_TITLES[self.group], found=said, expected=bound)]
        return []


def _known(upds: Sequence[Upd], group: str) -> bool:
    return any(group in upd.sums for upd in upds)


def _compare(
    documents: Sequence[Document], upds: Sequence[Upd], policy: Policy, group: GroupName, others: Mapping[str, Decimal]
) -> _Compared:
    mine = _mine(documents, group, policy.without)
    own = [one.commission_total if group == "commission" else one.total for one in mine]
    vat = [one.commission_vat if group == "commission" else one.vat_total for one in mine]
    return _Compared(
        group=group,
        upd=sum((upd.sums.get(group, ZERO) for upd in upds), ZERO),
        actual=sum(own, ZERO) + others.get(group, ZERO),
        upd_vat=sum((upd.vat.get(group, ZERO) for upd in upds), ZERO),
        actual_vat=sum(vat, ZERO),
    )


def _mine(documents: Sequence[Document], group: str, without: Collection[str]) -> list[Document]:
    """Return the documents whose sums a УПД covers, the greatest first."""
    if group == "commission":
        found = [one for one in documents if one.kind == "commission_report"]
        return sorted(found, key=lambda one: (-abs(one.commission_total), one.id))
    found = [one for one in documents if one.kind == "service_receipt" and not _made_of(one) & set(without)]
    return sorted(found, key=lambda one: (-one.total, one.id))


def _made_of(document: Document) -> set[str]:
    return {kind for selector in document.selectors for kind in selector.kinds}


def _missing(books: Books, documents: Sequence[Document], upds: Sequence[Upd], policy: Policy) -> list[Problem]:
    """Return the groups that must have a УПД and have none; a group without any sum needs none."""
    if not policy.required:
        return []
    summary, found = books.summary, []
    for group in policy.groups:
        charged = any(one.total or one.commission_total for one in _mine(documents, group, policy.without))
        if charged and not _known(upds, group):
            said = f"{_TITLES[group]}, с {summary.period_from} по {summary.period_to}"
            found.append(problem("upd_missing", found=said))
    return found


def _carried(documents: Sequence[Document], one: _Compared, policy: Policy, *, keep_vat: bool) -> list[Document]:
    """Let the greatest document of the group carry the difference, and its offset along with it."""
    vat = ZERO if keep_vat else one.upd_vat - one.actual_vat
    mine = _mine(documents, one.group, policy.without)
    if not mine or not (one.difference or vat):
        return list(documents)
    old = mine[0]
    if one.group == "commission":
        return [_with_commission(old, one.difference, vat) if each is old else each for each in documents]
    return [
        _with_service(old, one.difference, vat) if each is old else _with_offset(each, old, one.difference)
        for each in documents
    ]


def _with_commission(document: Document, more: Decimal, vat: Decimal) -> Document:
    def weight(line: DocumentLine) -> tuple[bool, Decimal, int]:
        return line.section != "returns", line.commission, -line.no

    chosen = max(document.lines, key=weight)
    sign = -1 if chosen.section == "returns" else 1
    changed = msgspec.structs.replace(
        chosen, commission=chosen.commission + sign * more, commission_vat=chosen.commission_vat + sign * vat
    )
    return _changed(
        document, chosen, changed,
        commission_total=document.commission_total + more, commission_vat=document.commission_vat + vat,
    )  # fmt: skip


def _with_service(document: Document, more: Decimal, vat: Decimal) -> Document:
    chosen = max(document.lines, key=lambda line: (line.amount, -line.no))
    amount = chosen.amount + more
    changed = msgspec.structs.replace(chosen, price=amount, amount=amount, vat_amount=chosen.vat_amount + vat)
    total, vat_total = document.total + more, document.vat_total + vat
    return _changed(document, chosen, changed, total=total, vat_total=vat_total)


def _with_offset(document: Document, receipt: Document, more: Decimal) -> Document:
    """Return the offset of a receipt with the receipt's new sum; any other document as it is."""
    if document.kind != "debt_offset" or document.date != receipt.date:
        return document
    lines = [line for line in document.lines if (line.item.name, line.amount) == (receipt.title, receipt.total)]
    if not lines:
        return document
    amount = lines[0].amount + more
    changed = msgspec.structs.replace(lines[0], price=amount, amount=amount)
    return _changed(document, lines[0], changed, total=document.total + more)


def _changed(document: Document, old: DocumentLine, new: DocumentLine, **totals: Decimal) -> Document:
    lines = [new if line is old else line for line in document.lines]
    return _hashed(msgspec.structs.replace(document, lines=lines, **totals))


def _hashed(document: Document) -> Document:
    return msgspec.structs.replace(document, content_hash=content_hash(document))


def _named(documents: Sequence[Document], upds: Sequence[Upd], policy: Policy) -> list[Document]:
    """Write the УПД into the documents it covers: the ERP asks for its number and date."""
    covered = {
        one.id for group in policy.groups if _known(upds, group) for one in _mine(documents, group, policy.without)
    }
    said = {"upd": "; ".join(f"№ {upd.number} от {upd.date}" for upd in upds)}
    return [
        _hashed(msgspec.structs.replace(one, report=one.report | said)) if one.id in covered else one
        for one in documents
    ]


def _rounding(books: Books, documents: Sequence[Document], compared: Sequence[_Compared]) -> list[Document]:
    """Return the one document that says what the УПД changed: income where it charges more than the rows."""
    moved = [one for one in compared if one.difference]
    if not moved:
        return []
    total = sum((one.difference for one in moved), ZERO)
    kind: Literal["other_income", "other_expense"] = "other_income" if total >= 0 else "other_expense"
    sign = 1 if total >= 0 else -1
    lines = [
        DocumentLine(
            no=no, section="other", item=DocumentItem(name=f"{_ROUNDING}: {_TITLES[one.group]}"), quantity=Decimal(1),
            price=sign * one.difference, amount=sign * one.difference, vat_rate="none", vat_amount=ZERO,
        )
        for no, one in enumerate(moved, 1)
    ]  # fmt: skip
    like = max(documents, key=lambda one: (one.date, one.id))
    uid = document_id(books.installation, books.account, kind, documents[0].id, "upd_rounding")
    return [
        _hashed(
            msgspec.structs.replace(
                like, id=uid, kind=kind, number=document_number(books.prefix, uid), title=_ROUNDING,
                contract=books.erp.get("commission_contract", ""), total=abs(total), vat_total=ZERO,
                commission_total=ZERO, commission_vat=ZERO, lines=lines, selectors=[Selector(kinds=()) for _ in lines],
                part="upd_rounding",
            )
        )
    ]  # fmt: skip


def _effect(documents: Sequence[Document]) -> Decimal:
    return sum((payout_effect(one) for one in documents), ZERO)


def _shown(upds: Sequence[Upd], compared: Sequence[_Compared], policy: Policy, carries: bool) -> dict[str, object]:
    """Return what the report shows of its УПД, as plain values."""
    groups = {
        one.group: {
            "upd": str(one.upd), "documents": str(one.actual), "difference": str(one.difference),
            "upd_vat": str(one.upd_vat), "documents_vat": str(one.actual_vat),
            "ok": abs(one.difference) <= policy.tolerance,
        }
        for one in compared
    }  # fmt: skip
    named = [{"report": upd.report, "number": upd.number, "date": upd.date} for upd in upds]
    return {
        "mode": policy.mode,
        "tolerance": str(policy.tolerance),
        "carries": carries,
        "upds": named,
        "groups": groups,
    }
