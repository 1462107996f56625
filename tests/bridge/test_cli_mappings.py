"""``komitent mappings``: copying, accepting, listing, saved views and the whole history, as the API has them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bridge.__main__ import main
from bridge.db.session import Database
from bridge.db.tables import lines
from bridge.flows import catalogue, link_views
from bridge.flows.catalogue import AccountInput, LinkInput
from bridge.flows.link_history import list_history
from bridge.flows.link_views import View
from bridge.settings import Settings
from mappings import names
from mappings.items import Item, ProductKey
from tests.flows.catalogue.shop import COMPANY, MUG, SHIRT, WHO, add_report

Say = Callable[..., str]


@pytest.fixture
def shop(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Database:  # fmt: skip
    """Two accounts and two items; the commands find the database by their environment."""
    catalogue.put_organization(database, "romashka", COMPANY, WHO)
    for name in ("shop", "second"):
        catalogue.put_account(database, settings, name, AccountInput(organization="romashka", channel="generic"), WHO)
    catalogue.put_items(database, [SHIRT, MUG], WHO)
    monkeypatch.setenv("KOMITENT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", database.url)
    return database


@pytest.fixture
def say(shop: Database, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run ``komitent mappings`` and return what it printed: on standard output, or on errors when it fails."""

    def run(*words: str, code: int = 0) -> str:
        assert main(["mappings", *words]) == code
        printed = capsys.readouterr()
        return printed.out if code == 0 else printed.err

    return run


def put(database: Database, account: str, *links: LinkInput) -> str:
    done: str = catalogue.put_links(database, account, "product", links, WHO)["set"]
    return done


def test_links_are_copied_and_what_is_linked_otherwise_is_named(shop: Database, say: Say) -> None:
    put(shop, "second", *(LinkInput(key=key, item="r-mug") for key in ("A", "B", "C")))
    put(shop, "shop", LinkInput(key="B", item="r-shirt", multiplier=2))
    said = say("copy", "shop", "product", "--from", "second", "--key", "A", "--key", "B")
    assert said.startswith("Скопировано 1, без изменений 0, оставлено 1. Набор ")
    assert "- B: здесь r-shirt ×2, там r-mug" in said
    found = json.loads(say("copy", "shop", "product", "--from", "second", "--json"))
    assert (found["created"], [one["key"] for one in found["conflicts"]]) == (1, ["B"])
    assert [one["source"] for one in list_history(shop, "shop", "product")["items"]] == ["copy", "copy", "person"]
    assert "из другой" in say("copy", "shop", "product", "--from", "shop", code=1)


@pytest.mark.skipif(not names.AVAILABLE, reason="names are compared by the extra [match]")
def test_good_suggestions_are_accepted(shop: Database, say: Say) -> None:
    keys = [ProductKey(key="A", article="A", name="Рубашка Ёлочка"), ProductKey(key="B", article="B", name="Топор")]
    add_report(shop, "shop", keys, [(no, "2026-10-01", 1000, 100, "") for no in range(2)])
    assert say("accept", "shop", "product", "--score", "80").startswith("Связано 1, осталось без связи 1. Набор ")
    assert json.loads(say("accept", "shop", "product", "--score", "80", "--json"))["created"] == 0
    assert "от 1 до 100" in say("accept", "shop", "product", "--score", "0", code=1)


def test_views_are_saved_used_listed_and_deleted(shop: Database, say: Say) -> None:
    put(shop, "shop", LinkInput(key="A", item="r-mug"), LinkInput(key="B", item="r-shirt"))
    save = ("views", "save", "shop", "product", "Кружки")
    assert say(*save, "--item", "r-mug", "--state", "linked") == "Вид «Кружки» сохранён\n"
    assert say("list", "shop", "product", "--view", "Кружки") == f"A: r-mug (person, {WHO})\n"
    assert say("list", "shop", "product", "--view", "Кружки", "--item", "r-shirt") == f"B: r-shirt (person, {WHO})\n"
    assert say("views", "list", "shop", "product").startswith("Кружки: state=linked, item=r-mug (cli, ")
    (view,) = json.loads(say("views", "list", "shop", "product", "--json"))
    assert (view["name"], view["state"], view["item"], view["search"]) == ("Кружки", "linked", "r-mug", None)
    assert say("views", "delete", "shop", "product", "Кружки") == "Вид «Кружки» удалён\n"
    assert link_views.list_views(shop, "shop", "product") == []
    assert "нет" in say("views", "delete", "shop", "product", "Кружки", code=1)
    assert "нет" in say("list", "shop", "product", "--view", "Кружки", code=1)
    assert "фильтра" in say(*save, code=1)
    assert "found_by" in say(*save, "--state", "unlinked", "--found-by", "person", code=1)


def test_what_waits_is_listed_with_its_totals(shop: Database, say: Say) -> None:
    catalogue.put_items(shop, [Item(ref="r-twin", article="MUG")], WHO)
    keys = [ProductKey(key="A", name="Топор"), ProductKey(key="B", name="Пила"), ProductKey(key="MUG", article="MUG")]
    add_report(shop, "shop", keys, [(no, f"2026-10-0{no + 1}", 1000, 1050, "") for no in range(3)])
    assert say("list", "shop", "product", "--state", "unlinked", "--limit", "1") == (
        "A Топор: 1 шт, 10.50 с 2026-10-01\n"
        "Всего ждут: товаров 2, сумма 21.00, отчётов 1, самый ранний день 2026-10-01\n"
        "Это не всё, дальше: --cursor A\n"
    )
    link_views.put_view(shop, "shop", "product", "пилы", View(state="unlinked", search="пила"), WHO)
    found: dict[str, Any] = json.loads(say("list", "shop", "product", "--view", "пилы", "--json"))
    assert ([one["key"] for one in found["items"]], found["waiting"]["amount"]) == (["B"], "10.50")
    said = say("list", "shop", "product", "--state", "ambiguous")
    assert said.startswith("MUG : 1 шт, 10.50 с 2026-10-03; возможно: r-mug, r-twin\n")


def test_every_change_of_a_long_set_is_shown(shop: Database, say: Say) -> None:
    done = put(shop, "shop", *(LinkInput(key=f"k{number:04}", item="r-mug") for number in range(1001)))
    assert f"и ещё 991; все: --set {done}" in say("history", "shop", "product")
    lines = say("history", "shop", "product", "--set", done).splitlines()
    assert [line.strip() for line in lines] == [f"k{number:04}: нет → r-mug" for number in range(1001)]
    (only,) = json.loads(say("history", "shop", "product", "--set", done, "--key", "k1000", "--json"))
    assert only["after"]["item"] == "r-mug"
    assert "нет набора" in say("history", "shop", "product", "--set", "nothing", code=1)


def test_services_that_wait_are_printed_by_lines_and_sums(shop: Database, say: Say) -> None:
    summary = {"profile": "generic", "period_from": "2026-10-01", "period_to": "2026-10-31"}
    sold = [(0, "2026-10-01", 1000, 2100, "")]
    add_report(shop, "shop", [ProductKey(key="A")], sold, profile="generic", summary=summary)
    with shop.write() as connection:
        connection.execute(update(lines).values(kind="logistics", section="", key=None, service="Доставка"))
    assert say("list", "shop", "service", "--state", "unlinked") == (
        "logistics Логистика: строк 1, 21.00 с 2026-10-01\n"
        "Доставка Логистика: строк 1, 21.00 с 2026-10-01\n"
        "Всего ждут: ключей 2, сумма 21.00, отчётов 1, самый ранний день 2026-10-01\n"
    )
