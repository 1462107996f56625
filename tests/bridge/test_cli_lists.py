"""``komitent items import`` and ``listings import`` on the command line."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.catalogue import list_items
from bridge.flows.listings import list_listings
from bridge.settings import Settings

Said = pytest.CaptureFixture[str]


@pytest.fixture
def shop(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An account; the commands find it by their environment."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    put_account(database, settings, "shop", AccountInput(organization="romashka", channel="generic"), "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    return database


def written(folder: Path, text: str) -> str:
    path = folder / "список.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_items_are_tried_then_taken(shop: Database, tmp_path: Path, capsys: Said) -> None:
    path = written(tmp_path, "Код;Наименование\n01;Кружка\n02;Чайник\n")
    assert main(["items", "import", path, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "новых 2, изменено 0, без изменений 0" in said
    assert "Ничего не записано" in said
    assert list_items(shop)["items"] == []
    assert main(["items", "import", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"created": 2, "changed": 0, "unchanged": 0}
    assert main(["items", "import", written(tmp_path, "Код;Наименование\n01;Кружка\n"), "--full"]) == 0
    assert "пропало 1" in capsys.readouterr().out


def test_a_refused_list_names_every_error(shop: Database, tmp_path: Path, capsys: Said) -> None:
    assert main(["items", "import", written(tmp_path, "Код;Наименование\n4,6E+12;Кружка\n;Чайник\n")]) == 2
    told = capsys.readouterr().err
    assert "- Строка 2, Код: " in told
    assert "- Строка 3, Код: " in told
    assert main(["items", "import", written(tmp_path, "Дата;Сумма\n1;2\n")]) == 2
    assert "«Артикул»" in capsys.readouterr().err
    assert main(["items", "import", str(tmp_path / "нет.xlsx")]) == 2
    assert list_items(shop)["items"] == []


def test_a_price_list_is_tried_then_taken(shop: Database, tmp_path: Path, capsys: Said) -> None:
    path = written(tmp_path, "Артикул продавца;Название\nCAP;Кепка\n")
    assert main(["listings", "import", "shop", path, "--dry-run"]) == 0
    assert "новых 1" in capsys.readouterr().out
    assert list_listings(shop, "shop")["items"] == []
    assert main(["listings", "import", "shop", path]) == 0
    assert [one["key"] for one in list_listings(shop, "shop")["items"]] == ["CAP"]
    assert main(["listings", "import", "nobody", path]) != 0
