"""Worked examples of docs/accounting.md, by their numbers: the correction of the reward, a kit of two rates, points.

The others are beside what they show: late returns in tests/flows/catalogue, issues and reversals in tests/flows/issues.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.settings import Settings
from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Component, Link
from mappings.money import ZERO
from reports.booking import book
from reports.books import Books, Group
from reports.documents import Document, payout_effect
from reports.lines import Summary
from reports.profile import profiles
from reports.settings import BookingSettings
from tests.flows.cabinet import Cabinet, problem_codes
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

# --- «Корректировка ВВ»: sold 1,000.00, commission 200.00, correction 150.00 ------------------------------------------

Case = tuple[str | None, str, str, bool]
TOTALS: list[Case] = [  # the register's total, the sign taken, the document, and whether the report is ready
    (None, "withheld", "other_expense", True),
    ("650.00", "withheld", "other_expense", True),
    ("950.00", "paid", "other_income", True),
    ("800.00", "withheld", "other_expense", False),
]


def corrected_week() -> Week:
    week = Week("2026", "612003417", date(2026, 5, 4))
    week.add(
        "Продажа", "Продажа", 1, GOODS[0], quantity=1, retail_amount=Decimal("1000.00"),
        ppvz_for_pay=Decimal("800.00"), ppvz_vw=Decimal("166.67"), ppvz_vw_nds=Decimal("33.33"),
    )  # fmt: skip
    week.charge("additional_payment", "Корректировка", "150.00")
    week.close()
    return week


@pytest.mark.parametrize(("total", "sign", "kind", "ready"), TOTALS)
def test_the_registers_total_tells_the_sign_of_a_correction_or_holds_the_report(
    database: Database, settings: Settings, tmp_path: Path, total: str | None, sign: str, kind: str, ready: bool
) -> None:
    cabinet, week = Cabinet(database, settings, tmp_path), corrected_week()
    report = cabinet.add(week)
    if total is not None:
        week.control["total"] = Decimal(total)
        if total == "800.00":  # a register that knows of no correction
            week.control["additional_payment"] = ZERO
        cabinet.register(week)
    found = cabinet.look(report)
    assert [(one["setting"], one["value"]) for one in found["choices"]] == [("correction_sign", sign)]
    assert cabinet.sums(report)[kind, "correction"] == Decimal("150.00")
    assert found["state"] == ("ready" if ready else "held")
    assert ready or set(problem_codes(found)) == {"check_failed"}
    assert found["totals"]["payout"] == ("950.00" if sign == "paid" else "650.00")


def test_a_register_that_does_not_tie_in_itself_is_held_and_confirms_nothing(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    cabinet, week = Cabinet(database, settings, tmp_path), corrected_week()
    report = cabinet.add(week)
    week.control["total"] = Decimal("800.00")  # neither 800.00 − 150.00 nor 800.00 + 150.00
    assert "row_formula" in problem_codes(cabinet.look(cabinet.register(week)))
    cabinet.change(settings={"require_register": True})
    assert cabinet.look(report)["state"] == "held"


# --- a set of two mugs (10 %) and a shirt (22 %) for 100.00, commission 10.00 -----------------------------------------

ITEMS = [Item(ref="mug", name="Кружка", vat_rate="10"), Item(ref="shirt", name="Рубашка", vat_rate="20")]


def books(profile: str, **settings: Any) -> Books:
    return Books(
        installation="", organization="Ромашка", prefix="РМ", tax_system="general", account="shop", erp={},
        settings=BookingSettings(**settings), profile=profiles()[profile], identity="1",
        summary=Summary(profile=profile, period_from="2026-07-01", period_to="2026-07-31"),
    )  # fmt: skip


def group(kind: str, section: str, amount: str, commission: str = "0") -> Group:
    kopecks = Decimal(amount) * 100, Decimal(commission) * 100
    return Group(kind, section, 0, "2026-07-10", 100, "", None, None, 1000, *kopecks)


@pytest.mark.parametrize(
    ("shares", "mugs", "shirt"),
    [
        ((None, None), ("66.67", "6.67"), ("33.33", "3.33")),
        (("0.4", "0.6"), ("40.00", "4.00"), ("60.00", "6.00")),
    ],
)
def test_a_kit_of_two_rates_is_divided_by_pieces_or_by_shares(
    shares: tuple[str | None, str | None], mugs: tuple[str, str], shirt: tuple[str, str]
) -> None:
    parts = Component(item="mug", multiplier=2, share=shares[0]), Component(item="shirt", share=shares[1])
    catalogue = Catalogue(ITEMS, [Link(key="kit", item="", components=parts)])
    (document,) = book(
        books("generic"), [group("sale", "sale", "100", "10")], [ProductKey(key="kit")], catalogue
    ).documents
    assert [
        (line.item.ref, int(line.quantity), str(line.amount), str(line.commission), line.vat_rate)
        for line in document.lines
    ] == [("mug", 2, *mugs, "10"), ("shirt", 1, *shirt, "22")]


# --- a month of Ozon whose points are revenue or pay for its services ------------------------------------------------


def ozon_month(points: str, sold_points: str) -> list[Document]:
    groups = [
        group("sale", "sale", "10000", "2200"), group("partner_payment", "sale", "200"),
        group("points", "sale", sold_points), group("return", "return", "1000", "220"),
        group("points", "return", "150"),
    ]  # fmt: skip
    found = book(books("ozon/realization", points=points), groups, [ProductKey(key="kit")], Catalogue(ITEMS, []))
    return found.documents


@pytest.mark.parametrize(
    ("points", "total", "commission"), [("reduce_services", "9200.00", "630.00"), ("revenue", "10550.00", "1980.00")]
)
def test_points_are_revenue_or_pay_for_services_and_the_payout_is_the_same(
    points: str, total: str, commission: str
) -> None:
    (document,) = ozon_month(points, "1500")
    assert (str(document.total), str(document.commission_total)) == (total, commission)
    assert payout_effect(document) == Decimal("8570.00")


def test_points_leave_one_per_cent_of_the_commission_and_the_rest_is_income() -> None:
    report, income = ozon_month("reduce_services", "2500")
    assert (str(report.total), str(report.commission_total)) == ("9200.00", "19.80")
    assert (income.kind, str(income.total)) == ("other_income", "389.80")
    assert sum(map(payout_effect, (report, income)), ZERO) == Decimal("9570.00")
