"""What an accountant may choose per account about how its reports are booked. Every choice has a safe default."""

from typing import Annotated, Literal

import msgspec

Currency = Literal[
    "RUB", "KZT", "BYN", "AMD", "KGS", "UZS", "CNY", "USD", "EUR", "PLN", "GBP", "SEK", "CZK", "CAD", "MXN", "BRL",
    "AUD", "JPY", "INR", "TRY", "AED", "SAR", "SGD", "EGP", "ZAR",
]  # fmt: skip


class BookingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one account, a closed vocabulary.

    grouping: one document line per item, VAT rate and price; per item and VAT rate; or per source row.
    points: discount points of Ozon reduce its services (so they are no revenue), or are part of the sale.
    services: a receipt of services per kind from the report's own sums, or none (they come from the УПД).
    commission_split: each line carries its rows' own commission (by_row) or a share of the total by its amount
        (by_amount); auto is by row unless a line's commission would be negative, which 1C does not take.
    upd: the УПД of the report's period is not looked at; compared with the documents (check); or the documents carry
        its sums, and the difference to the rows is a document of its own (book).
    upd_tolerance: how many roubles commission and services may each differ from the УПД.
    upd_without: kinds of services for which no УПД comes: what the channel passes on for others.
    require_upd: hold a report until the УПД of its commission and services are there.
    require_services: hold a report until all it charges and pays, its commission too, is linked to items of the ERP.
    require_register: hold a report until a register or companion report confirms its totals.
    late_reports: documents of a closed month hold their report, or are dated with the first open day (open_month).
    commission_vat: ``auto`` is the general rate of the document's day; ``none``; or a rate in per cent.
    erp_configuration, settlement_account, services_account: of the journal preview: whose entries it shows, on which
        account the commissioner's debt for goods stands, and on which the debt for its reward and services.
    period_split: a report that crosses the end of a month is one document dated with its last day (report_date), or
        one a month by the day of sale (sale_date).
    negative_commission: a commissioner report whose commission is negative in all carries none, and the sum becomes
        other income, since 1C takes no negative commission; or it is kept as it is.
    currency: the currency of the cabinet; a report in another one is held.
    correction_sign, loyalty_sign, schedule_sign: whether the correction of the remuneration, the loyalty points and the
        change of the payment date are withheld or paid; auto is withheld unless only the other meets the register.
    goods_vat: goods carry the VAT rate of their items, or none; auto is none in the reports of Amazon, which sells in
        other countries under their taxes, and that of the items in all others.
    without_pieces: goods with an amount and no pieces (Amazon gives back a part of the price that way) hold their
        report, or are booked as they are: as a change of the price (keep).
    late_returns: a return whose VAT rate depends on a sale that is not known waits for an answer (ask), or takes the
        rate of its own day (return_day).
    return_window_days: how long before a return without an order day its sale may lie: 30 days to send it back, which
        is the longest that marketplaces give without a defect, and two weeks on the way.
    """

    grouping: Literal["item_price", "item", "none"] = "item_price"
    points: Literal["reduce_services", "revenue"] = "reduce_services"
    services: Literal["per_kind", "none"] = "per_kind"
    commission_split: Literal["auto", "by_row", "by_amount"] = "auto"
    upd: Literal["none", "check", "book"] = "none"
    upd_tolerance: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}([.][0-9]{1,2})?$")] = "1.00"
    upd_without: tuple[str, ...] = ("agent_service",)
    require_upd: bool = False
    require_services: bool = False
    require_register: bool = False
    late_reports: Literal["hold", "open_month"] = "hold"
    commission_vat: str = "auto"
    erp_configuration: Literal["bp30", "ut11", "ka2", "unf"] = "bp30"
    settlement_account: Literal["62.01", "76.09"] = "62.01"
    services_account: Literal["60.01", "76.09"] = "60.01"
    period_split: Literal["report_date", "sale_date"] = "report_date"
    negative_commission: Literal["other_income", "keep"] = "other_income"
    currency: Currency = "RUB"
    correction_sign: Literal["auto", "withheld", "paid"] = "auto"
    loyalty_sign: Literal["auto", "withheld", "paid"] = "auto"
    schedule_sign: Literal["auto", "withheld", "paid"] = "auto"
    late_returns: Literal["ask", "return_day"] = "ask"
    goods_vat: Literal["auto", "item", "none"] = "auto"
    without_pieces: Literal["hold", "keep"] = "hold"
    return_window_days: Annotated[int, msgspec.Meta(ge=1, le=1095)] = 45
