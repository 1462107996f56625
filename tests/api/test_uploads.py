"""The way of a report in: outcomes, limits, and no trace of what was refused."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import FormData

from bridge.api import link_shapes, shapes
from bridge.app import make_app
from bridge.db.session import Database
from bridge.db.tables import jobs, reports
from bridge.settings import Settings
from reports.limits import Limits
from tests.api.conftest import Client, bearer, form, make_account, sales_csv, tokens_of

ADDRESS = "/api/v1/accounts/market/reports"
AUGUST = sales_csv(("A1", 1, "100.10"), ("A2", 2, "50.05"))


@pytest.fixture
async def market(client: Client, admin: dict[str, str]) -> Client:
    """A client with a generic account."""
    await make_account(client, admin)
    return client


def left_behind(settings: Settings) -> list[Path]:
    """Files that a refused upload should not leave."""
    return [path for folder in (settings.incoming, settings.files) for path in folder.rglob("*") if path.is_file()]


async def test_new_then_already_then_other_content_then_corrected(
    aiohttp_client: Any, settings: Settings, database: Database
) -> None:
    headers = bearer(tokens_of(database)["admin"])
    client: Client = await aiohttp_client(make_app(settings, database), headers=headers)
    await make_account(client, {})
    first = await client.post(ADDRESS, data=form(AUGUST, number="7"))
    report = await first.json()
    assert (first.status, report["already"], report["totals"]["revenue"]) == (201, False, "150.15")
    again = await client.post(ADDRESS, data=form(AUGUST, name="copy.csv", number="7"))
    assert (again.status, (await again.json())["already"]) == (200, True)
    other = sales_csv(("A1", 1, "100.10"), ("A2", 2, "50.06"))
    conflict = await client.post(ADDRESS, data=form(other, number="7"))
    problem = await conflict.json(content_type="application/problem+json")
    assert (conflict.status, problem["code"], problem["report"]) == (409, "other_content", report["id"])
    assert problem["diff"]
    corrected = await client.post(f"{ADDRESS}?correction=true", data=form(other, number="7"))
    assert (corrected.status, (await corrected.json())["totals"]["revenue"]) == (201, "150.16")
    listed = await (await client.get("/api/v1/reports?account=market&state=superseded")).json()
    assert [one["id"] for one in listed["items"]] == [report["id"]]
    assert not list(settings.incoming.iterdir())


async def test_answers_look_as_the_contract_says(market: Client, admin: dict[str, str]) -> None:
    report = await (await market.post(ADDRESS, data=form(AUGUST, number="7"), headers=admin)).json()
    msgspec.convert(report, shapes.ReportObject)
    for path, kind in (
        ("reports", shapes.ReportPage),
        (f"reports/{report['id']}", shapes.ReportObject),
        (f"reports/{report['id']}/lines?limit=1", shapes.LinePage),
        (f"reports/{report['id']}/documents", shapes.Preview),
        ("documents", shapes.DocumentPage),
        ("accounts", shapes.AccountPage),
        ("organizations", shapes.OrganizationPage),
        ("items", shapes.ItemPage),
        ("accounts/market/mappings/product", link_shapes.LinkPage),
        ("accounts/market/mappings/product?state=unlinked", link_shapes.LinkPage),
    ):
        answer = await market.get(f"/api/v1/{path}", headers=admin)
        assert answer.status == 200, await answer.text()
        msgspec.convert(await answer.json(), kind)


async def test_the_whole_way_from_file_to_reversal(settings: Settings, database: Database, aiohttp_client: Any) -> None:
    headers = bearer(tokens_of(database)["admin"])
    client: Client = await aiohttp_client(make_app(settings, database), headers=headers)
    await make_account(client, {})
    account = {"organization": "romashka", "channel": "generic", "erp": {
        "counterparty": "Рынок", "commission_contract": "Д-1", "services_contract": "Д-2"}}  # fmt: skip
    assert (await client.put("/api/v1/accounts/market", json=account)).status == 200
    await client.put("/api/v1/items", json=[{"ref": "r1", "article": "A1"}, {"ref": "r2", "article": "A2"}])
    sent = await client.post(ADDRESS, data=form(AUGUST, number="7", period_from="2025-08-01", period_to="2025-08-31"))
    report = await sent.json()
    assert report["state"] == "ready", report["explain"]
    address = f"/api/v1/reports/{report['id']}"
    stale = await client.post(f"{address}/post", json={"digest": "old"})
    assert (stale.status, (await stale.json())["code"]) == (409, "digest_stale")
    posted = await client.post(f"{address}/post", json={"digest": report["digest"]})
    assert (posted.status, (await posted.json())["state"]) == (200, "posted")
    documents = (await (await client.get("/api/v1/documents?state=ready&account=market")).json())["items"]
    assert documents[0]["lines"][0]["sources"]
    bare = await (await client.get(f"/api/v1/documents/{documents[0]['id']}?sources=false")).json()
    assert "sources" not in bare["lines"][0]
    for document in documents:
        msgspec.convert(document, shapes.DocumentObject)
        place = f"/api/v1/documents/{document['id']}"
        assert (await client.post(f"{place}/refuse", json={"message": "нет договора"})).status == 200
        body = {"erp_ref": f"e-{document['id']}", "number": "1", "posted": True}
        for _ in range(2):
            assert (await client.post(f"{place}/ack", json=body)).status == 200
    assert (await (await client.get(address)).json())["state"] == "confirmed"
    reversal = {"documents": None, "date": "2025-09-05", "reason": "ошибка"}
    assert (await (await client.post(f"{address}/reverse", json=reversal)).json())["state"] == "reversed"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (form(b"\x00\x01\x02garbage" * 50, name="x.bin"), 415, "file_type"),
        (form(b"a;b\n1;2\n"), 422, "profile_none"),
        (form(AUGUST, profile="nothing"), 422, "profile_unknown"),
        (form(AUGUST, date="03.08.2025"), 422, "bad_input"),
        (form(AUGUST, date="2025-02-30"), 422, "bad_input"),
        (form(AUGUST, correction="maybe"), 422, "bad_input"),
        (form(AUGUST, colour="red"), 422, "bad_input"),
        (form(AUGUST, number="9" * 5000), 422, "bad_input"),
        (form(AUGUST, number="a\x00b"), 422, "bad_input"),
        (form(number="7"), 422, "bad_input"),
        (FormData({"file": "x"}), 415, "unsupported_media"),
    ],
)
async def test_what_is_not_taken_leaves_no_trace(
    market: Client, admin: dict[str, str], settings: Settings, sqlite_database: Database, data: FormData,
    status: int, code: str,
) -> None:  # fmt: skip
    answer = await market.post(ADDRESS, data=data, headers=admin)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["code"]) == (status, code), problem
    assert left_behind(settings) == []
    with sqlite_database.read() as connection:
        assert connection.execute(reports.select()).all() == []


async def test_two_files_in_one_form_are_refused(market: Client, admin: dict[str, str], settings: Settings) -> None:
    data = form(AUGUST)
    data.add_field("file", AUGUST, filename="second.csv")
    assert (await market.post(ADDRESS, data=data, headers=admin)).status == 422
    assert left_behind(settings) == []


async def test_a_broken_form(market: Client, admin: dict[str, str], settings: Settings) -> None:
    for kind, body in (
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'),
    ):
        answer = await market.post(ADDRESS, data=body, headers={**admin, "Content-Type": kind})
        assert 400 <= answer.status < 500, await answer.text()
    assert left_behind(settings) == []


async def test_an_unknown_account_is_told_before_the_file_is_read(market: Client, admin: dict[str, str]) -> None:
    answer = await market.post("/api/v1/accounts/none/reports", data=form(AUGUST), headers=admin)
    assert (answer.status, (await answer.json())["code"]) == (404, "not_found")


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_over_the_limit(
    aiohttp_client: Any, settings: Settings, sqlite_database: Database, admin: dict[str, str], told: bool
) -> None:
    """Whether the request tells its length or not, it ends as soon as the limit is passed."""
    small = msgspec.structs.replace(settings, limits=Limits(packed=2**20))
    client: Client = await aiohttp_client(make_app(small, sqlite_database), headers=admin)
    await make_account(client, {})
    answer = await client.post(ADDRESS, data=form(bytes(3 * 2**20)), chunked=None if told else True)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["code"]) == (413, "too_large")
    assert left_behind(small) == []
    with sqlite_database.read() as connection:
        assert connection.execute(jobs.select()).all() == []


async def test_a_caller_who_does_not_wait_gets_a_job(market: Client, admin: dict[str, str]) -> None:
    answer = await market.post(f"{ADDRESS}?wait=0", data=form(AUGUST, number="7"), headers=admin)
    waiting = await answer.json()
    assert (answer.status, answer.headers["Location"]) == (202, f"/api/v1/jobs/{waiting['job']}")
    job = await finished(market, admin, waiting["job"])
    assert (job["state"], job["result"]["outcome"], job["result"]["already"]) == ("done", "created", False)
    assert job["problem"] is None
    assert (await market.get(f"/api/v1/reports/{job['result']['report']}", headers=admin)).status == 200


async def test_a_job_tells_the_refusal_as_the_answer_would(market: Client, admin: dict[str, str]) -> None:
    waiting = await (await market.post(f"{ADDRESS}?wait=0", data=form(b"a;b\n1;2\n"), headers=admin)).json()
    job = await finished(market, admin, waiting["job"])
    assert (job["state"], job["result"], job["problem"]["code"]) == ("failed", None, "profile_none")
    answer = await market.post(ADDRESS, data=form(b"a;b\n1;2\n"), headers=admin)
    assert await answer.json(content_type=None) == job["problem"]


async def finished(client: Client, headers: dict[str, str], uid: str) -> dict[str, Any]:
    """Ask for a job until it is over."""
    async with asyncio.timeout(20):
        while True:
            job: dict[str, Any] = await (await client.get(f"/api/v1/jobs/{uid}", headers=headers)).json()
            msgspec.convert(job, shapes.JobObject)
            if job["state"] in {"done", "failed"}:
                return job
            await asyncio.sleep(0.05)
