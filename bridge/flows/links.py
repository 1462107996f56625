"""Tables of links: which ERP item a channel's product, warehouse, category or service stands for, and since when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue as queries
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.unposted import recent_keys
from bridge.errors import NotFound
from bridge.flows.accounts import existing_account
from bridge.flows.checking import after_id, page_size, refuse_if, text_problems, wrong
from mappings.items import Item, ProductKey
from reports.problems import Problem

KINDS = {
    "product": "Товары",
    "warehouse": "Склады",
    "category": "Категории",
    "service": "Услуги",
    "order_status": "Статусы заказов",
    "delivery": "Способы доставки",
    "payment": "Способы оплаты",
    "price": "Виды цен",
}
_LONGEST_KEY = 500
_LONGEST_ITEM = {"product": 100}
_MOST_PIECES = 1_000_000


class Component(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a set: so many pieces of an ERP item."""

    item: str
    multiplier: int = 1


class LinkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel key stands for ``multiplier`` pieces of an item, both days inclusive. No ``item``: the link goes."""

    key: str
    item: str | None
    multiplier: int = 1
    components: list[Component] = []
    valid_from: date | None = None
    valid_to: date | None = None


class _Wanted(msgspec.Struct, frozen=True):
    """A link as it is stored: the ends of its validity are days, its key has no blanks around."""

    key: str
    valid_from: date
    item: str | None
    multiplier: int
    components: list[dict[str, Any]]
    valid_to: date


def put_links(database: Database, account: str, kind: str, links: Sequence[LinkInput], who: str) -> dict[str, int]:
    """Set links and return how many were created, changed (or removed), unchanged. All or nothing.

    The same key with the same ``valid_from`` is the same link. Raises NotFound, and BadInput with every problem found:
    an unknown item, or two links of one key that are in force on one day and say different things.
    """
    wanted = [_wanted(link) for link in links]
    check_kind(kind)
    refuse_if(_problems(kind, wanted), "Связи не приняты")
    with database.write() as connection:
        queries.hold(connection)
        owner = existing_account(connection, account)
        rows = queries.find_links(connection, owner.id, kind, {link.key for link in wanted})
        stored = {(row.key, row.valid_from): row for row in rows}
        unknown = _unknown_items(connection, wanted) if kind == "product" else []
        refuse_if([*unknown, *_overlaps(stored, wanted)], "Связи не приняты")
        counts = _store(connection, owner.id, kind, stored, wanted)
        if counts["created"] or counts["changed"]:
            queries.bump(connection)
            record(connection, who, "links_put", f"{account}/{kind}", counts)
    return counts


def linked_page(database: Database, account: str, kind: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return a page of links in the order they were made; for products with the item and what the channel calls it."""
    check_kind(kind)
    size = page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = queries.links_page(connection, owner.id, kind, after_id(cursor), size + 1)
        rows = found[:size]
        targets: dict[str, Item] = {}
        known: dict[str, ProductKey] = {}
        if kind == "product":
            targets = {item.ref: item for item in queries.items_of(connection, {row.item for row in rows}).values()}
            known = _known_as(recent_keys(connection, owner.id, {row.key for row in rows}))
    items = [{**_shown(row), **_product(targets.get(row.item), known.get(row.key))} for row in rows]
    if kind != "product":
        items = [_shown(row) for row in rows]
    return {"items": items, "next": str(rows[-1].id) if len(found) > size else None}


def check_kind(kind: str) -> None:
    """Raise NotFound for a kind of table that there is not."""
    if kind not in KINDS:
        raise NotFound(f"Таблицы сопоставления «{kind}» нет; есть: {', '.join(KINDS)}")


def _wanted(link: LinkInput) -> _Wanted:
    return _Wanted(
        link.key.strip(),
        link.valid_from or FAR_PAST,
        link.item,
        link.multiplier,
        [msgspec.to_builtins(part) for part in link.components],
        link.valid_to or FAR_FUTURE,
    )


def _store(
    connection: Connection, account_id: int, kind: str, stored: dict[Any, Row[Any]], wanted: Iterable[_Wanted]
) -> dict[str, int]:
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    removed: list[int] = []
    unchanged = 0
    for link in wanted:
        row = stored.get((link.key, link.valid_from))
        if link.item is None and row is not None:
            removed.append(row.id)
        elif link.item is None or (row is not None and _same(row, link)):
            unchanged += 1
        elif row is None:
            new.append({**msgspec.structs.asdict(link), "found_by": "person"})
        else:
            changed.append({**msgspec.structs.asdict(link), "found_by": "person", "id": row.id})
    queries.drop_links(connection, removed)
    queries.change_links(connection, changed)
    queries.add_links(connection, account_id, kind, new)
    return {"created": len(new), "changed": len(changed) + len(removed), "unchanged": unchanged}


def _same(row: Row[Any], link: _Wanted) -> bool:
    names = ("item", "multiplier", "components", "valid_to")
    return all(getattr(row, name) == getattr(link, name) for name in names)


def _problems(kind: str, links: Iterable[_Wanted]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[tuple[str, date], int] = {}
    for row, link in enumerate(links, 1):
        problems += _link_problems(kind, row, link)
        first = seen.setdefault((link.key, link.valid_from), row)
        if first != row:
            message = f"Ключ «{link.key}» с одним началом встречается дважды: в строках {first} и {row}"
            problems.append(wrong("link_repeated", message, column="key", row=row, found=link.key))
    return problems


def _link_problems(kind: str, row: int, link: _Wanted) -> Iterator[Problem]:
    yield from text_problems("key", link.key, _LONGEST_KEY, row, empty=False)
    if link.item is not None:
        yield from text_problems("item", link.item, _LONGEST_ITEM.get(kind, 1000), row, empty=False)
    for pieces in (link.multiplier, *(part["multiplier"] for part in link.components)):
        if not 1 <= pieces <= _MOST_PIECES:
            message, expected = f"Ключ «{link.key}»: число штук {pieces}", f"целое число от 1 до {_MOST_PIECES}"
            yield wrong("multiplier_wrong", message, column="multiplier", row=row, found=pieces, expected=expected)
    if link.valid_from > link.valid_to:
        message = f"Ключ «{link.key}»: связь кончается раньше, чем начинается"
        yield wrong("validity_wrong", message, column="valid_to", row=row, found=_days(link.valid_from, link.valid_to))


def _unknown_items(connection: Connection, links: Sequence[_Wanted]) -> list[Problem]:
    named = {ref for link in links if link.item for ref in (link.item, *(part["item"] for part in link.components))}
    known = {item.ref for item in queries.items_of(connection, named).values()}
    return [
        wrong("item_unknown", f"Номенклатуры «{ref}» нет", column="item", row=row, found=ref,
              expected="ref загруженной номенклатуры", advice="Сначала передайте номенклатуру из учётной системы")
        for row, link in enumerate(links, 1)
        if link.item
        for ref in (link.item, *(part["item"] for part in link.components))
        if ref not in known
    ]  # fmt: skip


def _overlaps(stored: dict[Any, Row[Any]], wanted: Sequence[_Wanted]) -> list[Problem]:
    """Find the keys that two links would answer for on one day: the validity of the links as they would be."""
    after: dict[str, dict[date, Any]] = {}
    rows = {link.key: row for row, link in enumerate(wanted, 1)}
    every: list[Any] = [*stored.values(), *wanted]
    for link in every:
        after.setdefault(link.key, {})[link.valid_from] = link
    problems = []
    for key, links in after.items():
        lasting = sorted((link for link in links.values() if link.item is not None), key=lambda link: link.valid_from)
        for one, two in pairwise(lasting):
            if two.valid_from <= one.valid_to and (one.item, one.multiplier) != (two.item, two.multiplier):
                problems.append(_overlap(rows[key], key, one, two))
    return problems


def _overlap(row: int, key: str, one: Any, two: Any) -> Problem:
    said = [f"«{link.item}»" + (f" ×{link.multiplier}" if link.multiplier != 1 else "") for link in (one, two)]
    return wrong(
        "links_overlap",
        f"Ключ «{key}»: связи с {said[0]} и {said[1]} действуют одновременно",
        column="key",
        row=row,
        found=f"{_days(one.valid_from, one.valid_to)} и {_days(two.valid_from, two.valid_to)}",
        expected="на каждый день не больше одной связи",
        advice="Закончите первую связь днём раньше второй: передайте её с valid_to, или удалите её (item: null)",
    )


def _days(start: date, end: date) -> str:
    return f"{'…' if start == FAR_PAST else start}—{'…' if end == FAR_FUTURE else end}"


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "key": row.key,
        "state": "linked",
        "item": row.item,
        "multiplier": row.multiplier,
        "components": row.components,
        "valid_from": None if row.valid_from == FAR_PAST else row.valid_from.isoformat(),
        "valid_to": None if row.valid_to == FAR_FUTURE else row.valid_to.isoformat(),
        "found_by": row.found_by,
    }


def _known_as(keys: Iterable[ProductKey]) -> dict[str, ProductKey]:
    """The newest product key by each of its codes; a better code of another product comes before."""
    known: dict[str, ProductKey] = {}
    listed = list(keys)
    for key in listed:
        known.setdefault(key.key, key)
    for key in listed:
        for alias in key.aliases():
            known.setdefault(alias, key)
    return known


def _product(item: Item | None, key: ProductKey | None) -> dict[str, Any]:
    target = {name: getattr(item, name) for name in ("ref", "code", "article", "name", "variant")} if item else None
    called = {
        name: getattr(key, name) if key else "" for name in ("marketplace_id", "article", "barcode", "size", "name")
    }
    return {"target": target, **called}
