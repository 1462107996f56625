"""The history of links: shown in sets, taken back and done once more, each set as one step.

A link's changes are a stack: only the set on top of every link it changed can be taken back, and only what was taken
back last can be done once more. Who wants an older set back takes the later ones back first.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import link_changes as queries
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST, hold
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows.accounts import existing_account
from bridge.flows.checking import after_id, page_size, wrong
from bridge.flows.link_checks import LinkChange, Place, StoredLink, of_hundred, place_of
from bridge.flows.links import answer, apply_changes, check_kind, component_values, spoken_time
from reports.problems import Problem

Step = Literal["undo", "redo"]
_SHOWN = 100  # changes of one set in a page of history
_NAMED = 1000  # conflicts in one answer
_WORD = {"undo": "Отменить", "redo": "Повторить"}


class _Stack(msgspec.Struct):
    """The changes of one link: those in force, the last on top, and those taken back, the last on top."""

    done: list[Row[Any]] = []
    undone: list[Row[Any]] = []


def list_history(
    database: Database, account: str, kind: str, limit: int = 100, cursor: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """Return a page of sets, the newest first; with ``key`` only what was done to the links of that key.

    Of a long set the first changes are shown; ``count`` tells how many there are, and ``next`` where ``list_changes``
    goes on. Raises NotFound, BadInput.
    """
    table, size = check_kind(kind), page_size(limit)
    with database.read() as connection:
        owner = existing_account(connection, account)
        found = queries.sets_page(connection, owner.id, table.name, key, after_id(cursor) or None, size + 1)
        sets = found[:size]
        names = [one.set_id for one in sets]
        changes: dict[str, list[Row[Any]]] = {}
        for row in queries.changes_shown(connection, names, key, _SHOWN):
            changes.setdefault(row.set_id, []).append(row)
        undone = queries.undone_sets(connection, names)
    items = [_shown_set(changes[one.set_id], one.changes, one.set_id in undone) for one in sets]
    return {"items": items, "next": str(sets[-1].last) if len(found) > size else None}


def list_changes(
    database: Database, account: str, kind: str, set_id: str, limit: int, cursor: str | None, key: str | None = None
) -> dict[str, Any]:
    """Return a page of the changes of one set (of that key), in the order they were written. Raises NotFound, BadInput.

    The cursor is the ``next`` of a page before, or of the set in the history.
    """
    table, size, after = check_kind(kind), page_size(limit), after_id(cursor)
    with database.read() as connection:
        owner = existing_account(connection, account)
        if not queries.changes_page(connection, owner.id, table.name, set_id, None, 0, 1):
            raise _unknown_set(set_id)
        found = queries.changes_page(connection, owner.id, table.name, set_id, key, after, size + 1)
    rows = found[:size]
    return {"items": [_shown(row) for row in rows], "next": str(rows[-1].id) if len(found) > size else None}


def step(database: Database, account: str, kind: str, set_id: str, who: str, what: Step) -> dict[str, Any]:
    """Take a whole set of changes back (undo), or do it once more (redo), as a set of its own.

    The set of an undo or redo stands for the set it is about. Raises NotFound; Conflict that names the keys whose links
    were changed since, and changes nothing then.
    """
    table = check_kind(kind)
    with database.write() as connection:
        hold(connection)
        owner = existing_account(connection, account)
        changes, what = _about(connection, owner, table.name, set_id, what)
        _refuse_what_stands_on_top(connection, owner, table.name, changes, what)
        wanted = [_wanted(row, row.before if what == "undo" else row.after) for row in changes]
        try:
            done = apply_changes(connection, owner, table.name, wanted, who, what, undoes=changes[0].set_id)
        except BadInput as error:
            raise Conflict(f"{_WORD[what]} нельзя: {error.detail}", problems=error.problems) from error
        return answer(connection, owner, done)


def undo(database: Database, account: str, kind: str, set_id: str, who: str) -> dict[str, Any]:
    """Take a whole set of changes back."""
    return step(database, account, kind, set_id, who, "undo")


def redo(database: Database, account: str, kind: str, set_id: str, who: str) -> dict[str, Any]:
    """Do a set of changes that was taken back once more."""
    return step(database, account, kind, set_id, who, "redo")


def _about(
    connection: Connection, owner: Row[Any], kind: str, set_id: str, what: Step
) -> tuple[list[Row[Any]], Step]:  # fmt: skip
    """Return the changes that a step is about: to take an undo back is to do its set once more."""
    changes = [row for row in queries.changes_of(connection, owner.id, set_id) if row.kind == kind]
    if not changes:
        raise _unknown_set(set_id)
    if changes[0].undoes is None:
        return changes, what
    if changes[0].source == "undo":
        what = "redo"
    return queries.changes_of(connection, owner.id, changes[0].undoes), what


def _unknown_set(set_id: str) -> NotFound:
    return NotFound(f"В истории таблицы нет набора изменений «{set_id[:100]}»")


def _refuse_what_stands_on_top(
    connection: Connection, owner: Row[Any], kind: str, changes: Sequence[Row[Any]], what: Step
) -> None:
    set_id = changes[0].set_id
    stacks = _stacks(queries.history_of_keys(connection, owner.id, kind, {row.key for row in changes}))
    first = stacks[place_of(changes[0])]
    if what == "undo" and any(row.set_id == set_id for row in first.undone):
        raise Conflict("Этот набор изменений уже отменён")
    if what == "redo" and any(row.set_id == set_id for row in first.done):
        raise Conflict("Этот набор изменений не отменён: повторять нечего")
    in_the_way = {
        place: top for place in map(place_of, changes) if (top := _in_the_way(stacks[place], set_id, what)) is not None
    }
    if in_the_way:
        raise Conflict(
            f"{_WORD[what]} нельзя: связи меняли после этого набора ({len(in_the_way)} из {len(changes)})",
            problems=[_problem(place, top, what) for place, top in list(in_the_way.items())[:_NAMED]],
            extra={"conflicts": sorted({key for key, _ in in_the_way})[:_NAMED]},
        )


def _in_the_way(stack: _Stack, set_id: str, what: Step) -> Row[Any] | None:
    """Return the change that must be taken back (or done once more) before the set, None when it is free."""
    tops = stack.done if what == "undo" else stack.undone
    if tops and tops[-1].set_id == set_id:
        return None
    if what == "redo" and any(row.set_id == set_id for row in tops):
        return tops[-1]
    return stack.done[-1]


def _stacks(rows: Iterable[Row[Any]]) -> dict[Place, _Stack]:
    stacks: dict[Place, _Stack] = {}
    for row in rows:
        stack = stacks.setdefault(place_of(row), _Stack())
        if row.source == "undo":
            stack.undone.append(stack.done.pop())
        elif row.source == "redo":
            stack.done.append(stack.undone.pop())
        else:
            stack.done.append(row)
            stack.undone.clear()
    return stacks


def _problem(place: Place, top: Row[Any], what: Step) -> Problem:
    key, start = place
    since = "" if start == FAR_PAST else f" с {start}"
    return wrong(
        "link_changed_since",
        f"Связь ключа «{key}»{since} изменена набором {top.set_id} ({top.who}, {spoken_time(top.at)})",
        column="key",
        found=key,
        advice=f"Сначала {'отмените' if what == 'undo' else 'отмените или повторите'} тот набор",
    )


def _wanted(row: Row[Any], said: dict[str, Any] | None) -> LinkChange:
    after = None if said is None else msgspec.convert(said, StoredLink)
    return LinkChange(key=row.key, valid_from=row.valid_from, after=after)


def _shown_set(changes: Sequence[Row[Any]], count: int, undone: bool) -> dict[str, Any]:
    first = changes[0]
    return {
        "set": first.set_id,
        "at": spoken_time(first.at),
        "who": first.who,
        "source": first.source,
        "undoes": first.undoes,
        "undone": undone,
        "count": count,
        "changes": [_shown(row) for row in changes],
        "next": str(changes[-1].id) if count > len(changes) else None,
    }


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "key": row.key,
        "valid_from": None if row.valid_from == FAR_PAST else row.valid_from.isoformat(),
        "version": row.version,
        "before": _said(row.before),
        "after": _said(row.after),
    }


def _said(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    link = msgspec.convert(stored, StoredLink)
    return {
        "item": link.item,
        "multiplier": link.multiplier,
        "components": [component_values(part) for part in link.components],
        "valid_to": None if link.valid_to == FAR_FUTURE else link.valid_to.isoformat(),
        "found_by": link.found_by,
        "score": of_hundred(link.score),
        "note": link.note or "",
    }
