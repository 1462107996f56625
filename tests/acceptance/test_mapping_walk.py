"""The walk of docs/mapping.md: empty tables, a small catalogue, the automatic match, the rest through the workbook."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiohttp import FormData

from bridge.app import make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.acceptance.month import Client, open_client
from tests.acceptance.test_month import CHANNELS, WEEK, Starter, real, sample

__all__ = ["real"]


@pytest.fixture
async def client(settings: Settings, database: Database, aiohttp_client: Starter) -> Client:
    """A bridge with an account on every channel and nothing in its tables."""
    return await open_client(await aiohttp_client(make_app(settings, database)), database, CHANNELS)


def catalogue(products: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A small catalogue of the ERP: every second item has no code that the channel knows."""
    return [
        {
            "ref": f"ref-{number:04d}",
            "code": "",
            "article": f"1С-{number:04d}",
            "name": product["name"] or f"Товар {number}",
            "variant": product["size"],
            "barcodes": [product["barcode"]] if product["barcode"] and number % 2 else [],
            "unit": "шт",
            "vat_rate": "20",
            "group": "",
            "is_service": False,
        }
        for number, product in enumerate(products, 1)
    ]


async def exported(client: Client, account: str) -> bytes:
    """Fetch the workbook of goods."""
    path = f"/api/v1/accounts/{account}/mappings/product.xlsx"
    async with client.http.get(path, headers=client.headers) as answer:
        assert answer.status == 200
        return await answer.read()


async def sent(client: Client, account: str, book: bytes, *, dry_run: bool) -> dict[str, Any]:
    """Upload the workbook of goods."""
    form = FormData()
    form.add_field("file", book, filename="товары.xlsx")
    path = f"/api/v1/accounts/{account}/mappings/product.xlsx?dry_run={str(dry_run).lower()}"
    async with client.http.post(path, data=form, headers=client.headers) as answer:
        found: dict[str, Any] = await answer.json()
        assert answer.status == 200, found
        return found


def filled(book: bytes, wanted: dict[str, str]) -> bytes:
    """Write into the empty item cells, as a person does: the article of the ERP for each key."""
    loaded = openpyxl.load_workbook(io.BytesIO(book))
    sheet = loaded.worksheets[0]
    header = [cell.value for cell in sheet[3]]
    key, item = header.index("Ключ площадки") + 1, header.index("Номенклатура") + 1
    for row in range(4, sheet.max_row + 1):
        if not sheet.cell(row, item).value:
            sheet.cell(row, item).value = wanted[str(sheet.cell(row, key).value)]
    out = io.BytesIO()
    loaded.save(out)
    return out.getvalue()


async def walk(client: Client, account: str, path: Path) -> None:
    """Go the whole way with one report."""
    report = await client.upload(account, path)
    products = report["unmapped"]["products"]
    assert (report["state"], report["unmapped"]["count"]) == ("held", len(products))
    items = catalogue(products)
    await client.call("PUT", "items", items)

    matched = await client.call("POST", f"accounts/{account}/mappings/product/match", {})
    assert matched["linked"] >= 1
    report = await client.report(report["id"])
    assert report["state"] == "held"

    book = await exported(client, account)
    assert (await sent(client, account, book, dry_run=False))["counts"]["applied"] == 0
    by_key = {product["key"]: item["article"] for product, item in zip(products, items, strict=True)}
    mine = filled(book, by_key)
    seen = await sent(client, account, mine, dry_run=True)
    assert seen["errors"] == seen["conflicts"] == []
    assert seen["counts"]["new"] == report["unmapped"]["count"]
    assert (await client.report(report["id"]))["state"] == "held"
    found = await sent(client, account, mine, dry_run=False)
    assert found["counts"]["applied"] == seen["counts"]["new"]

    report = await client.report(report["id"])
    assert (report["state"], report["unmapped"]["count"]) == ("ready", 0)
    await client.call("POST", f"accounts/{account}/mappings/product/undo", {"set": found["set"]})
    assert (await client.report(report["id"]))["state"] == "held"


async def test_a_held_report_becomes_ready_through_the_workbook(client: Client) -> None:
    await walk(client, "wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))


async def test_the_same_way_with_a_real_week(client: Client, real: Path) -> None:
    await walk(client, "wb", real / WEEK)
