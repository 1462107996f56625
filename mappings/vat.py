"""VAT rates as dated facts (``vat.toml``): which rate a sale of a given day carries.

An item has a *class* (general, reduced, zero, none); the organization's tax system may overrule it: a payer of USN
sells without VAT or at the special 5 or 7 per cent. Sources stand beside each fact in the table.
"""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

TaxSystem = Literal["general", "usn", "usn_vat5", "usn_vat7"]
RateClass = Literal["general", "reduced", "zero", "none", "usn_5", "usn_7"]

_SPECIAL: dict[str, RateClass] = {"usn": "none", "usn_vat5": "usn_5", "usn_vat7": "usn_7"}
_CLASS_OF_NUMBER: dict[str, RateClass] = {
    "": "general", "general": "general", "18": "general", "20": "general", "22": "general", "18/118": "general",
    "20/120": "general", "22/122": "general", "reduced": "reduced", "10": "reduced", "10/110": "reduced",
    "zero": "zero", "0": "zero", "none": "none", "без ндс": "none", "безндс": "none",
}  # fmt: skip


@cache
def facts() -> dict[str, list[tuple[date, Decimal]]]:
    """All rates by class, newest first."""
    table = tomllib.loads(files("mappings").joinpath("vat.toml").read_text("utf-8"))
    return {
        name: sorted(((row["from"], Decimal(row["rate"])) for row in rows), reverse=True)
        for name, rows in table.items()
    }


@lru_cache(maxsize=1024)
def rate_class(written: str | None) -> RateClass:
    """Return the class an ERP means by ``20``, ``20%``, ``НДС20``, ``Без НДС`` ...; raises ValueError when unknown.

    18, 20 and 22 are the same class: the general rate, whose number follows the date of the sale.
    """
    text = (written or "").strip().casefold().removesuffix("%").strip()
    if text.startswith("ндс"):
        text = text.removeprefix("ндс").strip()
    text = text.removesuffix(".0").removesuffix(".00")
    if text not in _CLASS_OF_NUMBER:
        raise ValueError(f"unknown VAT rate {written!r}")
    return _CLASS_OF_NUMBER[text]


@lru_cache(maxsize=4096)
def rate_on(day: date, item_class: RateClass, tax_system: TaxSystem = "general") -> Decimal | None:
    """Return the rate in percent for a sale of that day, ``None`` for a sale without VAT."""
    effective = _SPECIAL.get(tax_system, item_class)
    if effective == "none":
        return None
    for start, rate in facts()[effective]:
        if day >= start:
            return rate
    if effective in _SPECIAL.values():
        return None  # before 2025 a payer of USN sold without VAT (176-ФЗ of 2024-07-12 came into force then)
    raise ValueError(f"no VAT rate of class {effective} is known for {day}")


@cache
def rate_changes(tax_system: TaxSystem) -> tuple[date, ...]:
    """Return the days since which some rate is another than the day before, for payers of this tax system."""
    if tax_system == "usn":
        return ()
    special = _SPECIAL.get(tax_system)
    tables = [facts()[special]] if special else [rows[:-1] for rows in facts().values()]
    return tuple(sorted({start for rows in tables for start, _ in rows}))


def rates_between(
    first: date, last: date, item_class: RateClass, tax_system: TaxSystem = "general"
) -> frozenset[Decimal | None]:  # fmt: skip
    """Return every rate that a sale from ``first`` to ``last`` (both inclusive) may carry."""
    days = [day for day in rate_changes(tax_system) if first < day <= last]
    return frozenset(rate_on(day, item_class, tax_system) for day in (first if days else last, *days))
