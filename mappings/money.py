"""Exact money: reading it, rounding it once, sharing it out without losing a kopeck.

Amounts are ``Decimal`` roubles (or another currency's main unit); ``minor`` means integer kopecks. The rounding rule of
the house: a value is rounded **half up, once, at the document**, and the parts of a rounded whole are made to sum to it
by the largest remainder (see ``share_out``). Nothing here ever turns money into a float.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")
ZERO = Decimal("0.00")
_CANCEL = 100


def exact(value: int | float | Decimal | str) -> Decimal:
    """Return the number a spreadsheet cell shows, exactly: a float by its shortest decimal form, never by its bits.

    Raises ``decimal.InvalidOperation`` for text that is not a plain number.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def rounded(value: Decimal) -> Decimal:
    """Round to kopecks, half away from zero (the rule of Russian commercial rounding)."""
    return value.quantize(KOPECK, ROUND_HALF_UP)


def to_minor(value: Decimal) -> int:
    """Return whole kopecks; asserts that nothing below a kopeck is lost."""
    scaled = value * 100
    minor = int(scaled)
    if minor != scaled:
        raise ValueError(f"{value} is not a whole number of kopecks")
    return minor


def from_minor(minor: int) -> Decimal:
    """Return roubles with two places for an integer number of kopecks."""
    return Decimal(minor).scaleb(-2)


def share_out(parts: Sequence[Decimal], total: Decimal | None = None) -> list[Decimal]:
    """Round exact parts to kopecks so that they sum to the rounded whole.

    Every part is cut down to a kopeck; the kopecks that remain go one each to the parts with the largest cut-off
    fraction, earlier parts first. ``total`` (kopecks) defaults to the rounded sum of the parts and must be within one
    kopeck per part of it.
    """
    whole = rounded(sum(parts, ZERO)) if total is None else total
    floors = [part.quantize(KOPECK, ROUND_FLOOR) for part in parts]
    left = to_minor(whole - sum(floors, ZERO))
    if not 0 <= left <= len(parts):
        raise ValueError(f"{whole} cannot be shared out over {len(parts)} parts that sum to {sum(parts, ZERO)}")
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for i in order[:left]:
        floors[i] += KOPECK
    assert sum(floors, ZERO) == whole
    return floors


def distribute(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide a rounded total in proportion to weights (any sign), to the kopeck.

    Weights of both signs that nearly cancel (their sum is less than a hundredth of their sizes) carry no proportion:
    every part would be many times the whole. The total then falls on the weights of its own sign, by their size; where
    there are none, on the first part.
    """
    if not weights:
        if total:
            raise ValueError(f"{total} has nothing to be distributed over")
        return []
    base = sum(weights, ZERO)
    if abs(base) * _CANCEL < sum(map(abs, weights), ZERO):
        weights = [weight if (weight < 0) == (total < 0) else ZERO for weight in weights]
        base = sum(weights, ZERO)
    if base == 0:
        return [total] + [ZERO] * (len(weights) - 1)
    return share_out([total * weight / base for weight in weights], total)


def vat_inside(amount: Decimal, rate: Decimal | None) -> Decimal:
    """VAT contained in an amount that includes it: ``amount * rate / (100 + rate)``, rounded; none gives 0.00.

    ``rate`` in percent. Source: the calculated rate of НК РФ, article 164, paragraph 4.
    """
    return rounded(amount * rate / (100 + rate)) if rate else ZERO
