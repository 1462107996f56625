"""A marketplace to be asked: the finance API of Wildberries as its contract tells it, on this machine, with a memory.

It holds rows and gives them page by page after ``rrdId``; ``instead`` are answers it gives first, one a request.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from bridge.channels.wildberries import DETAILED
from tests.samples.wildberries import Week
from tests.samples.wildberries_files import write_json

TOKEN = "eyJhbGciOiJFUzI1NiJ9.secret-part.signature"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Marketplace:
    """The rows there are, what to answer instead, and what was asked."""

    def __init__(self, rows: Sequence[dict[str, Any]] = ()) -> None:
        self.rows = list(rows)
        self.instead: list[Answer] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def app(self) -> web.Application:
        """The service itself."""
        app = web.Application()
        app.router.add_post(DETAILED, self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        question = json.loads(await request.read())
        self.asked.append(question)
        self.headers.append(dict(request.headers))
        if self.instead:
            return await self.instead.pop(0)(request)
        if request.headers.get("Authorization") != TOKEN:
            return problem(401, "unauthorized", "token problem")
        left = [row for row in self.rows if row["rrdId"] > question["rrdId"]]
        page = left[: question["limit"]]
        return listed(page) if page else web.Response(status=204)


def rows_of(*weeks: Week) -> list[dict[str, Any]]:
    """The rows of weeks as the finance API gives them, each with an id of its own."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for week in weeks:
            path = Path(folder) / "rows.json"
            write_json(week, path, "fin")
            rows += json.loads(path.read_text("utf-8"))
    return [row | {"rrdId": 90_000_000_001 + place} for place, row in enumerate(rows)]


def listed(rows: Sequence[dict[str, Any]]) -> web.Response:
    """Answer with a page of rows."""
    return web.Response(body=json.dumps(rows, ensure_ascii=False).encode(), content_type="application/json")


def problem(status: int, title: str, detail: str, **headers: str) -> web.Response:
    """Answer an error in the shape of the contract."""
    body = json.dumps({"title": title, "detail": detail, "status": status}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=body, status=status, headers=named, content_type="application/problem+json")


def says(response: Callable[[], web.StreamResponse]) -> Answer:
    """An answer that is made when it is asked for."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return response()

    return answer


def refuses(status: int, title: str = "", detail: str = "", **headers: str) -> Answer:
    """An error of the marketplace."""
    return says(lambda: problem(status, title, detail, **headers))


def sends(body: bytes) -> Answer:
    """A 200 with those bytes."""
    return says(lambda: web.Response(body=body, content_type="application/json"))


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """An answer that ends in the middle, though it said how long it would be."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'[{"reportId": 1, "rrdId": 1')
    assert request.transport is not None
    request.transport.close()
    return response


async def never_answers(_: web.Request) -> web.StreamResponse:
    """No answer for as long as anybody waits."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")
