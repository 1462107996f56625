"""The workbook through HTTP: addresses, roles, forms, the diff, the copy with errors."""

import io
from typing import Any

import msgspec
import openpyxl
import pytest
from aiohttp import FormData
from openpyxl.utils import get_column_letter

from bridge.api.workbooks import WorkbookDiff
from bridge.db.access import Role
from tests.api.conftest import Client, bearer, form, make_account

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATH = "/api/v1/accounts/market/mappings/product.xlsx"
LIST = "Ключ;Номенклатура;Множитель;Примечание\n00123;A-1;2;да\n777;нет;1;\n".encode()


@pytest.fixture
async def shop(client: Client, admin: dict[str, str]) -> Client:
    """An account with one item and no link."""
    await make_account(client, admin)
    item = {
        "ref": "ref-1", "code": "", "article": "A-1", "name": "Чайник", "variant": "", "barcodes": [], "unit": "",
        "vat_rate": "", "group": "", "is_service": False,
    }  # fmt: skip
    answer = await client.put("/api/v1/items", json=[item], headers=admin)
    assert answer.status == 200
    return client


async def posted(client: Client, headers: dict[str, str], data: Any, query: str = "") -> dict[str, Any]:
    """Upload and return the diff."""
    answer = await client.post(PATH + query, data=data, headers=headers)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    msgspec.convert(found, WorkbookDiff)
    return found


async def test_a_round_trip_by_a_mapping_editor(shop: Client, tokens: dict[Role, str]) -> None:
    editor = bearer(tokens["mapping_editor"])
    seen = await posted(shop, editor, form(LIST), "?dry_run=true")
    assert (seen["dry_run"], seen["counts"]["new"], seen["counts"]["applied"], seen["set"]) == (True, 1, 0, "")
    found = await posted(shop, editor, form(LIST))
    assert (found["counts"]["new"], found["counts"]["applied"]) == (1, 1)
    assert [(one["row"], one["column"]) for one in found["errors"]] == [(3, "Номенклатура")]
    answer = await shop.get(PATH, headers=editor)
    assert (answer.status, answer.content_type) == (200, XLSX)
    book = await answer.read()
    again = await posted(shop, editor, form(book, "book.xlsx"))
    assert (again["counts"]["unchanged"], again["counts"]["rows"]) == (1, 1)
    raw = await posted(shop, {**editor, "Content-Type": XLSX}, book)
    assert raw["counts"] == again["counts"]


async def test_the_copy_with_errors_is_a_workbook(shop: Client, admin: dict[str, str]) -> None:
    for query, headers in (("?dry_run=true&errors=xlsx", {}), ("?dry_run=true", {"Accept": XLSX})):
        answer = await shop.post(PATH + query, data=form(LIST), headers={**admin, **headers})
        assert (answer.status, answer.content_type) == (200, XLSX)
        sheet = openpyxl.load_workbook(io.BytesIO(await answer.read())).worksheets[0]
        told = [row[1].value for row in sheet.iter_rows(min_row=4)]
        assert told[0] is None
        assert "нет" in str(told[1])


async def test_the_same_upload_under_one_key_is_done_once(shop: Client, admin: dict[str, str]) -> None:
    keyed = {**admin, "Idempotency-Key": "upload-1"}
    first = await posted(shop, keyed, form(LIST))
    assert await posted(shop, keyed, form(LIST)) == first
    answer = await shop.post(PATH, data=form(LIST + b"9;A-1;1;\n"), headers=keyed)
    assert answer.status == 422


async def test_what_cannot_be_taken_is_a_problem(shop: Client, admin: dict[str, str], tokens: dict[Role, str]) -> None:
    for data, status in ((form(b"%PDF-1.4 none", "a.pdf"), 415), (FormData(default_to_multipart=True), 422)):
        answer = await shop.post(PATH, data=data, headers=admin)
        assert answer.status == status, await answer.text()
    unknown = PATH.replace("product", "nonsense")
    assert (await shop.get(unknown, headers=admin)).status == 404
    assert (await shop.post(unknown, data=form(LIST), headers=admin)).status == 404
    assert (await shop.get(PATH.replace("market", "nobody"), headers=admin)).status == 404
    assert (await shop.get(PATH)).status == 401
    assert (await shop.post(PATH, data=form(LIST), headers=bearer(tokens["erp"]))).status == 403
    assert (await shop.get(f"{PATH}?language=de", headers=admin)).status == 422


async def test_the_table_keeps_its_own_address(shop: Client, admin: dict[str, str]) -> None:
    await posted(shop, admin, form(LIST))
    answer = await shop.get("/api/v1/accounts/market/mappings/product", headers=admin)
    assert [one["key"] for one in (await answer.json())["items"]] == ["00123"]


async def test_a_table_of_names_goes_both_ways(shop: Client, admin: dict[str, str]) -> None:
    path = PATH.replace("product", "warehouse")
    sent = form("Ключ;Номенклатура\n0507;Основной склад\n".encode())
    answer = await shop.post(path, data=sent, headers=admin)
    assert (await answer.json())["counts"]["applied"] == 1
    book = await (await shop.get(path, headers=admin)).read()
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    named = [(get_column_letter(place), cell.value) for place, cell in enumerate(sheet[3], 1)]
    shown = [name for letter, name in named if not sheet.column_dimensions[letter].hidden]
    assert {"Ключ площадки", "Склад", "Примечание"} <= set(shown)
    assert "Штрихкод" not in shown
    answer = await shop.post(path, data=form(book, "w.xlsx"), headers=admin)
    assert (await answer.json())["counts"]["unchanged"] == 1
