"""A Wildberries week that is issued again: goods, services and their offset are corrected, a register proves both."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bridge.db.session import Database
from bridge.db.tables import facts, reports
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.treatments import TreatmentInput, put_treatments
from bridge.settings import Settings
from mappings.items import Item
from tests.flows.issues.conftest import WHO, Shop
from tests.samples.goods import GOODS
from tests.samples.ozon import Month, write_accruals
from tests.samples.wildberries import Week
from tests.samples.wildberries_files import file_name, write_detail, write_register


class Weeks(Shop):
    """Imports weeks of one good, and registers, into a Wildberries account."""

    def put_account(self, **chosen: Any) -> None:
        super().put_account(**chosen)
        erp = {"counterparty": "ВБ", "commission_contract": "К-1", "services_contract": "У-1"}
        account = AccountInput(organization="romashka", channel="wildberries", erp=erp, settings=chosen)
        catalogue.put_account(self.database, self.settings, "wb", account, WHO)
        items = [Item(ref="r-good", name="Товар", barcodes=(GOODS[0].barcode,), vat_rate="20")]
        catalogue.put_items(self.database, items, WHO)

    def week(self, logistics: str, storage: str, penalty: str = "") -> Week:
        """A week with a sale, logistics, and storage or a penalty."""
        week = Week("2026", "640118822", date(2026, 1, 5))
        week.goods("Продажа", "Продажа", GOODS[0])
        week.charge("delivery_rub", "Логистика", logistics, sub="К клиенту при продаже", good=GOODS[0])
        if storage:
            week.charge("storage_fee", "Хранение", storage)
        if penalty:
            week.charge("penalty", "Штраф", penalty, good=GOODS[0])
        week.close()
        return week

    def add(self, week: Week) -> str:
        path = self.folder / file_name(week)
        write_detail(week, path)
        return self.bring("wb", path)

    def register(self, week: Week) -> str:
        path = self.folder / "register.xlsx"
        write_register("2026", [week], path)
        return self.bring("wb", path)

    def bring(self, account: str, path: Path) -> str:
        data = path.read_bytes()
        upload = Upload(
            path=str(path), name=path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), correction=True
        )
        return import_report(self.database, self.settings, account, upload, WHO, no_progress).report


@pytest.fixture
def weeks(database: Database, settings: Settings, tmp_path: Path) -> Weeks:
    return Weeks(database, settings, tmp_path)


def test_services_and_their_offset_are_corrected_with_the_goods(weeks: Weeks) -> None:
    first = weeks.add(weeks.week("61.03", "80.17"))
    assert weeks.look(first)["state"] == "ready", weeks.look(first)["explain"]
    weeks.post(first)
    second = weeks.add(weeks.week("70.03", "", "10.00"))
    report = weeks.look(second)
    assert report["state"] == "ready", report["explain"]
    found = {
        (document["kind"], line["item"]["name"] if line["section"] != "sales" else "goods"): line["amount"]
        for document in weeks.documents(second)
        for line in document["lines"]
    }
    assert found == {
        ("service_receipt", "К клиенту при продаже"): "9.00",
        ("service_receipt", "Хранение"): "-80.17",
        ("debt_offset", "Услуги: Логистика"): "9.00",
        ("debt_offset", "Услуги: Хранение"): "-80.17",
        ("other_expense", "Штраф"): "10.00",
    }
    weeks.post(second)
    assert weeks.look(second)["balance"] == report["totals"]["payout"]
    assert weeks.reverse(first)["balance"] == "0.00"


def test_the_newest_register_counts_for_the_newest_issue(weeks: Weeks) -> None:
    weeks.put_account(require_register=True)
    first, second = weeks.week("61.03", "80.17"), weeks.week("70.03", "80.17")
    assert weeks.post(weeks.register(first))["state"] == "confirmed"
    weeks.post(weeks.add(first))
    newer = weeks.add(second)
    assert weeks.look(newer)["state"] == "held"
    weeks.register(second)
    assert weeks.look(newer)["state"] == "ready", weeks.look(newer)["explain"]
    weeks.post(newer)
    assert weeks.look(newer)["balance"] == f"{second.control['total']:f}"


def test_what_a_posted_report_tells_of_others_is_told_by_its_newest_issue(weeks: Weeks) -> None:
    account = AccountInput(organization="romashka", channel="ozon")
    catalogue.put_account(weeks.database, weeks.settings, "ozon", account, WHO)
    issues = []
    for rows in (3, 4):
        path = weeks.folder / f"accruals {rows}.xlsx"
        write_accruals(Month("new", "12700840", date(2025, 10, 1), rows=rows), path)
        issues.append(weeks.bring("ozon", path))
        with weeks.database.write() as connection:  # as if it was posted, whatever it still waits for
            connection.execute(update(reports).values(state="posted"))
    with weeks.database.read() as connection:
        told = select(reports.c.uid).join(facts, facts.c.report_id == reports.c.id)
        assert connection.execute(told).scalars().all() == [issues[1]]


def test_a_treatment_changed_later_touches_no_posted_document_but_books_the_newer_issue(weeks: Weeks) -> None:
    first = weeks.add(weeks.week("61.03", "80.17"))
    weeks.post(first)
    before = weeks.documents(first)
    change = TreatmentInput(kind="storage", books="other", valid_from=date(2026, 1, 1))
    put_treatments(weeks.database, weeks.settings, "wb", [change], WHO, dry_run=False)
    assert weeks.documents(first) == before
    second = weeks.add(weeks.week("61.03", "90.17"))
    assert weeks.look(second)["state"] == "ready", weeks.look(second)["explain"]
    totals = {(document["kind"], document["part"]): document["total"] for document in weeks.documents(second)}
    assert totals == {
        ("service_receipt", "storage"): "-80.17", ("debt_offset", ""): "-80.17", ("other_expense", "storage"): "90.17"
    }  # fmt: skip
