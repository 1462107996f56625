"""An installation with one organization and accounts of it, into which files are imported as they come."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.flows import catalogue
from bridge.flows.accounts import AccountInput, Organization
from bridge.flows.import_report import Imported, Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from mappings.items import Item

WHO = "anna"
COMPANY = Organization(title="ООО Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
ERP = {"counterparty": "Лавка", "commission_contract": "К-1", "services_contract": "У-1"}
_HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"


class Office:
    """Whoever does the books: imports files, looks at reports, posts them."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database = database
        self.settings = settings
        self.folder = folder
        catalogue.put_organization(database, "romashka", COMPANY, WHO)

    def account(self, name: str, channel: str = "generic", erp: dict[str, str] | None = None, **chosen: Any) -> None:
        """Make or change an account."""
        account = AccountInput(organization="romashka", channel=channel, erp=ERP | (erp or {}), settings=chosen)  # type: ignore[arg-type]
        catalogue.put_account(self.database, self.settings, name, account, WHO)

    def receive(self, account: str, data: bytes, name: str, **said: Any) -> Imported:
        """Import a file into an account and return what became of it."""
        sha = hashlib.sha256(data).hexdigest()
        path = self.folder / sha
        path.write_bytes(data)
        upload = Upload(path=str(path), name=name, sha256=sha, size=len(data), **said)
        return import_report(self.database, self.settings, account, upload, WHO, no_progress)

    def take(self, account: str, data: bytes, name: str, **said: Any) -> str:
        """Import a file that must be new; returns the id of its report."""
        imported = self.receive(account, data, name, **said)
        assert imported.outcome == "created"
        return imported.report

    def month(self, account: str, *rows: str) -> str:
        """Import a generic table. A row: article, day, amount, commission, and Возврат for a return."""
        return self.take(account, closing_table(*rows), "month.csv")

    def link(self, report: str) -> None:
        """Give the ERP an item for every product that the report lists as unmapped."""
        listed = self.look(report)["unmapped"]["products"]
        items = [
            Item(
                ref=f"item-{one['key']}", name=one["name"] or one["key"], vat_rate="22", variant=one["size"],
                article="" if one["size"] else one["article"], barcodes=(one["barcode"],) if one["barcode"] else (),
            )
            for one in listed
        ]  # fmt: skip
        catalogue.put_items(self.database, items, WHO)

    def look(self, report: str) -> dict[str, Any]:
        """Return the report as it stands now."""
        return report_object(self.database, self.settings, report)

    def documents(self, report: str, kind: str = "") -> list[dict[str, Any]]:
        """Return the documents of a report, previewed or posted."""
        found = report_documents(self.database, self.settings, report)["items"]
        return [one for one in found if kind in ("", one["kind"])]

    def post(self, report: str) -> None:
        """Post a report as it is shown."""
        post_report(self.database, self.settings, report, self.look(report)["digest"], WHO)


def closing_table(*rows: str) -> bytes:
    """Return a generic table, see ``Office.month``."""
    return "\n".join([_HEADER, *(_row(*row.split()) for row in rows), ""]).encode()


def _row(article: str, day: str, amount: str, commission: str = "0", kind: str = "Продажа") -> str:
    return f"{article};;Товар {article};1;;{amount};{commission};{day};{kind}"


def check(report: dict[str, Any], code: str) -> dict[str, Any]:
    """Return one check of a report."""
    (found,) = (one for one in report["checks"] if one["code"] == code)
    return dict(found)


@pytest.fixture
def office(database: Database, settings: Settings, tmp_path: Path) -> Office:
    """An office with one organization and no account yet."""
    return Office(database, settings, tmp_path)
