"""``komitent close`` and ``komitent open`` on the command line."""

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import Organization, put_organization
from bridge.flows.close_months import closed_months
from bridge.settings import Settings

Said = pytest.CaptureFixture[str]


@pytest.fixture
def romashka(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An organization; the commands find it by their environment."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    return database


def test_a_month_is_closed_and_opened(romashka: Database, capsys: Said) -> None:
    assert main(["close", "romashka", "2026-02"]) == 0
    assert capsys.readouterr().out == "romashka: закрыто по 2026-02-28\n"
    assert main(["open", "romashka", "2026-02", "--reason", "поздний отчёт"]) == 0
    assert capsys.readouterr().out == "romashka: закрыто по 2026-01-31\n"
    assert closed_months(romashka, "romashka")["opens"] == "2026-02-01"


def test_opening_needs_a_reason_and_a_month_is_written_as_one(romashka: Database, capsys: Said) -> None:
    for words in (["open", "romashka", "2026-02"], ["close", "romashka", "2026-02-28"], ["close", "romashka", "март"]):
        with pytest.raises(SystemExit):
            main(words)
    assert main(["close", "nobody", "2026-02"]) == 1
    assert "nobody" in capsys.readouterr().err
    assert closed_months(romashka, "romashka")["through"] is None
