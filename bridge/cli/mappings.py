"""``komitent mappings history``, ``undo``, ``redo`` and ``match``: tables of links without the service."""

from typing import Any

from rich.console import Console

from bridge.api.bodies import encode
from bridge.cli.opening import Exit, opened
from bridge.errors import Conflict
from bridge.flows import catalogue, link_history
from bridge.flows.link_history import Step
from bridge.settings import Settings

_WHO = "cli"
_SHOWN = 10  # changes of one set
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
        _show_set(_console(), one)
    return 0


def step(settings: Settings, account: str, kind: str, set_id: str, what: Step) -> int:
    """Take a set of changes back, or do it again. Raises Exit that names what stands in the way."""
    try:
        with opened(settings) as database:
            done = link_history.step(database, account, kind, set_id, _WHO, what)
    except Conflict as error:
        reasons = [f"- {problem.message}. {problem.advice}" for problem in error.problems[:_SHOWN]]
        raise Exit("\n".join([str(error), *reasons])) from error
    console = _console()
    word = "Отменено" if what == "undo" else "Повторено"
    console.print(f"{word}: создано {done['created']}, изменено {done['changed']}. Набор {done['set']}")
    if done["posted_documents"]:
        console.print(f"По прежним связям уже проведены документы: {', '.join(done['posted_documents'])}")
    return 0


def match(settings: Settings, account: str, kind: str) -> int:
    """Link what has exactly one candidate and print what is left to a person."""
    with opened(settings) as database:
        done = catalogue.match_links(database, account, kind, _WHO)
    ambiguous = done["ambiguous"]
    console = _console()
    console.print(f"Связано {done['linked']}, неоднозначных {len(ambiguous)}, без номенклатуры {done['unlinked']}")
    for one in ambiguous:
        console.print(f"- {one['key']} {one['name']}: {', '.join(map(str, one['candidates']))}")
    return 0


def _show_set(console: Console, one: dict[str, Any]) -> None:
    undone = " (отменено)" if one["undone"] else ""
    source = _SOURCES[one["source"]] + (f" набора {one['undoes']}" if one["undoes"] else "")
    console.print(f"{one['set']} {one['at']} {one['who']}, {source}: {one['count']}{undone}")
    for change in one["changes"][:_SHOWN]:
        since = f" с {change['valid_from']}" if change["valid_from"] else ""
        console.print(f"    {change['key']}{since}: {_said(change['before'])} → {_said(change['after'])}")
    if one["count"] > _SHOWN:
        console.print(f"    … и ещё {one['count'] - _SHOWN}")


def _said(link: dict[str, Any] | None) -> str:
    if link is None:
        return "нет"
    parts = " + ".join(f"{part['item']} ×{part['multiplier']}" for part in link["components"])
    pieces = f" ×{link['multiplier']}" if link["multiplier"] != 1 else ""
    until = f" по {link['valid_to']}" if link["valid_to"] else ""
    return (f"[{parts}]" if parts else link["item"]) + pieces + until


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
