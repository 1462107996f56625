"""Which VAT rate a sale of a day carries."""

from datetime import date
from decimal import Decimal

import pytest

from mappings.vat import RateClass, TaxSystem, facts, rate_class, rate_on

NEW_YEAR = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2018, 12, 31), 18),
        (date(2019, 1, 1), 20),
        (date(2025, 12, 31), 20),
        (NEW_YEAR, 22),
        (date(2026, 9, 1), 22),
    ],
)
def test_the_general_rate_follows_the_day(day: date, rate: int) -> None:
    assert rate_on(day, "general") == Decimal(rate)


@pytest.mark.parametrize(
    ("tax_system", "item_class", "rate"),
    [("general", "reduced", 10), ("general", "zero", 0), ("usn_vat5", "general", 5), ("usn_vat7", "reduced", 7)],
)
def test_the_tax_system_may_overrule_the_item(tax_system: TaxSystem, item_class: RateClass, rate: int) -> None:
    assert rate_on(NEW_YEAR, item_class, tax_system) == Decimal(rate)


def test_a_sale_without_vat_has_no_rate() -> None:
    assert rate_on(NEW_YEAR, "none") is None
    assert rate_on(NEW_YEAR, "general", "usn") is None


def test_before_2025_a_payer_of_usn_sold_without_vat() -> None:
    assert rate_on(date(2024, 12, 31), "general", "usn_vat5") is None


def test_a_day_before_all_facts_has_no_known_rate() -> None:
    with pytest.raises(ValueError, match="no VAT rate of class general is known for 2003-12-31"):
        rate_on(date(2003, 12, 31), "general")


def test_a_payer_of_usn_sold_without_vat_before_2025() -> None:
    assert rate_on(date(2024, 12, 31), "general", "usn_vat5") is None
    assert rate_on(date(2025, 1, 1), "general", "usn_vat5") == 5


@pytest.mark.parametrize(
    ("written", "expected"),
    [("20%", "general"), ("НДС22", "general"), ("НДС 10%", "reduced"), ("Без НДС", "none"), ("БезНДС", "none"),
     ("0%", "zero"), ("20/120", "general"), ("20.0", "general"), (None, "general"), ("", "general"),
     (" ндс20 ", "general")],
)  # fmt: skip
def test_rates_as_accounting_systems_write_them(written: str | None, expected: str) -> None:
    assert rate_class(written) == expected


@pytest.mark.parametrize("written", ["15%", "двадцать", "20%%0"])
def test_an_unknown_rate_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="unknown VAT rate"):
        rate_class(written)


def test_facts_are_dated_newest_first() -> None:
    for rows in facts().values():
        assert rows == sorted(rows, reverse=True)
