"""``komitent treatments`` on the command line."""

import json

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.settings import Settings

Said = pytest.CaptureFixture[str]


@pytest.fixture
def shop(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An account; the commands find it by their environment."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    put_account(database, settings, "shop", AccountInput(organization="romashka", channel="wildberries"), "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    return database


def own(capsys: Said, day: str) -> list[tuple[str, str]]:
    capsys.readouterr()
    assert main(["treatments", "list", "shop", "--date", day, "--json"]) == 0
    return [(row["kind"], row["books"]) for row in json.loads(capsys.readouterr().out)["items"] if row["own"]]


def test_a_rule_is_tried_set_and_given_back(shop: Database, capsys: Said) -> None:
    change = ["treatments", "set", "shop", "penalty", "hold", "--from", "2026-02-01", "--note", "решает бухгалтер"]
    assert main([*change, "--dry-run"]) == 0
    assert "Ничего не записано: правил 1" in capsys.readouterr().err
    assert own(capsys, "2026-03-01") == []
    assert main(change) == 0
    assert own(capsys, "2026-03-01") == [("penalty", "hold")]
    assert own(capsys, "2026-01-31") == []
    assert main(["treatments", "set", "shop", "penalty", "default", "--from", "2026-02-01"]) == 0
    assert own(capsys, "2026-03-01") == []


def test_the_table_is_printed_with_its_sources(shop: Database, capsys: Said) -> None:
    assert main(["treatments", "list", "shop"]) == 0
    said = capsys.readouterr().out
    assert "deduction (займ): offset, с 2004-01-01, встроенное. Погашение займа из выручки" in said


def test_what_cannot_be_is_refused_in_words(shop: Database, capsys: Said) -> None:
    assert main(["treatments", "set", "shop", "logistics", "goods", "--from", "2026-02-01"]) == 1
    told = capsys.readouterr().err
    assert "так не проводятся\nМожно: " in told
    assert "service_without_vat, other" in told
    assert main(["treatments", "list", "nobody"]) == 1
    with pytest.raises(SystemExit):
        main(["treatments", "list", "shop", "--date", "вчера"])
