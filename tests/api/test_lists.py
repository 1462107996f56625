"""Lists that people upload through HTTP: forms, roles, repeated requests, errors."""

import io
from typing import Any

import msgspec
import openpyxl

from bridge.api import shapes
from bridge.api.link_shapes import LinkPage
from bridge.api.lists import ListingAnswer
from bridge.db.access import Role
from tests.api.conftest import Client, bearer, form, make_account

ITEMS = "/api/v1/items.xlsx"
LIST = "Код;Наименование;Штрихкод\n001;Чайник;4600000000012\n002;Кружка;\n".encode()


async def posted(client: Client, headers: dict[str, str], path: str, data: Any) -> dict[str, Any]:
    """Upload and return the counts."""
    answer = await client.post(path, data=data, headers=headers)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    msgspec.convert(found, shapes.ListCounts)
    return found


def workbook(*rows: list[Any]) -> bytes:
    """A workbook of one sheet."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


async def test_the_erp_uploads_its_items(client: Client, tokens: dict[Role, str]) -> None:
    erp = bearer(tokens["erp"])
    counts = {"created": 2, "changed": 0, "unchanged": 0}
    for path, fields in ((f"{ITEMS}?dry_run=true", {}), (ITEMS, {"dry_run": "true"}), (ITEMS, {})):
        assert await posted(client, erp, path, form(LIST, **fields)) == counts
    assert await posted(client, erp, ITEMS, form(LIST)) == {"created": 0, "changed": 0, "unchanged": 2}
    found = await (await client.get("/api/v1/items", headers=erp)).json()
    msgspec.convert(found, shapes.ItemPage)
    assert [(one["ref"], one["vanished"]) for one in found["items"]] == [("001", False), ("002", False)]


async def test_a_workbook_may_be_the_body_itself(client: Client, admin: dict[str, str]) -> None:
    body = workbook(["Артикул", "Название"], ["TEA", "Чайник"])
    headers = {**admin, "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    assert (await posted(client, headers, ITEMS, body))["created"] == 1


async def test_a_full_list_tells_what_has_vanished(client: Client, admin: dict[str, str]) -> None:
    await posted(client, admin, ITEMS, form(LIST))
    only = "Код;Наименование\n001;Чайник\n".encode()
    for path, fields in ((f"{ITEMS}?full=true&dry_run=1", {}), (ITEMS, {"full": "true"})):
        assert (await posted(client, admin, path, form(only, **fields)))["vanished"] == 1
    answer = await client.put("/api/v1/items?full=true", json=[{"ref": "002", "name": "Кружка"}], headers=admin)
    assert await answer.json() == {"created": 0, "changed": 1, "unchanged": 0, "vanished": 1}


async def test_a_wrong_file_is_a_problem_with_places(client: Client, admin: dict[str, str]) -> None:
    answer = await client.post(ITEMS, data=form("Код;Наименование\n4,6E+12;Чайник\n;Кружка\n".encode()), headers=admin)
    body = await answer.json()
    assert (answer.status, [(one["row"], one["column"]) for one in body["errors"]]) == (422, [(2, "Код"), (3, "Код")])
    assert all(one["message"] and one["advice"] and one["sheet"] for one in body["errors"])
    assert (await client.post(ITEMS, data=form(b"%PDF-1.4 none", "a.pdf"), headers=admin)).status == 415
    assert (await client.post(ITEMS, data=form(dry_run="true"), headers=admin)).status == 422
    assert (await client.post(f"{ITEMS}?full=maybe", data=form(LIST), headers=admin)).status == 422
    assert (await client.post(ITEMS, data=form(LIST))).status == 401
    assert (await (await client.get("/api/v1/items", headers=admin)).json())["items"] == []


async def test_the_same_upload_under_one_key_is_done_once(client: Client, admin: dict[str, str]) -> None:
    keyed = {**admin, "Idempotency-Key": "items-1"}
    first = await posted(client, keyed, ITEMS, form(LIST))
    assert await posted(client, keyed, ITEMS, form(LIST)) == first
    answer = await client.post(ITEMS, data=form(LIST, full="true"), headers=keyed)
    assert answer.status == 422


# --- listings ---------------------------------------------------------------------------------------------------------

LISTINGS = "/api/v1/accounts/market/listings.xlsx"
PRICES = "Артикул продавца;SKU;Название;Цена\nCAP;12;Кепка;200,50\nHAT;13;Шляпа;\n".encode()


async def test_a_price_list_is_uploaded_and_shown(client: Client, tokens: dict[Role, str]) -> None:
    await make_account(client, bearer(tokens["admin"]))
    editor = bearer(tokens["mapping_editor"])
    counts = {"created": 2, "changed": 0, "unchanged": 0, "vanished": 0}
    assert await posted(client, editor, LISTINGS, form(PRICES, dry_run="true")) == counts
    assert await posted(client, editor, LISTINGS, form(PRICES)) == counts
    cap = workbook(["Артикул продавца", "SKU", "Название", "Цена"], ["CAP", 12, "Кепка", 200.5])
    assert await posted(client, editor, LISTINGS, form(cap, "прайс.xlsx")) == {
        "created": 0, "changed": 0, "unchanged": 1, "vanished": 1,
    }  # fmt: skip
    path = LISTINGS.removesuffix(".xlsx")
    found = await (await client.get(f"{path}?limit=1", headers=editor)).json()
    msgspec.convert(found, shapes.Page[ListingAnswer], strict=False)
    assert (found["items"][0]["key"], found["items"][0]["price"], found["next"]) == ("CAP", "200.50", "1")
    gone = await (await client.get(f"{path}?state=vanished", headers=editor)).json()
    assert [one["key"] for one in gone["items"]] == ["HAT"]
    queue = await client.get("/api/v1/accounts/market/mappings/product?state=unlinked", headers=editor)
    page = await queue.json()
    msgspec.convert(page, LinkPage, strict=False)
    assert [(one["key"], one["listing"], one["reports"]) for one in page["items"]] == [("CAP", True, [])]


async def test_a_price_list_that_cannot_be_taken_is_a_problem(client: Client, admin: dict[str, str]) -> None:
    assert (await client.post(LISTINGS, data=form(PRICES), headers=admin)).status == 404
    await make_account(client, admin)
    answer = await client.post(LISTINGS, data=form("Дата;Сумма\n1;2\n".encode()), headers=admin)
    assert (answer.status, (await answer.json())["code"]) == (422, "sheet_unknown")
    answer = await client.get(LISTINGS.removesuffix(".xlsx") + "?state=lost", headers=admin)
    assert answer.status == 422
