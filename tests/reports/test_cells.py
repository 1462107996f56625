"""Single cells: money and quantities to the last digit, dates, codes; everything else is refused by name."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports.cells import Broken, iso_date, kopecks, plain_text, thousandths
from reports.reading import Cell

EXACT = Context(prec=80)
amounts = some.decimals(-(10**11), 10**11, allow_nan=False, allow_infinity=False, places=None).filter(
    lambda value: int(value.as_tuple().exponent) > -30 and len(f"{value:f}") < 40
)


@given(amounts)
def test_kopecks_of_a_text_are_exact(value: Decimal) -> None:
    assert kopecks(f"{value:f}") == EXACT.multiply(value, Decimal(100))


@given(amounts)
def test_a_decimal_comma_and_spaces_change_nothing(value: Decimal) -> None:
    shown = f"{value:,f}".replace(",", "\u00a0").replace(".", ",")
    assert kopecks(shown) == kopecks(value)


@given(some.floats(-1e11, 1e11, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-15))
def test_kopecks_of_a_float_are_those_of_its_shortest_form(value: float) -> None:
    assert kopecks(value) == EXACT.multiply(Decimal(repr(value)), Decimal(100))


@given(some.integers(-(10**12) + 1, 10**12 - 1))
def test_kopecks_of_a_whole_number(value: int) -> None:
    assert kopecks(value) == kopecks(str(value)) == value * 100
    assert thousandths(value) == value * 1000


@given(some.one_of(some.text(), some.integers(), some.floats(), some.booleans(), some.dates(), some.datetimes()))
def test_any_cell_is_a_number_or_broken(cell: Cell) -> None:
    readers: tuple[Callable[[Cell], int | Decimal], ...] = (kopecks, thousandths)
    for reader in readers:
        try:
            found = reader(cell)
        except Broken:
            continue
        assert -(10**15) <= found <= 10**15


@given(some.one_of(some.text(), some.integers(), some.floats(), some.booleans(), some.dates(), some.datetimes()))
def test_any_cell_is_a_date_or_broken(cell: Cell) -> None:
    try:
        found = iso_date(cell)
    except Broken:
        return
    assert found == "" or 2004 <= date.fromisoformat(found).year <= 2100


@pytest.mark.parametrize(
    "cell",
    ["12,3,4", "#Н/Д", "#N/A", "abc", "1.234.567", "1,234,567", "1.23,45", "1,23.45", "12.34,567.8", "10%", "--5",
     "1e9999999", "1e400", 10**13, 1e300, float("nan"), float("inf"), "9" * 41, "0x10", True,
     date(2025, 1, 1), datetime(2025, 1, 1)],
)  # fmt: skip
def test_what_is_no_number_is_broken(cell: Cell) -> None:
    with pytest.raises(Broken):
        kopecks(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(None, 0), ("", 0), ("  ", 0), ("0.00", 0), (1234.56, 123456), ("1 234,56", 123456), ("1'234.56", 123456),
     ("1.234,56", 123456), ("-1,234.56", -123456), ("1.234.567,8", 123456780),
     ("−5,10", -510), (-0.05, -5), ("+7", 700), (Decimal("0.335"), Decimal("33.5")), ("1e-7", Decimal("0.00001"))],
)  # fmt: skip
def test_numbers_as_people_and_programs_write_them(cell: Cell, expected: int | Decimal) -> None:
    assert kopecks(cell) == expected


@pytest.mark.parametrize("cell", ["1.5005", 0.30000000000000004, "две"])
def test_a_quantity_has_at_most_three_decimals(cell: Cell) -> None:
    with pytest.raises(Broken):
        thousandths(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("2025-08-31", "2025-08-31"), ("31.08.2025", "2025-08-31"), ("2025-08-31T00:00:00+03:00", "2025-08-31"),
     (" 31.08.2025 10:15 ", "2025-08-31"), (datetime(2025, 8, 31, 5), "2025-08-31"), (date(2025, 8, 31), "2025-08-31"),
     ("2025/08/31 09:00:00 JST", "2025-08-31"), ("2025/08/31", "2025-08-31"),
     (None, ""), ("", ""), ("0001-01-01T00:00:00Z", "")],
)  # fmt: skip
def test_dates_as_reports_write_them(cell: Cell, expected: str) -> None:
    assert iso_date(cell) == expected


@pytest.mark.parametrize(
    "cell",
    ["31.02.2025", "вчера", "2025-13-01", "08/07/2025", "2025/08-31", 45900, "9999-12-31", date(1899, 12, 30), True],
)
def test_what_is_no_date_is_broken(cell: Cell) -> None:
    with pytest.raises(Broken):
        iso_date(cell)


def test_codes_keep_their_leading_zeros_and_lose_a_needless_fraction() -> None:
    assert plain_text(" 00012045 ") == "00012045"
    assert plain_text(210400117.0) == "210400117"
    assert plain_text(None) == ""
