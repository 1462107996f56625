"""An invented Amazon settlement: the V2 flat file, with the habits of North America and of Europe.

The layout is that of docs/channels/amazon.md. In Europe a settlement may come without the columns of time and item,
with a comma in amounts and days first.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.samples.goods import GOODS, Good
from tests.samples.ledger import ZERO, Ledger, money

HEADERS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
    "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name",
    "amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
    "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
    "promotion-id",
)  # fmt: skip
_NOT_IN_EUROPE = ("posted-date-time", "order-item-code")
_SHOP = {"USD": "Amazon.com", "EUR": "Amazon.de"}
# transaction, amount type, description, what it is, amount
_REST = (
    ("ServiceFee", "other-transaction", "Storage Fee", "storage", "-18.40"),
    ("Service Fee", "other-transaction", "Subscription Fee", "subscription", "-39.99"),
    ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "promotion", "-25.10"),
    ("other-transaction", "other-transaction", "FBAInboundTransportationFee", "fulfilment", "-7.25"),
    ("other-transaction", "other-transaction", "Shipping label purchase", "logistics", "-4.80"),
    ("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_DAMAGE", "compensation", "21.30"),
    ("Adjustment", "other-transaction", "REVERSAL_REIMBURSEMENT", "compensation", "-3.15"),
    ("Transfer", "other-transaction", "Previous Reserve Amount Balance", "carried_over", "310.00"),
    ("Transfer", "other-transaction", "Current Reserve Amount", "carried_over", "-145.60"),
)
_FAVOUR = ("sale", "compensation", "carried_over")  # kinds whose amount is written with the sign of the file


@dataclass
class Settlement:
    """One settlement of two weeks; rows are written by name of column, and counted in the ledger as they are."""

    number: str
    first: date
    currency: str = "USD"
    orders: int = 8

    def __post_init__(self) -> None:
        self.last = self.first + timedelta(days=13)
        self.rows: list[dict[str, str]] = []
        self.ledger = Ledger()
        chance = random.Random(self.number)
        for place in range(self.orders):
            self._order(chance, place)
        for transaction, kind_of_amount, description, kind, amount in _REST:
            said = {"transaction-type": transaction, "amount-type": kind_of_amount, "amount-description": description}
            self.add(kind, "", Decimal(amount), {**said, "posted-date": self.shown(self.last)})

    def _order(self, chance: random.Random, place: int) -> None:
        good, quantity = GOODS[chance.randrange(len(GOODS))], chance.randrange(1, 4)
        returned = place % 4 == 3
        sign, section = (-1, "return") if returned else (1, "sale")
        price = money(good.price / 90 * quantity)
        tax, fee, promotion = (money(price * Decimal(share)) for share in ("0.08", "0.15", "0.05"))
        goods = [("ItemPrice", "Principal", price), ("ItemPrice", "Tax", tax)]
        goods.append(("ItemWithheldTax" if place % 2 else "ItemFees", "MarketplaceFacilitatorVAT-Principal", -tax))
        goods += [("Promotion", "Principal", -promotion)] if place % 3 == 0 else []
        item = self._item(good, place, returned=returned)
        for kind_of_amount, description, amount in goods:
            said = {**item, "amount-type": kind_of_amount, "amount-description": description}
            pieces = quantity if description == "Principal" and kind_of_amount == "ItemPrice" else 0
            self.add(section, section, sign * amount, {**said, "quantity-purchased": str(quantity)}, pieces)
        fees = [("Commission", "commission", fee), ("RefundCommission", "commission", -money("1.20"))]
        fees = fees if returned else [*fees[:1], ("FBAPerUnitFulfillmentFee", "fulfilment", money("3.22"))]
        fees += [("ShippingChargeback", "logistics", money("5.99"))] if place == 1 else []
        for description, kind, amount in fees:
            said = {**item, "amount-type": "ItemFees", "amount-description": description}
            self.add(kind, "", -sign * amount, {**said, "quantity-purchased": str(quantity)})

    def _item(self, good: Good, place: int, *, returned: bool) -> dict[str, str]:
        day = self.shown(self.first + timedelta(days=place % 13))
        return {
            "transaction-type": "Refund" if returned else "Order", "order-id": f"304-{place:07d}-1122334",
            "shipment-id": f"D{place:08d}", "marketplace-name": _SHOP[self.currency], "fulfillment-id": "AFN",
            "posted-date": day, "posted-date-time": day, "order-item-code": f"5518{place:07d}", "sku": good.article,
        }  # fmt: skip

    def add(self, kind: str, section: str, amount: Decimal, cells: dict[str, str], pieces: int = 0) -> None:
        """Write one row; ``amount`` has the sign of the file, where plus is the seller's."""
        self.rows.append(
            {**cells, "settlement-id": self.number, "currency": self.currency, "amount": self.said(amount)}
        )
        self.ledger.rows += 1
        self.ledger.line(kind, section, amount if kind in _FAVOUR else -amount, pieces)
        self.ledger.payout += amount

    def said(self, amount: Decimal) -> str:
        """Return an amount as the marketplace of the currency writes it."""
        return f"{amount:f}" if self.currency == "USD" else f"{amount:f}".replace(".", ",")

    def shown(self, day: date) -> str:
        """Return a day as the marketplace of the currency writes it."""
        return f"{day} 00:00:00 UTC" if self.currency == "USD" else f"{day:%d.%m.%Y} 00:00:00 UTC"

    def table(self) -> list[Sequence[str]]:
        """Return header, summary row and the rows of components."""
        headers = [name for name in HEADERS if self.currency == "USD" or name not in _NOT_IN_EUROPE]
        summary = {
            "settlement-id": self.number, "settlement-start-date": self.shown(self.first),
            "settlement-end-date": self.shown(self.last), "deposit-date": self.shown(self.last + timedelta(days=2)),
            "total-amount": self.said(self.ledger.payout), "currency": self.currency,
        }  # fmt: skip
        return [headers, *[[row.get(name, "") for name in headers] for row in (summary, *self.rows)]]


def write_settlement(settlement: Settlement, path: Path) -> dict[str, Any]:
    """Write the flat file and return what a reader must find in it."""
    lines = ["\t".join(cells) for cells in settlement.table()]
    path.write_bytes(("\n".join(lines) + "\n").encode())
    ledger = settlement.ledger
    told = ledger.expected(
        {
            "profile": "amazon/settlement", "layout": "", "number": settlement.number, "date": str(settlement.last),
            "period": [str(settlement.first), str(settlement.last)], "type": "", "currency": settlement.currency,
        }
    )  # fmt: skip
    rows = ledger.rows + 1
    sums = dict.fromkeys(("deposit", "column_amount"), f"{ledger.payout:f}")
    told["rows"] |= {"total": rows, "ignored": {"сводная строка": 1}}
    told["checks"] = dict(sorted({**sums, "rows": f"{rows}.00"}.items()))
    assert ledger.payout != ZERO
    return told
