"""Random settlements of Amazon: components with either sign, pieces on the price alone, a summary row above them."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from reports.reading import Cell, Table
from tests.reports.random_rows import FIRST_DAYS, PRODUCTS, Made, Said, exact, money, sheet, signed
from tests.samples.amazon import HEADERS

# transaction, type, description, the kind of line it is, what turns the sign of the file into that of the kind
_GOODS = (
    ("Order", "ItemPrice", "Principal", "sale", 1), ("Order", "ItemPrice", "Shipping", "sale", 1),
    ("Order", "ItemPrice", "Tax", "sale", 1), ("Order", "Promotion", "Principal", "sale", 1),
    ("Order", "ItemFees", "MarketplaceFacilitatorVAT-Principal", "sale", 1),
    ("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Shipping", "sale", 1),
    ("Refund", "ItemPrice", "Principal", "return", -1), ("Refund", "ItemPrice", "Goodwill", "return", -1),
    ("A-to-z Guarantee Refund", "ItemPrice", "Principal", "return", -1),
    ("Refund", "Promotion", "Shipping", "return", -1),
    ("Liquidations", "ItemPrice", "Principal", "sale", 1),
    ("Liquidations Adjustments", "ItemPrice", "Principal", "return", -1),
)  # fmt: skip
_OTHERS = (
    ("Order", "ItemFees", "Commission", "commission", -1),
    ("Refund", "ItemFees", "RefundCommission", "commission", -1),
    ("Order", "ItemFees", "FBAPerUnitFulfillmentFee", "fulfilment", -1),
    ("Shipment", "Shipment-Fees", "FBATransportationFee", "fulfilment", -1),
    ("Order", "ItemFees", "ShippingChargeback", "logistics", -1),
    ("Order", "ItemFees", "DigitalServicesFee", "service", -1),
    ("ServiceFee", "other-transaction", "Storage Fee", "storage", -1),
    ("Service Fee", "other-transaction", "Subscription Fee", "subscription", -1),
    ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "promotion", -1),
    ("FBAFees", "FBA Inventory Storage Fee", "Tax on fee", "storage", -1),
    ("FBAFees", "FBA Amazon-Partnered Carrier Shipment Fee", "Discount on Fee", "fulfilment", -1),
    ("AmazonFees", "Coupon Performance Based Fee", "Base fee", "promotion", -1),
    ("Adjustment", "other-transaction", "Refund Reimbursal", "compensation", 1),
    ("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_LOST", "compensation", 1),
    ("other-transaction", "other-transaction", "BalanceAdjustment", "unsorted", 1),
    ("Order", "ItemWithheldTax", "TCS-IGST", "withheld_tax", -1),
    ("Order_Retrocharge", "ItemPrice", "Tax", "withheld_tax", -1),
    ("other-transaction", "other-transaction", "Amazon Capital Services", "loan", -1),
    ("Transfer", "other-transaction", "Previous Reserve Amount Balance", "carried_over", 1),
    ("Transfer", "other-transaction", "Current Reserve Amount", "carried_over", 1),
    ("Debt Adjustment", "Debt Adjustment", "Cross-Account Debt Adjustment for DE", "carried_over", 1),
)  # fmt: skip
_BY_TYPE = ("FBAFees", "AmazonFees")  # transactions whose fee is named by the type of the amount
_KNOWN = [product for product in PRODUCTS if product.no not in (3, 7, 8)]  # told by barcodes, which it has not


def settlement(seed: int, size: int) -> Made:
    """Make a settlement of two weeks or so."""
    chance = random.Random(f"amazon {seed}")
    first = chance.choice(FIRST_DAYS)
    made = Made("amazon", "amazon/settlement", first, first + timedelta(days=chance.choice((6, 13, 40))), chance)
    made.extra = 1
    for _ in range(size):
        _add(made, *chance.choice(_GOODS if chance.random() < 0.6 else _OTHERS))
    made.table = _table(made)
    return made


def _add(made: Made, transaction: str, kind_of_amount: str, description: str, kind: str, sign: int) -> None:
    chance, day = made.chance, made.day()
    goods, product = kind in ("sale", "return"), chance.choice(_KNOWN)
    amount = money(chance) if description == "Principal" and kind == "sale" else signed(chance)
    pieces = chance.randint(1, 4)
    counted = pieces if (kind_of_amount, description) == ("ItemPrice", "Principal") else 0
    scheme, written = chance.choice((("FBO", "AFN"), ("FBS", "MFN"))) if goods else ("", "")
    cells: dict[str, Cell] = {
        "settlement-id": "501", "transaction-type": transaction, "amount-type": kind_of_amount,
        "amount-description": description, "amount": amount, "fulfillment-id": written,
        "posted-date": f"{day} 08:00:00 UTC", "sku": product.article, "quantity-purchased": pieces,
    }  # fmt: skip
    made.count("amount", exact(amount))
    line = Said(
        kind=kind, section=kind if goods else "", amount=sign * exact(amount), quantity=counted, day=day,
        service=_service(transaction, kind_of_amount, description), product=product if goods else None, scheme=scheme,
    )  # fmt: skip
    made.add(cells, line)


def _service(transaction: str, kind_of_amount: str, description: str) -> str:
    if transaction in _BY_TYPE or kind_of_amount == "Cost of Advertising":
        return kind_of_amount
    return transaction if transaction == "Order_Retrocharge" else description


def _table(made: Made) -> Callable[[Sequence[dict[str, Cell]]], Table]:
    """Return a maker of the table: the summary row stands above whatever rows there are."""
    make = sheet([HEADERS], HEADERS)

    def table(records: Sequence[dict[str, Cell]]) -> Table:
        summary: dict[str, Cell] = {
            "settlement-id": "501", "settlement-start-date": f"{made.first} 00:00:00 UTC", "currency": "USD",
            "settlement-end-date": f"{made.last} 23:59:59 UTC",
            "total-amount": sum((exact(record["amount"]) for record in records), Decimal(0)),
        }  # fmt: skip
        return make([summary, *records])

    return table
