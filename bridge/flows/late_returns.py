"""How each late return of a report finds the day of its sale: which rate, item and price it carries, or that it waits.

The rules are ``reports.late_returns``; here the evidence is gathered, and only for returns to which the day of sale
makes a difference: those between whose possible days of sale a VAT rate changed, and those whose links are dated.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import returned
from bridge.db.catalogue import load_catalogue
from bridge.db.reports import account_by_id, product_keys
from bridge.db.returned import Sold
from bridge.db.sales import (
    Living,
    Sale,
    chosen_days,
    days_of_sales,
    living_reports,
    places,
    returns_by_ref,
    sales_by_ref,
)
from mappings.items import ProductKey
from mappings.links import Catalogue
from mappings.vat import TaxSystem, rate_changes
from reports.books import goods_tax
from reports.kinds import kinds
from reports.late_returns import Evidence, How, Products, Rates, Span, decide, first_day
from reports.lines import Summary
from reports.problems import Problem, problem
from reports.profile import profiles
from reports.settings import BookingSettings

_NAMED = 10
_PRICES = 100


class LateReturn(msgspec.Struct, kw_only=True):
    """A returned row that was asked for its sale. Money in kopecks, quantity in thousandths, days as ISO texts.

    ``undoes``: it takes a return back; ``day``, ``ordered`` and ``mark`` are then those of that return, where known.

    ``rates``: those among which only the day of sale decides. ``how`` and ``sold_on``: what was decided, see
    ``reports.late_returns``; ``sale``: the sale with the same reference; ``chosen``: what a person chose, if anything.
    """

    lines: list[int]
    sheet: int
    row: int
    key: int
    ref: str
    mark: int
    day: str
    ordered: str
    first: date
    undoes: bool = False
    quantity: int = 0
    amount: int = 0
    price: int = 0
    rates: Rates = frozenset()
    sale: Sale | None = None
    chosen: Row[Any] | None = None
    how: How = "certain"
    sold_on: str = ""

    @property
    def span(self) -> Span:
        """From the earliest possible day of sale to the return."""
        return self.first, date.fromisoformat(self.day)


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """The late returns of a report, decided; what its products stand for; which reports of the account were asked."""

    rows: list[LateReturn] = []
    products: Products
    living: Mapping[int, Living] = {}

    @property
    def sold(self) -> Sold:
        """The days of sale that were found, by product key and line."""
        found: dict[int, dict[int, str]] = {}
        for row in self.rows:
            if day := row.sold_on or (row.day if row.undoes else ""):
                found.setdefault(row.key, {}).update(dict.fromkeys(row.lines, day))
        return found


def late_of(connection: Connection, report: Row[Any]) -> Late:
    """Decide the late returns of a report as its account stands now."""
    owner = account_by_id(connection, report.account_id)
    keys = product_keys(connection, report.id)
    catalogue = load_catalogue(connection, report.account_id, keys)
    chosen = msgspec.convert(owner.settings, BookingSettings)
    return late_returns(connection, report, owner.organization_tax_system, chosen, keys, catalogue)


def late_returns(
    connection: Connection, report: Row[Any], tax_system: TaxSystem, chosen: BookingSettings,
    keys: Sequence[ProductKey], catalogue: Catalogue,
) -> Late:  # fmt: skip
    """Decide every late return of a report; one that books no goods, or has no day, has none."""
    profile, summary = profiles()[report.profile], msgspec.convert(report.summary, Summary)
    documents, tax_system = profile.documents, goods_tax(profile, chosen, tax_system)
    products = Products(keys=keys, catalogue=catalogue, tax_system=tax_system)
    last = summary.period_to or summary.date
    undoing = any(line.undoes for one in profile.operations for line in one.lines)
    back = undoing or any(name.endswith(".return") for name in summary.totals)
    if not (last and documents.make and back):
        return Late(products=products)
    asked = returned.asked_returns(
        connection, report.id, catalogue.dated(keys), last, first=summary.period_from, changes=rate_changes(tax_system),
        window=chosen.return_window_days, skip=documents.skip,
    )  # fmt: skip
    if not asked:
        return Late(products=products)
    rows = _rows(asked, chosen.return_window_days)
    living = living_reports(connection, report.account_id)
    _find_undone(connection, rows, products, living, chosen.return_window_days)
    _gather(connection, report.account_id, rows, products, living)
    _decide(connection, rows, products, living, chosen)
    return Late(rows=rows, products=products, living=living)


def _rows(asked: Sequence[Row[Any]], window: int) -> list[LateReturn]:
    """Put the lines of one row together: they came back together."""
    found: dict[tuple[int, int], LateReturn] = {}
    for line in asked:
        row = found.get((line.sheet, line.row))
        if row is None:
            first = first_day(date.fromisoformat(line.since), line.ordered, window)
            row = found[line.sheet, line.row] = LateReturn(
                lines=[], sheet=line.sheet, row=line.row, key=line.key, ref=line.ref, mark=line.mark, day=line.day,
                ordered=line.ordered, first=first, undoes=line.section == "sale",
            )  # fmt: skip
        row.lines.append(line.no)
        if kinds()[line.kind].books == "goods":
            row.amount += line.amount
        if line.kind in ("return", "sale"):
            row.quantity, row.price = row.quantity + line.quantity, line.price
    return list(found.values())


def _find_undone(
    connection: Connection, rows: Sequence[LateReturn], products: Products, living: Mapping[int, Living], window: int
) -> None:  # fmt: skip
    """Let rows that undo a return ask what that return asks: the latest earlier one with the same reference."""
    undoing = [row for row in rows if row.undoes and row.ref]
    codes = {products.keys[row.key].key for row in undoing}
    known = returns_by_ref(connection, living, codes, {row.ref for row in undoing}) if undoing else {}
    for row in undoing:
        if back := returned.latest(known.get((products.keys[row.key].key, row.ref), ()), row.day):
            row.day, row.ordered, row.mark = back.day, back.ordered or row.ordered, back.mark
            row.first = first_day(date.fromisoformat(row.day), row.ordered, window)


def _gather(
    connection: Connection, account_id: int, rows: Sequence[LateReturn], products: Products,
    living: Mapping[int, Living],
) -> None:  # fmt: skip
    """Find the sale with the same reference, what a person chose, and the rates that are possible."""
    codes = {products.keys[row.key].key for row in rows if row.ref}
    sales = sales_by_ref(connection, living, codes, {row.ref for row in rows if row.ref})
    chosen = chosen_days(connection, account_id, {row.mark for row in rows})
    for row in rows:
        row.rates = products.open_rates(row.key, *row.span)
        row.sale = returned.latest(sales.get((products.keys[row.key].key, row.ref), ()), row.day)
        row.chosen = chosen.get(returned.choice_place(row))


def _decide(
    connection: Connection, rows: Sequence[LateReturn], products: Products, living: Mapping[int, Living],
    chosen: BookingSettings,
) -> None:  # fmt: skip
    dated = products.catalogue.dated(products.keys)
    asked = [row for row in rows if row.rates or (row.key in dated and not row.ref)]
    unknown = [row for row in asked if not row.sale and not row.chosen]
    candidates: dict[str, set[tuple[str, int]]] = {}
    if unknown:
        codes = {products.keys[row.key].key for row in unknown}
        first, last = min(row.first for row in unknown).isoformat(), max(row.day for row in unknown)
        priced = not all(row.ref for row in unknown)
        candidates = days_of_sales(connection, living, codes, first, last, priced=priced)
    covered = periods(living)
    for row in rows:
        days, since = candidates.get(products.keys[row.key].key, ()), row.first.isoformat()
        # where only the composition may differ, a row that names no sale takes that of sales at its price
        matched = not row.ref and any(price == row.price for day, price in days if since <= day <= row.day)
        evidence = Evidence(
            rates=row.rates,
            sale=row.sale.day if row.sale else "",
            chosen=row.chosen.sold_on.isoformat() if row.chosen else "",
            candidates=sorted({day for day, _ in days if since <= day <= row.day and (row.rates or matched)}),
        )
        row.how, row.sold_on = decide(evidence, products, row.key, row.span, covered, chosen.late_returns)


def periods(living: Mapping[int, Living]) -> list[Span]:
    """Return the periods of known reports that tell of all sales of their days, first and last day of each."""
    covering = (one for one in living.values() if one.first and one.covers)
    return [(date.fromisoformat(one.first), date.fromisoformat(one.last)) for one in covering]


# --- what is told of it -----------------------------------------------------------------------------------------------


def late_problems(late: Late, summary: Summary) -> list[Problem]:
    """Hold the report while the rate of some return depends on a sale that nobody knows."""
    waiting = [row for row in late.rows if row.how == "waiting"]
    if not waiting:
        return []
    named = ", ".join(str(row.row) for row in waiting[:_NAMED]) + (" …" if len(waiting) > _NAMED else "")
    found = f"{len(waiting)} на сумму {roubles(sum(row.amount for row in waiting))}, строки {named}"
    first = waiting[0]
    return [problem("return_sale_unknown", sheet=sheet_name(summary.sheets, first.sheet), row=first.row, found=found)]


def late_object(connection: Connection, late: Late, summary: Summary) -> dict[str, Any]:
    """Return how the returns of a report were decided: counts and sums, and sales at another price than the return."""
    told: dict[str, Any] = {}
    for how in get_args(How):
        rows = [row for row in late.rows if row.how == how]
        told[how] = {"count": len(rows), "amount": sum(row.amount for row in rows)}
    totals = {name: total for name, total in summary.totals.items() if name.endswith(".return")}
    count = sum(total.count for name, total in totals.items() if name == "return.return")
    amount = sum(
        (Decimal(total.amount) for name, total in totals.items() if kinds()[name.partition(".")[0]].books == "goods"),
        Decimal(0),
    )
    others = [row for row in late.rows if row.how != "certain" and not row.undoes]
    told["certain"] = {"count": count - len(others), "amount": amount - sum(row.amount for row in others)}
    shown = {how: {"count": one["count"], "amount": roubles(one["amount"])} for how, one in told.items()}
    return {**shown, "prices": _prices(connection, late, summary)}


def _prices(connection: Connection, late: Late, summary: Summary) -> list[dict[str, Any]]:
    """Return the first returned rows whose sale had another price: their amount stays, the sale's price is told."""
    differ = [row for row in late.rows if row.how == "by_sale" and row.sale and row.sale.price != row.price][:_PRICES]
    where = places(connection, [row.sale for row in differ if row.sale])
    return [
        {"sheet": sheet_name(summary.sheets, row.sheet), "row": row.row, "ref": row.ref, "price": roubles(row.price),
         "sale": sale_object(row.sale, late.living, where)}
        for row in differ
        if row.sale
    ]  # fmt: skip


def sale_object(
    sale: Sale, living: Mapping[int, Living], where: Mapping[tuple[int, int], tuple[int, int]]
) -> dict[str, Any]:  # fmt: skip
    """Return a known sale as the API shows it; ``where``: sheets and rows, see ``places``."""
    report = living[sale.report_id]
    sheet, row = where[sale.report_id, sale.no]
    return {
        "report": report.uid, "sheet": sheet_name(report.sheets, sheet), "row": row, "date": sale.day,
        "price": roubles(sale.price), "quantity": f"{(Decimal(sale.quantity) / 1000).normalize():f}",
    }  # fmt: skip


def sheet_name(sheets: Sequence[str], place: int) -> str:
    """Return the name of a sheet by its number in the file."""
    return sheets[place] if place < len(sheets) else ""


def roubles(kopecks: int | Decimal) -> str:
    """Return kopecks as roubles with two places."""
    return f"{Decimal(kopecks) / 100:.2f}"
