"""What random reports once found in the booking, each as the smallest report that shows it."""

from datetime import date
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
from reports.treatments import Treatment

BOOKS = Books(
    installation="", organization="Ромашка", prefix="РМ", tax_system="general", account="shop", erp={},
    settings=BookingSettings(), profile=profiles()["wildberries/weekly_detail"],
    summary=Summary(profile="wildberries/weekly_detail", period_from="2026-06-29", period_to="2026-07-05"),
    identity="1",
)  # fmt: skip
KEYS = [ProductKey(key="mug"), ProductKey(key="tea")]


OZON = msgspec.structs.replace(BOOKS, profile=profiles()["ozon/realization"])


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


def test_what_is_paid_and_booked_as_commission_lessens_it() -> None:
    own = (Treatment(kind="compensation", books="commission", valid_from=date(2004, 1, 1), own=True),)
    groups = [sold("100", "10"), charged("compensation", "3")]
    (document,) = book(msgspec.structs.replace(BOOKS, own=own), groups, KEYS, Catalogue([], [])).documents
    assert payout_effect(document) == Decimal("93.00")


def test_kinds_are_rounded_one_by_one_in_documents_as_in_the_payout() -> None:
    partner = msgspec.structs.replace(sold("0.004", "0"), kind="partner_payment")
    (document,) = book(OZON, [sold("10.004", "0"), partner], KEYS, Catalogue([], [])).documents
    assert document.total == Decimal("10.00")


def test_a_commission_of_no_product_is_rounded_apart_from_that_of_the_products() -> None:
    loose = Group("commission", "sale", None, "", 0, "", None, None, 0, Decimal("0.4"), Decimal(0))
    (document,) = book(BOOKS, [sold("100", "10.004"), loose], KEYS, Catalogue([], [])).documents
    assert document.commission_total == Decimal("10.00")


def test_products_without_an_item_keep_their_order_whatever_the_order_of_rows() -> None:
    keys = [ProductKey(key=code, article="a", name="Кружка") for code in ("2", "1")]
    groups = [sold("10", "1", key=0), sold("20", "2", key=1)]
    (one,) = book(BOOKS, groups, keys, Catalogue([], [])).documents
    swapped = [msgspec.structs.replace(group, key=1 - (group.key or 0)) for group in groups]
    (other,) = book(BOOKS, swapped, keys[::-1], Catalogue([], [])).documents
    assert one.content_hash == other.content_hash
