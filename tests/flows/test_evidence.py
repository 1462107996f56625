"""Evidence of a month: all of it is there, it is the same twice, and nothing can be changed unnoticed."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from beancount import loader

from bridge.app import make_app
from bridge.db.session import Database
from bridge.errors import BadInput, NotFound
from bridge.flows.archive import MANIFEST, cell_text, verify
from bridge.flows.evidence import write_evidence
from bridge.settings import Settings
from tests.acceptance.month import Client, open_client
from tests.acceptance.test_journal import pay
from tests.acceptance.test_month import CHANNELS, Starter, sample

MONTH = "2025-09"


@pytest.fixture
async def http(settings: Settings, database: Database, aiohttp_client: Starter) -> TestClient[Any, Any]:
    return await aiohttp_client(make_app(settings, database))


@pytest.fixture
async def client(http: TestClient[Any, Any], database: Database) -> Client:
    return await open_client(http, database, CHANNELS)


async def posted_week(client: Client) -> dict[str, Any]:
    path = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    report = await client.upload("wb", path)
    await client.link_everything(report)
    key = report["unmapped"]["products"][0]
    link = {"key": key["barcode"] or key["article"], "item": f"item-{key['key']}", "multiplier": 1}
    await client.call("PUT", "accounts/wb/mappings/product", [link])
    report = await client.report(report["id"])
    posted: dict[str, Any] = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    return posted


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def folder(report: dict[str, Any]) -> str:
    return f"reports/wildberries-weekly_detail-{report['id']}"


async def test_the_archive_holds_everything_that_a_month_was_made_of(
    client: Client, database: Database, settings: Settings, tmp_path: Path
) -> None:
    report = await posted_week(client)
    pay(database, 12_345)
    path = tmp_path / "month.zip"
    made = write_evidence(database, settings, "wb", MONTH, path)
    original = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    with zipfile.ZipFile(path) as archive:
        sha = sha256(original.read_bytes()).hexdigest()
        assert archive.read(f"originals/{sha}-{original.name}") == original.read_bytes()
        lines = table(archive, f"{folder(report)}/lines.csv")
        page = await client.call("GET", f"reports/{report['id']}/lines?limit=1000")
        assert [(line["row"], line["kind"], line["amount"]) for line in lines] == [
            (str(line["row"]), line["kind"], line["amount"]) for line in page["items"]
        ]
        shown = json.loads(archive.read(f"{folder(report)}/report.json"))
        assert (shown["state"], shown["checks"]) == ("posted", report["checks"])
        documents = json.loads(archive.read(f"{folder(report)}/documents.json"))
        assert [one["id"] for one in documents] == [one["id"] for one in report["documents"]]
        assert documents[0]["lines"][0]["sources"]
        (link,) = table(archive, f"{folder(report)}/links.csv")
        (change,) = table(archive, f"{folder(report)}/link_changes.csv")
        assert (link["version"], change["version"], change["key"]) == ("1", "1", link["key"])
        events = table(archive, "events.csv")
        assert {one["what"] for one in events} >= {"report_imported", "links_changed", "report_posted", "account_put"}
        assert events[-1]["hash"] == made.head
        assert [one["amount"] for one in table(archive, "payments.csv")] == ["123.45"]
        assert "reports/treatments.toml" in json.loads(archive.read("rules.json"))
        assert "credentials" not in json.loads(archive.read("account.json"))
        assert loader.load_string(archive.read("journal.beancount").decode())[1] == []
        assert archive.namelist()[-1] == MANIFEST
    assert made.missing == [f"originals/{'0' * 64}-bank.txt"]
    assert verify(path).problems == []


async def test_the_same_state_gives_the_same_bytes_and_a_later_change_others(
    client: Client, database: Database, settings: Settings, tmp_path: Path
) -> None:
    report = await posted_week(client)
    paths = [tmp_path / f"{number}.zip" for number in range(3)]
    write_evidence(database, settings, "wb", MONTH, paths[0])
    write_evidence(database, settings, "wb", MONTH, paths[1])
    answer = {"erp_ref": "e-1", "number": "1", "posted": True}
    await client.call("POST", f"documents/{report['documents'][0]['id']}/ack", answer)
    write_evidence(database, settings, "wb", MONTH, paths[2])
    first, second, third = (path.read_bytes() for path in paths)
    assert first == second
    assert first != third


async def test_a_report_that_is_held_is_in_it_with_its_preview(
    client: Client, database: Database, settings: Settings, tmp_path: Path
) -> None:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    path = tmp_path / "month.zip"
    write_evidence(database, settings, "wb", MONTH, path)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read(f"{folder(report)}/report.json"))["problems"] == report["problems"]
        assert {one["state"] for one in json.loads(archive.read(f"{folder(report)}/documents.json"))} == {"preview"}
    other = tmp_path / "other.zip"
    made = write_evidence(database, settings, "wb", "2025-10", other)
    assert not [part for part in made.files if part.name.startswith("reports/")]


async def test_it_comes_over_http_and_is_for_those_who_keep_the_books(client: Client, tmp_path: Path) -> None:
    await posted_week(client)
    address = f"/api/v1/accounts/wb/months/{MONTH}/evidence.zip"
    async with client.http.get(address, headers=client.headers) as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        path = tmp_path / "got.zip"
        path.write_bytes(await answer.read())
    assert verify(path).problems == []
    await client.call("GET", "accounts/none/months/2025-09/evidence.zip", expect=404)
    await client.call("GET", "accounts/wb/months/2025-9/evidence.zip", expect=422)


def test_an_account_or_month_that_is_none_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        write_evidence(database, settings, "none", MONTH, tmp_path / "x.zip")
    with pytest.raises(BadInput):
        write_evidence(database, settings, "none", "September", tmp_path / "x.zip")


Change = Callable[[dict[str, bytes]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda parts: parts.update({"events.csv": parts["events.csv"] + b" "}), "Файл изменён: events.csv"),
        (lambda parts: parts.pop("README.txt"), "Нет файла: README.txt"),
        (lambda parts: parts.update({"note.txt": b""}), "Лишний файл: note.txt"),
        (lambda parts: parts.pop(MANIFEST), "не архив доказательств"),
        (lambda parts: parts.update({MANIFEST: b"{}"}), "не архив доказательств"),
    ],
)
async def test_a_changed_archive_is_found_out(
    client: Client, database: Database, settings: Settings, tmp_path: Path, change: Change, said: str
) -> None:
    await posted_week(client)
    path, bent = tmp_path / "month.zip", tmp_path / "bent.zip"
    write_evidence(database, settings, "wb", MONTH, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(bent, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    (problem,) = verify(bent).problems
    assert said in problem


def test_a_file_that_is_no_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(b"no archive")
    assert verify(path).manifest is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [("=1+1", "'=1+1"), ("+7", "'+7"), ("-5.00", "-5.00"), ("-cmd", "'-cmd"), ("@x", "'@x"), ("\tx", "'\tx"),
     (None, ""), ("Кружка", "Кружка"), ({"a": 1}, '{"a":1}')],
)  # fmt: skip
def test_no_cell_is_taken_for_a_formula(cell: object, text: str) -> None:
    assert cell_text(cell) == text


async def test_links_of_services_the_tie_out_and_who_assigned_a_payment_are_in_it(
    client: Client, database: Database, settings: Settings, tmp_path: Path
) -> None:
    await posted_week(client)
    service = {"ref": "s-1", "code": "s-1", "article": "", "name": "Доставка", "variant": "", "barcodes": [],
               "unit": "шт", "vat_rate": "20", "group": "", "is_service": True}  # fmt: skip
    await client.call("PUT", "items", [service])
    await client.call("PUT", "accounts/wb/mappings/service", [{"key": "logistics", "item": "s-1"}])
    pay(database, 12_345)
    await client.call("PUT", "payments/p-1", {"account": None})
    await client.call("PUT", "payments/p-1", {"account": "wb"})
    path = tmp_path / "month.zip"
    write_evidence(database, settings, "wb", MONTH, path)
    with zipfile.ZipFile(path) as archive:
        (link,) = table(archive, "service_links.csv")
        (change,) = table(archive, "service_link_changes.csv")
        assert (link["key"], link["item"], change["key"]) == ("logistics", "s-1", "logistics")
        assigned = [one["detail"] for one in table(archive, "events.csv") if one["what"] == "payment_assigned"]
        assert [json.loads(one)["after"] for one in assigned] == [None, "wb"]
        told = json.loads(archive.read("month.json"))
        assert told == await client.call("GET", f"accounts/wb/months/{MONTH}")
