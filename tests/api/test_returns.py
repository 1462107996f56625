"""Returns that wait for the day of their sale, through HTTP: who may see and answer, and the shape of what is told."""

from typing import Any

import msgspec

from bridge.api.returns import ChoiceCounts, LateReturnPage
from bridge.db.access import Role
from tests.api.conftest import ACCOUNT, ORGANIZATION, Client, bearer, form

_PATH = "/api/v1/accounts/market/returns"
_HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"
_ROWS = ("S;;Рубашка;1;;1220;0;2026-02-03;Продажа", "S;;Рубашка;1;;1200;0;2026-02-05;Возврат")


async def month(client: Client, headers: dict[str, str]) -> str:
    """Import a month of a sale at 22 % and a return that may have been sold at 20 %; return its id."""
    item = {"ref": "shirt", "article": "S", "name": "Рубашка", "vat_rate": "20"}
    for path, body in (
        ("organizations/romashka", ORGANIZATION | {"tax_system": "general"}), ("accounts/market", ACCOUNT),
        ("items", [item]),
    ):  # fmt: skip
        assert (await client.put(f"/api/v1/{path}", json=body, headers=headers)).status == 200
    file = form("\r\n".join([_HEADER, *_ROWS, ""]).encode(), "february.csv")
    answer = await client.post("/api/v1/accounts/market/reports?wait=60", data=file, headers=headers)
    assert answer.status == 201, await answer.text()
    report: dict[str, Any] = await answer.json()
    assert [problem["code"] for problem in report["problems"]] == ["return_sale_unknown"]
    assert report["late_returns"]["waiting"] == {"count": 1, "amount": "1200.00"}
    return str(report["id"])


async def test_an_accountant_answers_and_the_report_is_ready(client: Client, tokens: dict[Role, str]) -> None:
    admin, accountant = bearer(tokens["admin"]), bearer(tokens["accountant"])
    report = await month(client, admin)
    seen = await (await client.get(_PATH, headers=bearer(tokens["erp"]))).json()
    msgspec.convert(seen, LateReturnPage, strict=False)
    assert [(row["row"], row["candidates"][0]["vat_rate"]) for row in seen["items"]] == [(3, "22")]
    said = [{"report": report, "row": 3, "sold_on": "2025-12-27"}]
    assert (await client.put(_PATH, json=said, headers=bearer(tokens["mapping_editor"]))).status == 403
    for counts in ({"changed": 1, "unchanged": 0}, {"changed": 0, "unchanged": 1}):
        answer = await client.put(_PATH, json=said, headers=accountant)
        assert answer.status == 200, await answer.text()
        msgspec.convert(await answer.json(), ChoiceCounts)
        assert await answer.json() == counts
    assert (await (await client.get(f"/api/v1/reports/{report}", headers=admin)).json())["state"] == "ready"
    chosen = await (await client.get(f"{_PATH}?state=chosen", headers=admin)).json()
    assert [(row["sold_on"], row["chosen_by"]) for row in chosen["items"]] == [("2025-12-27", "token:for-accountant")]


async def test_every_wrong_answer_is_named(client: Client, admin: dict[str, str]) -> None:
    report = await month(client, admin)
    said = [
        {"report": report, "row": 3, "sold_on": "2026-02-06"}, {"report": report, "row": 2, "sold_on": "2026-02-01"},
        {"report": "none", "row": 3, "sold_on": "2026-02-01"},
    ]  # fmt: skip
    answer = await client.put(_PATH, json=said, headers=admin)
    assert answer.status == 422
    errors = (await answer.json())["errors"]
    assert [(one["row"], one["code"]) for one in errors] == [
        (1, "sold_after_return"), (2, "return_unknown"), (3, "report_unknown")
    ]  # fmt: skip
    assert (await client.get("/api/v1/accounts/none/returns", headers=admin)).status == 404
