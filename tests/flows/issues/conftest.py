"""A shop that sells mugs (VAT 10 %) and shirts (the general rate) on a market without a profile."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Organization
from bridge.flows.close_months import close_through
from bridge.flows.import_report import Imported, Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.reverse_report import reverse_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from mappings.items import Item

WHO = "user:anna"
_HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"
_COMPANY = Organization(title="ООО Ромашка", inn="7707083893", kpp="770701001", tax_system="general", prefix="РО")
_ITEMS = [
    Item(ref="r-mug", article="MUG", name="Кружка", vat_rate="10"),
    Item(ref="r-shirt", article="SHIRT", name="Рубашка", vat_rate="20"),
]


class Shop:
    """Imports, posts and reverses reports of January 2026, number 7 unless another is said."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database, self.settings, self.folder = database, settings, folder
        catalogue.put_organization(database, "romashka", _COMPANY, WHO)
        catalogue.put_items(database, _ITEMS, WHO)
        self.put_account()

    def put_account(self, **chosen: Any) -> None:
        """Make the account, or change its settings."""
        account = AccountInput(
            organization="romashka", channel="generic", settings=chosen,
            erp={"counterparty": "Рынок", "commission_contract": "К-1"},
        )  # fmt: skip
        catalogue.put_account(self.database, self.settings, "shop", account, WHO)

    def take(self, *rows: str, correction: bool = False, number: str = "7", month: str = "2026-01") -> Imported:
        """Import a table. A row: article, pieces, amount, commission and, of a return, the word Возврат."""
        data = "\n".join([_HEADER, *(_row(month, *row.split()) for row in rows), ""]).encode()
        sha = hashlib.sha256(data).hexdigest()
        path = self.folder / sha
        path.write_bytes(data)
        last = {"2026-01": "31", "2026-02": "28"}[month]
        upload = Upload(
            path=str(path), name="месяц.csv", sha256=sha, size=len(data), correction=correction, number=number,
            period_from=f"{month}-01", period_to=f"{month}-{last}",
        )  # fmt: skip
        return import_report(self.database, self.settings, "shop", upload, WHO, no_progress)

    def post(self, report: str) -> dict[str, Any]:
        """Post a report as it stands now."""
        return post_report(self.database, self.settings, report, self.look(report)["digest"], WHO)

    def issue(self, *rows: str, **said: Any) -> str:
        """Import an issue of the report and post it; return its id."""
        report = self.take(*rows, correction=True, **said).report
        self.post(report)
        return report

    def look(self, report: str) -> dict[str, Any]:
        return report_object(self.database, self.settings, report)

    def documents(self, report: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = report_documents(self.database, self.settings, report)["items"]
        return found

    def reverse(self, report: str, documents: list[str] | None = None, day: str | None = None) -> dict[str, Any]:
        return reverse_report(self.database, self.settings, report, documents, day, "ошибка", WHO)

    def close(self, through: str | None, reason: str = "ошибка") -> None:
        close_through(self.database, "romashka", date.fromisoformat(through) if through else None, reason, WHO)


def _row(month: str, article: str, count: str, amount: str, commission: str = "0", kind: str = "Продажа") -> str:
    return f"{article};;{article};{count};;{amount};{commission};{month}-15;{kind}"


@pytest.fixture
def shop(database: Database, settings: Settings, tmp_path: Path) -> Shop:
    return Shop(database, settings, tmp_path)
