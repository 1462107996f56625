"""A desk at which invented reports arrive, with one account of each kind, and what was found of them."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.db import tables
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.confirm_report import confirm_report
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.view_report import report_object
from bridge.settings import Settings
from tests.samples import wildberries_files
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

MONDAY = date(2026, 2, 2)
Change = Callable[[dict[str, Any]], None]
Report = dict[str, Any]
PERCENTS = ("commissionPercent", "kvw", "kvwBase", "spp")


@pytest.fixture(autouse=True)
def accounts(settings: Settings, database: Database) -> None:
    """One organization with an account of each kind."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    for name, channel in (("wb", "wildberries"), ("ozon", "ozon"), ("other", "generic"), ("wb-2", "wildberries")):
        account = AccountInput(organization="romashka", channel=channel, title=name)  # type: ignore[arg-type]
        put_account(database, settings, name, account, "test")


class Desk:
    """Imports invented reports into an account, as JSON of the API."""

    def __init__(self, settings: Settings, database: Database, folder: Path) -> None:
        self.settings, self.database, self.folder = settings, database, folder

    def take(self, path: Path, account: str = "wb", **said: Any) -> Report:
        """Import a file and return the report."""
        data = path.read_bytes()
        upload = Upload(path=str(path), name=path.name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), **said)
        imported = import_report(self.database, self.settings, account, upload, "test", no_progress)
        assert imported.outcome == "created"
        return self.now(imported.report)

    def now(self, uid: str) -> Report:
        """Return the report as it stands now."""
        return report_object(self.database, self.settings, uid)

    def json(self, week: Week, change: Change | None = None, **said: Any) -> Report:
        """Import a week as JSON whose rows were changed."""
        path = self.folder / f"{week.number}.json"
        wildberries_files.write_json(week, path, "fin")
        rows = json.loads(path.read_text("utf-8"))
        for row in rows if change else ():
            assert change
            change(row)
        path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return self.take(path, **said)

    def xlsx(self, week: Week, first: date, last: date) -> Report:
        """Import a week as a workbook whose name tells the number and the period."""
        path = self.folder / f"detail_{week.number}_{first}_{last}.xlsx"
        wildberries_files.write_detail(week, path)
        return self.take(path)

    def confirm(self, report: Report, *codes: str, reason: str = "сверено с кабинетом") -> Report:
        """Confirm findings as the accountant."""
        return confirm_report(self.database, self.settings, report["id"], codes, reason, "anna")

    def state(self, report: Report, state: str) -> None:
        """Set the state of a report aside from its documents."""
        with self.database.write() as connection:
            connection.execute(tables.reports.update().where(tables.reports.c.uid == report["id"]).values(state=state))
            connection.execute(tables.basis.update().values(count=tables.basis.c.count + 1))


@pytest.fixture
def desk(settings: Settings, database: Database, tmp_path: Path) -> Desk:
    """Where reports are imported."""
    return Desk(settings, database, tmp_path)


def week(place: int, *, sales: int = 8, shift: int = 0) -> Week:
    """An ordinary week: sales with their deliveries."""
    made = Week("2026", str(640118822 + place + shift), MONDAY + timedelta(days=7 * place))
    for number in range(sales):
        made.goods("Продажа", "Продажа", GOODS[number % len(GOODS)], spp=number % 3 * 12)
        made.charge("delivery_rub", "Логистика", f"{61 + 7 * number}.50", good=GOODS[number % len(GOODS)])
    made.close()
    return made


def codes(report: Report) -> set[str]:
    """The codes of what was found, unknown products aside."""
    return {each["code"] for each in report["problems"]} - {"products_unlinked"}


def named(report: Report, code: str) -> list[str]:
    """The columns that problems of one code name."""
    return [each["column"] for each in report["problems"] if each["code"] == code]


def scaled(factor: Decimal, *names: str) -> Change:
    """Multiply some fields of a row."""

    def change(row: dict[str, Any]) -> None:
        for name in names:
            text = isinstance(row[name], str)
            value = (Decimal(str(row[name])) * factor).normalize()
            row[name] = f"{value:f}" if text else float(value)

    return change


def all_money(row: dict[str, Any]) -> None:
    """Roubles become kopecks in every column of a row: the API writes money as text with a point."""
    money = [name for name, value in row.items() if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value)]
    scaled(Decimal(100), *money)(row)
