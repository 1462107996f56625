"""The connector against the marketplace's own contract: what it asks is allowed, what it is answered can be read."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from jsonschema import Draft202012Validator, FormatChecker

from bridge.channels import wildberries
from bridge.channels.wildberries import Question, Wildberries
from bridge.http import Patience, Service
from tests.channels.marketplace import TOKEN, Marketplace
from tests.reports.reader import read

REFERENCE = Path(os.environ.get("KOMITENT_REFERENCE") or Path(__file__).parents[3] / "shared" / "reference")
CONTRACT = REFERENCE / "channels" / "openapi" / "wildberries-13-finances.yaml"


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The official OpenAPI file of the finance API; the tests are skipped where it is not at hand."""
    if not CONTRACT.exists():
        pytest.skip("the official contract of Wildberries is not at hand: set KOMITENT_REFERENCE")
    found: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return found


def schema(contract: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = contract["components"]["schemas"][name]
    return found


def example_row(contract: dict[str, Any]) -> dict[str, Any]:
    """A row made of the examples of every field."""
    values: dict[str, Any] = {}
    for name, field in schema(contract, "SalesReportsDetailedRes")["properties"].items():
        values[name] = field.get("example", "" if field["type"] == "string" else 0)
    return values


def test_the_method_is_where_we_ask_and_signed_in_as_we_do(contract: dict[str, Any]) -> None:
    path = contract["paths"][wildberries.DETAILED]
    assert path["servers"] == [{"url": wildberries.ADDRESS}]
    assert path["post"]["security"] == [{"HeaderApiKey": []}]
    scheme = contract["components"]["securitySchemes"]["HeaderApiKey"]
    assert scheme == {"type": "apiKey", "name": "Authorization", "in": "header"}
    assert set(path["post"]["responses"]) <= {"200", "204", "400", "401", "402", "429"}
    assert "1 мин | 1 запрос | 1 мин" in path["post"]["description"]


async def test_every_question_is_one_the_contract_allows(contract: dict[str, Any], tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    class Asked(Service):
        async def post(self, path: str, body: object, read: Any) -> Any:
            assert path == wildberries.DETAILED
            asked.append(json.loads(msgspec.json.encode(body)))
            page = json.dumps([example_row(contract) | {"rrdId": len(asked)}]).encode()
            return read(page) if len(asked) < 3 else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wildberries, "Service", Asked)
        days = date(2026, 3, 16), date(2026, 3, 22)
        await asyncio.to_thread(Wildberries().fetch, {"token": TOKEN}, *days, tmp_path, lambda _done, _total: None)
    allowed = schema(contract, "SalesReportsDetailedReq") | {"additionalProperties": False}
    for question in asked:
        Draft202012Validator(allowed, format_checker=FormatChecker()).validate(question)
    assert [question["rrdId"] for question in asked] == [0, 1, 2]
    assert set(Question.__struct_encode_fields__) <= set(allowed["properties"])


async def test_an_answer_made_from_the_contract_is_read_and_every_field_of_it_is_known(
    contract: dict[str, Any], tmp_path: Path, aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]
) -> None:
    row = example_row(contract)
    Draft202012Validator(schema(contract, "SalesReportsDetailedRes")).validate(row)
    place = Marketplace([row, row | {"rrdId": row["rrdId"] + 1}])
    credentials = {"token": TOKEN, "address": str((await aiohttp_server(place.app())).make_url("/"))}
    days = date(2026, 3, 16), date(2026, 3, 22)
    source = Wildberries(patience=Patience())
    (file,) = await asyncio.to_thread(source.fetch, credentials, *days, tmp_path, lambda _done, _total: None)
    assert (file.first, file.last) == days
    found = read(file.path, "wildberries", profile="wildberries/weekly_detail")
    assert found.summary
    assert (found.summary.number, found.summary.layout, found.summary.form) == (file.number, "2026", "records")
    assert len(found.summary.fields) == len(row)
    assert set(found.codes()) == {"row_formula"}  # the sums of the examples belong to different rows
