"""What a report says does not depend on the order of its rows or the name of its file, but on every row of it."""

import json
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.reports.broken import Sheet, detail, put, sales
from tests.reports.reader import Read, content, read
from tests.samples import generic, ozon, wildberries_files
from tests.samples.book import sheet_xml, write_book, write_table
from tests.samples.wildberries import Week, fill

NAME = "detail_467990214_2025-09-01_2025-09-07.xlsx"


def wildberries(folder: Path, table: Sheet, name: str = NAME) -> Read:
    write_table(folder / "file.xlsx", table)
    return read(folder / "file.xlsx", "wildberries", name=name)


def general(folder: Path, table: Sheet, name: str = "month.xlsx") -> Read:
    write_table(folder / "file.xlsx", table)
    return read(folder / "file.xlsx", "generic", name=name)


def mark(found: Read) -> str:
    assert found.summary
    return found.summary.content


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_say_the_same(tmp_path: Path, seed: int) -> None:
    head, *rows = wildberries_files.detail_table(fill(Week("2025", "467990214", date(2025, 9, 1))))
    shuffled = random.Random(seed).sample(rows, len(rows))
    one, other = wildberries(tmp_path, [head, *rows]), wildberries(tmp_path, [head, *shuffled])
    assert mark(one) == mark(other)
    assert content(one) == content(other)


def test_shuffled_columns_say_the_same(tmp_path: Path) -> None:
    table = wildberries_files.detail_table(fill(Week("2025", "467990214", date(2025, 9, 1))))
    order = random.Random(1).sample(range(len(table[0])), len(table[0]))
    one, other = wildberries(tmp_path, table), wildberries(tmp_path, [[row[place] for place in order] for row in table])
    assert mark(one) == mark(other)
    assert content(one) == content(other)


def test_another_file_name_changes_only_what_it_says(tmp_path: Path) -> None:
    table = wildberries_files.detail_table(fill(Week("2025", "467990214", date(2025, 9, 1))))
    one, other = wildberries(tmp_path, table), wildberries(tmp_path, table, "отчёт (2) копия.xlsx")
    assert mark(one) == mark(other)
    said: list[dict[str, Any]] = [content(one), content(other)]
    assert said[1]["number"] == ""
    assert said[0] | {"number": ""} == said[1]


def test_two_equal_rows_are_two_operations(tmp_path: Path) -> None:
    once, twice = general(tmp_path, sales()), general(tmp_path, [*sales(), sales()[1]])
    assert len(twice.lines) == len(once.lines) + 1
    assert content(twice)["totals"]["sale.sale"]["count"] == "4"
    assert content(once)["totals"]["sale.sale"]["count"] == "3"
    assert mark(once) != mark(twice)
    assert twice.lines[0].mark == twice.lines[-1].mark


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Артикул", "ДРУГОЙ-1"), ("Количество", 9), ("Сумма", Decimal("1.01")), ("Вознаграждение", Decimal("0.01")),
        ("Дата", date(2026, 2, 27)), ("Тип", "Возврат"),
    ],
)  # fmt: skip
def test_every_cell_that_matters_changes_the_content(tmp_path: Path, header: str, value: Any) -> None:
    changed = sales()
    changed[1][generic.HEADERS.index(header)] = value
    assert mark(general(tmp_path, sales())) != mark(general(tmp_path, changed))


def test_exchanging_two_products_changes_the_content(tmp_path: Path) -> None:
    changed = sales()
    changed[1][:3], changed[2][:3] = changed[2][:3], changed[1][:3]
    for row in (1, 2):
        changed[row][7] = sales()[1][7]
    same_day = sales()
    same_day[2][7] = same_day[1][7]
    assert mark(general(tmp_path, same_day)) != mark(general(tmp_path, changed))


def test_fractions_of_a_kopeck_are_summed_before_they_are_rounded(tmp_path: Path) -> None:
    table = sales()
    for row in table[1:]:
        row[5:7] = [Decimal("33.333"), Decimal("1.005")]
    told = content(general(tmp_path, table))
    assert told["totals"]["sale.sale"]["amount"] == "99.999"
    assert told["totals"]["sale.sale"]["commission"] == "3.015"
    assert told["checks"]["column_amount"] == "100.00"
    assert told["payout"] == "96.984"


def test_a_row_with_a_problem_gives_no_line_and_is_counted_as_unknown(tmp_path: Path) -> None:
    found = wildberries(tmp_path, put(detail(), 3, "Обоснование для оплаты", "Надбавка"))
    assert found.summary
    assert {line.row for line in found.lines} == {2, 4}
    assert (found.summary.rows_total, found.summary.rows_used, found.summary.rows_unknown) == (3, 2, 1)


def test_a_row_held_for_its_product_is_in_no_total(tmp_path: Path) -> None:
    table = sales()
    table[1][:3] = ["", "", ""]
    found = general(tmp_path, table)
    assert found.codes() == ["product_missing"]
    assert found.summary
    assert found.summary.totals["sale.sale"].count == len(found.lines) == 2
    results, _ = found.checks()
    assert [check.code for check in results if not check.ok] == ["rows", "column_amount", "column_commission"]


def test_every_wrong_row_is_reported_not_only_the_first(tmp_path: Path) -> None:
    table = sales()
    for row in table[1:]:
        row[5] = "abc"
    found = general(tmp_path, table)
    assert [(problem.code, problem.row) for problem in found.problems[:3]] == [
        ("number_broken", row) for row in (2, 3, 4)
    ]


def test_an_article_that_begins_like_a_total_is_still_a_sale(tmp_path: Path) -> None:
    table = sales()
    table[1][0] = "Итоговая доска"
    assert len(general(tmp_path, table).lines) == 3


def test_a_profile_may_be_named_by_the_user(tmp_path: Path) -> None:
    write_table(tmp_path / "month.xlsx", sales())
    found = read(tmp_path / "month.xlsx", "wildberries", profile="generic")
    assert found.summary and found.summary.profile == "generic"
    assert read(tmp_path / "month.xlsx", "megamarket").summary


def test_what_the_user_states_comes_first(tmp_path: Path) -> None:
    write_table(tmp_path / NAME, detail())
    given = {"number": "7", "date": "2025-09-09", "period_from": "2025-09-02", "period_to": "2025-09-08"}
    told = content(read(tmp_path / NAME, "wildberries", **given))
    assert (told["number"], told["date"], told["period"]) == ("7", "2025-09-09", ["2025-09-02", "2025-09-08"])


def test_a_report_whose_group_row_was_cut_off_is_bound_by_order(tmp_path: Path) -> None:
    month = ozon.Month("new", "12700840", date(2025, 10, 1), rows=6)
    rows = ozon.realization_rows(month)
    rows[14][:5] = rows[13][:5]
    cut = {number: cells for number, cells in rows.items() if number > 13 or number < 5}
    write_book(tmp_path / "month.xlsx", {"Лист 1": sheet_xml(cut)})
    told = content(read(tmp_path / "month.xlsx", "ozon"))
    assert Decimal(told["payout"]) == month.net("total")


def test_a_column_without_a_header_that_holds_values_holds_the_report(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    head = "Артикул;Количество;Сумма;Вознаграждение;Дата;Тип;\n"
    path.write_text(head + "A-1;1;100;10;2025-08-01;Продажа;\nA-2;1;100;10;2025-08-01;Продажа;7,50\n", "utf-8")
    found = read(path, "generic")
    (problem,) = found.problems
    assert (problem.code, problem.row, problem.column, problem.found) == ("column_unknown", 3, "G", "7,50")
    assert problem.message == "Неизвестная колонка «G»: строк 1, сумма 7.50"


def test_a_row_of_an_api_met_again_on_an_overlapping_page_counts_once(tmp_path: Path) -> None:
    (path,) = (Path(__file__).parent.parent / "samples/wildberries/weekly_detail").glob("2025_fin.json")
    rows = json.loads(path.read_text("utf-8"))
    again = tmp_path / "pages.json"
    again.write_text(json.dumps(rows + rows[:5], ensure_ascii=False), "utf-8")
    once, twice = read(path, "wildberries"), read(again, "wildberries")
    assert once.summary and twice.summary
    assert (twice.summary.totals, twice.summary.content) == (once.summary.totals, once.summary.content)
    assert twice.summary.rows_ignored["повтор строки"] == 5


@pytest.mark.parametrize(("said", "currency"), [("руб", "RUB"), ("RUB", "RUB"), ("KZT", "KZT")])
def test_the_rows_of_wildberries_say_the_currency(tmp_path: Path, said: str, currency: str) -> None:
    (path,) = (Path(__file__).parent.parent / "samples/wildberries/weekly_detail").glob("2025_fin.json")
    rows = [row | {"currency": said} for row in json.loads(path.read_text("utf-8"))]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    found = read(other, "wildberries")
    assert found.summary
    assert (found.summary.currency, found.problems) == (currency, [])


def test_rows_in_two_currencies_hold_the_report(tmp_path: Path) -> None:
    (path,) = (Path(__file__).parent.parent / "samples/wildberries/weekly_detail").glob("2025_fin.json")
    rows = json.loads(path.read_text("utf-8"))
    rows[3]["currency"] = "KZT"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    (found,) = read(other, "wildberries").problems
    assert (found.code, found.found, found.expected) == ("rows_differ", "KZT", "RUB")


@pytest.mark.parametrize(
    ("header", "currency"), [("Сумма", "RUB"), ("Сумма, руб.", "RUB"), ("Сумма, RUR", "RUB"), ("Сумма, KZT", "KZT")]
)
def test_a_currency_that_only_headers_name_is_that_of_the_report(tmp_path: Path, header: str, currency: str) -> None:
    path = tmp_path / "table.csv"
    head = f"Артикул;Количество;{header};Вознаграждение;Дата;Тип\n"
    path.write_text(head + "A-1;1;100;10;2025-08-01;Продажа\n", "utf-8")
    found = read(path, "generic")
    assert found.summary
    assert (found.summary.currency, found.problems) == (currency, [])


@pytest.mark.parametrize(("pieces", "code"), [("-1", "amount_negative"), ("0", "number_missing")])
def test_pieces_of_a_sale_are_more_than_none(tmp_path: Path, pieces: str, code: str) -> None:
    path = tmp_path / "table.csv"
    head = "Артикул;Количество;Сумма;Вознаграждение;Дата;Тип\n"
    path.write_text(head + f"A-1;{pieces};100;10;2025-08-01;Продажа\n", "utf-8")
    (found,) = read(path, "generic").problems
    assert (found.code, found.column) == (code, "Количество")


def test_the_money_of_an_unknown_operation_shows_in_the_checks(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    head = "Артикул;Количество;Сумма;Вознаграждение;Дата;Тип\n"
    path.write_text(head + "A-1;1;100;10;2025-08-01;Продажа\nA-2;1;70;7;2025-08-01;Обмен\n", "utf-8")
    results, _ = read(path, "generic").checks()
    assert {check.code: check.difference for check in results}["column_amount"] == -70


def test_only_the_first_sheet_with_the_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    table = generic.table(generic.Sales(date(2025, 8, 1), 5))
    write_book(path, {"Первый": sheet_xml(dict(enumerate(table, 1))), "Второй": sheet_xml(dict(enumerate(table, 1)))})
    summary = read(path, "generic").summary
    assert summary is not None
    assert (summary.sheets, summary.skipped_sheets) == (("Первый",), ("Второй",))
