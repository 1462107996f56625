"""Which ERP item a channel's product is, over a whole catalogue: found by codes, suggested by names, never guessed.

Evidence is gathered from every code of a key: its barcode, its article (exact, else folded), its article with its size.
A link is made when all evidence leaves exactly one item and nothing speaks against it: no other code, no size, no
sibling that the name describes better. Everything else goes to a person, with candidates, scores and reasons. The
answer depends on the key and the set of items only, not on the order of either.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from mappings import names
from mappings.codes import (
    agree,
    damaged,
    fold,
    read_barcodes,
    same_article,
    says_nothing,
    scale,
    sizes,
    split_size,
    without_zeros,
)
from mappings.items import Item, ProductKey

State = Literal["linked", "ambiguous", "suggested", "unlinked"]
How = Literal["barcode", "article", "article_size", ""]

MOST_CANDIDATES = 10
_CROWD = 500  # so many items of one name are no siblings
_STATED = re.compile(r"(?:размер|разм\.|р-р|р\.)\s*([\w.,/–-]+)", re.IGNORECASE)
_NO_NAMES = "Подсказки по названию выключены: не установлено дополнение komitent[match]"


class Candidate(msgspec.Struct, frozen=True):
    """An item that a person may choose: how likely of 100, and why."""

    ref: str
    score: int
    reasons: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for a key. ``item`` is set when it may be linked; candidates are for a person, best first."""

    key: ProductKey
    state: State = "unlinked"
    item: str | None = None
    how: How = ""
    score: int = 0
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class _Evidence(msgspec.Struct, frozen=True):
    """The items one code speaks for (by place), how strongly, and in which words."""

    how: How
    items: frozenset[int]
    score: int
    said: str


def match(keys: Iterable[ProductKey], items: Iterable[Item], *, suggestions: bool = True) -> list[Match]:
    """Match every key against the whole catalogue; suggestions by name are for those without evidence."""
    matcher = Matcher(items)
    return [matcher.match(key, suggestions=suggestions) for key in keys]


class Matcher:
    """A catalogue indexed once and asked key by key. Services are no goods and never match."""

    def __init__(self, items: Iterable[Item]) -> None:
        goods = {item.ref: item for item in items if not item.is_service}
        self.items: Sequence[Item] = [goods[ref] for ref in sorted(goods)]
        self._by_barcode: dict[str, set[int]] = defaultdict(set)
        self._by_article: dict[str, set[int]] = defaultdict(set)
        self._by_folded: dict[str, set[int]] = defaultdict(set)
        self._by_bare: dict[str, set[int]] = defaultdict(set)
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._vocabulary: set[str] = set()  # what variants are called, colours above all
        self._names: names.Names | None = None
        for place, item in enumerate(self.items):
            self._add(place, item)

    def _add(self, place: int, item: Item) -> None:
        for text in item.barcodes:
            for barcode in read_barcodes(text):
                if barcode.code:
                    self._by_barcode[barcode.code].add(place)
        article = item.article.strip()
        if not says_nothing(article):
            self._by_article[article].add(place)
            self._by_folded[fold(article)].add(place)
            if bare := without_zeros(article):
                self._by_bare[bare].add(place)
        self._by_name[item.name].add(place)
        self._vocabulary |= _words(sizes(item.variant))

    def match(self, key: ProductKey, *, suggestions: bool = True) -> Match:
        """Return what this key stands for, or what a person may choose from."""
        evidence = [*self._barcode(key), *self._article(key)]
        if not evidence:
            return self._suggest(key, suggestions)
        every = frozenset[int]().union(*(one.items for one in evidence))
        common = every.intersection(*(one.items for one in evidence))
        if len(common) != 1:
            said = () if common else ("Коды указывают на разную номенклатуру",)
            return self._to_person(key, common or every, evidence, said)
        (place,) = common
        doubts, others = self._doubts(key, place, strict=all(one.how != "barcode" for one in evidence))
        if doubts:
            return self._to_person(key, common | others, evidence, doubts)
        decisive = next((one for one in evidence if len(one.items) == 1), evidence[-1])
        return Match(
            key=key,
            state="linked",
            item=self.items[place].ref,
            how=decisive.how,
            score=decisive.score,
            reasons=tuple(one.said for one in evidence),
        )

    # --- evidence -----------------------------------------------------------------------------------------------------

    def _barcode(self, key: ProductKey) -> Iterable[_Evidence]:
        codes = [barcode.code for barcode in read_barcodes(key.barcode) if barcode.code in self._by_barcode]
        found = frozenset[int]().union(*(self._by_barcode[code] for code in codes))
        if found:
            yield _Evidence("barcode", found, 100, f"Штрихкод {', '.join(codes)} совпадает")

    def _article(self, key: ProductKey) -> Iterable[_Evidence]:
        article = key.article.strip()
        if says_nothing(article) or damaged(article):
            return
        found, score, said = frozenset(self._by_article.get(article, ())), 98, f"Артикул «{article}» совпадает"
        if not found:
            found, score = self._folded(article), 95
            said = f"Артикул «{article}» совпадает без учёта регистра, похожих букв и разделителей"
        if not found:
            yield from self._sized_article(article, key.size)
            return
        fitting = self._of_size(found, key.size) if len(found) > 1 else frozenset()
        if fitting:
            yield _Evidence("article_size", fitting, score - 3, f"{said}, размер {key.size} есть в характеристике")
        else:
            yield _Evidence("article", found, score, said)

    def _sized_article(self, article: str, size: str) -> Iterable[_Evidence]:
        """An article that ends in its size; a lone item of no size stands for all when the channel names the size."""
        found: set[int] = set()
        for base, end in split_size(article, size):
            of_base = frozenset(self._by_article.get(base, ())) or self._folded(base)
            fitting = self._of_size(of_base, end)
            if not fitting and size and len(of_base) == 1:
                fitting = of_base if self._sizes_agree(size, *of_base) is None else frozenset()
            found |= fitting
        if found:
            said = f"Артикул «{article}» совпадает, если отделить от него размер"
            yield _Evidence("article_size", frozenset(found), 90, said)

    def _folded(self, article: str) -> frozenset[int]:
        found = self._by_folded.get(fold(article), ())
        return frozenset(place for place in found if same_article(article, self.items[place].article.strip()))

    def _of_size(self, places: Iterable[int], size: str) -> frozenset[int]:
        return frozenset(place for place in places if self._sizes_agree(size, place))

    def _sizes_agree(self, size: str, place: int) -> bool | None:
        return agree(sizes(size), sizes(self.items[place].variant)) if size else None

    # --- doubts -------------------------------------------------------------------------------------------------------

    def _doubts(self, key: ProductKey, place: int, *, strict: bool) -> tuple[tuple[str, ...], frozenset[int]]:
        """Return what speaks against the one item that the codes leave, and the items it speaks for.

        Strict is for items that no barcode names: then a colour or a number in the name is enough to ask a person.
        """
        said = self._contradictions(key, self.items[place], strict=strict)
        if strict and not self._colour_told(key, place):
            said.append("Характеристик у артикула несколько, а размер называет не всю")
        others: set[int] = set()
        if better := self._described_better(key, place):
            others |= better
            said.append("Название или размер подходят к другой характеристике того же товара")
        restored = self._restored(key)
        if restored and place not in restored:
            others |= restored
            said.append("Повреждённый штрихкод похож на код другой номенклатуры")
        return tuple(said), frozenset(others)

    def _contradictions(self, key: ProductKey, item: Item, *, strict: bool) -> list[str]:
        own = sizes(item.variant)
        agreed = agree(sizes(key.size), own)
        if agreed is False:
            return [f"Размер {key.size} расходится с характеристикой «{item.variant}»"]
        named = sizes(key.name) - sizes(item.name) if strict else _stated(key.name)
        if agreed is None and agree(named, own | _stated(item.name)) is False:
            return [f"Размер в названии расходится с характеристикой «{item.variant}»"]
        words, told = _words(own), (_words(sizes(key.name)) - _words(sizes(item.name))) & self._vocabulary
        if words and told and not words & told:
            return [f"Слова названия расходятся с характеристикой «{item.variant}»"]
        return []

    def _colour_told(self, key: ProductKey, place: int) -> bool:
        """True when a size is all that tells the items of this article apart, or the name tells the rest."""
        own = _words(sizes(self.items[place].variant))
        article = fold(self.items[place].article.strip())
        alike = all(_words(sizes(self.items[other].variant)) == own for other in self._by_folded[article])
        return alike or bool(own & _words(sizes(key.name)))

    def _described_better(self, key: ProductKey, place: int) -> set[int]:
        """Return siblings that the key describes, in size or in words, where it does not describe this item."""
        said = _features(sizes(key.name) | sizes(key.size))
        own = _features(sizes(self.items[place].variant))
        better = set()
        for other in self._siblings(self.items[place]) if said - own else ():
            theirs = _features(sizes(self.items[other].variant))
            for name in {name for name, _word in theirs}:
                extra = {one for one in theirs - own if one[0] == name}
                if extra and extra <= said and not {one for one in own - theirs if one[0] == name} & said:
                    better.add(other)
        return better

    def _siblings(self, item: Item) -> set[int]:
        of_article = self._by_folded.get(fold(item.article.strip()), set()) if item.article.strip() else set()
        of_name = self._by_name[item.name] if item.name else set()
        return of_article | of_name if len(of_name) <= _CROWD else of_article

    def _restored(self, key: ProductKey) -> set[int]:
        maybe = [code for barcode in read_barcodes(key.barcode) for code in barcode.maybe]
        return set[int]().union(*(self._by_barcode.get(code, ()) for code in maybe))

    # --- for a person -------------------------------------------------------------------------------------------------

    def _to_person(
        self, key: ProductKey, places: Collection[int], evidence: Sequence[_Evidence], said: Sequence[str]
    ) -> Match:
        candidates = [self._weighed(key, place, evidence) for place in places]
        state: State = "ambiguous" if len(candidates) > 1 else "suggested"
        return _asking(key, state, candidates, [*said, *_troubles(key)])

    def _weighed(self, key: ProductKey, place: int, evidence: Sequence[_Evidence]) -> Candidate:
        """Score a candidate by the codes that speak for it and those that do not, then by its size and name."""
        item = self.items[place]
        speaking = [one for one in evidence if place in one.items]
        score = max((one.score for one in speaking), default=70) - 15 * (len(evidence) - len(speaking)) - 10
        reasons = [one.said for one in speaking]
        reasons += [f"Против: {one.said[0].lower()}{one.said[1:]} у другой" for one in evidence if one not in speaking]
        agreed = self._sizes_agree(key.size, place)
        if agreed is not None:
            score += 5 if agreed else -15
            reasons.append(f"Размер {key.size} {'совпадает' if agreed else f'не совпадает: «{item.variant}»'}")
        if _words(sizes(item.variant)) & _words(sizes(key.name)):
            score += 3
            reasons.append(f"В названии есть слова характеристики «{item.variant}»")
        return Candidate(item.ref, max(score, 1), tuple(reasons))

    def _suggest(self, key: ProductKey, by_name: bool) -> Match:
        """No code speaks for an item: what damaged codes may have been, and what the name is like."""
        reasons = _troubles(key)
        found = {candidate.ref: candidate for candidate in self._almost(key)}
        if by_name and names.AVAILABLE:
            found = _with_alike(found, self._like(key))
        elif by_name:
            reasons.append(_NO_NAMES)
        if not found:
            reasons.insert(0, "Ни штрихкод, ни артикул не найдены в номенклатуре")
        return _asking(key, "suggested" if found else "unlinked", found.values(), reasons)

    def _almost(self, key: ProductKey) -> Iterable[Candidate]:
        """Give items whose codes would fit after a repair that only a person may make."""
        article = key.article.strip()
        kinds: list[tuple[Iterable[int], int, str]] = [
            (self._restored(key), 85, "Штрихкод совпадает, если его восстановить"),
            (self._by_folded.get(fold(article), ()) if article else (), 80, "Артикул отличается разделителями"),
            (self._by_bare.get(without_zeros(article), ()), 75, "Артикул отличается начальными нулями"),
        ]
        for base, _end in split_size(article, key.size):
            kinds.append((self._folded(base), 70, f"Артикул без размера «{base}» совпадает"))
        seen: set[int] = set()
        for places, score, said in kinds:
            for place in set(places) - seen:
                seen.add(place)
                yield self._weighed(key, place, [_Evidence("", frozenset((place,)), score, said)])

    def _like(self, key: ProductKey) -> Iterable[Candidate]:
        if self._names is None:
            self._names = names.Names([(item.name, item.variant) for item in self.items])
        for place, score in self._names.like(key.name, key.size, MOST_CANDIDATES):
            item = self.items[place]
            reasons = [f"Название похоже на {score} из 100: «{item.name}»"]
            agreed = self._sizes_agree(key.size, place)
            if agreed is not None:
                reasons.append(f"Размер {key.size} {'совпадает' if agreed else f'не совпадает: «{item.variant}»'}")
            other = names.numbers_differ(f"{key.name} {key.size}", f"{item.name} {item.variant}")
            if other:
                reasons.append("Числа в названии другие")
            yield Candidate(item.ref, max(min(score, 95) - (15 if agreed is False or other else 0), 1), tuple(reasons))


def _asking(key: ProductKey, state: State, candidates: Iterable[Candidate], reasons: Sequence[str]) -> Match:
    """Return an answer for a person: the best candidates, and how many more there are."""
    ranked = sorted(candidates, key=lambda one: (-one.score, one.ref))
    more = [f"Кандидатов {len(ranked)}, показаны лучшие {MOST_CANDIDATES}"] if len(ranked) > MOST_CANDIDATES else []
    return Match(
        key=key,
        state=state,
        score=ranked[0].score if ranked else 0,
        reasons=(*reasons, *more),
        candidates=tuple(ranked[:MOST_CANDIDATES]),
    )


def _with_alike(repaired: Mapping[str, Candidate], alike: Iterable[Candidate]) -> dict[str, Candidate]:
    """Put what is like the name beside what a repaired code gives: both together say most, a name alone least."""
    found = dict(repaired)
    most = min((one.score for one in repaired.values()), default=101) - 1
    for one in alike:
        same = repaired.get(one.ref)
        if same is None:
            found[one.ref] = Candidate(one.ref, max(min(one.score, most), 1), one.reasons)
        else:
            found[one.ref] = Candidate(one.ref, max(one.score, same.score), (*same.reasons, *one.reasons))
    return found


def _troubles(key: ProductKey) -> list[str]:
    found = [barcode.trouble for barcode in read_barcodes(key.barcode) if barcode.trouble]
    if damage := damaged(key.article.strip()):
        found.append(f"Артикул {key.article.strip()} испорчен: {damage}")
    return found


def _stated(name: str) -> frozenset[str]:
    """Return the sizes that a name states beyond doubt: XL as a word of its own, «размер 42»."""
    stated = {size for text in _STATED.findall(name) for size in sizes(text) if scale(size) != "word"}
    return _lettered(name) | stated


@lru_cache(maxsize=1 << 13)
def _features(said: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Return sizes with their scales, and words by their stems: Белая and Белый are one colour."""
    return frozenset((name, _stem(one) if name == "word" else one) for one in said for name in (scale(one),))


def _words(said: frozenset[str]) -> frozenset[str]:
    return frozenset(word for name, word in _features(said) if name == "word" and len(word) > 2)


def _stem(word: str) -> str:
    plain = word.replace("Ё", "E")
    return plain[: max(3, len(plain) - 3)] if len(plain) > 4 else plain


def _lettered(text: str) -> frozenset[str]:
    """Return the letter sizes of a text that are written in capitals."""
    shown = " ".join(word for word in re.findall(r"[\w/-]+", text) if word == word.upper())
    return frozenset(size for size in sizes(shown) if scale(size) == "letter")
