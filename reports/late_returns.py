"""Late returns: which day of sale a returned piece is booked by, and when nobody but its sale can tell.

A return takes back what the sale booked: its item, its VAT rate (the amount stays that of the return's own row). Which
day that was need not be known while only one rate was in force from the earliest possible day to the return. Where two
were, the sale itself decides, then a person's choice, then all known sales of the product where they agree and no
sale can be missing. Nothing is guessed: what is left waits, unless the account takes the rate of the day of return.
What undoes a return takes back what the return booked, so it asks for the same sale.
Source: НК РФ, ст. 171 п. 5, ст. 172 п. 4 (what comes back is corrected at the rate it was sold at).
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Resolution
from mappings.vat import RateClass, TaxSystem, rate_changes, rate_class, rate_on, rates_between
from reports.profile import profiles

How = Literal["certain", "by_sale", "chosen", "by_candidates", "return_day", "waiting"]
Rates = frozenset[Decimal | None]
Span = tuple[date, date]  # both days inclusive
_DAY = timedelta(days=1)


@cache
def undoing_operations() -> tuple[str, ...]:
    """Return how reports call the operations whose sales undo a return."""
    undoing = [one for profile in profiles().values() for one in profile.operations if any(x.undoes for x in one.lines)]
    return tuple(text for one in undoing for text in next(iter(one.when.values())))


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one return. Days are ISO texts, empty where unknown.

    ``rates``: those among which the sale decides; none where the rate is certain. ``sale``: the day of the sale with
    the same reference. ``chosen``: a person's day. ``candidates``: days of known sales of the product in that time.
    """

    rates: Rates = frozenset()
    sale: str = ""
    chosen: str = ""
    candidates: Collection[str] = ()


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """What products of one report stand for on a day, and at which rates; answers are remembered."""

    keys: Sequence[ProductKey]
    catalogue: Catalogue
    tax_system: TaxSystem
    known: dict[tuple[int, date, date], Rates] = msgspec.field(default_factory=dict)
    found: dict[tuple[int, date | None], tuple[Resolution, tuple[RateClass, ...]]] = msgspec.field(default_factory=dict)

    def open_rates(self, key: int, first: date, last: date) -> Rates:
        """Return the rates among which only the day of sale decides; empty where there is but one."""
        place = key, first, last
        if place not in self.known:
            self.known[place] = self._open_rates(key, first, last)
        return self.known[place]

    def _open_rates(self, key: int, first: date, last: date) -> Rates:
        if not any(first < day <= last for day in rate_changes(self.tax_system)):
            return frozenset()
        classes = {one for day in (first, last) for one in self._classed(key, day)[1]}
        by_class = [rates_between(first, last, one, self.tax_system) for one in classes]
        return frozenset().union(*(rates for rates in by_class if len(rates) > 1))

    def rates(self, key: int, day: date) -> Rates:
        """Return the rates at which the product was sold on that day: of a kit those of all its parts."""
        return frozenset(rate_on(day, one, self.tax_system) for one in self._classed(key, day)[1])

    def says(self, key: int, day: date) -> tuple[Resolution, Rates]:
        """Return all that a sale of that day would have been booked by."""
        return self.resolve(key, day), self.rates(key, day)

    def resolve(self, key: int, day: date) -> Resolution:
        """Return the item or kit that the product stood for on that day."""
        return self._classed(key, day)[0]

    def _classed(self, key: int, day: date) -> tuple[Resolution, tuple[RateClass, ...]]:
        if (always := self.found.get((key, None))) is not None:
            return always
        place = key, day if self.catalogue.dates_matter(self.keys[key]) else None
        if place not in self.found:
            found = self.catalogue.resolve(self.keys[key], day)
            self.found[place] = found, _classes(found)
        return self.found[place]


def _classes(found: Resolution) -> tuple[RateClass, ...]:
    parts: list[Item | None] = [part.item for part in found.parts] or [found.item]
    return tuple({rate_class(item.vat_rate if item else ""): None for item in parts})


def first_day(returned: date, ordered: str, window: int) -> date:
    """Return the earliest day of sale: that of the order, or ``window`` days before the return where it is unknown.

    An order later than the return is a slip of the channel and says nothing.
    """
    if ordered and ordered <= returned.isoformat():
        return date.fromisoformat(ordered)
    return returned - timedelta(days=window)


def decide(known: Evidence, products: Products, key: int, span: Span, covered: Sequence[Span],
           setting: Literal["ask", "return_day"]) -> tuple[How, str]:  # fmt: skip
    """Return how a return finds its day of sale, and that day: empty where the day of the return counts.

    ``span``: from the earliest day of sale to the return. ``covered``: the periods of the account's known reports, this
    one among them; what was sold on other days, before the account began too, nobody knows.
    """
    if known.sale:
        return "by_sale", known.sale
    if known.chosen:
        return "chosen", known.chosen
    if not known.rates:
        return _composed(known.candidates, products, key, span[1])
    if _agree(known.candidates, products, key, span, covered):
        return "by_candidates", max(known.candidates)
    return ("return_day" if setting == "return_day" else "waiting"), ""


def _composed(candidates: Collection[str], products: Products, key: int, returned: date) -> tuple[How, str]:
    """Where only the composition may differ: known sales that agree decide, otherwise the day of the return counts."""
    says = [products.resolve(key, date.fromisoformat(day)) for day in candidates]
    if says and says[0] != products.resolve(key, returned) and all(one == says[0] for one in says):
        return "by_candidates", max(candidates)
    return "certain", ""


def _agree(
    candidates: Collection[str], products: Products, key: int, span: Span, covered: Sequence[Span]
) -> bool:  # fmt: skip
    """True when all known sales say the same, and days at another rate lie in known reports without a sale."""
    if not candidates:
        return False
    days = [date.fromisoformat(day) for day in (min(candidates), *candidates)]
    likely = products.says(key, date.fromisoformat(max(candidates)))  # where rates differ, the ends differ
    if any(products.says(key, day) != likely for day in days):
        return False
    return not uncovered(candidates, products, key, span, covered)


def uncovered(
    candidates: Collection[str], products: Products, key: int, span: Span, covered: Sequence[Span]
) -> list[Span]:  # fmt: skip
    """Return the days that no report covers and on which a sale that nobody knows may hide.

    Those at another rate than the known sales have; all of them where no sale is known, or the known ones differ.
    """
    said = {products.rates(key, date.fromisoformat(day)) for day in candidates}
    if len(said) != 1:
        return _gaps(span, covered)
    first, last = span
    starts = [first, *(day for day in rate_changes(products.tax_system) if first < day <= last)]
    ends = [*(day - _DAY for day in starts[1:]), last]
    others = [part for part in zip(starts, ends, strict=True) if {products.rates(key, day) for day in part} != said]
    return [gap for part in others for gap in _gaps(part, covered)]


def _gaps(span: Span, covered: Sequence[Span]) -> list[Span]:
    """Return the days of the span that lie in none of the periods."""
    missing, last = span
    found: list[Span] = []
    for first, end in sorted(covered):
        if missing < first and missing <= last:
            found.append((missing, min(first - _DAY, last)))
        missing = max(missing, end + _DAY)
    return found if missing > last else [*found, (missing, last)]
