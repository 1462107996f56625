"""Invented Wildberries weeks: the rows of a weekly detail, with the ledger of what they amount to.

Values are kept under the field names of the v5 API; ``wildberries_files`` writes them as sheets and JSON.
"""

import random
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.samples.book import Value
from tests.samples.goods import GOODS, Good
from tests.samples.ledger import ZERO, Ledger, money

LAYOUTS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("layouts.toml").read_text("utf-8"))
COLUMNS = (
    "retail_amount", "ppvz_for_pay", "delivery_rub", "storage_fee", "acceptance", "deduction", "penalty",
    "additional_payment", "cashback_commission_change", "cashback_amount", "cashback_discount", "payment_schedule",
)  # fmt: skip
_CHARGES = {
    "delivery_rub": "logistics",
    "storage_fee": "storage",
    "acceptance": "acceptance",
    "deduction": "deduction",
    "penalty": "penalty",
    "additional_payment": "correction",
    "cashback_commission_change": "loyalty_fee",
    "cashback_amount": "loyalty_points",
    "cashback_discount": "loyalty_compensation",
    "payment_schedule": "payment_schedule",
}
_SIGNED = ("retail_amount", "ppvz_for_pay", "cashback_commission_change", "cashback_amount", "cashback_discount")
_PASSED_ON = "Перевыставление эквайринга"
_CASHBACK = "Компенсация скидки по программе лояльности"
_POINTS = "Сумма удержанная за начисленные баллы программы лояльности"
_FEE = "Стоимость участия в программе лояльности"
_INSIDE = "Комиссия за организацию платежа с НДС"
Said = tuple[str, str, Decimal, int, Decimal]
SELLER = "ООО «Северный уют»"


class Week:
    """One weekly report. ``layout`` decides which columns, and so which charges, exist."""

    def __init__(self, layout: str, number: str, start: date, *, renamed: bool = False, buyout: bool = False) -> None:
        self.layout = layout
        self.number = number
        self.start, self.end = start, start + timedelta(days=6)
        self.renamed = renamed
        self.buyout = buyout
        self.rows: list[dict[str, Value]] = []
        self.said: list[tuple[Said, ...]] = []
        self.ledger = Ledger()
        self.control = dict.fromkeys((*COLUMNS, "total"), ZERO)
        self.ledger.checks = {f"column_{name}": ZERO for name in COLUMNS}
        self.random = random.Random(f"{layout} {number}")
        headers = LAYOUTS["detail"][layout]
        self.fields = {LAYOUTS["detail_fields"][header] for header in headers}

    def has(self, field: str) -> bool:
        """True when the layout of this week has a column for that field."""
        return field in self.fields

    # --- rows -----------------------------------------------------------------------------------------------------

    def add(self, operation: str, doc: str = "", sign: int = 1, good: Good | None = None, **values: Value) -> None:
        """Write one row and count its money columns with the sign they have in the sums."""
        day = self.start + timedelta(days=self.random.randrange(7))
        row: dict[str, Value] = {
            "rrd_id": 90_000_000_000 + int(self.number) % 1000 * 10_000 + len(self.rows),
            "gi_id": 31_000_000 + self.random.randrange(999),
            "doc_type_name": doc,
            "supplier_oper_name": operation,
            "order_dt": (day - timedelta(days=self.random.randrange(2, 20))).isoformat(),
            "sale_dt": day.isoformat(),
            "nm_id": 0,
            "quantity": 0,
            "office_name": "Коледино",
            "site_country": "Россия",
            "srid": f"d{self.random.getrandbits(60):015x}.0.0" if good else "",
            "shk_id": self.random.randrange(10**9, 10**10) if good else 0,
            "is_legal_entity": "Нет",
            "gi_box_type_name": "Монопаллета" if good else "",
            "dlv_prc": "1.25",
        }
        if good:
            row |= {
                "subject_name": good.subject, "nm_id": good.nm_id, "brand_name": good.brand, "sa_name": good.article,
                "title": good.name, "ts_name": good.size, "barcode": good.barcode, "retail_price": good.price,
            }  # fmt: skip
        row |= values
        self.rows.append(row)
        self.said.append(())
        self._count(row, sign)

    def again(self, place: int, sign: int = 1) -> None:
        """Write a row a second time, equal in every cell but the counter: both are real."""
        row = self.rows[place] | {"rrd_id": 90_000_900_000 + len(self.rows)}
        self.rows.append(row)
        self.said.append(())
        self._count(row, sign)
        self._say(*self.said[place])

    def _count(self, row: dict[str, Value], sign: int) -> None:
        self.ledger.rows += 1
        for name in COLUMNS:
            value = row.get(name)
            if isinstance(value, Decimal) and self.has(name):
                own = sign if name in _SIGNED or row["supplier_oper_name"] == "Логистика сторно" else 1
                self.control[name] += own * value
                self.ledger.check(f"column_{name}", own * value)

    def _say(self, *lines: Said) -> None:
        """Enter what the last row amounts to."""
        self.said[-1] = lines
        for kind, section, amount, quantity, commission in lines:
            self.ledger.line(kind, section, amount, quantity, commission)

    # --- sales and returns ----------------------------------------------------------------------------------------

    def goods(
        self, operation: str, doc: str, good: Good, *, spp: int = 20, kvw: str = "17.5", quantity: int = 1
    ) -> None:
        """A sale or a return with its commission; a large SPP makes the commission negative."""
        returned = doc == "Возврат"
        with_discount = money(good.price * Decimal(self.random.choice(("0.62", "0.7", "0.75"))) * quantity)
        retail = money(with_discount * (100 - spp) / 100)
        for_pay = money(with_discount * (100 - Decimal(kvw) * Decimal("1.2")) / 100)
        reward = money(with_discount * Decimal("0.018"))
        acquiring = money(retail * Decimal("0.0163")) if self.has("acquiring_fee") else ZERO
        passed_on = not self.has("payment_processing") or self.random.random() < 0.5
        kept = retail - for_pay - reward - (acquiring if passed_on else 0)
        vw = float(kept) / 1.2
        self.add(
            operation, doc, -1 if returned else 1, good,
            quantity=quantity, retail_amount=retail, retail_price_withdisc_rub=with_discount, ppvz_spp_prc=spp,
            commission_percent=Decimal(kvw), ppvz_kvw_prc_base=Decimal(kvw), ppvz_kvw_prc=Decimal(kvw),
            sale_percent=25, product_discount_for_report=25, ppvz_reward=reward, acquiring_fee=acquiring,
            ppvz_sales_commission=money(with_discount * Decimal(kvw) / 100), ppvz_vw=vw, ppvz_vw_nds=float(kept) - vw,
            acquiring_percent=Decimal("1.63"), payment_processing=_PASSED_ON if passed_on else _INSIDE,
            ppvz_for_pay=for_pay, acquiring_bank="Банк «Пример»", ppvz_office_id=100 + self.random.randrange(40),
            ppvz_office_name="ПВЗ Архангельск", is_legal_entity="Нет",
        )  # fmt: skip
        kind = "return" if returned else "sale"
        self._say((kind, kind, retail, quantity, retail - for_pay))

    def only_pay(self, kind: str, operation: str, doc: str, amount: str, good: Good | None) -> None:
        """A row whose only money is «К перечислению»: compensations and corrections of acquiring."""
        value = Decimal(amount)
        sign = -1 if doc == "Возврат" else 1
        self.add(operation, doc, sign, good, quantity=1 if good else 0, ppvz_for_pay=value)
        section = "sale" if kind == "commission" else ""
        self._say((kind, section, -sign * value if kind == "commission" else value, 0, ZERO))

    def charge(
        self,
        field: str,
        operation: str,
        amount: str,
        *,
        doc: str = "",
        sub: str = "",
        sign: int = 1,
        good: Good | None = None,
    ) -> None:
        """A row with one charge column; nothing when this layout has no such column."""
        if not self.has(field):
            return
        value = Decimal(amount)
        values: dict[str, Value] = {field: value, "bonus_type_name": sub}
        self.add(operation, doc, sign, good, **values)
        if field == "delivery_rub" and good:
            self.rows[-1]["delivery_amount"] = 1
        applied = sign if field in _SIGNED or operation == "Логистика сторно" else 1
        self._say((_CHARGES[field], "", applied * value, 0, ZERO))

    def reimburse(self, field: str, operation: str, doc: str, amount: str, good: Good, quantity: int = 1) -> None:
        """A re-invoiced cost: it stands once with a plus and once inside ВВ with a minus, and amounts to nothing."""
        if not self.has(field):
            return
        value = Decimal(amount)
        vw = -float(value) / 1.2
        self.add(
            operation, doc, 1, good, quantity=quantity, ppvz_for_pay=ZERO, retail_amount=ZERO, ppvz_vw=vw,
            ppvz_vw_nds=-float(value) - vw, ppvz_inn="7700000000", ppvz_supplier_name="ИП Примеров П. П.",
            rebill_logistic_org="ООО «Перевозчик»" if field == "rebill_logistic_cost" else "", **{field: value},
        )  # fmt: skip
        self._say(("reimbursement", "", value, 0, ZERO))

    def nothing(self, operation: str) -> None:
        """A row without any sum: read, counted, and said to carry nothing."""
        self.add(operation)
        self.ledger.ignored["нет сумм"] = self.ledger.ignored.get("нет сумм", 0) + 1

    def close(self) -> None:
        """Work out the payout by the formula of the register."""
        control = self.control
        kept = (
            "delivery_rub", "storage_fee", "acceptance", "deduction", "penalty", "additional_payment",
            "cashback_commission_change", "cashback_amount", "payment_schedule",
        )  # fmt: skip
        control["total"] = control["ppvz_for_pay"] - sum((control[name] for name in kept), ZERO)
        self.ledger.payout = control["total"]


def fill(week: Week, *, sales: int = 9, corrections: bool = True, vary: bool = False) -> Week:
    """Write an ordinary week with every kind of row its layout knows. ``vary``: services differ between weeks."""
    more = Decimal(week.random.randrange(50_000)) / 100 if vary else ZERO
    delivery = "Доставка" if week.renamed else "Логистика"
    shipped = "Продажа" if week.layout == "2022" else ""
    for place in range(sales):
        good = GOODS[(place * 3 + int(week.number)) % len(GOODS)]
        week.goods("Продажа", "Продажа", good, spp=place % 3 * 12)
        fee = f"{61 + 7 * place}.{place % 10}3"
        week.charge("delivery_rub", delivery, fee, doc=shipped, sub="К клиенту при продаже", good=good)
    week.goods("Продажа", "Продажа", GOODS[1], spp=31, kvw="-2.5")
    week.goods("Продажа", "Продажа", GOODS[2], quantity=2)
    week.again(len(week.rows) - 1)
    week.charge("delivery_rub", delivery, "50.00", doc=shipped, sub="От клиента при отмене", good=GOODS[2])
    week.again(len(week.rows) - 1)
    week.goods("Возврат", "Возврат", GOODS[3], spp=12)
    week.goods("Возврат", "Возврат", GOODS[0], spp=24)
    week.charge("delivery_rub", delivery, "80.55", doc=shipped, sub="От клиента при возврате", good=GOODS[3])
    week.reimburse("ppvz_reward", "Возмещение за выдачу и возврат товаров на ПВЗ", "Продажа", "68.59", GOODS[4])
    carrying = "Возмещение издержек по перевозке/по складским операциям с товаром"
    renamed = "Возмещение издержек по перемещению и операционной обработке товара"
    week.reimburse("rebill_logistic_cost", renamed if week.renamed else carrying, "", "41.03", GOODS[5], 2)
    week.charge("storage_fee", "Хранение", str(Decimal("803.17") + more))
    week.charge(
        "deduction",
        "Удержание",
        str(Decimal("1203.00") + 3 * more),
        sub="Оказание услуг «ВБ.Продвижение», документ №304137708",
    )
    week.charge("penalty", "Штраф", "40.00", sub="Штраф МП. Нарушение срока")
    week.charge("acceptance", "Обработка товара" if week.layout == "2026" else "Платная приемка", "125.40")
    week.only_pay("compensation", "Добровольная компенсация при возврате", "Продажа", "512.30", GOODS[6])
    if corrections:
        _corrections(week)
    week.close()
    return week


def _corrections(week: Week) -> None:
    """Write the rare rows: reversals, negative charges, loyalty, the fee for an earlier payout."""
    week.goods("Сторно продаж", "Возврат", GOODS[7])
    week.goods("Корректная продажа", "Продажа", GOODS[7])
    week.only_pay("decompensation", "Компенсация ущерба", "Возврат", "300.00", GOODS[8])
    week.only_pay("compensation", "Компенсация ущерба", "Продажа", "655.25", GOODS[8])
    week.only_pay("commission", "Коррекция эквайринга", "Продажа", "3.07", None)
    week.only_pay("commission", "Коррекция эквайринга", "Возврат", "1.02", None)
    week.charge("delivery_rub", "Коррекция стоимости доставки" if week.renamed else "Коррекция логистики", "-17.30")
    if week.layout in ("2022", "2024"):
        week.charge("delivery_rub", "Логистика сторно", "33.00", sign=-1)
    week.charge("storage_fee", "Пересчет хранения", "-12.08")
    week.charge("penalty", "Штраф", "-40.00", sub="Сторно. Штраф МП. Нарушение срока")
    week.charge("additional_payment", "Доплаты" if week.layout in ("2022", "2024") else "Корректировка", "15.00")
    week.charge("cashback_discount", _CASHBACK, "24.00", doc="Продажа", good=GOODS[9])
    week.charge("cashback_amount", _POINTS, "24.00", doc="Продажа", good=GOODS[9])
    week.charge("cashback_amount", _POINTS, "4.00", doc="Возврат", sign=-1, good=GOODS[9])
    week.charge("cashback_commission_change", _FEE, "2.40", doc="Продажа", good=GOODS[9])
    week.charge("payment_schedule", "Разовое изменение срока перечисления денежных средств", "99.90")
    if week.layout == "2026":
        week.nothing("Услуга платной доставки")


def buyout_week(layout: str, number: str, start: date) -> Week:
    """Write a report of the type «По выкупам»: logistics alone, so that the payout is negative."""
    week = Week(layout, number, start, buyout=True)
    week.charge("delivery_rub", "Логистика", "35.00", sub="От клиента при отмене", good=GOODS[5])
    week.charge("delivery_rub", "Логистика", "50.00", sub="К клиенту при отмене", good=GOODS[5])
    week.close()
    return week
