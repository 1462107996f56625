"""Corrections and reversals of documents: whatever the two issues are, the sums meet to the kopeck."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bridge.flows.reverse_report import mirrored
from bridge.settings import Settings
from mappings.money import ZERO
from reports.correction import Issue, corrections, net
from reports.documents import (
    SETTLEMENT,
    Document,
    DocumentItem,
    DocumentKind,
    DocumentLine,
    Selector,
    content_hash,
    document_id,
    payout_effect,
)

ISSUE = Issue(installation="i", prefix="РМ", report="newest")
SETTINGS = Settings(data=Path(), database_url="", installation="i")
MUG, SHIRT = DocumentItem(ref="r-mug", name="Кружка"), DocumentItem(ref="r-shirt", name="Рубашка")
SECTIONS = {
    "commission_report": ("sales", "returns"), "sale": ("sales",), "service_receipt": ("services",),
    "debt_offset": ("offset", SETTLEMENT), "other_income": ("other",), "other_expense": ("other",),
}  # fmt: skip
PLACES: tuple[tuple[DocumentKind, str], ...] = (
    ("commission_report", ""), ("sale", ""), ("service_receipt", "logistics"), ("service_receipt", "storage"),
    ("debt_offset", ""), ("other_income", "points"), ("other_expense", "penalty"),
)  # fmt: skip

money = st.integers(-(10**6), 10**6).map(lambda minor: Decimal(minor).scaleb(-2))


@st.composite
def document_lines(draw: st.DrawFn, sections: Sequence[str]) -> DocumentLine:
    section = draw(st.sampled_from(sections))
    goods = section in ("sales", "returns")
    return DocumentLine(
        no=1, section=section, price=ZERO, amount=draw(money), vat_amount=draw(money),
        item=draw(st.sampled_from([MUG, SHIRT])) if goods else DocumentItem(name=draw(st.sampled_from("АБ"))),
        quantity=Decimal(draw(st.integers(-9, 9))) if goods else Decimal(1),
        vat_rate=draw(st.sampled_from(["20", "22", "none"])),
        commission=draw(money) if goods else ZERO, commission_vat=draw(money) if goods else ZERO,
    )  # fmt: skip


@st.composite
def documents(draw: st.DrawFn, kind: DocumentKind, part: str, name: str) -> Document:
    lines = draw(st.lists(document_lines(SECTIONS[kind]), min_size=1, max_size=4))
    return made(kind, part, name, lines, contract=draw(st.sampled_from(["К-1", "К-2"])))


def made(kind: DocumentKind, part: str, name: str, lines: Sequence[DocumentLine], contract: str = "К-1") -> Document:
    """A document whose totals are those of its lines."""

    def total(field: str) -> Decimal:
        return sum(((-1 if line.section == "returns" else 1) * getattr(line, field) for line in lines), ZERO)

    numbered = [msgspec.structs.replace(line, no=no) for no, line in enumerate(lines, 1)]
    document = Document(
        id=document_id("i", "wb", kind, name, part + contract), kind=kind, number="", date="2026-01-31",
        title="Документ", organization="romashka", account="wb", counterparty="Рынок", contract=contract,
        currency="RUB", vat_included=True, total=total("amount"), vat_total=total("vat_amount"),
        commission_total=total("commission"), commission_vat=total("commission_vat"), report={}, lines=numbered,
        selectors=[Selector(kinds=("sale",)) for _ in lines], part=part,
    )  # fmt: skip
    return msgspec.structs.replace(document, content_hash=content_hash(document))


@st.composite
def issues(draw: st.DrawFn, name: str) -> list[Document]:
    """All documents of one issue of a report."""
    chosen = draw(st.lists(st.sampled_from(PLACES), unique=True))
    return [draw(documents(kind, part, name)) for kind, part in chosen]


def reversal(document: Document) -> Document:
    return mirrored(SETTINGS, document, "2026-02-28", "РМ")


def effect(found: Sequence[Document]) -> Decimal:
    return sum((payout_effect(one) for one in found), ZERO)


@given(issues("first"), issues("second"))
def test_what_is_booked_and_its_correction_are_the_newest_issue(old: list[Document], new: list[Document]) -> None:
    found = corrections(ISSUE, old, new)
    assert net([*old, *found]) == net(new)
    assert effect([*old, *found]) == effect(new)
    assert len({document.id for document in found}) == len(found)
    for document in found:
        assert document.total == made(document.kind, "", "", document.lines).total
        assert len(document.selectors) == len(document.lines)


@given(issues("first"), issues("second"), issues("third"), st.data())
def test_a_chain_of_corrections_with_reversals_in_between_meets_too(
    first: list[Document], second: list[Document], third: list[Document], data: st.DataObject
) -> None:
    booked = [*first, *corrections(ISSUE, first, second)]
    if booked:
        taken_back = data.draw(st.lists(st.sampled_from(booked), unique_by=lambda document: document.id))
        booked += [reversal(document) for document in taken_back]
    last = corrections(msgspec.structs.replace(ISSUE, report="third"), booked, third)
    assert net([*booked, *last]) == net(third)
    assert not {document.id for document in last} & {document.id for document in booked}


@given(issues("first"), issues("second"))
def test_documents_and_their_reversals_come_to_nothing(old: list[Document], new: list[Document]) -> None:
    booked = [*old, *corrections(ISSUE, old, new)]
    together = [*booked, *map(reversal, booked)]
    assert not net(together)
    assert effect(together) == 0


@given(issues("first"))
def test_an_issue_that_books_the_same_makes_no_document(old: list[Document]) -> None:
    turned = [msgspec.structs.replace(one, lines=one.lines[::-1], selectors=one.selectors[::-1]) for one in old]
    assert corrections(ISSUE, old, turned[::-1]) == []


def goods(
    item: DocumentItem, pieces: str, amount: str, vat: str, commission: str, section: str = "sales"
) -> DocumentLine:
    return DocumentLine(
        no=1, section="sales", item=item, quantity=Decimal(pieces), price=ZERO, amount=Decimal(amount), vat_rate="20",
        vat_amount=Decimal(vat), commission=Decimal(commission),
    )  # fmt: skip


def test_a_line_tells_the_difference_of_one_item_and_rate_and_equal_lines_are_left_out() -> None:
    old = made("commission_report", "", "first", [goods(MUG, "3", "300.00", "50.00", "30.00"),
                                                  goods(SHIRT, "1", "120.00", "20.00", "12.00")])  # fmt: skip
    new = made("commission_report", "", "second", [goods(SHIRT, "1", "120.00", "20.00", "12.00"),
                                                   goods(MUG, "1", "100.00", "16.67", "9.00"),
                                                   goods(MUG, "1", "101.00", "16.83", "9.00")])  # fmt: skip
    (found,) = corrections(ISSUE, [old], [new])
    (line,) = found.lines
    assert (line.item.ref, line.quantity, line.price) == ("r-mug", Decimal(-1), Decimal("99.00"))
    assert line.amount == Decimal("-99.00")
    assert (line.vat_amount, line.commission) == (Decimal("-16.50"), Decimal("-12.00"))
    assert (found.total, found.commission_total) == (Decimal("-99.00"), Decimal("-12.00"))
    assert (found.title, found.corrects, found.date) == ("Корректировка: Документ", old.id, "2026-01-31")


def test_more_pieces_for_less_money_have_no_price() -> None:
    old = made("commission_report", "", "first", [goods(MUG, "1", "300.00", "50.00", "30.00")])
    new = made("commission_report", "", "second", [goods(MUG, "2", "200.00", "33.33", "20.00")])
    (line,) = corrections(ISSUE, [old], [new])[0].lines
    assert (line.quantity, line.amount, line.price) == (Decimal(1), Decimal("-100.00"), ZERO)


def test_a_document_that_the_newest_issue_does_not_have_is_taken_back_whole() -> None:
    service = DocumentLine(
        no=1, section="services", item=DocumentItem(name="Хранение"), quantity=Decimal(1), price=Decimal("60.00"),
        amount=Decimal("60.00"), vat_rate="20", vat_amount=Decimal("10.00"),
    )  # fmt: skip
    old = made("service_receipt", "storage", "first", [service])
    (found,) = corrections(ISSUE, [old], [])
    (line,) = found.lines
    assert (found.kind, found.part, found.corrects) == ("service_receipt", "storage", old.id)
    assert found.total == line.price == line.amount == -60
    assert (line.quantity, line.vat_amount) == (Decimal(1), Decimal(-10))


def test_another_contract_is_another_document() -> None:
    lines = [goods(MUG, "1", "100.00", "16.67", "10.00")]
    old, new = (made("commission_report", "", "issue", lines, contract=contract) for contract in ("К-1", "К-2"))
    found = {document.contract: document for document in corrections(ISSUE, [old], [new])}
    assert {name: document.total for name, document in found.items()} == {"К-1": -100, "К-2": 100}
    assert [found["К-1"].corrects, found["К-2"].corrects] == [old.id, ""]


def test_the_latest_document_that_still_stands_is_the_corrected_one() -> None:
    first, second, third = (
        made("commission_report", "", name, [goods(MUG, pieces, pieces + "00.00", "0.00", "0.00")])
        for name, pieces in (("first", "1"), ("second", "2"), ("third", "4"))
    )
    (correction,) = corrections(ISSUE, [first], [second])
    again = msgspec.structs.replace(ISSUE, report="third")
    assert corrections(again, [first, correction], [third])[0].corrects == correction.id
    assert corrections(again, [first, correction, reversal(correction)], [third])[0].corrects == first.id
    assert corrections(again, [first, reversal(first)], [third])[0].total == 400
