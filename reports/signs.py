"""What no file has proved: is a correction, are loyalty points, is a change of the payment date paid or withheld; and
under whose taxes are goods sold, and in what currency?

The account's setting decides. ``auto`` means withheld, unless only the other way meets what the report or its register
says of the payout. Source: public programs disagree on «Корректировка ВВ»; see docs/accounting.md.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations

import msgspec

from reports import expression
from reports.checks import Amounts, run_checks
from reports.kinds import kinds
from reports.lines import Summary
from reports.profile import Check, Profile
from reports.settings import BookingSettings

_SETTINGS = {
    "correction": "correction_sign",
    "loyalty_fee": "loyalty_sign",
    "loyalty_points": "loyalty_sign",
    "payment_schedule": "schedule_sign",
}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules cannot know, how it was decided here, and why."""

    setting: str
    value: str
    reason: str


def choose_signs(
    profile: Profile, summary: Summary, facts: Mapping[str, Mapping[str, Decimal]], settings: BookingSettings
) -> tuple[dict[str, int], list[Choice]]:
    """Return the effects that differ from the usual ones, and the choices to show: only for kinds the report has."""
    chosen = {
        name: getattr(settings, name)
        for kind, name in _SETTINGS.items()
        if Amounts(summary).kind(kind)
    }  # fmt: skip
    fixed = {name for name, value in chosen.items() if value == "paid"}
    free = [name for name, value in chosen.items() if value == "auto"]
    for count in range(len(free) + 1):
        for more in combinations(free, count):
            paid = fixed | set(more)
            if _meets(profile, summary, facts, _effects(paid)):
                return _effects(paid), [_choice(name, value, name in paid, True) for name, value in chosen.items()]
    return _effects(fixed), [_choice(name, value, name in fixed, False) for name, value in chosen.items()]


def choose_currency(summary: Summary, settings: BookingSettings) -> tuple[Summary, list[Choice]]:
    """Return the summary in the currency of the cabinet where the report does not say its own, and that choice."""
    if summary.currency_named or summary.currency == settings.currency:
        return summary, []
    chosen = Choice(
        setting="currency", value=settings.currency, reason="в файле валюта не названа, принята валюта кабинета"
    )  # fmt: skip
    return msgspec.structs.replace(summary, currency=settings.currency), [chosen]


def choose_tax(profile: Profile, settings: BookingSettings) -> list[Choice]:
    """Return how goods come by their VAT, to show it where that is not simply the rate of the item."""
    if settings.goods_vat != "auto":
        reason = "так задано в настройках учётной записи"
        return [Choice(setting="goods_vat", value=settings.goods_vat, reason=reason)]
    if profile.documents.goods_vat == "none":
        reason = "товары проданы за рубежом, по налогам той страны; принято по умолчанию"
        return [Choice(setting="goods_vat", value="none", reason=reason)]
    return []


def choose_points(summary: Summary, settings: BookingSettings) -> list[Choice]:
    """Return what discount points are taken for, to show it where a report has any."""
    if not Amounts(summary).kind("points"):
        return []
    said = {"revenue": "баллы входят в сумму продажи", "reduce_services": "баллы уменьшают цену услуг, это не выручка"}
    return [Choice(setting="points", value=settings.points, reason=said[settings.points])]


def _effects(paid: set[str]) -> dict[str, int]:
    return {kind: -kinds()[kind].effect for kind, name in _SETTINGS.items() if name in paid}


def _meets(
    profile: Profile, summary: Summary, facts: Mapping[str, Mapping[str, Decimal]], effects: dict[str, int]
) -> bool:
    about = {check.code for check in profile.checks if "payout" in _names(check)}
    results, _ = run_checks(profile, Amounts(summary, facts, effects), summary)
    known = [check.ok for check in results if check.code in about]
    return bool(known) and all(known)


def _names(check: Check) -> list[str]:
    return [*expression.names(check.expected), *expression.names(check.actual)]


def _choice(name: str, setting: str, paid: bool, proved: bool) -> Choice:
    value = "paid" if paid else "withheld"
    if setting != "auto":
        return Choice(setting=name, value=value, reason="так задано в настройках учётной записи")
    if proved:
        return Choice(setting=name, value=value, reason="так сходится «Итого к оплате»")
    return Choice(setting=name, value=value, reason="не подтверждено реестром, принято по умолчанию")
