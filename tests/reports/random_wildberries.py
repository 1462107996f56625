"""Random reports of Wildberries: the weekly detail with every operation, and the register of reports."""

import random
from datetime import date, timedelta

from reports.reading import Cell
from tests.reports.random_rows import (
    FIRST_DAYS,
    PRODUCTS,
    ZERO,
    Made,
    Product,
    Said,
    exact,
    money,
    records,
    sheet,
    signed,
)
from tests.samples.wildberries import LAYOUTS

_OWN = {  # columns that charge whatever the operation: the kind they make; the first six do not follow the sign
    "delivery_rub": "logistics", "storage_fee": "storage", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "additional_payment": "correction", "payment_schedule": "payment_schedule",
    "cashback_commission_change": "loyalty_fee", "cashback_amount": "loyalty_points",
    "cashback_discount": "loyalty_compensation",
}  # fmt: skip
_SIGNED = ("retail_amount", "ppvz_for_pay", "cashback_commission_change", "cashback_amount", "cashback_discount")
_GOODS = (
    ("Продажа", "Продажа", True), ("Возврат", "Возврат", True), ("Корректная продажа", "Продажа", False),
    ("Сторно возвратов", "Продажа", False), ("Сторно продаж", "Возврат", False),
    ("Корректный возврат", "Возврат", False),
)  # fmt: skip
_CHARGES = (
    ("Логистика", "delivery_rub", ("К клиенту", "От клиента")), ("Доставка", "delivery_rub", ("К клиенту", "")),
    ("Хранение", "storage_fee", ("",)), ("Пересчет хранения", "storage_fee", ("",)),
    ("Платная приемка", "acceptance", ("",)), ("Штраф", "penalty", ("Штраф МП", "Самовыкуп")),
    ("Удержание", "deduction", ("ВБ.Продвижение", "Подписка «Джем»", "Погашение займа", "Прочее")),
    ("Корректировка", "additional_payment", ("", "Доплата")),
    ("Разовое изменение срока перечисления денежных средств", "payment_schedule", ("",)),
    ("Сумма удержанная за начисленные баллы программы лояльности", "cashback_amount", ("",)),
    ("Стоимость участия в программе лояльности", "cashback_commission_change", ("",)),
    ("Компенсация скидки по программе лояльности", "cashback_discount", ("",)),
)  # fmt: skip
_RULED = {(operation, column) for operation, column, _ in _CHARGES if not column.startswith("cashback")}
_PAID = ("Компенсация ущерба", "Компенсация брака", "Оплата потерянного товара")


def detail(seed: int, size: int) -> Made:
    """Make a weekly detail: every operation, stray charges on any row, storno, rows that nobody knows."""
    chance = random.Random(f"wildberries {seed}")
    first = chance.choice(FIRST_DAYS)
    made = Made("wildberries", "wildberries/weekly_detail", first, first + timedelta(days=6), chance)
    for place in range(size):
        _week_row(made, place)
    stated: dict[str, Cell] = {
        "realizationreport_id": 700_000 + seed % 1000,
        "date_from": str(made.first),
        "date_to": str(made.last),
    }
    if chance.random() < 0.5:
        names = {name: both[1] for name, both in LAYOUTS["detail_json"].items() if both[1]}
        kind = 2 if chance.random() < 0.1 else 1
        for cells, _ in made.rows:
            cells |= {**stated, "report_type": kind, "currency_name": "RUB"}
        made.table = records(names)
    else:
        headers = LAYOUTS["detail"]["2026_may"]
        made.table = sheet([headers], [LAYOUTS["detail_fields"][header] for header in headers])
    return made


def _week_row(made: Made, place: int) -> None:
    chance = made.chance
    which, product, day = chance.random(), chance.choice(PRODUCTS), made.day()
    cells: dict[str, Cell] = {"rrd_id": place + 1, "sale_dt": day, "order_dt": day, "srid": f"s{chance.randrange(9)}"}
    cells |= {"assembly_id": chance.choice((0, 77)), "delivery_method": chance.choice(("FBW", "FBS", "", "DBS"))}
    scheme = {"FBW": "FBO", "FBS": "FBS", "DBS": "FBS"}.get(str(cells["delivery_method"]), "")
    scheme = scheme or ("FBS" if cells["assembly_id"] else "FBO")
    lines: list[Said] = []
    if which < 0.55:
        lines.append(_week_goods(made, cells, product, day, scheme))
    elif which < 0.6:
        lines.append(_acquiring(made, cells, day))
    elif which < 0.67:
        lines.append(_compensation(made, cells, day))
    elif which < 0.7:
        amount = signed(chance)
        cells |= {"supplier_oper_name": "Возмещение за выдачу и возврат товаров на ПВЗ", "ppvz_reward": amount}
        operation = str(cells["supplier_oper_name"])
        lines.append(Said(kind="reimbursement", amount=exact(amount), day=day, service=operation))
    elif which < 0.72:
        amount = money(chance)
        cells |= {"supplier_oper_name": "Неизвестное новое удержание", "deduction": amount}
        made.unknown += 1
        made.count("deduction", exact(amount))
        made.add(cells)
        return
    else:
        operation, column, services = chance.choice(_CHARGES)
        cells |= {"supplier_oper_name": operation, column: signed(chance), "bonus_type_name": chance.choice(services)}
        if column.startswith("cashback"):
            cells["doc_type_name"] = chance.choice(("Продажа", "Возврат"))
    if chance.random() < 0.1:
        cells["delivery_rub"] = money(chance, 1, 9_000)
    lines += _own_columns(made, cells, day)
    made.add(cells, *lines)


def _own_columns(made: Made, cells: dict[str, Cell], day: str) -> list[Said]:
    """Return a line for every charge column that holds a sum, and count the columns."""
    service = str(cells.get("bonus_type_name") or cells["supplier_oper_name"])
    back = cells.get("doc_type_name") == "Возврат"
    found = []
    for column in ("retail_amount", "ppvz_for_pay", *_OWN):
        amount = exact(cells.get(column))
        amount = -amount if back and column in _SIGNED else amount
        made.count(column, amount)
        if column in _OWN and (amount or (cells["supplier_oper_name"], column) in _RULED):
            found.append(Said(kind=_OWN[column], amount=amount, day=day, service=service))
    return found


def _week_goods(made: Made, cells: dict[str, Cell], product: Product, day: str, scheme: str) -> Said:
    chance = made.chance
    operation, document, checked = chance.choice(_GOODS)
    retail, kept = money(chance), exact(signed(chance)) / 4
    pay = exact(retail) - kept
    paid: Cell = float(pay) if chance.random() < 0.3 else pay
    share = (exact(retail) - exact(paid)) / 3
    pieces = chance.randint(1, 3) if exact(retail) or checked else 0
    cells |= {
        "supplier_oper_name": operation, "doc_type_name": document, "retail_amount": retail, "ppvz_for_pay": paid,
        "quantity": chance.choice((pieces, float(pieces), str(pieces))), "ppvz_vw": float(share) * 2,
        "ppvz_vw_nds": float(share), "sa_name": product.article, "barcode": product.barcode, "nm_id": product.sku,
        "title": product.name,
    }  # fmt: skip
    kind = "sale" if document == "Продажа" else "return"
    return Said(
        kind=kind, section=kind, amount=exact(retail), quantity=pieces, commission=exact(retail) - exact(paid),
        product=product, day=day, service=operation, scheme=scheme,
    )  # fmt: skip


def _acquiring(made: Made, cells: dict[str, Cell], day: str) -> Said:
    amount, back = signed(made.chance), made.chance.random() < 0.4
    cells |= {"supplier_oper_name": "Коррекция эквайринга", "ppvz_for_pay": amount}
    cells["doc_type_name"] = "Возврат" if back else made.chance.choice(("Продажа", ""))
    value = exact(amount) if back else -exact(amount)
    return Said(kind="commission", section="sale", amount=value, day=day, service="Коррекция эквайринга")


def _compensation(made: Made, cells: dict[str, Cell], day: str) -> Said:
    amount, back = signed(made.chance), made.chance.random() < 0.3
    operation = made.chance.choice(_PAID)
    cells |= {
        "supplier_oper_name": operation,
        "ppvz_for_pay": amount,
        "doc_type_name": "Возврат" if back else "Продажа",
    }
    return Said(kind="decompensation" if back else "compensation", amount=exact(amount), day=day, service=operation)


_REGISTER = {
    "logistics": "logistics", "storage": "storage", "acceptance": "acceptance", "deduction": "deduction",
    "penalty": "penalty", "vv_correction": "correction", "loyalty_fee": "loyalty_fee",
    "loyalty_points": "loyalty_points", "payment_schedule": "payment_schedule",
}  # fmt: skip
_REGISTER_NAMES = {
    "report_id": "reportId", "date_from": "dateFrom", "date_to": "dateTo", "report_type": "reportType",
    "sale": "retailAmountSum", "for_pay": "forPaySum", "total": "bankPaymentSum", "logistics": "deliveryServiceSum",
    "storage": "paidStorageSum", "acceptance": "paidAcceptanceSum", "deduction": "deductionSum",
    "penalty": "penaltySum", "vv_correction": "additionalPaymentSum", "loyalty_fee": "cashbackCommissionChangeSum",
    "loyalty_points": "cashbackAmountSum", "payment_schedule": "paymentSchedule",
}  # fmt: skip


def register(seed: int, size: int) -> Made:
    """Make the register of weekly reports: a row a report with its control totals."""
    chance = random.Random(f"register {seed}")
    made = Made("wildberries", "wildberries/register", date(2026, 1, 5), date(2026, 3, 1), chance)
    for place in range(size):
        sale, pay, day = money(chance), signed(chance), made.day()
        cells: dict[str, Cell] = {"report_id": 500 + place, "date_from": day, "date_to": day, "report_type": "Основной"}
        charged = {column: chance.choice((0, signed(chance))) for column in _REGISTER}
        total = exact(pay) - sum((exact(cell) for cell in charged.values()), ZERO)
        cells |= {"sale": sale, "for_pay": pay, "total": total, **charged}
        for column in ("sale", "for_pay", "total"):
            made.count(column, exact(cells[column]))
        lines = [Said(kind="sale", section="sale", amount=exact(sale), commission=exact(sale) - exact(pay), day=day)]
        lines += [
            Said(kind=_REGISTER[name], amount=exact(cell), day=day) for name, cell in charged.items() if exact(cell)
        ]
        made.add(cells, *lines)
    made.table = records(_REGISTER_NAMES)
    return made
