"""Repeated requests: the same Idempotency-Key with the same body gets the stored answer, not a second effect."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp import web
from sqlalchemy.exc import OperationalError

from bridge.api.guard import error_response
from bridge.api.keys import CALLER, DATABASE
from bridge.db import access
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, Failure
from reports.problems import Refused

HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("Content-Type", "Location")


class KeyReused(BadInput):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    title = "Ключ Idempotency-Key уже использован для другого запроса"


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "still_running"
    title = "Запрос с этим ключом ещё выполняется"


def fingerprint(request: web.Request, *parts: bytes) -> str:
    """Return what makes this request this request: method, address without the query, and the parts of the body."""
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.path.encode(), *parts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


async def once(request: web.Request, request_hash: str, answer: Callable[[], Awaitable[web.Response]]) -> web.Response:
    """Answer through ``answer``, or with what was answered before under the same key by the same caller.

    Answers up to 4xx are kept; a 5xx or a crash is not an answer, and the key may be used again.
    Raises KeyReused and StillRunning.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await answer()
    if not 1 <= len(key) <= 128:
        raise BadInput(f"{HEADER}: от 1 до 128 знаков")
    caller = request[CALLER].name
    earlier = await request.app[DATABASE].writing(access.begin_answer, key, caller, request_hash)
    if earlier is not None:
        return _replayed(earlier, request_hash)
    return await _kept(request.app[DATABASE], key, caller, answer)


def _replayed(earlier: access.StoredAnswer, request_hash: str) -> web.Response:
    if earlier.request_hash != request_hash:
        raise KeyReused("Для нового запроса возьмите новый ключ")
    if earlier.status is None:
        raise StillRunning("Повторите позже с тем же ключом")
    headers = {**earlier.headers, "Idempotency-Replayed": "true"}
    return web.Response(body=earlier.body, status=earlier.status, headers=headers)


async def _kept(
    database: Database, key: str, caller: str, answer: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    try:
        async with _renewing(database, key, caller):
            response = await _answered(answer)
    except BaseException:
        await database.writing(access.drop_answer, key, caller)
        raise
    if response.status >= 500:
        await database.writing(access.drop_answer, key, caller)
        return response
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    body = response.body if isinstance(response.body, bytes) else b""
    await database.writing(access.finish_answer, key, caller, response.status, headers, body)
    return response


async def _answered(answer: Callable[[], Awaitable[web.Response]]) -> web.Response:
    try:
        return await answer()
    except (Failure, Refused) as error:
        return error_response(error)


@asynccontextmanager
async def _renewing(database: Database, key: str, caller: str) -> AsyncIterator[None]:
    """Keep the mark of a running request fresh, so that only a dead one is taken over."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(access.RUNNING_LEASE.total_seconds() / 3)
            with suppress(OperationalError):
                await database.writing(access.renew_answer, key, caller)

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
