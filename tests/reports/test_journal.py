"""Entries of documents: every kind has them, they balance, and they move the settlements as the totals say."""

from decimal import Decimal
from typing import Any, get_args

import pytest

from mappings.vat import TaxSystem
from reports.documents import SETTLEMENT, Document, DocumentItem, DocumentKind, DocumentLine, payout_effect
from reports.journal import Accounts, Entry, charts, journal, moved, turnover

D = Decimal


def line(section: str, amount: str, vat: str = "0.00") -> DocumentLine:
    return DocumentLine(
        no=1, section=section, item=DocumentItem(name="Кружка"), quantity=D(1), price=D(amount), amount=D(amount),
        vat_rate="20", vat_amount=D(vat),
    )  # fmt: skip


def document(kind: DocumentKind, *lines: DocumentLine, **totals: str) -> Document:
    total = sum((one.amount * (-1 if one.section == "returns" else 1) for one in lines), D("0.00"))
    vat = sum((one.vat_amount * (-1 if one.section == "returns" else 1) for one in lines), D("0.00"))
    values: dict[str, Any] = {name: D(value) for name, value in totals.items()}
    return Document(
        id="d-1", kind=kind, number="РМ-1", date="2026-08-31", title="Документ", organization="romashka", account="wb",
        counterparty="Маркетплейс", contract="К-1", currency="RUB", vat_included=True, report={}, lines=list(lines),
        **({"total": total, "vat_total": vat, "commission_total": D("0.00"), "commission_vat": D("0.00")} | values),
    )  # fmt: skip


SOLD = document(
    "commission_report", line("sales", "1200.00", "200.00"), line("returns", "120.00", "20.00"),
    commission_total="240.00", commission_vat="40.00",
)  # fmt: skip


def told(entries: list[Entry]) -> list[tuple[str, str, str]]:
    return [(entry.debit, entry.credit, str(entry.amount)) for entry in entries]


def test_a_commission_report_books_revenue_vat_commission_and_nets_it() -> None:
    assert told(journal(SOLD, Accounts())) == [
        ("62.01", "90.01.1", "1200.00"),
        ("62.01", "90.01.1", "-120.00"),
        ("90.03", "68.02", "200.00"),
        ("90.03", "68.02", "-20.00"),
        ("44.01", "60.01", "200.00"),
        ("19.04", "60.01", "40.00"),
        ("60.01", "62.01", "240.00"),
    ]


@pytest.mark.parametrize("system", ["usn", "usn_vat5", "usn_vat7"])
def test_input_vat_is_part_of_the_cost_where_it_is_not_deductible(system: TaxSystem) -> None:
    change = turnover(journal(SOLD, Accounts(tax_system=system)))
    assert change["44.01"] == D("240.00")
    assert "19.04" not in change


def test_without_vat_there_is_no_entry_of_it() -> None:
    sold = document("commission_report", line("sales", "1200.00"), commission_total="240.00", commission_vat="40.00")
    assert set(turnover(journal(sold, Accounts(tax_system="usn")))) == {"44.01", "60.01", "62.01", "90.01.1"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (document("sale", line("sales", "122.00", "22.00"), line("returns", "61.00", "11.00")),
         {"62.01": "61.00", "68.02": "-11.00", "90.01.1": "-61.00", "90.03": "11.00"}),
        (document("service_receipt", line("services", "122.00", "22.00")),
         {"19.04": "22.00", "44.01": "100.00", "60.01": "-122.00"}),
        (document("debt_offset", line("offset", "122.00")), {"60.01": "122.00", "62.01": "-122.00"}),
        (document("debt_offset", line(SETTLEMENT, "50.00")), {"62.01": "-50.00", "66.03": "50.00"}),
        (document("other_income", line("other", "10.00")), {"62.01": "10.00", "91.01": "-10.00"}),
        (document("other_expense", line("other", "10.00")), {"62.01": "-10.00", "91.02": "10.00"}),
    ],
)  # fmt: skip
def test_what_each_document_does_to_the_accounts(made: Document, expected: dict[str, str]) -> None:
    entries = journal(made, Accounts())
    assert turnover(entries) == {name: D(value) for name, value in expected.items()}
    assert moved(entries, "settlement") + moved(entries, "services") == payout_effect(made)


def test_a_reversal_is_the_same_in_red() -> None:
    mirrored = document(
        "commission_report", line("sales", "-1200.00", "-200.00"), line("returns", "-120.00", "-20.00"),
        commission_total="-240.00", commission_vat="-40.00",
    )  # fmt: skip
    plain, red = journal(SOLD, Accounts()), journal(mirrored, Accounts())
    assert told(red) == [(one.debit, one.credit, str(-one.amount)) for one in plain]


def test_one_account_may_hold_all_settlements_and_the_roles_still_tell_them_apart() -> None:
    entries = journal(SOLD, Accounts(settlement="76.09", services="76.09"))
    assert turnover(entries)["76.09"] == D("840.00")
    assert (moved(entries, "settlement"), moved(entries, "services")) == (D("840.00"), D("0.00"))


def test_totals_that_contradict_the_lines_are_an_error_of_the_program() -> None:
    with pytest.raises(AssertionError):
        journal(document("commission_report", line("sales", "10.00"), total="11.00"), Accounts())


@pytest.mark.parametrize("configuration", ["bp30", "ut11", "ka2", "unf"])
def test_every_configuration_knows_every_kind_and_says_where_it_is_from(configuration: str) -> None:
    chart = charts()[configuration]
    assert {rule.kind for rule in chart.entries} == set(get_args(DocumentKind))
    assert chart.title
    assert chart.note or configuration == "bp30"
