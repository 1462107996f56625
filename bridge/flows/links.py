"""Tables of links: which ERP item a channel's product, warehouse, category or service stands for, and since when.

Every write goes through ``apply_changes``, whoever makes it: a person, an upload, a rule, a copy, an undo.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import catalogue as queries
from bridge.db import link_changes as history
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST, LinkFilter
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.unposted import recent_keys
from bridge.errors import NotFound
from bridge.flows.accounts import existing_account
from bridge.flows.checking import after_id, page_size, refuse_if
from bridge.flows.link_checks import (
    LinkChange,
    Place,
    StoredLink,
    of_hundred,
    overlaps,
    place_of,
    stored_link,
    text_and_number_problems,
    unknown_items,
)
from bridge.flows.link_effects import foreseen_documents, posted_documents
from mappings.items import Item, ProductKey, known_as
from mappings.link_kinds import LinkKind, find_kind, link_kinds
from mappings.links import Component

__all__ = [
    "KINDS",
    "ChangeSet",
    "Component",
    "LinkChange",
    "LinkInput",
    "Source",
    "StoredLink",
    "apply_changes",
    "check_kind",
    "linked_page",
    "put_links",
]

Source = Literal["person", "upload", "rule", "copy", "undo", "redo"]

KINDS = {kind.name: kind.title for kind in link_kinds().values()}
_ALL = LinkFilter()
_SETS = UUID("0b8f4c1e-6f0d-5b0e-8f53-3c5f5a7d9e42")


class LinkInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel key stands for ``multiplier`` pieces of an item, or for a kit of components, both days inclusive.

    Neither ``item`` nor components: the link goes. No ``note``: it stays as it is.
    """

    key: str
    item: str | None
    multiplier: int = 1
    components: list[Component] = []
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """What one write did; ``id`` names it in the history and is empty when nothing changed."""

    id: str
    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def put_links(
    database: Database, account: str, kind: str, links: Sequence[LinkInput], who: str, *, dry_run: bool = False
) -> dict[str, Any]:
    """Set links and return how many were created, changed (or removed), unchanged. All or nothing.

    ``dry_run``: what would be answered, without a set; nothing is written.

    Documents that were posted by what the links said before are named in the answer and stay as they are.

    The same key with the same ``valid_from`` is the same link. Raises NotFound, and BadInput with every problem found:
    an unknown item, or two links of one key that are in force on one day and say different things.
    """
    wanted = [_change(link) for link in links]
    with database.read() if dry_run else database.write() as connection:
        owner = existing_account(connection, account)
        if dry_run:
            return _foreseen(connection, owner, kind, wanted)
        return answer(connection, owner, apply_changes(connection, owner, kind, wanted, who, "person"))


def answer(connection: Connection, owner: Row[Any], done: ChangeSet) -> dict[str, Any]:
    """Return what a write of links answers: counts, its set in the history, the posted documents it speaks of."""
    return _told(done, posted_documents(connection, owner.id, done.id) if done.id else [])


def _told(done: ChangeSet, documents: Sequence[str]) -> dict[str, Any]:
    return {
        "created": done.created,
        "changed": done.changed + done.removed,
        "unchanged": done.unchanged,
        "set": done.id,
        "posted_documents": documents,
    }


def _foreseen(connection: Connection, owner: Row[Any], kind: str, changes: Sequence[LinkChange]) -> dict[str, Any]:
    plan = _planned(connection, owner, check_kind(kind), changes)
    touched = foreseen_documents(connection, owner.id, check_kind(kind).name, plan.before, plan.steps)
    return _told(_counted("", plan.before, plan.steps, len(changes)), touched)


def apply_changes(
    connection: Connection, owner: Row[Any], kind: str, changes: Sequence[LinkChange], who: str, source: Source,
    undoes: str | None = None,
) -> ChangeSet:  # fmt: skip
    """Write links and their history in the caller's transaction, as one set that can be undone.

    All or nothing: raises BadInput with every problem found, rows counted from 1. A change that changes nothing is
    counted and leaves no trace. ``owner``: the account's row.
    """
    queries.hold(connection)
    table = check_kind(kind)
    kind = table.name
    plan = _planned(connection, owner, table, changes)
    steps = plan.steps
    if not steps:
        return ChangeSet(id="", unchanged=len(changes))
    versions = history.last_versions(connection, owner.id, kind, {step.key for step in steps})
    written = _Write(who, source, undoes, datetime.now(UTC), _set_id(connection, owner, kind, steps))
    _write(connection, owner.id, kind, steps, plan.rows, versions, written)
    done = _counted(written.set_id, plan.before, steps, len(changes))
    queries.bump(connection)
    record(connection, who, "links_changed", f"{owner.name}/{kind}", {"source": source, **msgspec.to_builtins(done)})
    return done


class _Plan(msgspec.Struct, frozen=True):
    """What the table says of the keys now, as rows and as values, and the changes that do change it."""

    rows: dict[Place, Any]
    before: dict[Place, StoredLink]
    steps: list[LinkChange]


def _planned(connection: Connection, owner: Row[Any], table: LinkKind, changes: Sequence[LinkChange]) -> _Plan:
    wanted = [msgspec.structs.replace(change, key=change.key.strip()) for change in changes]
    refuse_if(text_and_number_problems(wanted, table), "Связи не приняты")
    keys = {one.key for one in wanted}
    rows = {place_of(row): row for row in queries.find_links(connection, owner.id, table.name, keys)}
    before = {place: stored_link(row) for place, row in rows.items()}
    steps = [change for one in wanted if _differs(before, change := _with_note(before, one))]
    unknown = unknown_items(connection, wanted) if table.target == "item" else []
    refuse_if([*unknown, *overlaps(before, wanted)], "Связи не приняты")
    return _Plan(rows, before, steps)


class _Write(msgspec.Struct, frozen=True):
    """What all rows of one set share."""

    who: str
    source: Source
    undoes: str | None
    at: datetime
    set_id: str


def _write(
    connection: Connection, account_id: int, kind: str, steps: Sequence[LinkChange], rows: Mapping[Place, Row[Any]],
    versions: Mapping[Place, int], written: _Write,
) -> None:  # fmt: skip
    """Replace rows: what was is dropped before what is to be is added, so that the database never sees both."""
    places = [(step.key, step.valid_from) for step in steps]
    queries.drop_links(connection, [rows[place].id for place in places if place in rows])
    new: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    for place, step in zip(places, steps, strict=True):
        row = rows.get(place)
        version = max(versions.get(place, 0), row.version if row else 0) + 1
        if step.after is not None:
            values = {**_columns(step.after), "key": step.key, "valid_from": step.valid_from, "version": version}
            kept = {"id": row.id} if row else {}
            new.append({**values, **kept, "who": written.who, "changed_at": written.at})
        told.append({
            "set_id": written.set_id, "at": written.at, "who": written.who, "source": written.source,
            "account_id": account_id, "kind": kind, "key": step.key, "valid_from": step.valid_from, "version": version,
            "before": msgspec.to_builtins(stored_link(row)) if row else None,
            "after": msgspec.to_builtins(step.after), "undoes": written.undoes,
        })  # fmt: skip
    queries.add_links(connection, account_id, kind, new)
    history.add_changes(connection, told)


def _columns(link: StoredLink) -> dict[str, Any]:
    columns = msgspec.structs.asdict(link)
    return {**columns, "components": [component_values(part) for part in link.components], "note": link.note or ""}


def component_values(part: Component) -> dict[str, Any]:
    """Return a component as it is stored and shown: with a share only where there is one."""
    values = {"item": part.item, "multiplier": part.multiplier}
    return values if part.share is None else {**values, "share": part.share}


def _with_note(before: Mapping[Place, StoredLink], change: LinkChange) -> LinkChange:
    if change.after is None or change.after.note is not None:
        return change
    known = before.get((change.key, change.valid_from))
    note = (known.note if known else None) or ""
    return msgspec.structs.replace(change, after=msgspec.structs.replace(change.after, note=note))


def _differs(before: Mapping[Place, StoredLink], change: LinkChange) -> bool:
    known = before.get((change.key, change.valid_from))
    if known is None or change.after is None:
        return known is not change.after
    return (*known.says(), known.valid_to, known.note) != (
        *change.after.says(), change.after.valid_to, change.after.note
    )  # fmt: skip


def _set_id(connection: Connection, owner: Row[Any], kind: str, steps: Sequence[LinkChange]) -> str:
    """Name a set by its content and its place in the history: nothing is drawn."""
    content = [owner.name, kind, history.last_id(connection), msgspec.to_builtins(steps)]
    return str(uuid5(_SETS, json.dumps(content, ensure_ascii=False)))


def _counted(set_id: str, before: Mapping[Place, StoredLink], steps: Sequence[LinkChange], total: int) -> ChangeSet:
    removed = sum(step.after is None for step in steps)
    changed = sum(step.after is not None and (step.key, step.valid_from) in before for step in steps)
    return ChangeSet(
        id=set_id,
        created=len(steps) - removed - changed,
        changed=changed,
        removed=removed,
        unchanged=total - len(steps),
    )


def linked_page(
    database: Database,
    account: str,
    kind: str,
    limit: int,
    cursor: str | None,
    chosen: LinkFilter = _ALL,
    *,
    broken: bool = False,
) -> dict[str, Any]:
    """Return a page of links in the order they were made; for products with the item and what the channel calls it.

    ``broken``: only those that name an item which the ERP does not have (any more); a table of texts has none.
    """
    table, size = check_kind(kind), page_size(limit)
    kind, asked = table.name, queries.broken_links if broken else queries.links_page
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = asked(connection, owner.id, kind, after_id(cursor), size + 1, chosen)
        found = [] if broken and table.target != "item" else found
        rows = found[:size]
        items = [shown_link(row) for row in rows]
        if kind == "product":
            items = _products(connection, owner.id, rows)
    return {"items": items, "next": str(rows[-1].id) if len(found) > size else None}


def _products(connection: Connection, account_id: int, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Show links with the items as the ERP names them now; a link whose item is not known (any more) is broken."""
    refs = {ref for row in rows for ref in (row.item, *(part["item"] for part in row.components))}
    targets = {item.ref: item for item in queries.items_of(connection, refs).values()}
    living = queries.known_refs(connection, refs)
    known = known_as(recent_keys(connection, account_id, {row.key for row in rows}))
    shown = []
    for row in rows:
        state = "linked" if queries.needed_refs(row) <= living else "broken"
        shown.append({**shown_link(row), "state": state, **_product(targets.get(row.item), known.get(row.key))})
    return shown


def check_kind(kind: str) -> LinkKind:
    """Return a kind of table by its name or another name of it. Raises NotFound."""
    found = find_kind(kind)
    if found is None:
        raise NotFound(f"Таблицы сопоставления «{kind}» нет; есть: {', '.join(KINDS)}")
    return found


def _change(link: LinkInput) -> LinkChange:
    after = None
    if link.item is not None or link.components:
        after = StoredLink(
            item=link.item or "",
            multiplier=link.multiplier,
            components=tuple(link.components),
            valid_to=link.valid_to or FAR_FUTURE,
            note=link.note,
        )
    return LinkChange(key=link.key, valid_from=link.valid_from or FAR_PAST, after=after)


def shown_link(row: Row[Any]) -> dict[str, Any]:
    """Return a row of the table as answers show it."""
    return {
        "key": row.key,
        "state": "linked",
        "item": row.item,
        "multiplier": row.multiplier,
        "components": row.components,
        "valid_from": None if row.valid_from == FAR_PAST else row.valid_from.isoformat(),
        "valid_to": None if row.valid_to == FAR_FUTURE else row.valid_to.isoformat(),
        "found_by": row.found_by,
        "score": of_hundred(row.score),
        "who": row.who,
        "changed_at": spoken_time(row.changed_at),
        "version": row.version,
        "note": row.note,
    }


def spoken_time(at: datetime) -> str:
    """Return a time as answers write it; SQLite gives back UTC without its zone."""
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).isoformat(timespec="seconds")


def _product(item: Item | None, key: ProductKey | None) -> dict[str, Any]:
    target = {name: getattr(item, name) for name in ("ref", "code", "article", "name", "variant")} if item else None
    called = {
        name: getattr(key, name) if key else "" for name in ("marketplace_id", "article", "barcode", "size", "name")
    }
    return {"target": target, **called}
