"""``komitent mappings history``, ``undo``, ``redo``, ``match``, ``copy``, ``accept``: links without the service."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.errors import Conflict
from bridge.flows import catalogue, link_copy, link_history
from bridge.flows.link_history import Step
from bridge.settings import Settings

WHO = "cli"
_SHOWN = 10  # changes of one set
_PAGE = 1000
_SOURCES = {
    "person": "вручную", "upload": "загрузка", "rule": "автоматически", "copy": "копия", "undo": "отмена",
    "redo": "повтор",
}  # fmt: skip


def history(settings: Settings, account: str, kind: str, key: str | None, limit: int, *, as_json: bool) -> int:
    """Print what was done to a table, the newest first."""
    with opened(settings) as database:
        found = link_history.list_history(database, account, kind, limit, None, key)
    if as_json:
        print(encode(found).decode())
        return 0
    for one in found["items"]:
        _show_set(console(), one)
    return 0


def changes(settings: Settings, account: str, kind: str, set_id: str, key: str | None, *, as_json: bool) -> int:
    """Print every change of one set; as JSON a list."""
    found: list[dict[str, Any]] = []
    cursor = None
    with opened(settings) as database:
        while True:
            page = link_history.list_changes(database, account, kind, set_id, _PAGE, cursor, key)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
    if as_json:
        print(encode(found).decode())
        return 0
    for change in found:
        _show_change(console(), change)
    return 0


def step(settings: Settings, account: str, kind: str, set_id: str, what: Step) -> int:
    """Take a set of changes back, or do it again. Raises Exit that names what stands in the way."""
    try:
        with opened(settings) as database:
            done = link_history.step(database, account, kind, set_id, WHO, what)
    except Conflict as error:
        reasons = [f"- {problem.message}. {problem.advice}" for problem in error.problems[:_SHOWN]]
        raise Exit("\n".join([str(error), *reasons])) from error
    to = console()
    word = "Отменено" if what == "undo" else "Повторено"
    to.print(f"{word}: создано {done['created']}, изменено {done['changed']}. Набор {done['set']}")
    _show_posted(to, done)
    return 0


def match(settings: Settings, account: str, kind: str) -> int:
    """Link what has exactly one candidate and print what is left to a person."""
    with opened(settings) as database:
        done = catalogue.match_links(database, account, kind, WHO)
    ambiguous = done["ambiguous"]
    to = console()
    to.print(
        f"Связано {done['linked']}, неоднозначных {len(ambiguous)}, без номенклатуры {done['unlinked']}{_of_set(done)}"
    )
    for one in ambiguous:
        to.print(f"- {one['key']} {one['name']}: {', '.join(map(str, one['candidates']))}")
    return 0


def copy(
    settings: Settings, account: str, kind: str, from_account: str, keys: Sequence[str] | None, *, as_json: bool
) -> int:  # fmt: skip
    """Copy the links of another account and print what was left because it is linked otherwise here."""
    with opened(settings) as database:
        done = link_copy.copy_links(database, account, kind, from_account, keys, WHO)
    if as_json:
        print(encode(done).decode())
        return 0
    to = console()
    to.print(
        f"Скопировано {done['created']}, без изменений {done['unchanged']}, оставлено {done['conflicts_total']}"
        f"{_of_set(done)}"
    )
    for one in done["conflicts"]:
        here, there = (" и ".join(map(said_of_link, one[side])) for side in ("here", "there"))
        to.print(f"- {one['key']}: здесь {here}, там {there}")
    _show_posted(to, done)
    return 0


def accept(settings: Settings, account: str, kind: str, score: int, *, as_json: bool) -> int:
    """Link everything that has exactly one suggestion of this score (of 100) or more."""
    with opened(settings) as database:
        done = link_copy.accept_suggestions(database, account, kind, score, WHO)
    if as_json:
        print(encode(done).decode())
        return 0
    to = console()
    to.print(f"Связано {done['created']}, осталось без связи {done['left']}{_of_set(done)}")
    _show_posted(to, done)
    return 0


def _show_posted(to: Console, done: dict[str, Any]) -> None:
    if done["posted_documents"]:
        to.print(f"По прежним связям уже проведены документы: {', '.join(done['posted_documents'])}")


def _of_set(done: dict[str, Any]) -> str:
    return f". Набор {done['set']}" if done["set"] else ""


def _show_set(to: Console, one: dict[str, Any]) -> None:
    undone = " (отменено)" if one["undone"] else ""
    source = _SOURCES[one["source"]] + (f" набора {one['undoes']}" if one["undoes"] else "")
    to.print(f"{one['set']} {one['at']} {one['who']}, {source}: {one['count']}{undone}")
    for change in one["changes"][:_SHOWN]:
        _show_change(to, change)
    if one["count"] > _SHOWN:
        to.print(f"    … и ещё {one['count'] - _SHOWN}; все: --set {one['set']}")


def _show_change(to: Console, change: dict[str, Any]) -> None:
    since = f" с {change['valid_from']}" if change["valid_from"] else ""
    to.print(f"    {change['key']}{since}: {said_of_link(change['before'])} → {said_of_link(change['after'])}")


def said_of_link(link: dict[str, Any] | None) -> str:
    """Write what a link says in a few words; None: there is none."""
    if link is None:
        return "нет"
    parts = " + ".join(f"{part['item']} ×{part['multiplier']}" for part in link["components"])
    pieces = f" ×{link['multiplier']}" if link["multiplier"] != 1 else ""
    until = f" по {link['valid_to']}" if link["valid_to"] else ""
    return (f"[{parts}]" if parts else link["item"]) + pieces + until


def console() -> Console:
    """Return where to print: text as it is."""
    return Console(soft_wrap=True, highlight=False, markup=False)
