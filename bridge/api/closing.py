"""Closed months of an organization. The ERP may close, only people who keep the books may open again."""

from functools import partial

from aiohttp import web

from bridge.api import issue_shapes
from bridge.api.bodies import answering, read_json
from bridge.api.identity import check_right
from bridge.api.keys import CALLER, DATABASE
from bridge.api.routing import Route
from bridge.flows import close_months

_PATH = "/api/v1/organizations/{name}/closed"


async def get_closed(request: web.Request) -> web.Response:
    """Show through which day the books are closed."""
    return await answering(close_months.closed_months, request.app[DATABASE], request.match_info["name"])


async def put_closed(request: web.Request) -> web.Response:
    """Close months, or open them again with a reason."""
    said = await read_json(request, issue_shapes.Closing)
    caller, name = request[CALLER], request.match_info["name"]
    may_open = partial(check_right, caller, "change_settings")
    flow = close_months.close_through
    return await answering(flow, request.app[DATABASE], name, said.through, said.reason, caller.name, may_open)


ROUTES = [
    Route(
        method="GET", path=_PATH, handler=get_closed, right="read_settings", summary="Закрытые месяцы",
        answer=issue_shapes.ClosedMonths, problems=(404,),
    ),
    Route(
        method="PUT", path=_PATH, handler=put_closed, right="close_months",
        summary="Закрыть месяцы по этот день; открыть снова – с причиной", body=issue_shapes.Closing,
        answer=issue_shapes.ClosedMonths, problems=(403, 404, 422),
    ),
]  # fmt: skip
