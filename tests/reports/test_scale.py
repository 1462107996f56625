"""A column that changed its meaning is seen beside the periods before; ordinary business is not."""

import random
from decimal import Decimal

import pytest

from reports.lines import Stat, Summary
from reports.measures import Measures, hundredths, measure, measured
from reports.problems import Problem
from reports.profile import profiles
from reports.scale import Period, scale_problems

PROFILE = profiles()["wildberries/weekly_detail"]
PRICES = (149, 390, 590, 990, 1490, 2990, 7990)


def summary(columns: dict[str, list[Decimal]], form: str = "records") -> Summary:
    """Measure values by field, as the parser does."""
    measures = Measures()
    for field, values in columns.items():
        for value in values:
            measure({0: measures.tally(field, "sale", field)}, hundredths([value], [0]))
    return Summary(profile=PROFILE.name, form=form, fields=tuple(columns), stats=measures.stats())


def period(columns: dict[str, list[Decimal]], form: str = "records", **known: bool) -> Period:
    """An earlier report that was posted, unless it is said otherwise."""
    trusted, confirmed = known.get("trusted", True), known.get("confirmed", False)
    return Period(summary=summary(columns, form), trusted=trusted, confirmed=lambda _: confirmed)


def found(before: list[Period], now: dict[str, list[Decimal]], form: str = "records") -> set[tuple[str, str]]:
    """What is said against the present report: code and column."""
    return {(each.code, each.column) for each in problems(before, now, form)}


def problems(before: list[Period], now: dict[str, list[Decimal]], form: str = "records") -> list[Problem]:
    return scale_problems(PROFILE, summary(now, form), before)


def business(chance: random.Random, rows: int) -> dict[str, list[Decimal]]:
    """An ordinary week: other goods, discounts up to a half, tariffs that double, now and then a huge deduction."""
    campaign = Decimal(chance.choice(("0.5", "0.8", "1", "1.3")))
    prices = [Decimal(chance.choice(PRICES)) * campaign for _ in range(rows)]
    fees = [Decimal(chance.randrange(40, 400)) * chance.choice((1, 2)) for _ in range(rows)]
    corrections = [Decimal(chance.randrange(-500, 500)) / 10 for _ in range(chance.randrange(12))]
    return {
        "retail_amount": prices,
        "ppvz_for_pay": [price * Decimal("0.78") for price in prices],
        "delivery_rub": fees,
        "additional_payment": corrections,
        "deduction": [Decimal(chance.choice((200, 900, 5000, 60000))) for _ in range(chance.randrange(8))],
        "penalty": [Decimal(chance.choice((40, 40, 300, 5000))) for _ in range(chance.randrange(4))],
        "commission_percent": [Decimal(chance.choice(("12.5", "17.5", "25"))) for _ in range(rows)],
        "ppvz_spp_prc": [Decimal(chance.randrange(3, 40)) for _ in range(rows)],
    }


@pytest.mark.parametrize("seed", range(12))
def test_a_year_of_ordinary_weeks_raises_no_alarm(seed: int) -> None:
    chance = random.Random(seed)
    weeks = [business(chance, chance.choice((1, 4, 6, 40, 90))) for _ in range(52)]
    for place in range(1, len(weeks)):
        before = [period(week, trusted=False) for week in weeks[max(0, place - 12) : place]]
        assert found(before, weeks[place]) == set(), place


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("factor", [Decimal(100), Decimal("0.01"), Decimal(1000)])
def test_a_change_of_unit_is_seen_whatever_the_week(seed: int, factor: Decimal) -> None:
    chance = random.Random(seed)
    before = [period(business(chance, 30)) for _ in range(6)]
    now = business(chance, 30)
    names = ("retail_amount", "ppvz_for_pay", "delivery_rub", "commission_percent", "ppvz_spp_prc")
    for name in names:
        now[name] = [value * factor for value in now[name]]
    seen = {column.partition(" ")[0] for code, column in found(before, now) if code == "scale_changed"}
    assert seen == set(names)


def test_percentages_that_were_fractions_are_told_with_before_and_now() -> None:
    before = [period({"commission_percent": [Decimal("0.05")] * 9})]
    (told,) = problems(before, {"commission_percent": [Decimal(5)] * 9})
    assert told.message == (
        "Колонка «commission_percent (Продажа)» изменила масштаб: в среднем было 0.05, стало 5.00 (значений 9)"
    )
    assert (told.expected, told.found) == ("0.05", "5.00")


@pytest.mark.parametrize(("before", "now", "alarm"), [(4, 9, False), (9, 4, False), (5, 5, True)])
def test_few_values_have_no_typical_size(before: int, now: int, alarm: bool) -> None:
    old, new = [Decimal(100)] * before, [Decimal(10000)] * now
    assert bool(found([period({"penalty": old})], {"penalty": new})) == alarm


def test_a_size_that_was_seen_within_the_remembered_periods_is_usual() -> None:
    campaign, quiet = {"deduction": [Decimal(50000)] * 6}, {"deduction": [Decimal(100)] * 6}
    assert found([period(campaign), period(quiet)], campaign) == set()
    assert found([period(campaign), *[period(quiet)] * 6], campaign) == {("scale_changed", "deduction (Продажа)")}


def test_one_huge_row_is_no_change_of_unit() -> None:
    ordinary = [Decimal(100)] * 9
    assert found([period({"penalty": ordinary})], {"penalty": [*ordinary, Decimal(10_000_000)]}) == set()


@pytest.mark.parametrize(("negative", "alarm"), [(0, False), (5, False), (8, False), (9, True), (10, True)])
def test_a_sign_has_flipped_when_almost_every_value_turned(negative: int, alarm: bool) -> None:
    now = [Decimal(-100)] * negative + [Decimal(100)] * (10 - negative)
    codes = {code for code, _ in found([period({"delivery_rub": [Decimal(100)] * 10})], {"delivery_rub": now})}
    assert codes == ({"sign_flipped"} if alarm else set())


def test_one_correction_among_the_charges_does_not_hide_a_flipped_sign() -> None:
    usual = {"delivery_rub": [*[Decimal(95)] * 18, Decimal(-17)]}
    flipped = {"delivery_rub": [*[Decimal(-95)] * 18, Decimal(17)]}
    assert found([period(usual)] * 6, flipped) == {("sign_flipped", "delivery_rub (Продажа)")}
    assert found([period(usual)] * 6, usual) == set()


@pytest.mark.parametrize(
    ("now", "alarm"),
    [("81024", "scale_changed"), ("-810.24", "sign_flipped"), ("8.10", "scale_changed"), ("3200", ""), ("190", "")],
)
def test_one_value_a_week_has_a_typical_size_where_it_was_steady(now: str, alarm: str) -> None:
    weeks = [period({"storage_fee": [Decimal(amount)]}) for amount in (803, 1102, 640, 990, 1250, 870)]
    assert {code for code, _ in found(weeks, {"storage_fee": [Decimal(now)]})} == ({alarm} if alarm else set())
    assert found(weeks[1:], {"storage_fee": [Decimal(now)]}) == set()


def test_a_report_that_was_found_out_is_no_measure_until_somebody_lets_it_pass() -> None:
    old, new = {"retail_amount": [Decimal(100)] * 9}, {"retail_amount": [Decimal(10000)] * 9}
    assert found([period(old), period(new, trusted=False)], new)
    assert not found([period(old), period(new, trusted=False, confirmed=True)], new)
    assert not found([period(old), period(new, trusted=True)], new)
    assert not found([period(old), period(new, trusted=False)], old)


def test_percentages_of_a_file_and_of_the_api_are_not_compared_but_money_is() -> None:
    before = [period({"commission_percent": [Decimal("0.05")] * 9, "retail_amount": [Decimal(5)] * 9}, "sheet")]
    now = {"commission_percent": [Decimal(5)] * 9, "retail_amount": [Decimal(500)] * 9}
    assert found(before, now) == {("scale_changed", "retail_amount (Продажа)")}


def test_a_column_that_is_gone_is_missed_in_a_table_only() -> None:
    before, now = {"storage_fee": [Decimal(1)], "srid": [], "penalty": [Decimal(1)]}, {"penalty": [Decimal(1)]}
    assert found([period(before, "sheet")], now, "sheet") == {("column_gone", "storage_fee"), ("column_gone", "Srid")}
    assert found([period(before)], now) == set()
    assert found([period(before, "sheet")], now) == set()


def test_a_field_of_an_older_release_is_not_compared() -> None:
    gone = Stat("no_such_field", "sale", "Старая колонка", 9, 0, 90, 9000)
    old = Period(summary=Summary(profile=PROFILE.name, form="sheet", stats=(gone,)), trusted=True, confirmed=bool)
    assert scale_problems(PROFILE, Summary(profile=PROFILE.name, form="sheet", fields=("penalty",)), [old]) == []


def test_every_row_is_measured_at_first_and_then_every_thirty_second() -> None:
    assert all(map(measured, range(1, 2001)))
    assert sum(map(measured, range(2001, 2001 + 3200))) == 100


def test_what_is_no_number_is_not_measured() -> None:
    assert hundredths(["12,5", "нет", "", None, 0, True], range(6)) == {0: 1250}


def test_stats_are_whole_numbers_in_a_fixed_order() -> None:
    measures = Measures()
    tallies = {1: measures.tally("penalty", "sale", "Штрафы"), 0: measures.tally("deduction", "sale", "Удержания")}
    measures.tally("storage_fee", "sale", "Хранение")
    measure(tallies, {0: -300, 1: Decimal("150.5"), 7: 5})
    assert measures.stats() == (
        Stat("deduction", "sale", "Удержания", 1, 1, 9, -300),
        Stat("penalty", "sale", "Штрафы", 1, 0, 8, 150),
    )
