"""Tables of links: which ERP item a channel's product, warehouse, category or service stands for; their history."""

import msgspec
from aiohttp import web

from bridge.api import link_shapes as shapes
from bridge.api.bodies import answering, choice, encode, flag, json_response, page, read_json
from bridge.api.keys import CALLER, DATABASE
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import catalogue, link_copy, link_history, link_views
from bridge.flows.catalogue import LinkInput
from bridge.flows.link_checks import FOUND_BY
from bridge.flows.link_views import View
from mappings.link_kinds import link_kinds

STATES = ("linked", "unlinked", "ambiguous", "broken")
_PATH = "/api/v1/accounts/{name}/mappings/{kind}"
_FILTERS = (
    Query("key", "Только связи этого ключа; без связи – товары с этим кодом"),
    Query("item", "Только связи с этой номенклатурой, и в комплектах; без связи – товары, чьи коды указывают на неё"),
    Query("found_by", "Только связи, найденные так", words=FOUND_BY),
    Query(
        "search", "Слова, каждое из которых есть в ключе, номенклатуре или примечании; без связи – в кодах, названии"
    ),
)


async def list_kinds(_: web.Request) -> web.Response:
    """Show which tables there are."""
    return json_response(encode(list(link_kinds().values())))


async def list_links(request: web.Request) -> web.Response:
    """Show a table of links, whole, by state, by filters or by a saved view."""
    said = request.query
    filters = {"state": choice(request, "state", STATES), **{one.name: said.get(one.name) for one in _FILTERS}}
    chosen = msgspec.convert(filters, View)
    table = (request.app[DATABASE], *_table(request), said.get("view"), chosen)
    return await answering(link_views.list_viewed, *table, **page(request))


async def list_views(request: web.Request) -> web.Response:
    """Show the saved views of a table."""
    return await answering(link_views.list_views, request.app[DATABASE], *_table(request))


async def put_view(request: web.Request) -> web.Response:
    """Save a view, or remove it."""
    view, name = await read_json(request, View), request.match_info["view"]
    return await answering(
        link_views.put_view, request.app[DATABASE], *_table(request), name, view, request[CALLER].name
    )  # fmt: skip


async def put_links(request: web.Request) -> web.Response:
    """Set links."""
    dry_run = flag(request.query.get("dry_run", ""), "dry_run")
    links = await read_json(request, list[LinkInput])
    table, who = (request.app[DATABASE], *_table(request)), request[CALLER].name
    return await answering(catalogue.put_links, *table, links, who, dry_run=dry_run)


async def match_links(request: web.Request) -> web.Response:
    """Link what has exactly one candidate; the ambiguous are answered, never guessed."""
    return await answering(catalogue.match_links, request.app[DATABASE], *_table(request), request[CALLER].name)


async def list_history(request: web.Request) -> web.Response:
    """Show what was done to a table, set by set, the newest first."""
    table, key = (request.app[DATABASE], *_table(request)), request.query.get("key")
    return await answering(link_history.list_history, *table, key=key, **page(request))


async def list_changes(request: web.Request) -> web.Response:
    """Show all changes of one set, page by page."""
    table, key = (request.app[DATABASE], *_table(request)), request.query.get("key")
    return await answering(link_history.list_changes, *table, request.match_info["set"], key=key, **page(request))


async def undo_changes(request: web.Request) -> web.Response:
    """Take a whole set of changes back."""
    said = await read_json(request, shapes.SetOfChanges)
    return await answering(
        link_history.undo, request.app[DATABASE], *_table(request), said.set, request[CALLER].name
    )  # fmt: skip


async def redo_changes(request: web.Request) -> web.Response:
    """Do a set of changes that was taken back once more."""
    said = await read_json(request, shapes.SetOfChanges)
    return await answering(
        link_history.redo, request.app[DATABASE], *_table(request), said.set, request[CALLER].name
    )  # fmt: skip


async def copy_links(request: web.Request) -> web.Response:
    """Copy the links of another account; nothing here is written over."""
    said = await read_json(request, shapes.CopyOfLinks)
    table = (request.app[DATABASE], *_table(request))
    return await answering(link_copy.copy_links, *table, said.from_account, said.keys, request[CALLER].name)


async def accept_suggestions(request: web.Request) -> web.Response:
    """Link everything that has exactly one suggestion this good."""
    said = await read_json(request, shapes.Acceptance)
    table = (request.app[DATABASE], *_table(request))
    return await answering(link_copy.accept_suggestions, *table, said.score, request[CALLER].name)


def _table(request: web.Request) -> tuple[str, str]:
    return request.match_info["name"], request.match_info["kind"]


ROUTES = [
    Route(
        method="GET", path="/api/v1/mappings", handler=list_kinds, right="read_mappings",
        summary="Какие есть таблицы сопоставления", answer=list[shapes.LinkKindAnswer],
    ),
    Route(
        method="GET", path=_PATH, handler=list_links, right="read_mappings", summary="Таблица сопоставления",
        answer=shapes.LinkPage, problems=(404, 422),
        query=(
            *PAGE, Query("state", "Только в этом состоянии", words=STATES), *_FILTERS,
            Query("view", "Сохранённый вид; другие параметры запроса важнее того, что в нём"),
        ),
    ),
    Route(
        method="GET", path=f"{_PATH}/views", handler=list_views, right="read_mappings",
        summary="Сохранённые виды таблицы", answer=list[shapes.ViewAnswer], problems=(404, 422),
    ),
    Route(
        method="PUT", path=f"{_PATH}/views/{{view}}", handler=put_view, right="change_mappings",
        summary="Сохранить вид; без единого фильтра – удалить", body=View, answer=shapes.ViewAnswer,
        problems=(404, 422),
    ),
    Route(
        method="PUT", path=_PATH, handler=put_links, right="change_mappings", summary="Записать связи",
        body=list[LinkInput], answer=shapes.LinkCounts, problems=(404, 422),
        query=(Query("dry_run", "true: только показать, что изменится", "boolean"),),
    ),
    Route(
        method="POST", path=f"{_PATH}/match", handler=match_links, right="change_mappings",
        summary="Сопоставить автоматически", answer=shapes.Matched, problems=(404, 409, 422),
    ),
    Route(
        method="GET", path=f"{_PATH}/history", handler=list_history, right="read_mappings",
        summary="История таблицы: кто, когда и что менял", answer=shapes.HistoryPage, problems=(404, 422),
        query=(*PAGE, Query("key", "Только связи этого ключа")),
    ),
    Route(
        method="GET", path=f"{_PATH}/history/{{set}}", handler=list_changes, right="read_mappings",
        summary="Все изменения одного набора", answer=shapes.ChangePage, problems=(404, 422),
        query=(*PAGE, Query("key", "Только связи этого ключа")),
    ),
    Route(
        method="POST", path=f"{_PATH}/undo", handler=undo_changes, right="change_mappings",
        summary="Отменить набор изменений целиком", body=shapes.SetOfChanges, answer=shapes.LinkCounts,
        problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_PATH}/redo", handler=redo_changes, right="change_mappings",
        summary="Повторить отменённый набор изменений", body=shapes.SetOfChanges, answer=shapes.LinkCounts,
        problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_PATH}/copy", handler=copy_links, right="change_mappings",
        summary="Скопировать связи другой учётной записи", body=shapes.CopyOfLinks, answer=shapes.Copied,
        problems=(404, 409, 422),
    ),
    Route(
        method="POST", path=f"{_PATH}/accept", handler=accept_suggestions, right="change_mappings",
        summary="Принять подсказки с оценкой не ниже данной", body=shapes.Acceptance, answer=shapes.Accepted,
        problems=(404, 409, 422),
    ),
]  # fmt: skip
