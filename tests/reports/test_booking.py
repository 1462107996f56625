"""What random reports once found in the booking, each as the smallest report that shows it."""

from decimal import Decimal

import msgspec

from mappings.items import ProductKey
from mappings.links import Catalogue
from reports.booking import book
from reports.books import Books, Group
from reports.documents import payout_effect
from reports.lines import Summary
from reports.profile import profiles
from reports.settings import BookingSettings

BOOKS = Books(
    installation="", organization="Ромашка", prefix="РМ", tax_system="general", account="shop", erp={},
    settings=BookingSettings(), profile=profiles()["wildberries/weekly_detail"],
    summary=Summary(profile="wildberries/weekly_detail", period_from="2026-06-29", period_to="2026-07-05"),
    identity="1",
)  # fmt: skip
KEYS = [ProductKey(key="mug"), ProductKey(key="tea")]


def with_settings(**chosen: str) -> Books:
    return msgspec.structs.replace(BOOKS, settings=msgspec.convert(chosen, BookingSettings))


def charged(kind: str, amount: str, day: str = "") -> Group:
    return Group(kind, "", None, day, 0, "", None, None, 0, Decimal(amount) * 100, Decimal(0))


def sold(amount: str, commission: str, section: str = "sale", key: int = 0) -> Group:
    kopecks = Decimal(amount) * 100, Decimal(commission) * 100
    return Group(section, section, key, "2026-07-02", 100, "", None, None, 1000, *kopecks)


def test_services_of_days_before_the_start_are_named_though_the_upd_books_services() -> None:
    books = msgspec.structs.replace(with_settings(services="none", period_split="sale_date"), start="2026-07-01")
    found = book(
        books, [charged("storage", "10", "2026-06-30"), charged("storage", "3", "2026-07-01")], [], Catalogue([], [])
    )
    assert found.documents == []
    assert found.left_out == {"before_start": Decimal("-10.00"), "services_by_upd": Decimal("-3.00")}


def test_a_commission_of_no_product_stays_on_the_sales_where_returns_nearly_cancel_them() -> None:
    groups = [sold("1000", "0"), sold("999.99", "0", "return"), charged("commission", "5")]
    found = book(with_settings(commission_split="by_amount"), groups, KEYS, Catalogue([], []))
    (document,) = found.documents
    assert [line.commission for line in document.lines] == [Decimal("5.00"), Decimal("0.00")]
    assert payout_effect(document) == Decimal("-4.99")


def test_the_vat_of_a_commission_that_nearly_cancels_is_that_of_each_line() -> None:
    groups = [sold("2000", "600"), sold("2000", "599", "return")]
    (document,) = book(BOOKS, groups, KEYS, Catalogue([], [])).documents
    assert document.commission_vat == Decimal("0.18")
    assert [line.commission_vat for line in document.lines] == [Decimal("108.20"), Decimal("108.02")]
