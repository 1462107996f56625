"""Whatever the rows are: nothing is lost between cells, lines and totals, and a bad cell never breaks the program."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.reports.broken import Sheet, detail, sales
from tests.reports.reader import Read, content, read
from tests.samples import generic, ozon, wildberries_files
from tests.samples.book import sheet_xml, write_book, write_table
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week, fill

FEW = settings(max_examples=25, deadline=None)
money = some.decimals(0, 10**7, places=3)
goods = some.sampled_from(GOODS)


def lines_sum_to_totals(found: Read) -> None:
    """The lines of a report, their rests included, add up to its totals; rows read are rows accounted for."""
    assert found.summary
    sums: dict[str, list[Decimal]] = {}
    for line in found.lines:
        name = f"{line.kind}.{line.section}" if line.section else line.kind
        rest, commission_rest = map(Decimal, line.rest.split() if line.rest else (0, 0))
        parts = (line.amount + rest, Decimal(line.quantity), line.commission + commission_rest, Decimal(1))
        sums[name] = [one + more for one, more in zip(sums.get(name, [Decimal(0)] * 4), parts, strict=True)]
    told = {
        name: [Decimal(total.amount), Decimal(total.quantity), Decimal(total.commission), Decimal(total.count)]
        for name, total in found.summary.totals.items()
    }
    assert sums == told
    summary = found.summary
    assert summary.rows_total == summary.rows_used + sum(summary.rows_ignored.values()) + summary.rows_unknown
    assert summary.problems_total == len(found.problems)


def in_sheet(rows: Sheet, channel: str, name: str = "file.xlsx") -> Read:
    with TemporaryDirectory() as folder:
        write_table(Path(folder) / "file.xlsx", rows)
        return read(Path(folder) / "file.xlsx", channel, name=name)


row = some.tuples(
    goods, some.integers(1, 99), money, money, some.dates(date(2020, 1, 1), date(2030, 1, 1)), some.booleans()
)


@FEW
@given(some.lists(row, min_size=1, max_size=30))
def test_any_general_table_adds_up(rows: list[Any]) -> None:
    made = generic.Sales(date(2026, 2, 1), rows=1)
    made.__dict__ |= {"rows": [], "ledger": type(made.ledger)()}
    for good, quantity, amount, commission, day, returned in rows:
        kind = "Возврат" if returned else "Продажа"
        made.add([good.article, good.barcode, good.name, quantity, None, amount, commission, day, kind])
    found = in_sheet([list(generic.HEADERS), *made.rows], "generic")
    lines_sum_to_totals(found)
    assert content(found) == made.ledger.expected(made.identity())


@FEW
@given(some.randoms(use_true_random=False), some.sampled_from(["2022", "2024", "2025", "2026"]), some.integers(1, 15))
def test_any_wildberries_week_adds_up(chance: random.Random, layout: str, count: int) -> None:
    week = fill(Week(layout, str(chance.randrange(10**8, 10**9)), date(2025, 6, 2)), sales=count)
    found = in_sheet(wildberries_files.detail_table(week), "wildberries", "detail_467990214.xlsx")
    lines_sum_to_totals(found)
    assert content(found)["payout"] == week.ledger.expected({})["payout"]
    assert content(found)["checks"] == week.ledger.expected({})["checks"]


@FEW
@given(some.integers(0, 10**6), some.sampled_from(["old", "new", "orders", "short"]), some.integers(1, 40))
def test_any_ozon_month_adds_up(number: int, layout: str, count: int) -> None:
    month = ozon.Month(layout, str(number), date(2026, 2, 1) + timedelta(days=0), rows=count)
    with TemporaryDirectory() as folder:
        told = ozon.write_realization(month, Path(folder) / "month.xlsx")
        found = read(Path(folder) / "month.xlsx", "ozon")
        lines_sum_to_totals(found)
        assert content(found) == {**told, "date": "2026-02-28", "period": ["2026-02-01", "2026-02-28"]}


junk = some.one_of(
    some.text(
        alphabet=some.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    ),
    some.integers(-(10**20), 10**20),
    some.floats(allow_nan=False, allow_infinity=False),
    some.booleans(),
    some.dates(date(1900, 3, 1)),
    some.sampled_from(["#N/A", "#DIV/0!", "12,3,4", "1e400", "Итого", "Возврат", "-", "\u00a0", "0x1F", "१२"]),
    some.none(),
)
engines = some.sampled_from(["calamine", "openpyxl"])


@settings(max_examples=150, deadline=None)
@given(some.data(), engines)
def test_a_bad_cell_never_breaks_the_reading_of_a_week(data: Any, engine: str) -> None:
    rows = detail()
    place = data.draw(some.tuples(some.integers(0, len(rows) - 1), some.integers(0, len(rows[0]) - 1)))
    rows[place[0]][place[1]] = data.draw(junk)
    with TemporaryDirectory() as folder:
        write_table(Path(folder) / "file.xlsx", rows)
        found = read(Path(folder) / "file.xlsx", "wildberries", engine=engine, name="detail_467990214.xlsx")
    if found.summary:
        lines_sum_to_totals(found)
    else:
        assert found.refused
        assert found.problems


@settings(max_examples=100, deadline=None)
@given(some.data(), engines)
def test_a_bad_cell_never_breaks_the_reading_of_a_month(data: Any, engine: str) -> None:
    rows = ozon.realization_rows(ozon.Month("new", "12700840", date(2025, 10, 1), rows=4))
    cells = rows[data.draw(some.sampled_from(sorted(rows)))]
    if cells:
        cells[data.draw(some.integers(0, len(cells) - 1))] = data.draw(junk)
    with TemporaryDirectory() as folder:
        write_book(Path(folder) / "file.xlsx", {"Лист 1": sheet_xml(rows)})
        found = read(Path(folder) / "file.xlsx", "ozon", engine=engine)
    if found.summary:
        lines_sum_to_totals(found)
        found.checks()
    else:
        assert found.refused
        assert found.problems


@settings(max_examples=100, deadline=None)
@given(some.data())
def test_a_changed_amount_is_never_taken_in_silence(data: Any) -> None:
    """Change one amount of a closed Ozon month: a formula, a sum or a footer must notice it."""
    rows = ozon.realization_rows(ozon.Month("new", "12700840", date(2025, 10, 1), rows=4))
    number = data.draw(some.integers(16, 19))
    column = data.draw(some.sampled_from([5, 6, 7, 12, 13, 14, 15, 16, 19, 20]))
    before = rows[number][column]
    after = data.draw(some.decimals(1, 10**6, places=2).filter(lambda value: value != before))
    rows[number][column] = after
    with TemporaryDirectory() as folder:
        write_book(Path(folder) / "file.xlsx", {"Лист 1": sheet_xml(rows)})
        found = read(Path(folder) / "file.xlsx", "ozon")
    assert found.problems or not all(check.ok for check in found.checks()[0])


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_refused(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    write_table(tmp_path / "good.xlsx", sales())
    content = bytearray((tmp_path / "good.xlsx").read_bytes())
    for _ in range(30):
        content[chance.randrange(len(content))] = chance.randrange(256)
    (tmp_path / "bad.xlsx").write_bytes(content)
    found = read(tmp_path / "bad.xlsx", "generic")
    assert found.refused or found.summary
