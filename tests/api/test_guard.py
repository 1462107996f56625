"""Host names, other sites, and the one shape of errors."""

import io
import logging
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy.exc import OperationalError

from bridge.api.guard import middlewares
from bridge.app import make_app
from bridge.db.session import Database
from bridge.errors import BadInput, Conflict, NotFound
from bridge.problem_json import plain_problem, problem_json
from bridge.settings import Settings
from reports.problems import Problem, Refused
from tests.api.conftest import Client

_SHAPE = {"type", "title", "status", "detail", "code", "errors"}


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:99", "[::1]:8710", "komitent.lan", "10.0.0.5"])
async def test_own_names_are_answered(
    aiohttp_client: Any, settings: Settings, sqlite_database: Database, host: str
) -> None:
    open_to = Settings(
        data=settings.data, database_url=settings.database_url, host="10.0.0.5", allowed_hosts=("komitent.lan",)
    )
    client = await aiohttp_client(make_app(open_to, sqlite_database))
    assert (await client.get("/health", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@evil.example", "", "[::1", "a b"])
async def test_other_names_are_not(client: Client, host: str) -> None:
    answer = await client.get("/health", headers={"Host": host})
    assert answer.status == 421
    assert (await answer.json())["code"] == "host_unknown"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "whatever"}, 403),
        ({"Origin": "http://localhost:8710", "Host": "localhost:8710"}, 200),
        ({"Origin": "http://localhost", "Host": "localhost:80"}, 200),
        ({"Origin": "http://localhost:8711", "Host": "localhost:8710"}, 403),
        ({"Origin": "http://127.0.0.1:8710", "Host": "localhost:8710"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:99999", "Host": "localhost"}, 403),
        ({"Origin": "http://[::1", "Host": "localhost"}, 403),
        ({"Origin": "", "Host": "localhost"}, 403),
        ({"Origin": "https://localhost", "Host": "localhost"}, 200),
    ],
)
async def test_other_sites_are_refused(client: Client, headers: dict[str, str], status: int) -> None:
    assert (await client.get("/health", headers=headers)).status == status


async def test_a_refused_site_changes_nothing(client: Client, admin: dict[str, str]) -> None:
    headers = {**admin, "Origin": "https://evil.example"}
    assert (await client.put("/api/v1/items", json=[{"ref": "1", "name": "x"}], headers=headers)).status == 403
    assert (await (await client.get("/api/v1/items", headers=admin)).json())["items"] == []


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (NotFound("нет"), 404, "not_found"),
        (Conflict("нельзя"), 409, "conflict"),
        (BadInput("плохо", problems=[Problem(code="x", message="y", row=7)]), 422, "bad_input"),
        (Refused(Problem(code="file_too_large", message="m")), 413, "file_too_large"),
        (Refused(Problem(code="file_suspicious", message="m")), 413, "file_suspicious"),
        (Refused(Problem(code="file_too_slow", message="m")), 413, "file_too_slow"),
        (Refused(Problem(code="file_type", message="m")), 415, "file_type"),
        (Refused(Problem(code="file_locked", message="m")), 415, "file_locked"),
        (Refused(Problem(code="archive_empty", message="m")), 415, "archive_empty"),
        (Refused(Problem(code="profile_none", message="m")), 422, "profile_none"),
        (OperationalError("secret statement", {}, Exception("database is locked")), 503, "database_busy"),
        (KeyError("secret-value"), 500, "internal"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "too_large"),
        (web.HTTPTooManyRequests(), 429, "http_429"),
    ],
)
async def test_every_error_has_one_shape(
    aiohttp_client: Any, settings: Settings, caplog: pytest.LogCaptureFixture, raised: Exception, status: int, code: str
) -> None:
    async def handler(_request: web.Request) -> web.Response:
        raise raised

    app = web.Application(middlewares=middlewares(settings))
    app.router.add_get("/", handler)
    with caplog.at_level(logging.CRITICAL + 1):
        answer = await (await aiohttp_client(app)).get("/")
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["status"], body["code"]) == (status, status, code)
    assert set(body) >= _SHAPE
    assert "secret" not in str(body)
    assert all(set(error) == set(Problem.__struct_fields__) for error in body["errors"])


async def test_the_unexpected_is_logged_under_the_id_of_the_answer(
    aiohttp_client: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(_request: web.Request) -> web.Response:
        raise RuntimeError("what really happened")

    app = web.Application(middlewares=middlewares(settings))
    app.router.add_get("/", handler)
    body = await (await (await aiohttp_client(app)).get("/")).json(content_type=None)
    assert body["log_id"] in caplog.text
    assert "what really happened" in caplog.text
    assert "what really happened" not in str(body)


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("DELETE", "/api/v1/items", None, 405, "method_not_allowed"),
        ("PUT", "/api/v1/items", b"[{", 400, "malformed_json"),
        ("PUT", "/api/v1/items", b"\xff\xfe[", 400, "malformed_json"),
        ("PUT", "/api/v1/accounts/a", b'{"settings": {"a": ' + b"[" * 100_000, 400, "malformed_json"),
        ("PUT", "/api/v1/items", b'[{"ref": "\\ud800"}]', 400, "malformed_json"),
        ("PUT", "/api/v1/items", b"", 400, "malformed_json"),
        ("PUT", "/api/v1/items", b'[{"ref": "1", "nam": "x"}]', 422, "bad_input"),
        ("PUT", "/api/v1/items", b'[{"ref": true}]', 422, "bad_input"),
        ("PUT", "/api/v1/items", b'[{"ref": "a\\u0000"}]', 422, "bad_input"),
        ("PUT", "/api/v1/organizations/%D0%AF", b"{}", 422, "bad_input"),
        ("PUT", "/api/v1/organizations/" + "a" * 65, b"{}", 422, "bad_input"),
        ("GET", "/api/v1/reports?state=hold", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?stat=held", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?state=held&state=ready", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?limit=0", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?limit=1001", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?limit=x", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?cursor=x", None, 422, "bad_input"),
        ("GET", "/api/v1/reports?account=%00", None, 400, "bad_request"),
        ("GET", "/api/v1/reports/%00", None, 400, "bad_request"),
        ("GET", "/api/v1/reports/none", None, 404, "not_found"),
        ("GET", "/api/v1/jobs/none", None, 404, "not_found"),
        ("GET", "/api/v1/documents/none", None, 404, "not_found"),
    ],
)
async def test_what_cannot_be_asked(
    client: Client, admin: dict[str, str], method: str, path: str, data: bytes | None, status: int, code: str
) -> None:
    answer = await client.request(method, path, data=data, headers=admin)
    body = await answer.json(content_type="application/problem+json")
    assert (answer.status, body["code"]) == (status, code), body


async def test_a_wrong_field_is_named_with_its_place(client: Client, admin: dict[str, str]) -> None:
    answer = await client.put("/api/v1/items", json=[{"ref": "1"}, {"ref": "2", "colour": "red"}], headers=admin)
    [error] = (await answer.json())["errors"]
    assert (error["column"], error["message"]) == ("$[1]", "$[1]: неизвестное поле «colour»")


async def test_a_byte_order_mark_is_read_over(client: Client, admin: dict[str, str]) -> None:
    answer = await client.put("/api/v1/items", data=b'\xef\xbb\xbf[{"ref": "1", "name": "x"}]', headers=admin)
    assert (answer.status, await answer.json()) == (200, {"created": 1, "changed": 0, "unchanged": 0})


async def test_a_body_over_the_limit(client: Client, admin: dict[str, str]) -> None:
    answer = await client.put("/api/v1/items", data=io.BytesIO(bytes(64 * 2**20 + 1)), headers=admin)
    assert (answer.status, (await answer.json())["code"]) == (413, "too_large")


def test_extra_fields_never_replace_the_standard_ones() -> None:
    assert problem_json(NotFound("x", extra={"status": 200, "report": "r"}))["status"] == 404
    assert plain_problem(418)["code"] == "http_418"
