"""Items whose names are like a channel's name of a product: scored suggestions for a person, never links.

Many items share one name and differ in the variant, so names are indexed once each. The rarest words of a name choose
some dozens of names worth comparing; rapidfuzz (the extra ``[match]``) scores those. Without it there are none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from heapq import nsmallest
from operator import neg

try:
    from rapidfuzz import fuzz, process
except ImportError:  # the extra [match] is not installed
    AVAILABLE = False
else:
    AVAILABLE = True

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_STEM = 5
_POSTINGS = 1500
_COMPARED = 40
_NAMES = 8
_VARIANTS = 200
_LEAST = 55


def plain(text: str) -> str:
    """Return the words of a text in one case, as names are compared."""
    return " ".join(_WORD.findall(text.lower().replace("ё", "е")))


def numbers_differ(one: str, two: str) -> bool:
    """True when each of two names has a number that the other has not: МТЗ-80 is no МТЗ-82, however like they are."""
    first, second = (set(_NUMBER.findall(plain(text))) for text in (one, two))
    return bool(first - second) and bool(second - first)


class Names:
    """The names of items, to be asked for those like another name. Items are (name, variant), known by their place."""

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        self._items = items
        places: dict[str, list[int]] = defaultdict(list)
        for place, (name, _variant) in enumerate(items):
            places[plain(name)].append(place)
        places.pop("", None)
        self._names = sorted(places)
        self._places = [places[name] for name in self._names]
        self._having: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self._names):
            for stem in _stems(name):
                self._having[stem].append(number)
        self._nearest = cache(self._find_nearest)

    def like(self, name: str, size: str, limit: int) -> list[tuple[int, int]]:
        """Return places of the items most like this name and size, each with its score of 100; the best first."""
        asked = plain(name)
        if not AVAILABLE or not asked:
            return []
        sized = plain(f"{name} {size}")
        found = [place for number in self._nearest(asked) for place in self._places[number]][:_VARIANTS]
        scored = [(place, _score(sized, plain(" ".join(self._items[place])))) for place in found]
        good = sorted((pair for pair in scored if pair[1] >= _LEAST), key=lambda pair: (-pair[1], pair[0]))
        return good[:limit]

    def _find_nearest(self, asked: str) -> list[int]:
        """Return the numbers of the names most like this one, the best first."""
        rarest = sorted(_stems(asked), key=lambda stem: (len(self._having.get(stem, ())), stem))
        weights: Counter[int] = Counter()
        seen = 0
        for stem in rarest:
            having = self._having.get(stem, ())
            if having and (not seen or seen + len(having) <= _POSTINGS):
                seen += len(having)
                weight = 1_000_000 // len(having) + 1000
                for number in having[: 4 * _POSTINGS]:
                    weights[number] += weight
        heaviest = nsmallest(_COMPARED, zip(map(neg, weights.values()), weights, strict=True))
        chosen = [number for _weight, number in heaviest]
        choices = [self._names[number] for number in chosen]
        ranked = process.extract(asked, choices, scorer=fuzz.token_sort_ratio, limit=_NAMES)
        return [chosen[at] for _name, _ratio, at in ranked]


def _stems(name: str) -> set[str]:
    return {word[:_STEM] for word in name.split() if len(word) > 1 or word.isdigit()}


def _score(one: str, two: str) -> int:
    """Equal words count for half, equal text for half: a part is like its whole, but not the same."""
    return round((fuzz.token_set_ratio(one, two) + fuzz.token_sort_ratio(one, two)) / 2)
