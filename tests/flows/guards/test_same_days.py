"""The same days or the same rows twice: which of two reports stands, and which is held."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bridge.errors import BadInput
from reports.reading.workbook import workbook_tables
from tests.flows.guards.conftest import MONDAY, Desk, Report, codes, week
from tests.samples import ozon, wildberries_files
from tests.samples.book import write_table
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

# --- the same days ----------------------------------------------------------------------------------------------------


def day_of(whole: Week, day: date, number: str) -> Week:
    """The daily report of one day of a week: the rows of that day."""
    made = Week("2026", number, day)
    made.end = day
    made.rows = [row for row in whole.rows if row["sale_dt"] == str(day)]
    return made


def test_a_daily_report_inside_a_weekly_one_cannot_be_booked_as_well(desk: Desk) -> None:
    whole = week(0, sales=30)
    desk.json(whole)
    found = desk.json(day_of(whole, MONDAY, "70031"))
    assert codes(found) == {"periods_overlap"}
    (told,) = [each["message"] for each in found["problems"] if each["code"] == "periods_overlap"]
    assert told == (
        "Эти дни уже есть в другом отчёте: отчёт 640118822 за 2026-02-02..2026-02-08, дни 2026-02-02..2026-02-02"
    )


def test_a_weekly_report_over_booked_days_is_not_booked_whatever_a_person_says(desk: Desk) -> None:
    whole = week(0, sales=30)
    desk.state(desk.json(day_of(whole, MONDAY, "70031")), "posted")
    found = desk.json(whole)
    assert codes(found) == {"days_taken"}
    with pytest.raises(BadInput):
        desk.confirm(found, "days_taken")


def test_of_two_open_reports_the_chosen_one_stands_and_the_other_is_held(desk: Desk) -> None:
    whole = week(0, sales=30)
    daily = desk.json(day_of(whole, MONDAY, "70031"))
    weekly = desk.json(whole)
    assert (codes(desk.now(daily["id"])), codes(weekly)) == (set(), {"periods_overlap"})
    assert codes(desk.confirm(weekly, "periods_overlap")) == set()
    assert codes(desk.now(daily["id"])) == {"days_taken"}


def test_reports_of_one_week_with_different_rows_stand_side_by_side(desk: Desk) -> None:
    desk.xlsx(week(0), MONDAY, MONDAY + timedelta(days=6))
    assert codes(desk.xlsx(week(0, shift=500), MONDAY, MONDAY + timedelta(days=6))) == set()


def test_main_and_buyout_reports_of_one_week_stand_side_by_side(desk: Desk) -> None:
    desk.json(week(0))
    buyout = Week("2026", "640118999", MONDAY, buyout=True)
    buyout.charge("delivery_rub", "Логистика", "35.00", good=GOODS[5])
    buyout.close()
    assert codes(desk.json(buyout)) == set()


def test_a_report_of_a_type_that_nobody_knows_is_held(desk: Desk) -> None:
    found = desk.json(week(0), lambda row: row.update(reportType=4))
    (told,) = [each for each in found["problems"] if each["code"] == "type_unknown"]
    assert (told["message"], found["state"]) == ("Неизвестный тип отчёта «4»", "held")


def test_rows_of_one_week_under_two_numbers_are_held(desk: Desk) -> None:
    whole = week(0)
    desk.json(whole)
    again = Week("2026", "640119000", MONDAY)
    again.rows = [*whole.rows[:6], *week(0, shift=900).rows]
    assert codes(desk.json(again)) == {"periods_overlap"}


def test_a_replaced_issue_takes_no_days(desk: Desk) -> None:
    desk.json(week(0))
    assert codes(desk.json(week(0, sales=9), correction=True)) == set()


def month(desk: Desk, number: str, rows: int) -> Report:
    """Import Ozon's realization report of one month under a number."""
    path = desk.folder / f"{number}.json"
    ozon.write_json(ozon.Month("new", number, date(2025, 10, 1), rows=rows), path)
    return desk.take(path, "ozon")


def test_a_month_of_ozon_has_one_realization_report(desk: Desk) -> None:
    assert codes(month(desk, "12700840", 6)) == set()
    assert codes(month(desk, "12700999", 7)) == {"periods_overlap"}


def test_accruals_of_overlapping_days_exclude_each_other(desk: Desk) -> None:
    (path,) = sorted((Path(__file__).parents[2] / "samples" / "ozon" / "accruals").glob("2025*.xlsx"))[:1]
    whole = desk.take(path, "ozon")
    half = desk.folder / "half.xlsx"
    table = workbook_tables(path)[0]
    rows = [cells for number, cells in table.rows() if number != 8]
    write_table(half, rows)  # type: ignore[arg-type]
    day = whole["period_from"]
    found = desk.take(half, "ozon", period_from=day, period_to=day)
    assert "periods_overlap" in codes(found)


def test_a_register_is_in_nobodys_way(desk: Desk) -> None:
    made = week(0)
    for place, weeks in enumerate(([made], [made, week(1)])):
        path = desk.folder / f"register{place}.xlsx"
        wildberries_files.write_register("2026", weeks, path)
        assert codes(desk.take(path)) == set()


HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип\n"


def sale(day: int, article: str = "A-1") -> str:
    return f"{article};;Чайник;1;100;100,00;10,00;2025-08-{day:02};Продажа\n"


def test_a_day_of_the_general_table_inside_its_month_is_held_and_other_sales_are_not(desk: Desk) -> None:
    def take(name: str, text: str) -> Report:
        path = desk.folder / name
        path.write_text(HEADER + text, "utf-8")
        return desk.take(path, "other")

    take("month.csv", sale(1) + sale(2) + sale(3) + sale(9))
    assert codes(take("day.csv", sale(2) + sale(3))) == {"periods_overlap"}
    assert codes(take("shop.csv", sale(2, "B-2") + sale(3, "B-2"))) == set()


# --- two cabinets -----------------------------------------------------------------------------------------------------


TOLD = " Те же строки уже загружены в учётную запись «wb»: проверьте, чей это кабинет."


def test_a_report_says_that_another_cabinet_has_its_rows_and_is_not_held_for_it(desk: Desk) -> None:
    first = desk.json(week(0))
    second = desk.take(desk.folder / "640118822.json", "wb-2")
    assert codes(second) == set()
    assert second["explain"].endswith(TOLD)
    assert not desk.now(first["id"])["explain"].endswith(TOLD)
    assert not desk.json(week(1))["explain"].endswith(TOLD)
