"""A change of a link as a value, and what may be wrong with it: texts, pieces, shares, items, days that overlap."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue as queries
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST
from bridge.flows.checking import text_problems, wrong
from mappings.link_kinds import LinkKind
from mappings.links import Component
from reports.problems import Problem

_LONGEST_KEY = 500
_LONGEST_ITEM, _LONGEST_TEXT, _LONGEST_NOTE = 100, 1000, 1000
_MOST_PIECES = 1_000_000
_MOST_COMPONENTS = 100
_SLIP = Decimal("0.01")  # how far fractions may be from one: thirds are written as 0.333
FOUND_BY = ("person", "barcode", "article", "article_size", "name")


class StoredLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a link says: so many pieces of an item, or a kit of components, to a last day; and how it was found.

    ``item`` may be empty where there are components. ``score``: per mille, of a rule. ``note`` None: as it was.
    """

    item: str
    multiplier: int = 1
    components: tuple[Component, ...] = ()
    valid_to: date = FAR_FUTURE
    found_by: str = "person"
    score: int | None = None
    note: str | None = None

    def says(self) -> tuple[object, ...]:
        """What two links for one day must agree on."""
        return self.item, self.multiplier, self.components


class LinkChange(msgspec.Struct, frozen=True, kw_only=True):
    """The link of a key from a first day on (``FAR_PAST``: from ever) becomes ``after``; None: it goes."""

    key: str
    valid_from: date = FAR_PAST
    after: StoredLink | None


def of_hundred(score: int | None) -> int | None:
    """Return a stored score as answers show it, on the one scale of suggestions."""
    return None if score is None else score // 10


Place = tuple[str, date]  # key and first day: what makes a link this link
Dated = tuple[date, StoredLink]


def stored_link(row: Row[Any]) -> StoredLink:
    """Return a row of the table as a value."""
    return msgspec.convert({name: getattr(row, name) for name in StoredLink.__struct_fields__}, StoredLink)


def place_of(row: Row[Any]) -> Place:
    """Return the place that a row of the table takes."""
    return row.key, row.valid_from


def text_and_number_problems(changes: Iterable[LinkChange], kind: LinkKind) -> list[Problem]:
    """Find what is wrong with changes by themselves, numbered from 1."""
    problems: list[Problem] = []
    seen: dict[Place, int] = {}
    for row, change in enumerate(changes, 1):
        problems += _problems(row, change, kind)
        first = seen.setdefault((change.key, change.valid_from), row)
        if first != row:
            message = f"Ключ «{change.key}» с одним началом встречается дважды: в строках {first} и {row}"
            problems.append(wrong("link_repeated", message, column="key", row=row, found=change.key))
    return problems


def _problems(row: int, change: LinkChange, kind: LinkKind) -> Iterator[Problem]:
    yield from text_problems("key", change.key, _LONGEST_KEY, row, empty=False)
    link = change.after
    if link is None:
        return
    if link.item or not link.components:
        longest = _LONGEST_ITEM if kind.target == "item" else _LONGEST_TEXT
        yield from text_problems("item", link.item, longest, row, empty=False)
    yield from text_problems("note", link.note or "", _LONGEST_NOTE, row)
    for pieces in (link.multiplier, *(part.multiplier for part in link.components)):
        if not 1 <= pieces <= _MOST_PIECES:
            message, expected = f"Ключ «{change.key}»: число штук {pieces}", f"целое число от 1 до {_MOST_PIECES}"
            yield wrong("multiplier_wrong", message, column="multiplier", row=row, found=pieces, expected=expected)
    yield from _kit_problems(row, change.key, link.components)
    yield from _kind_problems(row, change, link, kind)
    if change.valid_from > link.valid_to:
        message = f"Ключ «{change.key}»: связь кончается раньше, чем начинается"
        found = _days(change.valid_from, link.valid_to)
        yield wrong("validity_wrong", message, column="valid_to", row=row, found=found)


def _kind_problems(row: int, change: LinkChange, link: StoredLink, kind: LinkKind) -> Iterator[Problem]:
    """What is said must be what this table can hold: nothing is accepted and then not heeded."""
    if link.multiplier != 1 and not kind.multiplier:
        message = f"Таблица «{kind.title}» не знает числа штук"
        yield wrong("multiplier_wrong", message, column="multiplier", row=row, found=link.multiplier, expected="1")
    if link.components and not kind.components:
        message = f"Таблица «{kind.title}» не знает комплектов"
        yield wrong("components_wrong", message, column="components", row=row, expected="пусто")
    if (change.valid_from, link.valid_to) != (FAR_PAST, FAR_FUTURE) and not kind.dated:
        message, found = f"Связи таблицы «{kind.title}» действуют всегда", _days(change.valid_from, link.valid_to)
        yield wrong("validity_wrong", message, column="valid_from", row=row, found=found, expected="без дат")


def _kit_problems(row: int, key: str, components: Sequence[Component]) -> Iterator[Problem]:
    if len(components) > _MOST_COMPONENTS:
        message = f"Ключ «{key}»: в комплекте больше {_MOST_COMPONENTS} частей"
        yield wrong("components_many", message, column="components", row=row)
    given = [part.share for part in components if part.share is not None]
    if not given:
        return
    if len(given) < len(components):
        message = f"Ключ «{key}»: доли цены указаны не у всех частей комплекта"
        yield wrong("share_wrong", message, column="share", row=row, expected="доли у всех частей или ни у одной")
    for share in given:
        if not _is_share(share):
            message, expected = f"Ключ «{key}»: доля цены «{share[:50]}»", "положительное число, например 0.25"
            yield wrong("share_wrong", message, column="share", row=row, found=share, expected=expected)
    if len(given) == len(components) and all(map(_is_share, given)):
        yield from _sum_problems(row, key, list(map(Decimal, given)))


def _sum_problems(row: int, key: str, shares: Sequence[Decimal]) -> Iterator[Problem]:
    """Fractions come to one, and another sum is a slip of nobody knows which; larger numbers are weights, as prices."""
    total = sum(shares, Decimal())
    if max(shares) < 1 and abs(total - 1) > _SLIP:
        yield wrong(
            "share_sum", f"Ключ «{key}»: доли цены в сумме дают {total.normalize():f}", column="share", row=row,
            found=f"{total.normalize():f}", expected="дроби в сумме 1",
            advice="Исправьте доли или уберите их у всех частей: тогда цена делится по штукам",
        )  # fmt: skip


def _is_share(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return len(text) <= 30 and text.strip() == text and number.is_finite() and 0 < number <= 10**9


def unknown_items(connection: Connection, changes: Sequence[LinkChange]) -> list[Problem]:
    """Find the changes that name an item which the ERP never gave."""
    named = [(row, ref) for row, change in enumerate(changes, 1) for ref in _refs(change.after)]
    known = queries.known_refs(connection, {ref for _, ref in named})
    return [
        wrong("item_unknown", f"Номенклатуры «{ref}» нет", column="item", row=row, found=ref,
              expected="ref загруженной номенклатуры", advice="Сначала передайте номенклатуру из учётной системы")
        for row, ref in named
        if ref not in known
    ]  # fmt: skip


def _refs(link: StoredLink | None) -> list[str]:
    if link is None:
        return []
    return [ref for ref in (link.item, *(part.item for part in link.components)) if ref or not link.components]


def overlaps(before: Mapping[Place, StoredLink], changes: Sequence[LinkChange]) -> list[Problem]:
    """Find the keys that two links would answer for on one day, each in its own way, once the changes are made."""
    after: dict[str, dict[date, StoredLink | None]] = {}
    rows = {change.key: row for row, change in enumerate(changes, 1)}
    for (key, start), known in before.items():
        after.setdefault(key, {})[start] = known
    for change in changes:
        after.setdefault(change.key, {})[change.valid_from] = change.after
    problems = []
    for key, links in after.items():
        lasting = [(start, link) for start in sorted(links) if (link := links[start]) is not None]
        problems += [_overlap(rows[key], key, one, two) for one, two in _contradictions(lasting)]
    return problems


def _contradictions(links: Sequence[Dated]) -> Iterator[tuple[Dated, Dated]]:
    """Give for each link, in the order of first days, an earlier one that still holds and says something else."""
    lasting: list[Dated] = []
    for start, link in links:
        lasting = [one for one in lasting if one[1].valid_to >= start]
        other = next((one for one in lasting if one[1].says() != link.says()), None)
        if other is not None:
            yield other, (start, link)
        lasting.append((start, link))


def _overlap(row: int, key: str, one: Dated, two: Dated) -> Problem:
    said = [_said(link) for _, link in (one, two)]
    return wrong(
        "links_overlap",
        f"Ключ «{key}»: связи с {said[0]} и {said[1]} действуют одновременно",
        column="key",
        row=row,
        found=f"{_days(one[0], one[1].valid_to)} и {_days(two[0], two[1].valid_to)}",
        expected="на каждый день не больше одной связи",
        advice="Закончите первую связь днём раньше второй: передайте её с valid_to, или удалите её (item: null)",
    )


def _said(link: StoredLink) -> str:
    if link.components:
        return "комплектом " + " + ".join(f"«{part.item}»" for part in link.components[:5])
    return f"«{link.item}»" + (f" ×{link.multiplier}" if link.multiplier != 1 else "")


def _days(start: date, end: date) -> str:
    return f"{'…' if start == FAR_PAST else start}—{'…' if end == FAR_FUTURE else end}"
