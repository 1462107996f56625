"""Writing invented Wildberries weeks: detail XLSX, the JSON of both API generations, the register of reports."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.samples.book import Value, write_table
from tests.samples.ledger import ZERO, Ledger, money
from tests.samples.wildberries import LAYOUTS, SELLER, Week

_FIN_MONEY = {
    "retail_price", "retail_amount", "retail_price_withdisc_rub", "ppvz_sales_commission", "ppvz_reward",
    "acquiring_fee", "ppvz_vw", "ppvz_vw_nds", "ppvz_for_pay", "delivery_rub", "penalty", "additional_payment",
    "rebill_logistic_cost", "storage_fee", "deduction", "acceptance", "installment_cofinancing_amount",
    "cashback_amount", "cashback_discount", "cashback_commission_change", "payment_schedule",
}  # fmt: skip
_NUMBERS = {
    "nm_id", "gi_id", "shk_id", "quantity", "delivery_amount", "return_amount", "sale_percent", "commission_percent",
    "ppvz_spp_prc", "ppvz_kvw_prc", "ppvz_kvw_prc_base", "sup_rating_prc_up", "is_kgvp_v2", "acquiring_percent",
    "product_discount_for_report", "ppvz_office_id", "assembly_id", "wibes_wb_discount_percent", "seller_promo_id",
    "seller_promo_discount", "loyalty_id", "loyalty_discount", "sale_price_promocode_discount_prc",
    "sale_price_affiliated_discount_prc", "sale_price_wholesale_discount_prc", "agency_vat",
}  # fmt: skip
_NAMED = {"2022": "2022 mid"}
_LEFT_OUT = {"suppliercontract_code", "rid", "ppvz_supplier_id", "chrt_id"}


def file_name(week: Week) -> str:
    """Return a name that carries the number and the period, as the sheet itself has neither."""
    return f"detail_{week.number}_{week.start}_{week.end}.xlsx"


def detail_table(week: Week) -> list[list[Value]]:
    """Return the sheet of the week: the headers of its layout and one row an operation."""
    headers = LAYOUTS["detail"][week.layout]
    fields = [LAYOUTS["detail_fields"][header] for header in headers]
    table: list[list[Value]] = [list(headers)]
    for place, row in enumerate(week.rows):
        counted = row | {"rrd_id": row["rrd_id"] if week.layout == "2022" else place // 2 * 2 + 1}
        table.append([counted.get(field, ZERO if field in _FIN_MONEY else None) for field in fields])
    return table


def write_detail(week: Week, path: Path) -> dict[str, Any]:
    """Write the week as the cabinet does: «Sheet1», texts in the cells, a wrong dimension. Returns what it holds."""
    write_table(path, detail_table(week))
    return week.ledger.expected(identity(week, layout=_NAMED.get(week.layout, week.layout)))


def identity(week: Week, **rest: str) -> dict[str, Any]:
    """Return the part of the expected file that names the report."""
    return {
        "profile": "wildberries/weekly_detail",
        "layout": "2026",
        "number": week.number,
        "date": week.end,
        "period": [week.start, week.end],
        "type": "",
        "currency": "RUB",
        **rest,
    }


def write_json(week: Week, path: Path, api: str) -> dict[str, Any]:
    """Write the same rows as an answer of the API: ``fin`` (camelCase, money as text) or ``v5`` (money as numbers)."""
    place = 0 if api == "fin" else 1
    names = {field: both[place] for field, both in LAYOUTS["detail_json"].items() if both[place]}
    records = [
        {name: _json_value(field, row, week, api) for field, name in names.items() if field not in _LEFT_OUT}
        for row in week.rows
    ]
    for record in records:
        for name in ("bonusTypeName", "rebillLogisticOrg", "kiz"):
            if not record.get(name, "kept"):
                del record[name]
    text = json.dumps(records, ensure_ascii=False, indent=1, default=float)
    path.write_text(text + "\n", "utf-8")
    return week.ledger.expected(identity(week, type="main"))


def _json_value(field: str, row: dict[str, Value], week: Week, api: str) -> object:
    fixed: dict[str, object] = {
        "realizationreport_id": int(week.number), "date_from": str(week.start), "date_to": str(week.end),
        "create_dt": str(week.end + timedelta(days=1)), "currency_name": "RUB" if api == "fin" else "руб",
        "report_type": 2 if week.buyout else 1, "srv_dbs": False, "is_legal_entity": False,
        "dlv_prc": 1.25, "rr_dt": row["sale_dt"], "paid_with_social_certificate": False,
    }  # fmt: skip
    if field in fixed:
        return fixed[field]
    value = row.get(field)
    if field in _FIN_MONEY:
        amount = money(Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value or 0)))
        return f"{amount:f}" if api == "fin" else float(amount)
    if field in ("order_dt", "sale_dt"):
        return f"{value}T00:00:00Z"
    if value is None or value == "":
        return 0 if field in _NUMBERS else ""
    return value


def write_empty_detail(path: Path) -> None:
    """Write the lawful form of an empty report «По выкупам»: nothing but the first header cell."""
    write_table(path, [["№"]])


_REGISTER = {
    "sale": "retail_amount", "loyalty_compensation": "cashback_discount", "for_pay": "ppvz_for_pay",
    "logistics": "delivery_rub", "storage": "storage_fee", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "vv_correction": "additional_payment", "loyalty_fee": "cashback_commission_change",
    "loyalty_points": "cashback_amount", "payment_schedule": "payment_schedule", "total": "total",
}  # fmt: skip
_KINDS = {
    "logistics": "logistics", "storage": "storage", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "vv_correction": "correction", "loyalty_fee": "loyalty_fee",
    "loyalty_points": "loyalty_points", "payment_schedule": "payment_schedule",
}  # fmt: skip


def write_register(layout: str, weeks: Sequence[Week], path: Path) -> dict[str, Any]:
    """Write one row a report with its control totals. A charge the layout has no column for must be zero."""
    headers = LAYOUTS["register"][layout]
    fields = [LAYOUTS["register_fields"][header] for header in headers]
    table: list[list[Value]] = [list(headers)]
    ledger = Ledger()
    ledger.checks = {"register_total": ZERO}
    for week in weeks:
        row = _register_row(week)
        left_out = [name for name, value in row.items() if isinstance(value, Decimal) and value and name not in fields]
        assert not left_out, f"layout {layout} cannot show {left_out} of {week.number}"
        table.append([row.get(field) for field in fields])
        _count_register_row(ledger, row)
    write_table(path, table)
    ends = sorted(str(week.end) for week in weeks)
    return ledger.expected(
        {
            "profile": "wildberries/register", "layout": "", "number": "", "date": ends[-1],
            "period": [min(str(week.start) for week in weeks), ends[-1]], "type": "", "currency": "RUB",
            "facts": {week.number: f"{week.control['total']:f}" for week in weeks},
        }
    )  # fmt: skip


def _register_row(week: Week) -> dict[str, Value]:
    row: dict[str, Value] = {
        "report_id": week.number, "legal_entity": SELLER, "date_from": f"{week.start}T00:00:00+03:00",
        "date_to": f"{week.end}T00:00:00+03:00", "create_date": f"{week.end + timedelta(days=1)}T00:00:00+03:00",
        "report_type": "По выкупам" if week.buyout else "Основной", "discount_percent": Decimal("24.5"),
        "currency": "руб.", "overweight_logistics": ZERO, "other_fines": ZERO,
    }  # fmt: skip
    return row | {field: week.control[column] for field, column in _REGISTER.items()}


def _count_register_row(ledger: Ledger, row: dict[str, Value]) -> None:
    def amount(field: str) -> Decimal:
        value = row[field]
        assert isinstance(value, Decimal)
        return value

    ledger.rows += 1
    ledger.line("sale", "sale", amount("sale"), 0, amount("sale") - amount("for_pay"))
    for field, kind in _KINDS.items():
        if amount(field):
            ledger.line(kind, "", amount(field))
    ledger.check("register_total", amount("total"))
    ledger.payout += amount("total")
