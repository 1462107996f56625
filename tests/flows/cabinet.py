"""A Wildberries cabinet whose generated weeks are imported and looked at, with every product known to the ERP."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from bridge.db.session import Database
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Organization
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from mappings.items import Item
from tests.samples import ozon
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week
from tests.samples.wildberries_files import file_name, write_detail, write_json, write_register

WHO = "user:бухгалтер"
_ACCOUNT = AccountInput(
    organization="romashka",
    channel="wildberries",
    erp={"counterparty": "РВБ", "commission_contract": "К-1", "services_contract": "У-1"},
)
_FIELDS = ("id", "total", "date", "contract", "kind", "title", "part", "commission_total")


class Cabinet:
    """Imports weeks into the account ``wb`` and shows what becomes of them."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database = database
        self.settings = settings
        self.folder = folder
        company = Organization(title="ООО Ромашка", inn="7712345671", kpp="771201001", tax_system="general")
        catalogue.put_organization(database, "romashka", company, WHO)
        self.change()
        items = [
            Item(ref=f"item-{good.barcode}", name=good.name, barcodes=(good.barcode,), vat_rate="20") for good in GOODS
        ]
        catalogue.put_items(database, items, WHO)

    def change(self, **fields: Any) -> None:
        """Set fields of the account anew."""
        account = msgspec.structs.replace(_ACCOUNT, **fields)
        catalogue.put_account(self.database, self.settings, "wb", account, WHO)

    def add(self, week: Week) -> str:
        """Import the detailed report of a week and return its id."""
        return self._import(file_name(week), lambda path: write_detail(week, path))

    def answer(self, week: Week) -> str:
        """Import the same as the finance API answers it."""
        return self._import(f"{week.number}.json", lambda path: write_json(week, path, "fin"))

    def register(self, *weeks: Week) -> str:
        """Import the register that lists these weeks and return its id."""
        return self._import("реестр.xlsx", lambda path: write_register("2026", weeks, path))

    def realization(self, month: ozon.Month, **fields: Any) -> str:
        """Import the realization report of an Ozon account with these fields and return its id."""
        account = msgspec.structs.replace(_ACCOUNT, channel="ozon", **fields)
        catalogue.put_account(self.database, self.settings, "oz", account, WHO)
        return self._import("реализация.xlsx", lambda path: ozon.write_realization(month, path), "oz")

    def _import(self, name: str, write: Callable[[Path], object], account: str = "wb") -> str:
        path = self.folder / name
        write(path)
        data = path.read_bytes()
        upload = Upload(path=str(path), name=path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        return import_report(self.database, self.settings, account, upload, WHO, no_progress).report

    def look(self, report: str) -> dict[str, Any]:
        """Return the report as it stands now."""
        return report_object(self.database, self.settings, report)

    def documents(self, report: str) -> list[dict[str, Any]]:
        """Return the documents of the report, lines and sources included."""
        found: list[dict[str, Any]] = report_documents(self.database, self.settings, report)["items"]
        return found

    def sums(self, report: str) -> dict[tuple[str, str], Decimal]:
        """Return the total of every document by kind and part."""
        return {(one["kind"], one["part"]): Decimal(one["total"]) for one in self.documents(report)}

    def post(self, report: str) -> list[dict[str, Any]]:
        """Post the report and return its documents in short."""
        posted = post_report(self.database, self.settings, report, self.look(report)["digest"], WHO)
        found: list[dict[str, Any]] = posted["documents"]
        return found


def problem_codes(report: dict[str, Any]) -> list[str]:
    """Return the codes of the problems that hold a report."""
    return [found["code"] for found in report["problems"]]
