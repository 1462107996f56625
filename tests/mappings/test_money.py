"""Money is shared out without losing a kopeck, whatever the signs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mappings.money import ZERO, distribute, exact, from_minor, rounded, share_out, to_minor, vat_inside

KOPECK = Decimal("0.01")
parts = some.lists(some.decimals(-(10**9), 10**9, places=6), max_size=40)
kopecks = some.integers(-(10**12), 10**12).map(from_minor)


@given(parts)
def test_shares_sum_to_the_rounded_whole(given_parts: list[Decimal]) -> None:
    shares = share_out(given_parts)
    assert sum(shares, ZERO) == rounded(sum(given_parts, ZERO))
    assert len(shares) == len(given_parts)


@given(parts)
def test_no_share_is_a_kopeck_away_from_its_part(given_parts: list[Decimal]) -> None:
    for share, part in zip(share_out(given_parts), given_parts, strict=True):
        assert abs(share - part) < KOPECK
        assert share == rounded(share)


@given(kopecks, some.lists(some.decimals(-(10**6), 10**6, places=4), min_size=1, max_size=30))
def test_a_distributed_total_is_whole(total: Decimal, weights: list[Decimal]) -> None:
    shares = distribute(total, weights)
    assert sum(shares, ZERO) == total
    assert len(shares) == len(weights)
    assert all(abs(share) <= 100 * abs(total) + KOPECK for share in shares)


@given(kopecks, some.integers(1, 50))
def test_equal_weights_get_shares_a_kopeck_apart_at_most(total: Decimal, count: int) -> None:
    shares = distribute(total, [Decimal(1)] * count)
    assert max(shares) - min(shares) <= KOPECK


def test_the_kopecks_left_over_go_to_the_largest_fractions_first() -> None:
    assert share_out([Decimal("0.333"), Decimal("0.339"), Decimal("0.338")]) == [
        Decimal("0.33"),
        Decimal("0.34"),
        Decimal("0.34"),
    ]
    assert distribute(Decimal("-0.01"), [Decimal(1), Decimal(1)]) == [Decimal("0.00"), Decimal("-0.01")]


def test_weights_of_both_signs_that_cancel_put_all_on_those_of_the_sign_of_the_total() -> None:
    assert distribute(Decimal("5.00"), [Decimal(3), Decimal(-3)]) == [Decimal("5.00"), ZERO]
    assert distribute(Decimal("-5.00"), [Decimal(3), Decimal(-3)]) == [ZERO, Decimal("-5.00")]


def test_weights_of_both_signs_that_nearly_cancel_do_not_make_parts_many_times_the_whole() -> None:
    weights = [Decimal("1000"), Decimal("-1999.99"), Decimal("1000")]
    assert distribute(Decimal("5.01"), weights) == [Decimal("2.51"), ZERO, Decimal("2.50")]
    tiny = [Decimal(10) ** 6, -(Decimal(10) ** 6) + Decimal("1e-22")]
    assert distribute(Decimal("5.00"), tiny) == [Decimal("5.00"), ZERO]


def test_nothing_is_distributed_over_nothing() -> None:
    assert distribute(ZERO, []) == []
    with pytest.raises(ValueError, match="nothing to be distributed over"):
        distribute(Decimal("1.00"), [])


def test_a_total_that_its_parts_cannot_make_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shared out"):
        share_out([Decimal("1.00")], Decimal("2.00"))


@given(some.integers(-(10**15), 10**15))
def test_minor_units_come_back(minor: int) -> None:
    assert to_minor(from_minor(minor)) == minor


def test_a_fraction_of_a_kopeck_is_never_lost_in_silence() -> None:
    with pytest.raises(ValueError, match="not a whole number of kopecks"):
        to_minor(Decimal("1.005"))


@pytest.mark.parametrize(("value", "expected"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("1.0049", "1.00")])
def test_rounding_is_half_away_from_zero(value: str, expected: str) -> None:
    assert rounded(Decimal(value)) == Decimal(expected)


@given(some.floats(-1e12, 1e12, allow_nan=False))
def test_a_float_is_what_the_sheet_shows(value: float) -> None:
    assert float(exact(value)) == value
    assert len(exact(value).as_tuple().digits) <= 17


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [("122", 22, "22.00"), ("120", 20, "20.00"), ("110", 10, "10.00"), ("105", 5, "5.00"), ("107", 7, "7.00"),
     ("100", 0, "0.00"), ("100", None, "0.00"), ("-122", 22, "-22.00"), ("0.03", 20, "0.01")],
)  # fmt: skip
def test_vat_inside_an_amount(amount: str, rate: int | None, expected: str) -> None:
    assert vat_inside(Decimal(amount), None if rate is None else Decimal(rate)) == Decimal(expected)
