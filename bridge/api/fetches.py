"""Reports that the bridge fetches itself: the order becomes a job, answered when it is done or the wait is over."""

import asyncio
from datetime import date

import msgspec
from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import encode, json_response, number, read_json
from bridge.api.guard import problem_response
from bridge.api.keys import CALLER, DATABASE, QUEUE, SOURCES
from bridge.api.routing import Query, Route
from bridge.flows.fetch_reports import Fetched, Order, check_order

KIND = "fetch_reports"


class Fetching(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The days whose reports are wanted, both included. ``correction``: as with an upload."""

    period_from: date
    period_to: date
    correction: bool = False


async def post_fetch(request: web.Request) -> web.Response:
    """Fetch the reports of a period, waiting for the outcome as long as the caller wishes."""
    wait = number(request, "wait", 20, 0, 600)
    said = await read_json(request, Fetching)
    order = Order(account=request.match_info["name"], **msgspec.structs.asdict(said))
    await asyncio.to_thread(check_order, request.app[DATABASE], request.app[SOURCES], order)
    queue = request.app[QUEUE]
    work = {"order": msgspec.to_builtins(order), "who": request[CALLER].name}
    job = await queue.wait(await queue.add(KIND, work), wait)
    if job.problem is not None:
        return problem_response(job.problem)
    if job.result is None:
        waiting = {"job": job.uid, "state": job.state}
        return json_response(encode(waiting), 202, {"Location": f"/api/v1/jobs/{job.uid}"})
    return json_response(encode(job.result))


ROUTES = [
    Route(
        method="POST", path="/api/v1/accounts/{name}/reports/fetch", handler=post_fetch, right="import_reports",
        summary="Запросить отчёты периода у маркетплейса", body=Fetching, answer=Fetched,
        answers={202: shapes.Waiting}, problems=(404, 409, 422, 503),
        query=(Query("wait", "Сколько секунд ждать конца, от 0 до 600; без него 20", "integer"),),
    ),
]  # fmt: skip
