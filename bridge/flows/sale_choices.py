"""The queue of returns whose VAT rate waits for their sale: shown with candidates, and answered by a person.

A choice belongs to the returned row (its mark and reference), not to the file it came in: it holds for a newer issue
of the report too. It counts only while the sale itself is not known.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import reports as queries
from bridge.db.catalogue import bump, hold
from bridge.db.events import record
from bridge.db.returned import choice_place
from bridge.db.sales import Living, Place, Sale, places, sales_between, write_choices
from bridge.db.session import Database
from bridge.db.unposted import open_reports
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.checking import page_size, refuse_if, wrong
from bridge.flows.late_returns import Late, LateReturn, late_of, periods, roubles, sale_object, sheet_name
from reports.books import rate_text
from reports.late_returns import Rates, uncovered
from reports.lines import Summary
from reports.problems import Problem

_CANDIDATES = 20
_LOGGED = 1000


class SaleChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which day a returned row of a report was sold; null takes an earlier answer back. ``sheet``: where a file has
    several with such a row."""

    report: str
    row: int
    sheet: str | None = None
    sold_on: date | None


class _Asked(msgspec.Struct, frozen=True):
    """One returned row of one open report."""

    report: Row[Any]
    late: Late
    row: LateReturn

    @property
    def cursor(self) -> str:
        return f"{self.report.id}.{self.row.lines[0]}"

    @property
    def code(self) -> str:
        return self.late.products.keys[self.row.key].key


# --- shown ------------------------------------------------------------------------------------------------------------


def list_returns(
    database: Database, account: str, state: str | None, limit: int = 100,
    cursor: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a page of the returned rows of unposted reports that wait for their sale, or whose day was chosen.

    The oldest report first, rows in the order of the file. ``waiting`` tells count and sum of all that wait, on all
    pages. Raises NotFound.
    """
    size, after = page_size(limit), _after(cursor)
    with database.read() as connection:
        owner = existing_account(connection, account)
        asked = list(_asked(connection, owner.id))
        waiting = [one.row for one in asked if one.row.how == "waiting"]
        wanted = (state,) if state else ("waiting", "chosen")
        mine = [one for one in asked if one.row.how in wanted and (one.report.id, one.row.lines[0]) > after]
        items = _shown(connection, mine[:size])
    return {
        "items": items,
        "next": mine[size - 1].cursor if len(mine) > size else None,
        "waiting": {"count": len(waiting), "amount": roubles(sum(row.amount for row in waiting))},
    }


def _after(cursor: str | None) -> tuple[int, int]:
    if not cursor:
        return 0, 0
    report, _, line = cursor.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (report, line)):
        raise BadInput("Параметр cursor берётся из поля next предыдущего ответа")
    return int(report), int(line)


def _asked(connection: Connection, account_id: int) -> Iterator[_Asked]:
    for found in open_reports(connection, account_id):
        report = queries.find_report(connection, found.uid)
        if report is not None:
            late = late_of(connection, report)
            yield from (_Asked(report, late, row) for row in late.rows)


def _shown(connection: Connection, asked: Sequence[_Asked]) -> list[dict[str, Any]]:
    if not asked:
        return []
    living = {no: one for found in asked for no, one in found.late.living.items()}
    first, last = min(one.row.first for one in asked).isoformat(), max(one.row.day for one in asked)
    sales = sales_between(connection, living, {one.code for one in asked}, first, last)
    near = {
        one.cursor: [sale for sale in sales.get(one.code, ()) if one.row.first.isoformat() <= sale.day <= one.row.day]
        for one in asked
    }
    where = places(connection, {sale for known in near.values() for sale in known[:_CANDIDATES]})
    return [_object(one, near[one.cursor], living, where) for one in asked]


def _object(
    asked: _Asked, sales: Sequence[Sale], living: dict[int, Living], where: dict[tuple[int, int], tuple[int, int]]
) -> dict[str, Any]:
    row, products = asked.row, asked.late.products
    item = products.resolve(row.key, date.fromisoformat(row.sold_on or row.day)).item
    return {
        "report": asked.report.uid, "sheet": sheet_name(_sheets(asked.report), row.sheet), "row": row.row,
        "ref": row.ref, "product": msgspec.to_builtins(products.keys[row.key]), "item": item.ref if item else None,
        "quantity": f"{row.quantity / 1000:g}", "amount": roubles(row.amount), "price": roubles(row.price),
        "date": row.day, "ordered": row.ordered or None, "state": row.how, "sold_on": row.sold_on or None,
        "chosen_by": row.chosen.who if row.chosen else None,
        "candidates": [
            {**sale_object(sale, living, where),
             "vat_rate": _rates(products.rates(row.key, date.fromisoformat(sale.day)))}
            for sale in sales[:_CANDIDATES]
        ],
        "candidates_total": len(sales),
        "reason": _reason(asked, sales),
    }  # fmt: skip


def _reason(asked: _Asked, sales: Sequence[Sale]) -> str:
    """Say why the row waits and which days no report covers, or who answered."""
    row = asked.row
    if row.chosen:
        return f"День продажи {row.sold_on} выбран: {row.chosen.who}"
    since = "день заказа" if row.first.isoformat() == row.ordered else "настройка return_window_days"
    known = f"известных продаж товара за это время: {len(sales)}" if sales else "продаж товара за это время не найдено"
    ref = f"продажи с номером {row.ref} нет в отчётах" if row.ref else "номера отправления в отчёте нет"
    rates = _rates(row.rates)
    days = {sale.day for sale in sales}
    gaps = uncovered(days, asked.late.products, row.key, row.span, periods(asked.late.living))
    missing = ", ".join(f"{first} – {last}" for first, last in gaps)
    missing = f"; нет отчётов за дни {missing}" if gaps else ""
    return f"С {row.first} ({since}) по {row.day} (возврат) действовали ставки {rates} %; {ref}; {known}{missing}"


def _rates(rates: Rates) -> str:
    return ", ".join(sorted(rate_text(rate) for rate in rates))


def _sheets(report: Row[Any]) -> tuple[str, ...]:
    return msgspec.convert(report.summary, Summary).sheets


# --- answered ---------------------------------------------------------------------------------------------------------


def choose_sales(
    database: Database, account: str, choices: Sequence[SaleChoice], who: str
) -> dict[str, int]:  # fmt: skip
    """Write on which days returned rows were sold; all or nothing. Returns how many changed and how many were so.

    Raises NotFound, and BadInput with every problem found.
    """
    with database.write() as connection:
        hold(connection)
        owner = existing_account(connection, account)
        wanted, problems = _checked(connection, owner.id, choices)
        refuse_if(problems, "Дни продажи не приняты")
        changed = {place: choice.sold_on for place, (choice, differs) in wanted.items() if differs}
        if changed:
            write_choices(connection, owner.id, changed, who)
            bump(connection)
            said = [msgspec.to_builtins(choice) for choice, differs in wanted.values() if differs]
            record(connection, who, "sale_choices_put", account, {"count": len(said), "rows": said[:_LOGGED]})
    return {"changed": len(changed), "unchanged": len(wanted) - len(changed)}


_Wanted = dict[Place, tuple[SaleChoice, bool]]


def _checked(connection: Connection, account_id: int, choices: Sequence[SaleChoice]) -> tuple[_Wanted, list[Problem]]:
    """Return the places of the rows with their answers and whether they change anything, and what is wrong."""
    known: dict[str, tuple[Row[Any], Late] | None] = {}
    wanted: _Wanted = {}
    problems: list[Problem] = []
    for entry, choice in enumerate(choices, 1):
        if choice.report not in known:
            known[choice.report] = _report(connection, account_id, choice.report)
        found = known[choice.report]
        row = _row(entry, choice, found) if found else _unknown_report(entry, choice)
        if isinstance(row, Problem):
            problems.append(row)
            continue
        assert found is not None
        place = choice_place(row)
        differs = choice.sold_on != (row.chosen.sold_on if row.chosen else None)
        problems += _wrong_day(entry, choice, row)
        if differs and found[0].state not in queries.OPEN_STATES:
            problems.append(_posted(entry, choice))
        if place in wanted and wanted[place][0].sold_on != choice.sold_on:
            problems.append(_twice(entry, choice))
        wanted[place] = choice, differs
    return wanted, problems


def _report(
    connection: Connection, account_id: int, uid: str
) -> tuple[Row[Any], Late] | None:  # fmt: skip
    report = queries.find_report(connection, uid) if "\0" not in uid else None
    if report is None or report.account_id != account_id:
        return None
    return report, late_of(connection, report)


def _row(entry: int, choice: SaleChoice, found: tuple[Row[Any], Late]) -> LateReturn | Problem:
    report, late = found
    sheets = _sheets(report)
    rows = [row for row in late.rows if row.row == choice.row and choice.sheet in (None, sheet_name(sheets, row.sheet))]
    if len(rows) == 1:
        return rows[0]
    if rows:
        named = ", ".join(sheet_name(sheets, row.sheet) for row in rows)
        message = f"Строка {choice.row} есть на нескольких листах"
        return wrong("return_ambiguous", message, column="sheet", row=entry, expected=named, advice="Укажите лист")
    message = f"В отчёте {choice.report} нет возврата в строке {choice.row}, для которого нужен день продажи"
    advice = "Возьмите строку из списка возвратов: у остальных строк ставка НДС известна и так"
    return wrong("return_unknown", message, column="row", row=entry, found=choice.row, advice=advice)


def _unknown_report(entry: int, choice: SaleChoice) -> Problem:
    message = f"В этой учётной записи нет отчёта {choice.report[:100]}"
    return wrong("report_unknown", message, column="report", row=entry, found=choice.report)


def _wrong_day(entry: int, choice: SaleChoice, row: LateReturn) -> Iterator[Problem]:
    day = choice.sold_on.isoformat() if choice.sold_on else ""
    if day > row.day:
        message = f"Строка {row.row}: день продажи {day} позже возврата"
        yield wrong("sold_after_return", message, column="sold_on", row=entry, found=day, expected=f"до {row.day}")
    if day and row.ordered == row.first.isoformat() and day < row.ordered:
        message = f"Строка {row.row}: день продажи {day} раньше заказа"
        yield wrong("sold_before_order", message, column="sold_on", row=entry, found=day, expected=f"с {row.ordered}")


def _posted(entry: int, choice: SaleChoice) -> Problem:
    message = f"Отчёт {choice.report} уже проведён: выбор дня продажи его документов не изменит"
    return wrong("report_posted", message, column="report", row=entry, advice="Сначала сторнируйте отчёт")


def _twice(entry: int, choice: SaleChoice) -> Problem:
    message = f"Для строки {choice.row} указаны разные дни продажи"
    return wrong("choice_twice", message, column="sold_on", row=entry, found=choice.sold_on)
