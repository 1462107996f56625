"""A kit's components sum to the row exactly, whatever the shares, pieces and signs; what is unknown is never booked."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from mappings.items import Item, ProductKey
from mappings.kits import divide
from mappings.links import Catalogue, Component, Link, Part

DAY = date(2026, 7, 1)
MUG = Item(ref="mug", vat_rate="10")
SHIRT = Item(ref="shirt", vat_rate="20")
KIT = Link(key="k", item="", components=(Component(item="mug", multiplier=2), Component(item="shirt")))
weights = some.decimals("0.000001", 10**6, places=6)
parts = some.lists(some.builds(Part, item=some.just(MUG), pieces=some.integers(1, 99), weight=weights), min_size=1)
kopecks = some.decimals(-(10**14), 10**14, places=4)


def part(weight: str) -> Part:
    return Part(item=MUG, pieces=1, weight=Decimal(weight))


@given(kopecks, parts)
def test_the_parts_of_any_amount_sum_to_it_exactly(amount: Decimal, kit: list[Part]) -> None:
    assert sum(divide(amount, kit), Decimal(0)) == amount


@given(kopecks, parts)
def test_a_cancellation_takes_from_every_component_what_the_sale_gave(amount: Decimal, kit: list[Part]) -> None:
    assert divide(-amount, kit) == [-share for share in divide(amount, kit)]


@given(kopecks, parts)
def test_every_part_is_within_a_kopeck_of_its_share_and_has_the_sign_of_the_whole(
    amount: Decimal, kit: list[Part]
) -> None:
    base = sum((one.weight for one in kit), Decimal(0))
    for one, share in zip(kit, divide(amount, kit), strict=True):
        assert abs(share - amount * one.weight / base) < 2
        assert share == 0 or (share > 0) == (amount > 0)


def test_the_kopeck_that_remains_goes_to_the_earlier_component() -> None:
    assert divide(Decimal(10000), [part("1")] * 3) == [Decimal(3334), Decimal(3333), Decimal(3333)]


def test_shares_divide_the_price_and_what_is_below_a_kopeck_goes_with_the_heaviest() -> None:
    assert divide(Decimal("100.7"), [part("0.25"), part("0.75")]) == [Decimal(25), Decimal("75.7")]


def test_without_shares_a_kit_is_divided_by_pieces() -> None:
    found = Catalogue([MUG, SHIRT], [KIT]).resolve(ProductKey(key="k"), DAY)
    assert (found.state, found.item, found.found_by) == ("linked", None, "link")
    assert [(one.item, one.pieces, one.weight) for one in found.parts] == [(MUG, 2, Decimal(2)), (SHIRT, 1, Decimal(1))]


def test_a_listing_of_three_kits_has_three_times_the_pieces() -> None:
    kit = Link(key="k", item="mug", multiplier=3, components=(Component(item="shirt", multiplier=2, share="0.4"),))
    (only,) = Catalogue([MUG, SHIRT], [kit]).resolve(ProductKey(key="k"), DAY).parts
    assert (only.pieces, only.weight) == (6, Decimal("0.4"))


def test_a_kit_with_one_unknown_component_is_not_linked_and_names_its_components() -> None:
    found = Catalogue([MUG], [KIT]).resolve(ProductKey(key="k"), DAY)
    assert (found.state, found.candidates, found.parts) == ("unlinked", ("mug", "shirt"), ())


def test_two_compositions_for_one_day_are_ambiguous() -> None:
    other = Link(key="k", item="", components=(Component(item="mug"),))
    assert Catalogue([MUG, SHIRT], [KIT, other]).resolve(ProductKey(key="k"), DAY).state == "ambiguous"
