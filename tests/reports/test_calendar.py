"""Which reports are expected in which period, and how those that were received fill the calendar."""

from datetime import date
from decimal import Decimal

import pytest

from reports.calendar import Known, Listed, State, periods, slots
from reports.profile import Calendar, profiles

WEEK = (date(2026, 8, 3), date(2026, 8, 9))
WEEKLY, MONTHLY = "wildberries/weekly_detail", "ozon/realization"
TODAY = date(2026, 8, 31)


def known(number: str = "", kind: str = "", state: State = "ready", days: tuple[date, date] = WEEK) -> Known:
    return Known(
        id=f"id-{number}{kind}{state}", number=number, type=kind, state=state, days=days, problems=0,
        payout=Decimal("1.00"),
    )  # fmt: skip


def listed(number: str, kind: str) -> Listed:
    return Listed(number=number, type=kind, days=WEEK)


def one_week(have: list[Known], told: list[Listed], today: date = TODAY) -> list[tuple[str, str, str]]:
    found = slots(profiles()[WEEKLY], have, told, WEEK[0], WEEK[0], today)
    return [(slot.type, slot.number, slot.state) for slot in found]


def test_weeks_go_from_monday_to_sunday_and_cover_every_day() -> None:
    found = list(periods("week", date(2025, 12, 31), date(2026, 1, 5)))
    assert found == [(date(2025, 12, 29), date(2026, 1, 4)), (date(2026, 1, 5), date(2026, 1, 11))]


def test_months_are_whole_calendar_months() -> None:
    found = list(periods("month", date(2025, 12, 15), date(2026, 2, 1)))
    assert [ends for _, ends in found] == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]


def test_a_main_report_is_missed_every_week_from_the_day_it_is_due() -> None:
    assert one_week([], [], date(2026, 8, 10)) == [("main", "", "not_due")]
    assert one_week([], [], date(2026, 8, 11)) == [("main", "", "missing")]


def test_a_buyout_is_expected_where_the_register_lists_it() -> None:
    told = [listed("101", "main"), listed("102", "buyout")]
    assert one_week([known("101", "main")], told) == [("buyout", "102", "missing"), ("main", "101", "ready")]
    assert one_week([known("101", "main"), known("102", "buyout", "posted")], told) == [
        ("buyout", "102", "posted"),
        ("main", "101", "ready"),
    ]


def test_a_buyout_that_nobody_listed_is_shown_beside_the_main_report() -> None:
    assert one_week([known("102", "buyout")], []) == [("main", "", "missing"), ("buyout", "102", "ready")]


def test_a_report_of_unknown_type_or_number_takes_the_place_that_is_free() -> None:
    assert one_week([known("", "")], [listed("101", "main")]) == [("main", "", "ready")]
    assert one_week([known("7", "")], []) == [("main", "7", "ready")]


def test_a_report_with_another_number_does_not_stand_for_a_listed_one() -> None:
    found = one_week([known("7", "main")], [listed("101", "main")])
    assert found == [("main", "101", "missing"), ("main", "7", "ready")]


def test_a_reversed_report_counts_only_until_a_new_one_comes() -> None:
    old, new = known("101", "main", "reversed"), known("101", "main", "held")
    assert one_week([old], []) == [("main", "101", "reversed")]
    assert one_week([old, new], []) == [("main", "101", "held")]


def test_a_month_is_filled_by_its_report_and_the_next_one_waits() -> None:
    july = known("5", days=(date(2026, 7, 1), date(2026, 7, 31)), state="confirmed")
    found = list(slots(profiles()[MONTHLY], [july], [], date(2026, 7, 10), date(2026, 9, 2), date(2026, 9, 2)))
    assert [(slot.period_from, slot.due, slot.state) for slot in found] == [
        (date(2026, 7, 1), date(2026, 8, 5), "confirmed"),
        (date(2026, 8, 1), date(2026, 9, 5), "not_due"),
        (date(2026, 9, 1), date(2026, 10, 5), "not_due"),
    ]
    assert found[0].report == july.id


def test_an_optional_report_is_shown_and_never_missed() -> None:
    found = list(slots(profiles()["fns/upd"], [known("У-1", "upd")], [], WEEK[0], TODAY, TODAY))
    assert [(slot.number, slot.state) for slot in found] == [("У-1", "ready")]


def test_a_profile_without_a_calendar_expects_nothing() -> None:
    assert list(slots(profiles()["wildberries/register"], [known()], [], WEEK[0], TODAY, TODAY)) == []


@pytest.mark.parametrize("name", [name for name, profile in profiles().items() if profile.calendar])
def test_calendars_of_profiles_are_sensible(name: str) -> None:
    chosen = profiles()[name].calendar
    assert isinstance(chosen, Calendar)
    assert 0 < chosen.after <= 31
    assert not chosen.listed_by or profiles()[chosen.listed_by].facts is not None
