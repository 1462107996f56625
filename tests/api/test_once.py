"""Repeated requests: one effect, one answer, whatever happens in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bridge.api.guard import middlewares
from bridge.api.keys import DATABASE
from bridge.api.routing import Route, register
from bridge.db import access
from bridge.db.session import Database
from bridge.db.tables import answers
from bridge.errors import Conflict
from bridge.settings import Settings
from tests.api.conftest import Client, bearer, form, make_account, sales_csv, tokens_of

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Counter:
    """A handler that counts how often it really runs, and does what its body says."""

    def __init__(self) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.Response:
        self.runs += 1
        self.entered.set()
        body = await request.text()
        if body == "wait":
            await self.gate.wait()
        if body == "conflict":
            raise Conflict("нельзя")
        if body == "crash":
            raise RuntimeError
        return web.json_response({"run": self.runs}, status=201, headers={"Location": "/x", "X-Other": "y"})


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def served(settings: Settings, database: Database, aiohttp_client: Any, counter: Counter) -> Client:
    """An application of one route; its requests carry an administrator's token by default."""
    app = web.Application(middlewares=middlewares(settings))
    app[DATABASE] = database
    routes = [
        Route(method="POST", path=path, handler=counter, right="change_items", summary="", answer=None)
        for path in ("/one", "/two")
    ]
    register(app, routes)
    made: Client = await aiohttp_client(app, headers=bearer(tokens_of(database)["admin"]))
    return made


def keyed(key: str = "k1") -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_the_same_request_gets_the_stored_answer(served: Client, counter: Counter) -> None:
    first = await served.post("/one", data="a", headers=keyed())
    again = await served.post("/one", data="a", headers=keyed())
    assert (first.status, again.status, counter.runs) == (201, 201, 1)
    assert await first.read() == await again.read()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    for name in ("Content-Type", "Location"):
        assert again.headers[name] == first.headers[name]


async def test_no_key_no_memory(served: Client, counter: Counter) -> None:
    await served.post("/one", data="a")
    await served.post("/one", data="a")
    await served.post("/one", data="a", headers=keyed("other"))
    assert counter.runs == 3


@pytest.mark.parametrize(("path", "data"), [("/one", "b"), ("/two", "a")])
async def test_another_request_with_the_key_is_refused(served: Client, counter: Counter, path: str, data: str) -> None:
    await served.post("/one", data="a", headers=keyed())
    answer = await served.post(path, data=data, headers=keyed())
    assert (answer.status, (await answer.json())["code"], counter.runs) == (422, "idempotency_key_reused", 1)


async def test_another_caller_has_keys_of_his_own(served: Client, database: Database, counter: Counter) -> None:
    with database.write() as connection:
        other = access.create_token(connection, "other", "admin")
    await served.post("/one", data="a", headers=keyed())
    await served.post("/one", data="a", headers={**keyed(), **bearer(other)})
    assert counter.runs == 2


async def test_a_running_request_is_not_run_twice(served: Client, counter: Counter) -> None:
    first = asyncio.create_task(served.post("/one", data="wait", headers=keyed()))
    await counter.entered.wait()
    second = await served.post("/one", data="wait", headers=keyed())
    assert (second.status, (await second.json())["code"]) == (409, "still_running")
    counter.gate.set()
    assert (await first).status == 201
    assert (await served.post("/one", data="wait", headers=keyed())).headers["Idempotency-Replayed"] == "true"
    assert counter.runs == 1


async def test_a_refusal_is_an_answer(served: Client, counter: Counter) -> None:
    first = await served.post("/one", data="conflict", headers=keyed())
    again = await served.post("/one", data="conflict", headers=keyed())
    assert (first.status, again.status, counter.runs) == (409, 409, 1)
    assert await again.json(content_type="application/problem+json") == await first.json(content_type=None)


async def test_a_failure_is_not_an_answer(served: Client, counter: Counter) -> None:
    for _ in range(2):
        assert (await served.post("/one", data="crash", headers=keyed())).status == 500
    assert counter.runs == 2


async def test_a_dead_request_is_taken_over_when_its_lease_is_over(
    served: Client, database: Database, counter: Counter
) -> None:
    await served.post("/one", data="a", headers=keyed())
    with database.write() as connection:
        connection.execute(answers.update().values(status=None, created_at=datetime.now(UTC)))
    assert (await served.post("/one", data="a", headers=keyed())).status == 409
    with database.write() as connection:
        long_ago = datetime.now(UTC) - access.RUNNING_LEASE - timedelta(seconds=1)
        connection.execute(answers.update().values(created_at=long_ago))
    assert (await served.post("/one", data="a", headers=keyed())).status == 201
    assert counter.runs == 2


async def test_a_long_request_keeps_its_lease(
    served: Client, database: Database, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "RUNNING_LEASE", timedelta(seconds=0.6))
    first = asyncio.create_task(served.post("/one", data="wait", headers=keyed()))
    await counter.entered.wait()
    await asyncio.sleep(1.2)
    assert (await served.post("/one", data="wait", headers=keyed())).status == 409
    counter.gate.set()
    assert (await first).status == 201


@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_a_key_has_a_length(served: Client, counter: Counter, key: str) -> None:
    assert (await served.post("/one", data="a", headers=keyed(key))).status == 422
    assert counter.runs == 0


def test_old_answers_and_marks_of_the_dead_are_swept(database: Database) -> None:
    with database.write() as connection:
        for key in ("old", "done", "running"):
            access.begin_answer(connection, key, "c", "h")
        for key in ("old", "done"):
            access.finish_answer(connection, key, "c", 200, {}, b"")
        week = access.KEPT_FOR + timedelta(days=1)
        connection.execute(answers.update().where(answers.c.key == "old").values(created_at=datetime.now(UTC) - week))
        access.sweep_answers(connection, running=True)
        assert connection.execute(answers.select()).one().key == "done"


async def test_uploads_are_known_by_their_file_and_fields(client: Client, admin: dict[str, str]) -> None:
    await make_account(client, admin)
    address, headers = "/api/v1/accounts/market/reports", {**admin, **keyed()}
    data = sales_csv(("A1", 1, "100.00"))
    first = await client.post(address, data=form(data, number="7"), headers=headers)
    assert first.status == 201, await first.text()
    again = await client.post(address, data=form(data, name="other.csv", number="7"), headers=headers)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert await again.read() == await first.read()
    for other in (form(data, number="8"), form(sales_csv(("A1", 2, "200.00")), number="7")):
        assert (await client.post(address, data=other, headers=headers)).status == 422
