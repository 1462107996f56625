"""Background jobs, seen from outside."""

from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import encode, json_response
from bridge.api.keys import QUEUE
from bridge.api.routing import Route
from bridge.errors import NotFound


async def get_job(request: web.Request) -> web.Response:
    """Show a job: its state, how far it is, and what came of it."""
    job = await request.app[QUEUE].look(request.match_info["id"])
    if job is None:
        raise NotFound(f"Нет задания {request.match_info['id']}")
    shown = shapes.JobObject(
        id=job.uid, kind=job.kind, state=job.state, progress=shapes.Progress(done=job.done, total=job.total),
        result=job.result, problem=job.problem,
    )  # fmt: skip
    return json_response(encode(shown))


ROUTES = [
    Route(
        method="GET", path="/api/v1/jobs/{id}", handler=get_job, right="read_jobs", summary="Фоновое задание",
        answer=shapes.JobObject, problems=(404,),
    ),
]  # fmt: skip
