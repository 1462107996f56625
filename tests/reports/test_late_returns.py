"""Which day of sale a return is booked by, and when nobody but its sale can tell."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Link
from mappings.vat import TaxSystem, rate_changes, rates_between
from reports.late_returns import Evidence, Products, decide, first_day, uncovered

NEW_YEAR = date(2026, 1, 1)
DECEMBER, FEBRUARY = date(2025, 12, 20), date(2026, 2, 5)
SHIRT, MUG = Item(ref="shirt", article="S", vat_rate="20"), Item(ref="mug", article="M", vat_rate="10")
TWO_RATES = frozenset({Decimal(20), Decimal(22)})


def products(*links: Link, tax_system: TaxSystem = "general") -> Products:
    keys = [ProductKey(key="S", article="S"), ProductKey(key="M", article="M")]
    return Products(keys=keys, catalogue=Catalogue([SHIRT, MUG], links), tax_system=tax_system)


def decided(known: Evidence, covered: Sequence[tuple[date, date]] = (), setting: Any = "ask") -> tuple[str, str]:
    return decide(known, products(), 0, (DECEMBER, FEBRUARY), covered, setting)


@pytest.mark.parametrize(
    ("first", "last", "rates"),
    [
        (DECEMBER, date(2025, 12, 31), {20}), (DECEMBER, NEW_YEAR, {20, 22}), (NEW_YEAR, FEBRUARY, {22}),
        (date(2018, 12, 31), NEW_YEAR, {18, 20, 22}), (date(2003, 11, 1), date(2004, 1, 10), {18}),
    ],
)  # fmt: skip
def test_the_rates_of_a_time_are_those_in_force_on_some_of_its_days(first: date, last: date, rates: set[int]) -> None:
    assert rates_between(first, last, "general") == {Decimal(rate) for rate in rates}


def test_without_vat_nothing_ever_changes() -> None:
    assert rate_changes("usn") == ()
    assert rates_between(DECEMBER, FEBRUARY, "general", "usn") == {None}
    assert rates_between(date(2024, 12, 1), FEBRUARY, "general", "usn_vat5") == {None, Decimal(5)}


def test_a_return_was_sold_since_its_order_or_within_the_window() -> None:
    assert first_day(FEBRUARY, "2025-12-20", 90) == DECEMBER
    assert first_day(FEBRUARY, "", 90) == date(2025, 11, 7)
    assert first_day(FEBRUARY, "2026-02-06", 30) == date(2026, 1, 6)  # an order after its return says nothing


def test_only_items_whose_rate_changed_are_a_question() -> None:
    assert products().open_rates(0, DECEMBER, FEBRUARY) == TWO_RATES
    assert products().open_rates(0, NEW_YEAR, FEBRUARY) == frozenset()
    assert products().open_rates(1, DECEMBER, FEBRUARY) == frozenset()
    assert products(tax_system="usn").open_rates(0, DECEMBER, FEBRUARY) == frozenset()


def test_a_product_that_was_another_item_when_it_may_have_been_sold_is_a_question_too() -> None:
    was_shirt = Link(key="M", item="shirt", valid_to=date(2025, 12, 31))
    assert products(was_shirt).open_rates(1, DECEMBER, FEBRUARY) == TWO_RATES


def test_the_sale_counts_more_than_a_choice_and_a_choice_more_than_candidates() -> None:
    all_known = Evidence(rates=TWO_RATES, sale="2025-12-24", chosen="2026-01-10", candidates=["2025-12-27"])
    assert decided(all_known) == ("by_sale", "2025-12-24")
    assert decided(Evidence(rates=TWO_RATES, chosen="2026-01-10", candidates=["2025-12-27"])) == (
        "chosen",
        "2026-01-10",
    )
    assert decided(Evidence()) == ("certain", "")


def test_candidates_decide_only_where_they_agree_and_no_sale_can_be_missing() -> None:
    before = Evidence(rates=TWO_RATES, candidates=["2025-12-22", "2025-12-27"])
    weeks = [(date(2026, 1, 20), date(2026, 2, 28)), (date(2025, 12, 29), date(2026, 1, 19))]
    assert decided(before, weeks) == ("by_candidates", "2025-12-27")
    assert decided(before, weeks[:1]) == ("waiting", "")
    assert decided(before) == ("waiting", "")
    after = Evidence(rates=TWO_RATES, candidates=["2026-01-22"])
    assert decided(after, weeks) == ("waiting", "")  # December before the 29th is in no report
    assert decided(after, [*weeks, (date(2025, 12, 1), date(2025, 12, 28))]) == ("by_candidates", "2026-01-22")
    both = Evidence(rates=TWO_RATES, candidates=["2025-12-27", "2026-01-22"])
    assert decided(both, [(DECEMBER, FEBRUARY)]) == ("waiting", "")


@pytest.mark.parametrize(
    ("sales", "reports", "gaps"),
    [
        ([], [], [(DECEMBER, FEBRUARY)]),
        (["2025-12-27"], [], [(NEW_YEAR, FEBRUARY)]),
        (["2026-01-22"], [], [(DECEMBER, date(2025, 12, 31))]),
        (["2025-12-27", "2026-01-22"], [(date(2025, 12, 1), date(2025, 12, 31))], [(NEW_YEAR, FEBRUARY)]),
        (
            ["2025-12-27"],
            [(date(2026, 1, 5), date(2026, 1, 11)), (date(2026, 1, 6), date(2026, 1, 7)), (date(2026, 2, 1), FEBRUARY)],
            [(NEW_YEAR, date(2026, 1, 4)), (date(2026, 1, 12), date(2026, 1, 31))],
        ),
        (["2025-12-27"], [(date(2026, 3, 1), date(2026, 3, 31))], [(NEW_YEAR, FEBRUARY)]),
        (["2025-12-27"], [(date(2025, 1, 1), date(2026, 12, 31)), (date(2026, 3, 1), date(2026, 3, 31))], []),
    ],
)  # fmt: skip
def test_a_sale_may_hide_on_days_at_another_rate_that_no_report_covers(
    sales: list[str], reports: list[tuple[date, date]], gaps: list[tuple[date, date]]
) -> None:
    assert uncovered(sales, products(), 0, (DECEMBER, FEBRUARY), reports) == gaps


def test_what_nobody_knows_waits_unless_the_account_takes_the_day_of_return() -> None:
    assert decided(Evidence(rates=TWO_RATES)) == ("waiting", "")
    assert decided(Evidence(rates=TWO_RATES), setting="return_day") == ("return_day", "")
