"""Dividing what was sold as one kit over its components, without losing or making a kopeck.

The rule: in proportion to the price shares where they are given, else to the pieces. Whole kopecks are divided by the
largest remainder, earlier components first; what a row has below a kopeck goes with the heaviest component. A negative
amount is divided as the positive one, so that a sale and its cancellation take the same from every component.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from mappings.links import Part
from mappings.money import distribute

_WHOLE = Decimal(1)


def divide(kopecks: Decimal, parts: Sequence[Part]) -> list[Decimal]:
    """Divide exact kopecks over the parts of a kit; the results sum to them exactly."""
    weights = [part.weight for part in parts]
    size = abs(kopecks)
    whole = size.quantize(_WHOLE, ROUND_DOWN)
    shares = [share.scaleb(2) for share in distribute(whole.scaleb(-2), weights)]
    shares[weights.index(max(weights))] += size - whole
    return shares if kopecks >= 0 else [-share for share in shares]
