"""The contract says all that is served, and nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest

from bridge.api.bodies import encode
from bridge.api.openapi import contract
from bridge.app import ROUTES, make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.api.conftest import Client

DOCUMENT = contract(ROUTES)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_served_route_is_described_and_the_other_way_round(settings: Settings, sqlite_database: Database) -> None:
    app = make_app(settings, sqlite_database)
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(("/api/", "/health"))
    }
    assert {(method, path) for method, path, _ in operations()} == served


def test_references_lead_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= known
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in DOCUMENT["components"]["schemas"])


def test_operations_are_named_once() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


FILES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".beancount": "text/plain",
    ".zip": "application/zip",
}


@pytest.mark.parametrize(("method", "path", "operation"), list(operations()))
def test_an_operation_is_complete(method: str, path: str, operation: dict[str, Any]) -> None:
    in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
    assert in_path == re.findall(r"\{(\w+)\}", path)
    assert operation["summary"]
    assert any(status.startswith("2") for status in operation["responses"])
    for status, answer in operation["responses"].items():
        said = "application/json" if method == "post" else FILES.get(PurePosixPath(path).suffix, "application/json")
        kinds = ["application/problem+json"] if status >= "4" else [said]
        assert list(answer["content"]) == kinds
        assert answer["description"]
    assert ("security" in operation) == (path != "/health") == ("401" in operation["responses"])
    assert ("Idempotency-Key" in {one["name"] for one in operation["parameters"]}) == (method == "post")


def test_the_document_has_the_parts_that_openapi_asks_for() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert set(DOCUMENT) <= {"openapi", "info", "servers", "paths", "components", "tags", "security"}
    assert DOCUMENT["info"].keys() >= {"title", "version"}


async def test_it_is_served(client: Client, admin: dict[str, str]) -> None:
    answer = await client.get("/api/v1/openapi.json", headers=admin)
    assert await answer.json() == json.loads(encode(DOCUMENT))
