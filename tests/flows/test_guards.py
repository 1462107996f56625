"""Alarms that compare a report with others: another unit, another sign, fewer rows, the same days twice."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.db import tables
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.confirm_report import confirm_report
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.view_report import list_reports, report_object
from bridge.settings import Settings
from reports.reading.workbook import workbook_tables
from tests.samples import ozon, wildberries_files
from tests.samples.book import write_table
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

MONDAY = date(2026, 2, 2)
Change = Callable[[dict[str, Any]], None]
Report = dict[str, Any]
PERCENTS = ("commissionPercent", "kvw", "kvwBase", "spp")


@pytest.fixture(autouse=True)
def accounts(settings: Settings, database: Database) -> None:
    """One organization with an account of each kind."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    for name, channel in (("wb", "wildberries"), ("ozon", "ozon"), ("other", "generic")):
        account = AccountInput(organization="romashka", channel=channel, title=name)  # type: ignore[arg-type]
        put_account(database, settings, name, account, "test")


class Desk:
    """Imports invented reports into an account, as JSON of the API."""

    def __init__(self, settings: Settings, database: Database, folder: Path) -> None:
        self.settings, self.database, self.folder = settings, database, folder

    def take(self, path: Path, account: str = "wb", **said: Any) -> Report:
        """Import a file and return the report."""
        data = path.read_bytes()
        upload = Upload(path=str(path), name=path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), **said)
        imported = import_report(self.database, self.settings, account, upload, "test", no_progress)
        assert imported.outcome == "created"
        return self.now(imported.report)

    def now(self, uid: str) -> Report:
        """Return the report as it stands now."""
        return report_object(self.database, self.settings, uid)

    def json(self, week: Week, change: Change | None = None, **said: Any) -> Report:
        """Import a week as JSON whose rows were changed."""
        path = self.folder / f"{week.number}.json"
        wildberries_files.write_json(week, path, "fin")
        rows = json.loads(path.read_text("utf-8"))
        for row in rows if change else ():
            assert change
            change(row)
        path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return self.take(path, **said)

    def xlsx(self, week: Week, first: date, last: date) -> Report:
        """Import a week as a workbook whose name tells the number and the period."""
        path = self.folder / f"detail_{week.number}_{first}_{last}.xlsx"
        wildberries_files.write_detail(week, path)
        return self.take(path)

    def confirm(self, report: Report, *codes: str, reason: str = "сверено с кабинетом") -> Report:
        """Confirm findings as the accountant."""
        return confirm_report(self.database, self.settings, report["id"], codes, reason, "anna")

    def state(self, report: Report, state: str) -> None:
        """Set the state of a report aside from its documents."""
        with self.database.write() as connection:
            connection.execute(tables.reports.update().where(tables.reports.c.uid == report["id"]).values(state=state))
            connection.execute(tables.basis.update().values(count=tables.basis.c.count + 1))


@pytest.fixture
def desk(settings: Settings, database: Database, tmp_path: Path) -> Desk:
    """Where reports are imported."""
    return Desk(settings, database, tmp_path)


def week(place: int, *, sales: int = 8, shift: int = 0) -> Week:
    """An ordinary week: sales with their deliveries."""
    made = Week("2026", str(640118822 + place + shift), MONDAY + timedelta(days=7 * place))
    for number in range(sales):
        made.goods("Продажа", "Продажа", GOODS[number % len(GOODS)], spp=number % 3 * 12)
        made.charge("delivery_rub", "Логистика", f"{61 + 7 * number}.50", good=GOODS[number % len(GOODS)])
    made.close()
    return made


def codes(report: Report) -> set[str]:
    """The codes of what was found, unknown products aside."""
    return {each["code"] for each in report["problems"]} - {"products_unlinked"}


def named(report: Report, code: str) -> list[str]:
    """The columns that problems of one code name."""
    return [each["column"] for each in report["problems"] if each["code"] == code]


def scaled(factor: Decimal, *names: str) -> Change:
    """Multiply some fields of a row."""

    def change(row: dict[str, Any]) -> None:
        for name in names:
            text = isinstance(row[name], str)
            value = (Decimal(str(row[name])) * factor).normalize()
            row[name] = f"{value:f}" if text else float(value)

    return change


def all_money(row: dict[str, Any]) -> None:
    """Roubles become kopecks in every column of a row: the API writes money as text with a point."""
    money = [name for name, value in row.items() if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value)]
    scaled(Decimal(100), *money)(row)


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
    (path,) = sorted((Path(__file__).parent.parent / "samples" / "ozon" / "accruals").glob("2025*.xlsx"))[:1]
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


def test_a_list_of_reports_tells_confirmations(desk: Desk) -> None:
    desk.json(week(0))
    items = list_reports(desk.database, desk.settings, None, None, 10, None)["items"]
    assert [each["confirmed"] for each in items] == [[]]
