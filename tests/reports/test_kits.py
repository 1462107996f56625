"""Whatever is sold and returned, a report with kits nets to the kopeck to what it nets to without them."""

from datetime import date
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Component, Link
from mappings.money import vat_inside
from reports.booking import book
from reports.books import Books, Group
from reports.documents import Document
from reports.lines import Summary
from reports.profile import profiles
from reports.settings import BookingSettings

ITEMS = [
    Item(ref="mug", name="Кружка", vat_rate="20"),
    Item(ref="book", name="Книга", vat_rate="10"),
    Item(ref="tea", name="Чай", vat_rate="10"),
]
KEYS = [ProductKey(key="kit"), ProductKey(key="mug")]
SINGLE = Link(key="mug", item="mug")
BOOKS = Books(
    installation="", organization="Ромашка", prefix="РМ", tax_system="general", account="shop", erp={},
    settings=BookingSettings(negative_commission="keep"), profile=profiles()["generic"],
    summary=Summary(profile="generic", period_from="2026-07-01", period_to="2026-07-31"), identity="1",
)  # fmt: skip

components = some.lists(
    some.tuples(some.sampled_from(ITEMS), some.integers(1, 9), some.decimals("0.01", 100, places=2)),
    min_size=1,
    max_size=5,
)
money = some.decimals(-(10**6), 10**8, places=2)


@some.composite
def groups(draw: some.DrawFn) -> list[Group]:
    """Groups of sales and returns, storno with negative sums among them."""
    found = []
    for _ in range(draw(some.integers(1, 8))):
        section = draw(some.sampled_from(["sale", "return"]))
        day = f"2026-07-{draw(some.integers(1, 31)):02}"
        found.append(
            Group(
                section, section, draw(some.integers(0, 1)), day, draw(some.integers(0, 3)), "", None, None,
                1000 * draw(some.integers(1, 5)), draw(money), draw(money),
            )
        )  # fmt: skip
    return found


def booked(found: list[Group], *links: Link) -> Document:
    (document,) = book(BOOKS, found, KEYS, Catalogue(ITEMS, links)).documents
    return document


@effort(deadline=None)
@given(groups(), components, some.booleans(), some.integers(1, 3))
def test_a_report_with_kits_nets_to_what_it_nets_to_without(
    found: list[Group], kit: list[tuple[Item, int, Decimal]], shared: bool, times: int
) -> None:
    made = tuple(
        Component(item=item.ref, multiplier=pieces, share=str(share) if shared else None) for item, pieces, share in kit
    )
    plain = booked(found, SINGLE, Link(key="kit", item="tea"))
    divided = booked(found, SINGLE, Link(key="kit", item="", multiplier=times, components=made))
    assert (divided.total, divided.commission_total, divided.commission_vat) == (
        plain.total, plain.commission_total, plain.commission_vat,
    )  # fmt: skip
    pieces = times * sum(count for _, count, _ in kit)
    for section in ("sale", "return"):
        sold = [group for group in found if group.section == section]
        expected = sum(group.quantity * (pieces if group.key == 0 else 1) for group in sold)
        lines = [line for line in divided.lines if line.section == f"{section}s"]
        assert sum((line.quantity for line in lines), Decimal(0)) * 1000 == expected


def sold(amount: str, day: str = "2026-07-10", section: str = "sale", commission: str = "0") -> Group:
    kopecks = Decimal(amount) * 100, Decimal(commission) * 100
    return Group(section, section, 0, day, 100, "", None, None, 1000, *kopecks)


SET = Link(key="kit", item="", components=(Component(item="mug"), Component(item="book", multiplier=2)))


def test_every_component_is_a_line_with_its_own_vat_and_its_part_of_the_commission() -> None:
    document = booked([sold("100", commission="10")], SET)
    shown = [(line.item.ref, line.quantity, line.amount, line.vat_rate, line.commission) for line in document.lines]
    assert shown == [
        ("book", Decimal(2), Decimal("66.67"), "10", Decimal("6.67")),
        ("mug", Decimal(1), Decimal("33.33"), "22", Decimal("3.33")),
    ]
    assert document.vat_total == vat_inside(Decimal("66.67"), Decimal(10)) + vat_inside(Decimal("33.33"), Decimal(22))


def test_every_component_line_leads_back_to_the_rows_of_the_kit() -> None:
    document = booked([sold("100")], SET)
    assert [selector.keys for selector in document.selectors] == [(0,), (0,)]


def test_a_component_and_the_same_item_sold_alone_stay_apart() -> None:
    alone = Group("sale", "sale", 1, "2026-07-10", 100, "", None, None, 1000, Decimal(10000), Decimal(0))
    document = booked([sold("100"), alone], SET, SINGLE)
    assert [(line.item.ref, line.amount) for line in document.lines] == [
        ("book", Decimal("66.67")),
        ("mug", Decimal("33.33")),
        ("mug", Decimal("100.00")),
    ]


def test_a_day_is_booked_with_the_composition_of_that_day_returns_too() -> None:
    june = Link(key="kit", item="", components=(Component(item="tea"),), valid_to=date(2026, 6, 30))
    july = Link(key="kit", item="", components=SET.components, valid_from=date(2026, 7, 1))
    document = booked([sold("50"), sold("50", "2026-06-30"), sold("50", "2026-06-30", "return")], june, july)
    assert [(line.section, line.item.ref) for line in document.lines] == [
        ("sales", "book"), ("sales", "mug"), ("sales", "tea"), ("returns", "tea"),
    ]  # fmt: skip


def test_a_return_whose_sale_is_known_takes_the_composition_and_the_vat_of_that_day() -> None:
    before = Link(key="kit", item="", components=(Component(item="mug"),), valid_to=date(2025, 12, 31))
    since = Link(key="kit", item="", components=SET.components, valid_from=date(2026, 1, 1))
    day = sold("50", "2026-01-10", "return")
    known = msgspec.structs.replace(day, sold="2025-12-30", lines=(7, 9))
    document = booked([day, known], before, since)
    assert [(line.item.ref, line.amount, line.vat_rate) for line in document.lines] == [
        ("book", Decimal("33.33"), "10"), ("mug", Decimal("50.00"), "20"), ("mug", Decimal("16.67"), "22"),
    ]  # fmt: skip
    assert [selector.lines for selector in document.selectors] == [None, (7, 9), None]
    assert document.selectors[1].date_to == "2025-12-30"


def test_a_kit_that_cannot_be_resolved_is_unlinked_and_keeps_its_money() -> None:
    unknown = Link(key="kit", item="", components=(Component(item="mug"), Component(item="nothing")))
    found = book(BOOKS, [sold("100")], KEYS, Catalogue(ITEMS, [unknown]))
    assert [(one.key.key, one.amount) for one in found.unlinked] == [("kit", Decimal("100.00"))]
    assert [line.amount for line in found.documents[0].lines] == [Decimal("100.00")]
