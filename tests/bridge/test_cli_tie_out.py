"""``komitent statement`` and ``month`` on the command line."""

import json
from datetime import date
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.settings import Settings
from tests.samples.closing import Paid, statement_text

Said = pytest.CaptureFixture[str]
DAYS = date(2026, 9, 1), date(2026, 9, 30)


@pytest.fixture
def shop(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An account of Ozon; the commands find it by their environment."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    put_account(database, settings, "ozon", AccountInput(organization="romashka", channel="ozon"), "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    return database


def written(folder: Path, **totals: str) -> str:
    paid = [Paid("501", date(2026, 9, 15), "10.00"), Paid("9", date(2026, 9, 16), "5.00", inn="7701234560")]
    path = folder / "kl_to_1c.txt"
    path.write_bytes(statement_text(paid, *DAYS, totals=totals).encode("cp1251"))
    return str(path)


def test_a_statement_is_taken_and_shown_in_the_month(shop: Database, tmp_path: Path, capsys: Said) -> None:
    assert main(["statement", "romashka", written(tmp_path)]) == 0
    assert "платежей 2, из них не отнесено 1" in capsys.readouterr().out
    assert main(["statement", "romashka", written(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["already"] is True
    assert main(["month", "ozon", "2026-09"]) == 1
    said = capsys.readouterr().out
    assert "ozon, 2026-09: не сходится" in said
    assert "Не отнесён платёж 9 от 2026-09-16: 5.00" in said
    assert main(["month", "ozon", "2026-09", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["closing"] == "-10.00"


def test_an_empty_month_has_nothing_to_compare(shop: Database, capsys: Said) -> None:
    assert main(["month", "ozon", "2026-09"]) == 1
    assert "не с чем сверить" in capsys.readouterr().out


def test_a_refused_statement_says_why(shop: Database, tmp_path: Path, capsys: Said) -> None:
    assert main(["statement", "romashka", written(tmp_path, ВсегоПоступило="11.00")]) == 2
    assert "Обороты выписки не сходятся" in capsys.readouterr().err
    assert main(["statement", "romashka", str(tmp_path / "nothing.txt")]) == 2
