"""A route as one value: address, handler, who may, and everything OpenAPI says of it.

Whatever a route does not declare does not exist: an unknown query parameter is refused, for a misspelt filter would
otherwise answer with everything.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec
from aiohttp import web

from bridge.api.identity import check_right, identify
from bridge.api.keys import CALLER
from bridge.api.once import fingerprint, once
from bridge.api.permissions import Right
from bridge.errors import BadInput, Failure
from reports.problems import Problem

Handler = Callable[[web.Request], Awaitable[web.Response]]


class BadAddress(Failure):
    """The address itself cannot be right."""

    title = "Адрес запроса не разобран"


class Query(msgspec.Struct, frozen=True):
    """One parameter of the query."""

    name: str
    summary: str
    kind: Literal["string", "integer", "boolean"] = "string"
    words: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route. ``right`` None: open to everybody. ``answers``: further successful statuses with their types.

    ``form``: the body is a multipart form that the handler reads itself, ``once`` included. ``media``: what kind of
    content the answer of ``status`` is.
    """

    method: Literal["GET", "PUT", "POST"]
    path: str
    handler: Handler
    right: Right | None
    summary: str
    answer: Any
    status: int = 200
    answers: Mapping[int, Any] = {}
    body: Any = None
    form: Any = None
    media: str = "application/json"
    query: tuple[Query, ...] = ()
    problems: tuple[int, ...] = ()


PAGE = (
    Query("limit", "Сколько записей отдать, от 1 до 1000; без него 100", "integer"),
    Query("cursor", "Значение next предыдущего ответа"),
)


def register(app: web.Application, routes: Iterable[Route]) -> None:
    """Add the routes to the application, each behind its checks."""
    for route in routes:
        app.router.add_route(route.method, route.path, _checked(route))


def _checked(route: Route) -> Handler:
    known = {query.name for query in route.query}

    async def handler(request: web.Request) -> web.Response:
        if route.right is not None:
            request[CALLER] = await identify(request)
            check_right(request[CALLER], route.right)
        _check_address(request, known)
        if route.method != "POST" or route.form is not None:
            return await route.handler(request)
        return await once(request, fingerprint(request, await request.read()), lambda: route.handler(request))

    return handler


def _check_address(request: web.Request, known: set[str]) -> None:
    """Raise for parameters that nobody reads, and for a character that no database takes."""
    for name in request.query:
        if name not in known:
            problem = Problem(
                code="parameter", message=f"Неизвестный параметр {name}", column=name, expected=", ".join(sorted(known))
            )
            raise BadInput(problem.message, problems=[problem])
        if len(request.query.getall(name)) > 1:
            raise BadInput(f"Параметр {name} указан дважды")
    if any("\x00" in text for text in (*request.match_info.values(), *request.query.values())):
        raise BadAddress("В адресе стоит знак с кодом 0")
