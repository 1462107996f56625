"""The table of services over HTTP: what waits for an item, links that give it, documents that carry it."""

from typing import Any

import msgspec

from bridge.api import link_shapes, shapes
from tests.api.conftest import ACCOUNT, Client, form, make_account, sales_csv

TABLE = "/api/v1/accounts/market/mappings/service"
ITEMS = [
    {"ref": "r-1", "article": "A-1", "name": "Чайник", "vat_rate": "20"},
    {"ref": "r-2", "name": "Вознаграждение площадки", "is_service": True},
]


async def said(answer: Any, status: int = 200) -> Any:
    body = await answer.json()
    assert answer.status == status, body
    return body


async def test_a_required_item_of_the_commission_is_asked_for_and_given(client: Client, admin: dict[str, str]) -> None:
    await make_account(client, admin)
    account = {**ACCOUNT, "settings": {"require_services": True}}
    await said(await client.put("/api/v1/accounts/market", json=account, headers=admin))
    await said(await client.put("/api/v1/items", json=ITEMS, headers=admin))
    sent = form(sales_csv(("A-1", 1, "100,00")).replace(b";0;2025", b";10;2025"))
    report = await said(await client.post("/api/v1/accounts/market/reports?wait=60", data=sent, headers=admin), 201)
    assert [one["code"] for one in report["problems"]] == ["services_unlinked"]
    assert report["problems"][0]["found"] == "1: «Вознаграждение» на 10.00"

    page = await said(await client.get(f"{TABLE}?state=unlinked", headers=admin))
    assert msgspec.convert(page, link_shapes.LinkPage).next is None
    (one,) = page["items"]
    assert {name: one[name] for name in ("key", "title", "parent", "amount", "count", "oldest", "reports")} == {
        "key": "commission", "title": "Вознаграждение", "parent": "", "amount": "10.00", "count": 1,
        "oldest": "2025-08-03", "reports": [report["id"]],
    }  # fmt: skip
    assert page["waiting"] == {"products": 1, "amount": "10.00", "oldest": "2025-08-03", "reports": 1}

    kit = [{"key": "commission", "item": None, "components": [{"item": "r-1"}, {"item": "r-2"}]}]
    assert (await client.put(TABLE, json=kit, headers=admin)).status == 422
    await said(await client.put(TABLE, json=[{"key": "Вознаграждение", "item": "r-2"}], headers=admin))
    found = await said(await client.get(f"/api/v1/reports/{report['id']}/documents", headers=admin))
    (document,) = found["items"]
    assert document["service_item"]["ref"] == "r-2"
    posting = {"digest": (await said(await client.get(f"/api/v1/reports/{report['id']}", headers=admin)))["digest"]}
    await said(await client.post(f"/api/v1/reports/{report['id']}/post", json=posting, headers=admin))
    posted = await said(await client.get(f"/api/v1/documents/{document['id']}", headers=admin))
    taken = msgspec.convert(posted, shapes.DocumentObject).service_item
    assert taken is not None
    assert taken.name == "Вознаграждение площадки"
    assert (await said(await client.get(f"{TABLE}?state=unlinked", headers=admin)))["items"] == []
