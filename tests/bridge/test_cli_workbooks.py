"""``komitent mappings export`` and ``import`` on the command line."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.catalogue import list_links, put_items
from bridge.flows.link_history import list_history
from bridge.settings import Settings
from mappings.items import Item


@pytest.fixture
def shop(settings: Settings, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An account with one item; the commands find it by their environment."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(sqlite_database, "romashka", organization, "test")
    put_account(sqlite_database, settings, "shop", AccountInput(organization="romashka", channel="generic"), "test")
    put_items(sqlite_database, [Item(ref="ref-1", article="A-1", name="Кружка")], "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", settings.database_url)
    return sqlite_database


def test_a_list_is_shown_then_written_then_exported(
    shop: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "список.csv"
    book.write_text("Ключ;Номенклатура\n0012;A-1\nX;нет\n", "utf-8")
    copy = tmp_path / "исправить.xlsx"
    assert main(["mappings", "import", "shop", "product", str(book), "--errors", str(copy)]) == 1
    said = capsys.readouterr().out
    assert "новых 1" in said
    assert "Ничего не записано" in said
    assert copy.exists()
    assert list_links(shop, "shop", "product")["items"] == []
    assert main(["mappings", "import", "shop", "product", str(book), "--apply", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["counts"]["applied"] == 1
    book.write_text("Ключ;Номенклатура;Примечание\n0012;A-1;вот\n", "utf-8")
    assert main(["mappings", "import", "shop", "product", str(book), "--apply"]) == 0
    written = list_history(shop, "shop", "product")["items"][0]["set"]
    assert f"komitent mappings undo shop product {written}" in capsys.readouterr().out
    target = tmp_path / "товары.xlsx"
    assert main(["mappings", "export", "shop", "product", str(target), "--language", "pl"]) == 0
    assert main(["mappings", "import", "shop", "product", str(target)]) == 0
    assert "без изменений 1" in capsys.readouterr().out


def test_what_cannot_be_done_is_said(shop: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "отчёт.csv"
    wrong.write_text("Товар;Остаток\nA;1\n", "utf-8")
    assert main(["mappings", "import", "shop", "product", str(wrong)]) == 2
    assert "не принят" in capsys.readouterr().err
    assert main(["mappings", "import", "shop", "product", str(tmp_path / "нет.xlsx")]) == 2
    assert main(["mappings", "export", "shop", "nonsense", str(tmp_path / "a.xlsx")]) != 0
    assert main(["mappings", "export", "shop", "product", str(tmp_path / "нет" / "a.xlsx")]) != 0
    assert list(tmp_path.glob(".komitent-*")) == []
