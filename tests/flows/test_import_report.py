"""Importing a report: nothing lost, nothing doubled, nothing half done, whatever interrupts it."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bridge.db import tables
from bridge.db.session import Database
from bridge.errors import Conflict, NotFound
from bridge.extraction import Stopped
from bridge.flows import import_report as flow
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.import_report import Imported, Upload, import_report, no_progress
from bridge.flows.view_report import report_lines, report_object
from bridge.settings import Settings
from reports.limits import Limits
from reports.problems import Refused

SAMPLES = Path(__file__).parent.parent / "samples"
HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип\n"
SALE = "A-1;;Чайник;1;100;100,00;10,00;2025-08-01;Продажа\n"
RETURN = "A-1;;Чайник;1;100;100,00;10,00;2025-08-02;Возврат\n"


@pytest.fixture(autouse=True)
def accounts(settings: Settings, database: Database) -> None:
    """One organization with an account of each kind."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    for name, channel in (("wb", "wildberries"), ("other", "generic")):
        account = AccountInput(organization="romashka", channel=channel, title=name)  # type: ignore[arg-type]
        put_account(database, settings, name, account, "test")


def uploaded(path: Path, content: str | bytes, name: str = "таблица.csv", **said: Any) -> Upload:
    """Write a file and describe it as the upload route does."""
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    return Upload(path=str(path), name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), **said)


def taken(database: Database, settings: Settings, upload: Upload, account: str = "other") -> Imported:
    """Import an upload."""
    return import_report(database, settings, account, upload, "test", no_progress)


def stored(database: Database) -> dict[str, int]:
    """How many rows there are of everything that an import writes."""
    with database.read() as connection:
        named = (tables.reports, tables.lines, tables.report_keys, tables.facts)
        return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in named}


def test_two_equal_rows_both_count(settings: Settings, database: Database, tmp_path: Path) -> None:
    imported = taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE + SALE))
    report = report_object(database, settings, imported.report)
    assert report["totals"]["sale"] == {"quantity": "2", "amount": "200.00"}
    assert report["rows"]["used"] == 2


def test_the_same_rows_in_another_order_and_file_are_the_same_report(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    first = taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE + RETURN))
    before = stored(database)
    again = taken(database, settings, uploaded(tmp_path / "2", HEADER + RETURN + SALE, "другое имя.csv"))
    assert (again.outcome, again.report) == ("already", first.report)
    assert stored(database) == before


def test_one_more_equal_row_is_another_report(settings: Settings, database: Database, tmp_path: Path) -> None:
    first = taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE))
    second = taken(database, settings, uploaded(tmp_path / "2", HEADER + SALE + SALE))
    assert (second.outcome, second.report != first.report) == ("created", True)


def test_a_number_said_later_is_taken_over_without_a_second_report(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    first = taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE))
    again = taken(database, settings, uploaded(tmp_path / "2", HEADER + SALE, number="77"))
    assert (again.outcome, again.report) == ("already", first.report)
    assert report_object(database, settings, first.report)["number"] == "77"


def test_a_number_in_another_name_of_the_same_file_is_taken_over(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    data = (SAMPLES / "wildberries/weekly_detail/2025_detail_467990214_2025-09-01_2025-09-07.xlsx").read_bytes()
    first = taken(database, settings, uploaded(tmp_path / "a", data, "0.xlsx"), "wb")
    for name in ("отчет №467990214_1234567.xlsx", "0 (1).xlsx"):
        again = taken(database, settings, uploaded(tmp_path / "a", data, name), "wb")
        assert (again.outcome, again.report) == ("already", first.report)
        assert report_object(database, settings, first.report)["number"] == "467990214"


def test_the_same_rows_under_two_numbers_are_a_conflict(settings: Settings, database: Database, tmp_path: Path) -> None:
    taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE, number="77"))
    before = stored(database)
    with pytest.raises(Conflict, match="77"):
        taken(database, settings, uploaded(tmp_path / "2", HEADER + SALE, number="78"))
    assert stored(database) == before


def test_a_refused_file_leaves_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        taken(database, settings, uploaded(tmp_path / "1", "Товар;Остаток\nA;1\n"))
    assert set(stored(database).values()) == {0}


def test_an_unknown_account_is_said(settings: Settings, database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nobody"):
        taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE), account="nobody")


def test_every_line_tells_its_sheet_and_row(settings: Settings, database: Database, tmp_path: Path) -> None:
    imported = taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE + ";;;;;;;;\n" + RETURN))
    lines = report_lines(database, imported.report, 100, None)["items"]
    assert [(line["row"], line["kind"], line["amount"]) for line in lines] == [
        (2, "sale", "100.00"),
        (4, "return", "100.00"),
    ]
    assert report_object(database, settings, imported.report)["rows"]["ignored_reasons"] == {"пустая строка": 1}


def test_a_parser_that_dies_is_a_refusal_and_leaves_nothing(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen

    def dying(_command: list[str], **kwargs: Any) -> "subprocess.Popen[bytes]":
        return real([sys.executable, "-c", "import os, sys; sys.stdin.read(); os._exit(9)"], **kwargs)

    monkeypatch.setattr("bridge.extraction.subprocess.Popen", dying)
    with pytest.raises(Refused) as refused:
        taken(database, settings, uploaded(tmp_path / "1", HEADER + SALE))
    assert refused.value.problems[0].code == "file_too_slow"
    assert set(stored(database).values()) == {0}


def test_a_parser_that_takes_too_long_is_stopped(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen
    started: list[int] = []

    def sleeping(_command: list[str], **kwargs: Any) -> "subprocess.Popen[bytes]":
        process = real([sys.executable, "-c", "import time; time.sleep(600)"], **kwargs)
        started.append(process.pid)
        return process

    monkeypatch.setattr("bridge.extraction.subprocess.Popen", sleeping)
    hurried = Settings(data=settings.data, database_url=settings.database_url, limits=Limits(seconds=1))
    with pytest.raises(Refused):
        taken(database, hurried, uploaded(tmp_path / "1", HEADER + SALE))
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


def test_a_stop_of_the_bridge_leaves_nothing_and_the_import_can_be_run_again(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    stop = threading.Event()
    stop.set()
    upload = uploaded(tmp_path / "1", HEADER + SALE)
    with pytest.raises(Stopped):
        import_report(database, settings, "other", upload, "test", no_progress, stop)
    assert set(stored(database).values()) == {0}
    assert taken(database, settings, upload).outcome == "created"


def test_a_crash_at_any_portion_leaves_no_visible_report_and_the_next_import_is_whole(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploaded(tmp_path / "1", HEADER + SALE + RETURN)

    class PowerCut(BaseException):
        """Nothing below this line runs, not even clearing up."""

    def cut(*_: object) -> Iterator[Any]:
        raise PowerCut

    for place in ("_decide", "_keep_file", "_establish"):
        with monkeypatch.context() as patch:
            patch.setattr(flow, place, cut)
            patch.setattr(flow, "_forget", lambda *_: None)
            with pytest.raises(PowerCut):
                taken(database, settings, upload)
        with database.read() as connection:
            visible = select(func.count()).where(tables.reports.c.identity.is_not(None))
            assert connection.execute(visible).scalar_one() == 0
    imported = taken(database, settings, upload)
    assert imported.outcome == "created"
    assert report_object(database, settings, imported.report)["totals"]["payout"] == "0.00"


def test_the_original_is_kept_under_its_checksum(settings: Settings, database: Database, tmp_path: Path) -> None:
    upload = uploaded(tmp_path / "1", HEADER + SALE)
    taken(database, settings, upload)
    assert flow.stored_file(settings, upload.sha256).read_bytes() == Path(upload.path).read_bytes()
