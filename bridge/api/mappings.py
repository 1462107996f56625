"""Tables of links: which ERP item a channel's product, warehouse, category or service stands for."""

from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import answering, choice, page, read_json
from bridge.api.keys import CALLER, DATABASE
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import catalogue
from bridge.flows.catalogue import LinkInput

STATES = ("linked", "unlinked", "ambiguous")
_PATH = "/api/v1/accounts/{name}/mappings/{kind}"


async def list_links(request: web.Request) -> web.Response:
    """Show a table of links, whole or by state."""
    state = choice(request, "state", STATES)
    return await answering(catalogue.list_links, request.app[DATABASE], *_table(request), state=state, **page(request))


async def put_links(request: web.Request) -> web.Response:
    """Set links."""
    links = await read_json(request, list[LinkInput])
    return await answering(catalogue.put_links, request.app[DATABASE], *_table(request), links, request[CALLER].name)


async def match_links(request: web.Request) -> web.Response:
    """Link what has exactly one candidate; the ambiguous are answered, never guessed."""
    return await answering(catalogue.match_links, request.app[DATABASE], *_table(request), request[CALLER].name)


def _table(request: web.Request) -> tuple[str, str]:
    return request.match_info["name"], request.match_info["kind"]


ROUTES = [
    Route(
        method="GET", path=_PATH, handler=list_links, right="read_mappings", summary="Таблица сопоставления",
        answer=shapes.LinkPage, query=(*PAGE, Query("state", "Только в этом состоянии", words=STATES)),
        problems=(404, 422),
    ),
    Route(
        method="PUT", path=_PATH, handler=put_links, right="change_mappings", summary="Записать связи",
        body=list[LinkInput], answer=shapes.LinkCounts, problems=(404, 422),
    ),
    Route(
        method="POST", path=f"{_PATH}/match", handler=match_links, right="change_mappings",
        summary="Сопоставить автоматически", answer=shapes.Matched, problems=(404, 409, 422),
    ),
]  # fmt: skip
