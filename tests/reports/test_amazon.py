"""Settlements of Amazon as other sellers have them: every form gives the same totals, every row the kind it is."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reports.checks import Amounts
from tests.reports.reader import Read, content, read
from tests.samples.amazon import HEADERS, Settlement, write_settlement
from tests.samples.book import write_table

Rows = list[list[str]]
DATES = ("settlement-start-date", "settlement-end-date", "deposit-date", "posted-date", "posted-date-time")
SUMS = ("total-amount", "amount")


def table() -> tuple[Rows, Decimal]:
    """A settlement as rows of cells, and what was paid."""
    made = Settlement("28800550121", date(2026, 7, 6))
    return [list(row) for row in made.table()], made.ledger.payout


def text(rows: Rows, end: str = "\n") -> str:
    return "".join("\t".join(row) + end for row in rows)


def settle(folder: Path, written: str | bytes, name: str = "settlement.txt") -> Read:
    path = folder / name
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    return read(path, "amazon")


def payout(found: Read) -> Decimal:
    """What was paid, where everything ties; insists on it."""
    content(found)
    assert found.summary
    return Amounts(found.summary).payout()


def each(rows: Rows, columns: tuple[str, ...], change: Callable[[str], str]) -> Rows:
    places = [rows[0].index(name) for name in columns]
    return [rows[0], *[[change(one) if n in places and one else one for n, one in enumerate(row)] for row in rows[1:]]]


def repeated(rows: Rows, *names: str) -> Rows:
    """Say in every row what the summary row says."""
    places = [rows[0].index(name) for name in names]
    return [rows[0], *[[rows[1][n] if n in places else one for n, one in enumerate(row)] for row in rows[1:]]]


# --- forms ------------------------------------------------------------------------------------------------------------

PERIOD = ("settlement-start-date", "settlement-end-date", "deposit-date")
_SWAPPED = str.maketrans(",.", ".,")
FORMS: dict[str, Callable[[Rows], str | bytes]] = {
    "CRLF": lambda rows: text(rows, "\r\n"),
    "a mark": lambda rows: text(rows).encode("utf-8-sig"),
    "UTF-16": lambda rows: text(rows).encode("utf-16"),
    "every cell quoted": lambda rows: text([[f'"{cell}"' for cell in row] for row in rows]),
    "no tabs at the ends": lambda rows: "".join(line.rstrip("\t") + "\n" for line in text(rows).splitlines()),
    "blank lines at the end": lambda rows: text(rows) + "\n\t\t\n\n",
    "another order of columns": lambda rows: text([row[::-1] for row in rows]),
    "the summary last": lambda rows: text([rows[0], *rows[2:], rows[1]]),
    "the period in every row": lambda rows: text(repeated(rows, *PERIOD)),
    "the total in every row": lambda rows: text(repeated(rows, *PERIOD, "total-amount")),
    "no summary, but the total in every row": lambda rows: (
        text(repeated(rows, *PERIOD, "total-amount")[:1]) + text(repeated(rows, *PERIOD, "total-amount")[2:])
    ),
    "the currency in the summary alone": lambda rows: text(
        rows[:2] + each([rows[0], *rows[2:]], ("currency",), _no)[1:]
    ),
    "days of Japan": lambda rows: text(each(rows, DATES, lambda day: day.replace("-", "/").replace("UTC", "JST"))),
    "days with a T": lambda rows: text(each(rows, DATES, lambda day: day.replace(" 00:00:00 UTC", "T00:00:00+00:00"))),
    "a comma in sums": lambda rows: text(each(rows, SUMS, lambda sum_: sum_.replace(".", ","))),
    "thousands by points": lambda rows: text(each(rows, SUMS, lambda one: f"{Decimal(one):,}".translate(_SWAPPED))),
    "other spelling": lambda rows: text(rows).replace("ServiceFee", "Service fee").replace("other-tr", "Other-Tr"),
    "a lone quotation mark": lambda rows: text(each(rows, ("sku",), lambda sku: sku and f'"12 {sku}')),
    "Latin letters of cp1252": lambda rows: text(each(rows, ("sku",), lambda sku: sku and "Größe")).encode("cp1252"),
    "Japanese letters of Shift-JIS": lambda rows: text(each(rows, ("sku",), lambda sku: sku and "商品")).encode(
        "cp932"
    ),
}


def _no(_: str) -> str:
    return ""


@pytest.mark.parametrize("form", FORMS)
def test_a_settlement_in_any_form_has_the_same_total(tmp_path: Path, form: str) -> None:
    rows, paid = table()
    found = settle(tmp_path, FORMS[form](rows))
    assert payout(found) == paid
    assert found.summary
    assert (found.summary.number, found.summary.currency) == ("28800550121", "USD")
    assert (found.summary.period_from, found.summary.period_to) == ("2026-07-06", "2026-07-19")
    assert found.summary.rows_used == len(rows) - 2


def test_a_settlement_saved_again_by_excel_has_the_same_total(tmp_path: Path) -> None:
    rows, paid = table()
    numbers = {rows[0].index(name) for name in (*SUMS, "settlement-id", "quantity-purchased")}
    write_table(
        tmp_path / "s.xlsx",
        [rows[0], *[[float(c) if n in numbers and c else c or None for n, c in enumerate(row)] for row in rows[1:]]],
    )
    assert payout(read(tmp_path / "s.xlsx", "amazon")) == paid


def test_yen_without_decimals_are_whole(tmp_path: Path) -> None:
    rows, paid = table()
    found = settle(tmp_path, text(each(rows, SUMS, lambda one: str(int(Decimal(one) * 100)))))
    assert payout(found) == paid * 100


# --- what holds -------------------------------------------------------------------------------------------------------


def test_a_settlement_without_its_summary_is_held_in_words_that_name_it(tmp_path: Path) -> None:
    rows, _ = table()
    found = settle(tmp_path, text(repeated(rows, *PERIOD)[:1] + repeated(rows, *PERIOD)[2:]))
    assert [one.code for one in found.problems] == ["summary_missing"]
    assert "«total-amount»" in found.problems[0].message


def test_two_summaries_that_say_different_totals_are_a_problem(tmp_path: Path) -> None:
    rows, _ = table()
    other = [("1.00" if name == "total-amount" else cell) for name, cell in zip(rows[0], rows[1], strict=True)]
    found = settle(tmp_path, text([rows[0], other, *rows[1:]]))
    assert [(one.code, one.row, one.column) for one in found.problems] == [("rows_differ", 3, "total-amount")]


def test_a_file_cut_in_the_middle_does_not_tie(tmp_path: Path) -> None:
    rows, _ = table()
    found = settle(tmp_path, text(rows[:-4]))
    assert [check.code for check in found.checks()[0] if not check.ok] == ["deposit"]


def test_currencies_mixed_in_one_file_are_named(tmp_path: Path) -> None:
    rows, _ = table()
    rows[5][rows[0].index("currency")] = "CAD"
    (told,) = settle(tmp_path, text(rows)).problems
    assert (told.code, told.row, told.found, told.expected) == ("rows_differ", 6, "CAD", "USD")


# --- what rows are ----------------------------------------------------------------------------------------------------

# transaction, type, description; the kind of line it is, the service it names, what turns the sign to that of the kind
KINDS = [
    # fees whose name is the type of the amount
    ("FBAFees", "FBA Inventory Storage Fee", "Base fee", "storage", "FBA Inventory Storage Fee", -1),
    ("FBAFees", "FBA Long Term Storage Fee", "Tax on fee", "storage", "FBA Long Term Storage Fee", -1),
    ("FBAFees", "FBA Removal Order: Disposal Fee", "Base fee", "fulfilment", "FBA Removal Order: Disposal Fee", -1),
    ("FBAFees", "Inbound Transportation Program Fee", "Base fee", "fulfilment", "", -1),
    ("FBAFees", "FBA Amazon-Partnered Carrier Shipment Fee", "Discount on Fee", "fulfilment", "", -1),
    ("AmazonFees", "Coupon Performance Based Fee", "Base fee", "promotion", "Coupon Performance Based Fee", -1),
    ("AmazonFees", "Deal Participation Fee", "Base fee", "promotion", "Deal Participation Fee", -1),
    ("AmazonFees", "Vine Enrollment Fee", "Base fee", "promotion", "Vine Enrollment Fee", -1),
    ("AmazonFees", "FBA fulfilment fee per unit - Reversal", "Base fee", "fulfilment", "", -1),
    ("AmazonFees", "Eco-contribution for EPR Pay on Behalf - GB", "Base fee", "service", "", -1),
    ("Grade and Resell Fees", "Grade and Resell Charge", "Base fee", "service", "Grade and Resell Charge", -1),
    ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "promotion", "Cost of Advertising", -1),
    ("ServiceFee", "Refund for Advertiser", "TransactionTotalAmount", "promotion", "Refund for Advertiser", -1),
    ("CouponRedemptionFee", "Save 10% on pipes", "12345", "promotion", "CouponRedemptionFee", -1),
    # fees given back, with the sign of the fee
    ("Fulfillment Fee Refund", "Item Fee Adjustment", "FBA Weight Handling Fee", "fulfilment", "", -1),
    ("other-transaction", "other-transaction", "Fee Adjustment", "service", "Fee Adjustment", -1),
    ("other-transaction", "other-transaction", "Non-subscription Fee Adjustment", "service", "", -1),
    ("Cancellation", "ItemFees", "Order Cancellation Charge", "service", "Order Cancellation Charge", -1),
    ("Refund", "ItemFees", "Commission", "commission", "Commission", -1),
    ("Order", "ItemFees", "Commission IGST", "commission", "Commission IGST", -1),
    ("Order", "ItemFees", "Fixed closing fee", "commission", "Fixed closing fee", -1),
    ("Order", "ItemFees", "GiftwrapChargeback", "logistics", "GiftwrapChargeback", -1),
    ("Liquidations", "ItemFees", "LiquidationsBrokerageFee", "service", "LiquidationsBrokerageFee", -1),
    # outside orders
    ("other-transaction", "other-transaction", "StorageRenewalBilling", "storage", "", -1),
    ("other-transaction", "other-transaction", "FBA Inbound Placement Service Fee", "fulfilment", "", -1),
    ("other-transaction", "other-transaction", "RemovalComplete", "fulfilment", "", -1),
    ("other-transaction", "other-transaction", "MFNPostagePurchaseCompleteIGST", "logistics", "", -1),
    ("other-transaction", "", "Amazon Easy Ship weight handling fee reversal", "logistics", "", -1),
    ("other-transaction", "other-transaction", "Manual Processing Fee", "service", "Manual Processing Fee", -1),
    # what Amazon gives and takes back
    ("other-transaction", "FBA Inventory Reimbursement", "COMPENSATED_CLAWBACK", "compensation", "", 1),
    ("other-transaction", "other-transaction", "Manual Processing Fee Reimbursement", "compensation", "", 1),
    ("Other", "Other Transactions", "Reimbursement for lost packages", "compensation", "", 1),
    ("SAFE-T Reimbursement", "other-transaction", "SAFE-T Reimbursement", "compensation", "", 1),
    # the same money elsewhere
    ("Debt Adjustment", "Debt Adjustment", "Cross-Account Debt Adjustment against BE, FR", "carried_over", "", 1),
    ("Transfers", "Micro Deposit", "Micro Deposit", "carried_over", "", 1),
    ("other-transaction", "other-transaction", "Payable to Amazon", "carried_over", "", 1),
    ("other-transaction", "other-transaction", "Successful charge", "carried_over", "", 1),
    ("other-transaction", "other-transaction", "Transfer of funds unsuccessful: We could not", "carried_over", "", 1),
    # taxes
    ("Order_Retrocharge", "ItemPrice", "Tax", "withheld_tax", "Order_Retrocharge", -1),
    ("Refund_Retrocharge", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "withheld_tax", "", -1),
    ("Order", "ItemTDS", "TDS (Section 194-O)", "withheld_tax", "TDS (Section 194-O)", -1),
    ("Order", "ItemTCS", "TCS-IGST", "withheld_tax", "TCS-IGST", -1),
    # nobody knows: the accountant does
    ("other-transaction", "other-transaction", "FBA Inventory Credit", "unsorted", "FBA Inventory Credit", 1),
    ("other-transaction", "other-transaction", "Chargeback", "unsorted", "Chargeback", 1),
    ("other-transaction", "other-transaction", "ShippingTax", "unsorted", "ShippingTax", 1),
    ("other-transaction", "other-transaction", "Feedback bonus", "unsorted", "Feedback bonus", 1),
    ("other-transaction", "other-transaction", "BalanceAdjustment", "unsorted", "BalanceAdjustment", 1),
    ("Other", "MCF Preferred Pricing Seller Credit", "Base charge", "unsorted", "", 1),
]  # fmt: skip


@pytest.mark.parametrize(("transaction", "type_", "description", "kind", "service", "sign"), KINDS)
def test_a_row_is_the_kind_it_says(
    tmp_path: Path, transaction: str, type_: str, description: str, kind: str, service: str, sign: int
) -> None:
    said = {"transaction-type": transaction, "amount-type": type_, "amount-description": description}
    row = dict.fromkeys(HEADERS, "") | said | {"settlement-id": "1", "amount": "-7.50", "posted-date": "2026-07-07"}
    summary = dict.fromkeys(HEADERS, "") | {
        "settlement-id": "1", "settlement-start-date": "2026-07-06", "settlement-end-date": "2026-07-19",
        "total-amount": "-7.50", "currency": "EUR",
    }  # fmt: skip
    found = settle(tmp_path, text([list(HEADERS), [*summary.values()], [*row.values()]]))
    assert payout(found) == Decimal("-7.50")
    (line,) = found.lines
    assert (line.kind, line.amount, line.key) == (kind, sign * -750, None)
    assert line.service == (service or line.service)


@pytest.mark.parametrize(
    ("transaction", "type_", "description"),
    [("Order", "Surprise", "Principal"), ("Wire", "other-transaction", "Storage Fee"), ("", "ItemFees", "Commission")],
)
def test_what_no_list_knows_is_held_with_its_sum(
    tmp_path: Path, transaction: str, type_: str, description: str
) -> None:
    rows, _ = table()
    rows[2][6], rows[2][12], rows[2][13] = transaction, type_, description
    (told,) = settle(tmp_path, text(rows)).problems
    assert (told.code, told.row) == ("operation_unknown", 3)


def test_what_comes_back_from_a_liquidation_is_a_return(tmp_path: Path) -> None:
    made = Settlement("1", date(2026, 7, 6), orders=0)
    said = {"transaction-type": "Liquidations Adjustments", "amount-type": "ItemPrice", "sku": "A"}
    made.add(
        "return", "return", Decimal("-8"), {**said, "amount-description": "Principal", "quantity-purchased": "1"}, 1
    )
    path = tmp_path / "settlement.txt"
    told = write_settlement(made, path)
    assert content(read(path, "amazon"))["totals"] == told["totals"]
