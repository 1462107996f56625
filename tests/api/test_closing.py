"""Closed months over HTTP: who may close, and who may open again."""

from typing import Any

import msgspec
import pytest

from bridge.api import issue_shapes, shapes
from bridge.app import make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.api.conftest import Client, bearer, form, make_account, sales_csv, tokens_of

CLOSED = "/api/v1/organizations/romashka/closed"
JULY = sales_csv(("A1", 1, "100.10"), ("A2", 2, "50.05"))
OTHER = sales_csv(("A1", 1, "100.10"), ("A2", 2, "60.05"))


@pytest.fixture
async def romashka(client: Client, admin: dict[str, str]) -> Client:
    """A client with an organization."""
    await make_account(client, admin)
    return client


@pytest.mark.parametrize(
    ("role", "closes", "opens"),
    [("admin", 200, 200), ("accountant", 200, 200), ("erp", 200, 403), ("mapping_editor", 403, 403)],
)
async def test_the_erp_may_close_and_only_people_of_the_books_may_open(
    romashka: Client, tokens: dict[str, str], role: str, closes: int, opens: int
) -> None:
    headers = bearer(tokens[role])
    closed = await romashka.put(CLOSED, json={"through": "2026-01-31"}, headers=headers)
    assert closed.status == closes
    await romashka.put(CLOSED, json={"through": "2026-01-31"}, headers=bearer(tokens["admin"]))
    shown = await (await romashka.get(CLOSED, headers=headers)).json()
    assert shown == {"organization": "romashka", "through": "2026-01-31", "opens": "2026-02-01"}
    msgspec.convert(shown, issue_shapes.ClosedMonths)
    opened = await romashka.put(CLOSED, json={"through": None, "reason": "ошибка"}, headers=headers)
    assert opened.status == opens


@pytest.mark.parametrize(
    ("body", "status"),
    [({"through": "2026-01-30"}, 422), ({"through": "январь"}, 422), ({}, 422), ({"through": None, "why": ""}, 422)],
)
async def test_what_closes_no_month_is_refused(
    romashka: Client, admin: dict[str, str], body: dict[str, Any], status: int
) -> None:
    assert (await romashka.put(CLOSED, json=body, headers=admin)).status == status
    assert (await (await romashka.get(CLOSED, headers=admin)).json())["through"] is None
    assert (await romashka.get(CLOSED.replace("romashka", "nobody"), headers=admin)).status == 404


async def test_a_posted_report_of_a_closed_month_is_corrected_and_reversed_in_the_open_one(
    aiohttp_client: Any, settings: Settings, database: Database
) -> None:
    client: Client = await aiohttp_client(make_app(settings, database), headers=bearer(tokens_of(database)["admin"]))
    await make_account(client, {})
    await client.put("/api/v1/items", json=[{"ref": "r1", "article": "A1"}, {"ref": "r2", "article": "A2"}])
    said = {"number": "7", "period_from": "2025-07-01", "period_to": "2025-07-31"}

    async def posted(file: bytes) -> dict[str, Any]:
        address = "/api/v1/accounts/market/reports?correction=true"
        report = await (await client.post(address, data=form(file, **said))).json()
        assert report["state"] == "ready", report["explain"]
        answer = await client.post(f"/api/v1/reports/{report['id']}/post", json={"digest": report["digest"]})
        found: dict[str, Any] = await answer.json()
        return found

    first = await posted(JULY)
    assert (await client.put(CLOSED, json={"through": "2025-07-31"})).status == 200
    second = await posted(OTHER)
    (document,) = second["documents"]
    assert (document["date"], document["total"], document["corrects"]) == (
        "2025-08-01", "10.00", first["documents"][0]["id"]
    )  # fmt: skip
    whole = await (await client.get(f"/api/v1/documents/{document['id']}")).json()
    assert msgspec.convert(whole, shapes.DocumentObject).corrects == document["corrects"]
    diff = await (await client.get(f"/api/v1/reports/{second['id']}/diff?limit=1")).json()
    msgspec.convert(diff, issue_shapes.ReportDiff)
    assert (diff["against"], diff["changes"][0]["before"], diff["changes"][0]["after"]) == (
        first["id"], "50.05", "60.05"
    )  # fmt: skip
    assert (await client.get(f"/api/v1/reports/{first['id']}/diff")).status == 404
    refused = await client.post(f"/api/v1/reports/{first['id']}/reverse", json={"date": "2025-07-31"})
    assert (refused.status, "2025-08-01" in (await refused.json())["detail"]) == (422, True)
    reversed_ = await (await client.post(f"/api/v1/reports/{first['id']}/reverse", json={"reason": "ошибка"})).json()
    assert (reversed_["state"], reversed_["balance"]) == ("reversed", "0.00")
    msgspec.convert(reversed_, shapes.ReportObject)
