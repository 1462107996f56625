"""A month through the HTTP API, as an accountant's script would do it: the smallest client that the tests need."""

from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from bridge.db import access
from bridge.db.session import Database

ORGANIZATION = {
    "title": "ООО Ромашка",
    "inn": "7712345671",
    "kpp": "771201001",
    "tax_system": "general",
    "prefix": "РМ",
}


class Client:
    """Calls the API with an administrator's token and gives plain JSON."""

    def __init__(self, http: TestClient[Any, Any], token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, body: object = None, *, expect: int = 200) -> Any:
        """Call a route and insist on the status."""
        async with self.http.request(method, f"/api/v1/{path}", json=body, headers=self.headers) as response:
            answer = await response.json()
            assert response.status == expect, answer
            return answer

    async def upload(self, account: str, path: Path, *, name: str = "", expect: int = 201, **fields: str) -> Any:
        """Upload a report file and insist on the status."""
        form = FormData(fields)
        form.add_field("file", path.read_bytes(), filename=name or path.name)
        url = f"/api/v1/accounts/{account}/reports?wait=120"
        async with self.http.post(url, data=form, headers=self.headers) as response:
            answer = await response.json()
            assert response.status == expect, answer
            return answer

    async def link_everything(self, report: dict[str, Any]) -> None:
        """Give the ERP an item for every product the report lists as unmapped."""
        items = [
            {
                "ref": f"item-{product['key']}",
                "code": "",
                "article": "" if product["size"] else product["article"],
                "name": product["name"] or product["key"],
                "variant": product["size"],
                "barcodes": [product["barcode"]] if product["barcode"] else [],
                "unit": "шт",
                "vat_rate": "20",
                "group": "",
                "is_service": False,
            }
            for product in report["unmapped"]["products"]
        ]
        known = {item["ref"]: item for item in items}
        await self.call("PUT", "items", list(known.values()))

    async def report(self, uid: str) -> dict[str, Any]:
        """Return a report as it stands now."""
        found: dict[str, Any] = await self.call("GET", f"reports/{uid}")
        return found


async def open_client(http: TestClient[Any, Any], database: Database, channels: dict[str, str]) -> Client:
    """Return a client of an installation with one organization and an account per channel."""
    with database.write() as connection:
        token = access.create_token(connection, "test", "admin")
    client = Client(http, token)
    await client.call("PUT", "organizations/romashka", ORGANIZATION)
    for name, channel in channels.items():
        account = {
            "organization": "romashka",
            "channel": channel,
            "title": name,
            "start_date": None,
            "erp": {"counterparty": "Маркетплейс", "commission_contract": "К-1", "services_contract": "У-1"},
            "settings": {},
        }
        await client.call("PUT", f"accounts/{name}", account)
    return client


def differences(report: dict[str, Any], prefix: str) -> list[str]:
    """Return the differences of the checks whose code begins so."""
    return [check["difference"] for check in report["checks"] if check["code"].startswith(prefix)]
