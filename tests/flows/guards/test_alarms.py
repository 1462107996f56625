"""Alarms that compare a report with others: another unit, another sign, fewer rows, columns that are gone."""

from decimal import Decimal

import pytest

from bridge.db import tables
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.view_report import list_reports
from tests.flows.guards.conftest import PERCENTS, Desk, Report, all_money, codes, named, scaled, week
from tests.samples import wildberries_files
from tests.samples.book import write_table

# --- scale ------------------------------------------------------------------------------------------------------------


def test_percentages_that_were_fractions_before_stop_and_are_named(desk: Desk) -> None:
    desk.json(week(0), scaled(Decimal("0.01"), *PERCENTS))
    assert codes(desk.json(week(1), scaled(Decimal("0.01"), *PERCENTS))) == set()
    found = desk.json(week(2))
    assert codes(found) == {"scale_changed"}
    assert {each.split(" (")[0] for each in named(found, "scale_changed")} == set(PERCENTS)
    told = next(each for each in found["problems"] if each["column"].startswith("commissionPercent"))
    assert told["message"] == (
        "Колонка «commissionPercent (Продажа)» изменила масштаб: в среднем было 0.17, стало 17.50 (значений 8)"
    )
    assert found["state"] == "held"


def test_money_a_hundred_times_larger_in_all_columns_stops_although_every_row_ties(desk: Desk) -> None:
    desk.json(week(0))
    found = desk.json(week(1), all_money)
    assert codes(found) == {"scale_changed"}
    assert all(check["ok"] for check in found["checks"])
    fields = {each.split(" (")[0] for each in named(found, "scale_changed")}
    assert {"retailAmount", "forPay", "deliveryService", "vw"} <= fields


def test_a_newer_issue_is_compared_with_the_one_that_it_corrects(desk: Desk) -> None:
    desk.state(desk.json(week(0)), "posted")
    assert codes(desk.json(week(0), all_money, correction=True)) == {"scale_changed"}


def test_a_charge_that_turned_negative_stops_and_is_named(desk: Desk) -> None:
    desk.json(week(0))
    found = desk.json(week(1), scaled(Decimal(-1), "deliveryService"))
    assert codes(found) == {"sign_flipped"}
    assert named(found, "sign_flipped") == ["deliveryService (Логистика)"]


def test_a_held_week_is_no_measure_for_the_next_one(desk: Desk) -> None:
    desk.json(week(0))
    desk.json(week(1), all_money)
    assert codes(desk.json(week(2), all_money)) == {"scale_changed"}
    assert codes(desk.json(week(3))) == set()


def test_a_confirmed_week_is_the_new_measure(desk: Desk) -> None:
    desk.json(week(0))
    changed = desk.json(week(1), all_money)
    later = desk.json(week(2), all_money)
    assert codes(desk.confirm(changed, "scale_changed")) == set()
    assert codes(desk.now(later["id"])) == set()


def test_a_column_of_a_table_that_is_gone_is_named_with_its_rows_and_sum(desk: Desk) -> None:
    before, after = week(0), week(1)
    for made in (before, after):
        made.charge("payment_schedule", "Разовое изменение срока перечисления денежных средств", "99.90")
    desk.xlsx(before, before.start, before.end)
    path = desk.folder / f"detail_{after.number}_{after.start}_{after.end}.xlsx"
    rows = wildberries_files.detail_table(after)
    place = rows[0].index("Разовое изменение срока перечисления денежных средств")
    write_table(path, [row[:place] + row[place + 1 :] for row in rows[:-1]])
    found = desk.take(path)
    assert codes(found) == {"column_gone"}
    (told,) = [each["message"] for each in found["problems"] if each["code"] == "column_gone"]
    assert told.endswith("в прошлом отчёте было строк не меньше 1, сумма 99.90")


def test_a_column_of_words_that_is_gone_is_missed_too_and_once(desk: Desk) -> None:
    def without(place: int, *headers: str) -> Report:
        made = week(place)
        rows = wildberries_files.detail_table(made)
        kept = [number for number, header in enumerate(rows[0]) if header not in headers]
        path = desk.folder / f"detail_{made.number}_{made.start}_{made.end}.xlsx"
        write_table(path, [[row[number] for number in kept] for row in rows])
        return desk.take(path)

    scheme = "Способы продажи и тип товара"
    assert codes(without(0)) == set()
    found = without(1, scheme)
    assert (codes(found), named(found, "column_gone")) == ({"column_gone"}, [scheme])
    (told,) = [each["message"] for each in found["problems"] if each["code"] == "column_gone"]
    assert told == f"Пропала колонка «{scheme}»: в прошлом отчёте было строк 16"
    assert codes(desk.confirm(found, "column_gone")) == set()
    assert codes(without(2, scheme)) == set()


# --- confirming -------------------------------------------------------------------------------------------------------


def test_a_confirmation_keeps_who_when_why_and_what(desk: Desk) -> None:
    desk.json(week(0))
    found = desk.json(week(1), scaled(Decimal(-1), "deliveryService"))
    now = desk.confirm(found, "sign_flipped", reason="маркетплейс сменил знак, письмо от 1 февраля")
    assert codes(now) == set()
    (kept,) = now["confirmed"]
    assert (kept["code"], kept["who"], kept["reason"]) == (
        "sign_flipped", "anna", "маркетплейс сменил знак, письмо от 1 февраля",
    )  # fmt: skip
    (told,) = [each["message"] for each in found["problems"] if each["code"] == "sign_flipped"]
    assert kept["message"] == told
    assert kept["at"].endswith("+00:00")
    assert now["digest"] != found["digest"]
    assert desk.confirm(now, "sign_flipped")["confirmed"] == now["confirmed"]
    with desk.database.read() as connection:
        events = connection.execute(tables.events.select().where(tables.events.c.what == "report_confirmed")).all()
    assert [(event.who, event.subject) for event in events] == [("anna", found["id"])]


def test_a_confirmation_holds_only_while_the_finding_is_the_same(desk: Desk) -> None:
    first = desk.json(week(0))
    found = desk.json(week(1), scaled(Decimal(-1), "deliveryService"))
    assert codes(desk.confirm(found, "sign_flipped")) == set()
    desk.json(week(0, sales=7), correction=True)
    assert desk.now(first["id"])["state"] == "superseded"
    assert codes(desk.now(found["id"])) == {"sign_flipped"}


def test_what_ties_not_cannot_be_confirmed(desk: Desk) -> None:
    found = desk.json(week(0), scaled(Decimal(100), "forPay"))
    assert "row_formula" in codes(found)
    with pytest.raises(BadInput, match="Подтвердить нельзя: row_formula"):
        desk.confirm(found, "row_formula")
    with pytest.raises(BadInput, match="причину"):
        desk.confirm(found, "sign_flipped", reason=" ")
    with pytest.raises(BadInput, match="какие"):
        desk.confirm(found)
    with pytest.raises(Conflict, match="rows_fewer"):
        desk.confirm(found, "rows_fewer")
    with pytest.raises(NotFound):
        desk.confirm({"id": "nothing"}, "rows_fewer")
    desk.state(found, "posted")
    with pytest.raises(Conflict, match="проведён"):
        desk.confirm(found, "sign_flipped")


# --- fewer rows -------------------------------------------------------------------------------------------------------


def test_a_new_issue_with_fewer_rows_stops_with_both_counts(desk: Desk) -> None:
    desk.json(week(0, sales=8))
    found = desk.json(week(0, sales=7), correction=True)
    assert codes(found) == {"rows_fewer"}
    (told,) = [each for each in found["problems"] if each["code"] == "rows_fewer"]
    assert told["message"].endswith("было 16, стало 14")
    assert codes(desk.confirm(found, "rows_fewer")) == set()


def test_an_issue_between_two_longer_ones_is_still_measured_by_the_longest(desk: Desk) -> None:
    desk.json(week(0, sales=8))
    desk.json(week(0, sales=5), correction=True)
    found = desk.json(week(0, sales=6), correction=True)
    (told,) = [each["message"] for each in found["problems"] if each["code"] == "rows_fewer"]
    assert told.endswith(": было 16, стало 12")


def test_a_shorter_issue_of_a_posted_report_stops_too(desk: Desk) -> None:
    desk.state(desk.json(week(0, sales=8)), "posted")
    assert "rows_fewer" in codes(desk.json(week(0, sales=7), correction=True))


def test_a_new_issue_with_more_rows_is_no_alarm(desk: Desk) -> None:
    desk.json(week(0, sales=8))
    assert codes(desk.json(week(0, sales=9), correction=True)) == set()


def test_a_list_of_reports_tells_confirmations(desk: Desk) -> None:
    desk.json(week(0))
    items = list_reports(desk.database, desk.settings, None, None, 10, None)["items"]
    assert [each["confirmed"] for each in items] == [[]]
