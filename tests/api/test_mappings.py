"""Tables of links over HTTP: versions, filters, history, undo; the mapping editor may link, but not post."""

from typing import Any

import msgspec
import pytest

from bridge.api import link_shapes
from bridge.db.access import Role
from tests.api.conftest import Client, bearer, form, make_account, sales_csv

TABLE = "/api/v1/accounts/market/mappings/product"
ITEMS = [{"ref": "r-1", "article": "OTHER", "name": "Чайник", "vat_rate": "20"}, {"ref": "r-2", "name": "Кружка"}]


@pytest.fixture
async def market(client: Client, admin: dict[str, str]) -> Client:
    """A client with an account and two items."""
    await make_account(client, admin)
    assert (await client.put("/api/v1/items", json=ITEMS, headers=admin)).status == 200
    return client


async def said(answer: Any, status: int = 200) -> Any:
    body = await answer.json()
    assert answer.status == status, body
    return body


async def test_an_editor_links_copies_and_takes_back_but_does_not_post(market: Client, tokens: dict[Role, str]) -> None:
    editor, admin = bearer(tokens["mapping_editor"]), bearer(tokens["admin"])
    sent = form(sales_csv(("A-1", 1, "100,00")))
    report = await said(
        await market.post("/api/v1/accounts/market/reports?wait=60", data=sent, headers=admin), 201
    )  # fmt: skip
    assert report["state"] == "held"
    wanted = [{"key": "A-1", "item": "r-1"}]
    seen = await said(await market.put(f"{TABLE}?dry_run=true", json=wanted, headers=editor))
    assert (seen["created"], seen["set"]) == (1, "")
    done = await said(await market.put(TABLE, json=wanted, headers=editor))
    assert (done["created"], done["posted_documents"]) == (1, [])
    ready = await said(await market.get(f"/api/v1/reports/{report['id']}", headers=editor))
    assert ready["state"] == "ready"
    posting = {"digest": ready["digest"]}
    refused = await market.post(f"/api/v1/reports/{report['id']}/post", json=posting, headers=editor)
    assert (await said(refused, 403))["code"] == "forbidden"
    posted = await said(await market.post(f"/api/v1/reports/{report['id']}/post", json=posting, headers=admin))
    back = await said(await market.post(f"{TABLE}/undo", json={"set": done["set"]}, headers=editor))
    assert back["posted_documents"] == [posted["documents"][0]["id"]]
    again = await said(await market.post(f"{TABLE}/redo", json={"set": done["set"]}, headers=editor))
    assert again["created"] == 1
    history = await said(await market.get(f"{TABLE}/history?key=A-1", headers=editor))
    assert [one["source"] for one in history["items"]] == ["redo", "undo", "person"]
    changes = await said(await market.get(f"{TABLE}/history/{done['set']}?limit=1", headers=editor))
    assert msgspec.convert(changes, link_shapes.ChangePage).next is None
    assert changes["items"] == history["items"][-1]["changes"]
    assert "nothing" in (await said(await market.get(f"{TABLE}/history/nothing", headers=editor), 404))["detail"]


@pytest.mark.parametrize("role", ["erp"])
async def test_who_may_not_change_links_may_not_undo_or_copy_them(
    market: Client, tokens: dict[Role, str], role: Role
) -> None:
    headers = bearer(tokens[role])
    for what, body in (("undo", {"set": "x"}), ("redo", {"set": "x"}), ("copy", {"from_account": "market"})):
        assert (await market.post(f"{TABLE}/{what}", json=body, headers=headers)).status == 403
    assert (await market.get(f"{TABLE}/history", headers=headers)).status == 200


async def test_a_conflict_names_the_keys_that_were_changed_since(market: Client, admin: dict[str, str]) -> None:
    first = await said(await market.put(TABLE, json=[{"key": "A-1", "item": "r-1"}], headers=admin))
    await said(await market.put(TABLE, json=[{"key": "A-1", "item": "r-2"}], headers=admin))
    problem = await said(await market.post(f"{TABLE}/undo", json={"set": first["set"]}, headers=admin), 409)
    assert (problem["code"], problem["conflicts"], problem["errors"][0]["code"]) == (
        "conflict", ["A-1"], "link_changed_since",
    )  # fmt: skip


async def test_a_kit_is_written_and_read_back(market: Client, admin: dict[str, str]) -> None:
    kit = {"key": "SET", "item": None, "components": [{"item": "r-1", "share": "0.7"}, {"item": "r-2", "share": "0.3"}]}
    await said(await market.put(TABLE, json=[kit], headers=admin))
    (link,) = (await said(await market.get(f"{TABLE}?item=r-2", headers=admin)))["items"]
    assert [part["share"] for part in link["components"]] == ["0.7", "0.3"]
    assert (link["state"], link["version"], link["valid_from"]) == ("linked", 1, None)


async def test_filters_choose_links(market: Client, admin: dict[str, str]) -> None:
    links = [{"key": "A-1", "item": "r-1"}, {"key": "A-2", "item": "r-2", "note": "проверить"}]
    await said(await market.put(TABLE, json=links, headers=admin))
    for query, keys in (
        ("?key=A-1", ["A-1"]), ("?item=r-2", ["A-2"]), ("?search=ЧАЙНИК", ["A-1"]), ("?search=провер", ["A-2"]),
        ("?found_by=person&state=linked", ["A-1", "A-2"]), ("?found_by=barcode", []),
    ):  # fmt: skip
        shown = await said(await market.get(TABLE + query, headers=admin))
        assert [one["key"] for one in shown["items"]] == keys, query


async def test_a_view_keeps_filters_under_a_name(market: Client, tokens: dict[Role, str]) -> None:
    editor = bearer(tokens["mapping_editor"])
    links = [{"key": "A-1", "item": "r-1"}, {"key": "A-2", "item": "r-2"}, {"key": "A-3", "item": "r-2"}]
    await said(await market.put(TABLE, json=links, headers=editor))
    view = {"state": "linked", "item": "r-2", "search": None, "key": ""}
    saved = await said(await market.put(f"{TABLE}/views/Кружки", json=view, headers=editor))
    assert (saved["name"], saved["item"], saved["key"], saved["who"]) == (
        "Кружки", "r-2", None, "token:for-mapping_editor",
    )  # fmt: skip
    assert await said(await market.get(f"{TABLE}/views", headers=editor)) == [saved]
    assert await said(await market.put(f"{TABLE}/views/Кружки", json=view, headers=editor)) == saved
    for query, keys in (("", ["A-2", "A-3"]), ("&key=A-3", ["A-3"]), ("&item=r-1", ["A-1"]), ("&state=unlinked", [])):
        shown = await said(await market.get(f"{TABLE}?view=Кружки{query}", headers=editor))
        assert [one["key"] for one in shown["items"]] == keys, query
    gone = await said(await market.put(f"{TABLE}/views/Кружки", json={}, headers=editor))
    assert (gone["item"], gone["who"]) == (None, "")
    assert await said(await market.get(f"{TABLE}/views", headers=editor)) == []
    missing = await said(await market.get(f"{TABLE}?view=Кружки", headers=editor), 404)
    assert "Кружки" in missing["detail"]


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("a", {"state": "lost"}), ("a", {"found_by": "wand"}),
        ("a", {"colour": "red"}), ("a", {"item": 1}), ("a", {"key": "k" * 501}),
        ("a", {"search": "\0"}), ("-", {"key": "k"}), ("n" * 65, {"key": "k"}),
    ],
)  # fmt: skip
async def test_a_view_that_cannot_be_is_refused(
    market: Client, admin: dict[str, str], name: str, view: dict[str, Any]
) -> None:
    await said(await market.put(f"{TABLE}/views/{name}", json=view, headers=admin), 422)
    assert await said(await market.get(f"{TABLE}/views", headers=admin)) == []


async def test_links_are_copied_between_accounts(market: Client, admin: dict[str, str]) -> None:
    await make_account(market, admin, "second")
    await said(await market.put(TABLE, json=[{"key": "A-1", "item": "r-1"}], headers=admin))
    body = {"from_account": "market"}
    done = await said(await market.post(TABLE.replace("market", "second") + "/copy", json=body, headers=admin))
    assert (done["created"], done["conflicts"], done["conflicts_total"]) == (1, [], 0)


async def test_the_tables_are_listed_and_known_by_other_names(market: Client, admin: dict[str, str]) -> None:
    kinds = await said(await market.get("/api/v1/mappings", headers=admin))
    assert {one["name"] for one in kinds} >= {"product", "warehouse", "order_status", "tax"}
    url = "/api/v1/accounts/market/mappings"
    await said(await market.put(f"{url}/price", json=[{"key": "РРЦ", "item": "Розничная"}], headers=admin))
    assert len((await said(await market.get(f"{url}/price_type", headers=admin)))["items"]) == 1
    await said(await market.get(f"{url}/colour", headers=admin), 404)


async def test_solving_the_links_releases_every_held_report_at_once(market: Client, admin: dict[str, str]) -> None:
    reports = "/api/v1/accounts/market/reports?wait=60"
    for number, rows in (("1", [("A-1", 1, "100,00")]), ("2", [("A-1", 1, "50,00"), ("A-2", 1, "7,50")])):
        sent = form(sales_csv(*rows), number=number)
        assert (await said(await market.post(reports, data=sent, headers=admin), 201))["state"] == "held"
    queue = await said(await market.get(f"{TABLE}?state=unlinked&limit=1", headers=admin))
    msgspec.convert(queue, link_shapes.LinkPage)
    assert [(one["key"], one["oldest"]) for one in queue["items"]] == [("A-1", "2025-08-03")]
    assert queue["waiting"] == {"products": 2, "amount": "157.50", "oldest": "2025-08-03", "reports": 2}
    links = [{"key": "A-1", "item": "r-1"}, {"key": "A-2", "item": "r-2"}]
    await said(await market.put(TABLE, json=links, headers=admin))
    ready = await said(await market.get("/api/v1/reports?state=ready", headers=admin))
    assert sorted(one["number"] for one in ready["items"]) == ["1", "2"]
    queue = await said(await market.get(f"{TABLE}?state=unlinked", headers=admin))
    assert (queue["items"], queue["waiting"]["products"]) == ([], 0)


async def test_a_filter_that_only_links_have_is_refused_for_the_queue(market: Client, admin: dict[str, str]) -> None:
    problem = await said(await market.get(f"{TABLE}?state=unlinked&found_by=person", headers=admin), 422)
    assert [(one["code"], one["column"]) for one in problem["errors"]] == [("filter_pointless", "found_by")]
