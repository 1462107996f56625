"""``komitent returns list`` and ``choose`` on the command line."""

import json
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.flows.accounts import AccountInput, Organization, put_account, put_organization
from bridge.flows.items import put_items
from bridge.settings import Settings
from mappings.items import Item

Said = pytest.CaptureFixture[str]
_TABLE = """Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип
S;;Рубашка;1;;1220;0;2026-02-03;Продажа
S;;Рубашка;1;;1200;0;2026-02-05;Возврат
"""


@pytest.fixture
def report(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Said
) -> str:
    """A held report with one return that may have been sold at 20 or at 22 %."""
    organization = Organization(title="Ромашка", inn="7712345671", kpp="771201001", tax_system="general", prefix="РМ")
    put_organization(database, "romashka", organization, "test")
    put_account(database, settings, "shop", AccountInput(organization="romashka", channel="generic"), "test")
    put_items(database, [Item(ref="shirt", article="S", vat_rate="20")], "test")
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    path = tmp_path / "february.csv"
    path.write_text(_TABLE, "utf-8")
    assert main(["import", "shop", str(path), "--json"]) == 1
    return str(json.loads(capsys.readouterr().out)[0]["id"])


def test_the_queue_is_printed_and_answered(report: str, capsys: Said) -> None:
    assert main(["returns", "list", "shop"]) == 0
    said = capsys.readouterr().out
    assert f"Отчёт {report}" in said and "строка 3: S, возврат 2026-02-05 на 1200.00" in said
    assert "2026-02-03: цена 1220.00, НДС 22, 1 шт." in said
    assert "Ждут дня продажи: 1 на сумму 1200.00" in said
    assert main(["returns", "choose", "shop", report, "3", "2025-12-27"]) == 0
    assert main(["returns", "choose", "shop", report, "3", "2025-12-27"]) == 0
    assert capsys.readouterr().out == "Записано\nТак уже и было\n"
    assert main(["returns", "list", "shop", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["items"]
    assert (row["state"], row["sold_on"], row["chosen_by"]) == ("chosen", "2025-12-27", "cli")
    assert main(["returns", "choose", "shop", report, "3", "-"]) == 0


def test_an_answer_that_cannot_be_is_refused(report: str, capsys: Said) -> None:
    assert main(["returns", "choose", "shop", report, "3", "2026-02-06"]) == 2
    assert "позже возврата" in capsys.readouterr().err
    assert main(["returns", "choose", "shop", report, "3", "вчера"]) == 2
    assert "нужно ГГГГ-ММ-ДД" in capsys.readouterr().err
