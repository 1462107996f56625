"""``komitent mappings list`` and ``views``: a table of links, or what waits for one, by filters and saved views."""

from typing import Any

from rich.console import Console

from bridge.api.bodies import encode
from bridge.cli.mappings import WHO, console, said_of_link
from bridge.cli.opening import Exit, opened
from bridge.flows import link_views
from bridge.flows.link_views import View
from bridge.settings import Settings

FILTERS = ("state", "key", "item", "found_by", "search")


def show(
    settings: Settings, account: str, kind: str, view: str | None, said: View, limit: int, cursor: str | None,
    *, as_json: bool,
) -> int:  # fmt: skip
    """Print a page of a table as a view and filters show it, with the totals of what waits."""
    with opened(settings) as database:
        found = link_views.list_viewed(database, account, kind, view, said, limit, cursor)
    if as_json:
        print(encode(found).decode())
        return 0
    to = console()
    for one in found["items"]:
        _show_row(to, one)
    if total := found.get("waiting"):
        since = f", самый ранний день {total['oldest']}" if total["oldest"] else ""
        what = "ключей" if kind == "service" else "товаров"
        to.print(f"Всего ждут: {what} {total['products']}, сумма {total['amount']}, отчётов {total['reports']}{since}")
    if found["next"]:
        to.print(f"Это не всё, дальше: --cursor {found['next']}")
    return 0


def list_views(settings: Settings, account: str, kind: str, *, as_json: bool) -> int:
    """Print the saved views of a table."""
    with opened(settings) as database:
        found = link_views.list_views(database, account, kind)
    if as_json:
        print(encode(found).decode())
        return 0
    for view in found:
        filters = ", ".join(f"{name}={view[name]}" for name in FILTERS if view[name])
        console().print(f"{view['name']}: {filters} ({view['who']}, {view['changed_at']})")
    return 0


def save_view(settings: Settings, account: str, kind: str, name: str, view: View) -> int:
    """Keep filters under a name; what the name stood for before is replaced."""
    if not view.said():
        raise Exit("Вид без единого фильтра не сохраняется; удалить вид: mappings views delete")
    with opened(settings) as database:
        link_views.put_view(database, account, kind, name, view, WHO)
    console().print(f"Вид «{name}» сохранён")
    return 0


def delete_view(settings: Settings, account: str, kind: str, name: str) -> int:
    """Remove a view. Raises Exit when there is none of that name."""
    with opened(settings) as database:
        if all(view["name"] != name for view in link_views.list_views(database, account, kind)):
            raise Exit(f"Вида «{name}» нет")
        link_views.put_view(database, account, kind, name, View(), WHO)
    console().print(f"Вид «{name}» удалён")
    return 0


def _show_row(to: Console, one: dict[str, Any]) -> None:
    if one["state"] in ("unlinked", "ambiguous"):
        refs = ", ".join(one["candidates"] or [offer["ref"] for offer in one["suggestions"]])
        offered = f"; возможно: {refs}" if refs else ""
        since = f" с {one['oldest']}" if one["oldest"] else ""
        many = f"строк {one['count']}" if "count" in one else f"{one['quantity']} шт"
        to.print(f"{one['key']} {one['name']}: {many}, {one['amount']}{since}{offered}")
        return
    since = f" с {one['valid_from']}" if one["valid_from"] else ""
    gone = ", номенклатуры больше нет" if one["state"] == "broken" else ""
    to.print(f"{one['key']}{since}: {said_of_link(one)} ({one['found_by']}, {one['who']}){gone}")
