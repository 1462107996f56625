"""The table of services names the ERP's items in documents; what it does not answer for is listed with its sums."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from bridge.db.catalogue import LinkFilter
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from bridge.flows.catalogue import Component, LinkInput
from bridge.flows.treatments import TreatmentInput, put_treatments
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from mappings.items import Item
from reports.limits import Limits
from tests.flows.cabinet import WHO, Cabinet, problem_codes
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week

MONDAY = date(2026, 5, 4)
NUMBERED = "Оказание услуг «ВБ.Продвижение», документ №304137708"
DELIVERY = "К клиенту при продаже"
JAM = "Предоставление услуг по подписке «Джем»"


@pytest.fixture
def cabinet(database: Database, settings: Settings, tmp_path: Path) -> Cabinet:
    made = Cabinet(database, settings, tmp_path)
    names = {
        "s-log": "Услуги доставки",
        "s-adv": "Реклама",
        "s-jam": "Подписка",
        "s-fee": "Вознаграждение комиссионера",
    }
    items = [Item(ref=ref, code=f"C-{ref}", name=name, is_service=True) for ref, name in names.items()]
    catalogue.put_items(database, items, WHO)
    return made


def week(number: str = "612003417", monday: date = MONDAY) -> Week:
    found = Week("2026", number, monday)
    found.goods("Продажа", "Продажа", GOODS[0])
    found.charge("delivery_rub", "Логистика", "85.00", sub="К клиенту при продаже", good=GOODS[0])
    found.charge("deduction", "Удержание", "1203.00", sub=NUMBERED)
    found.charge("deduction", "Удержание", "990.00", sub=JAM)
    found.charge("penalty", "Штраф", "50.00")
    found.close()
    return found


def link(cabinet: Cabinet, *pairs: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    links = [LinkInput(key=key, item=item, **more) for key, item in pairs]
    return catalogue.put_links(cabinet.database, "wb", "service", links, WHO)


def waiting(cabinet: Cabinet, state: str = "unlinked", **chosen: Any) -> dict[str, Any]:
    return catalogue.list_links(cabinet.database, "wb", "service", state, chosen=LinkFilter(**chosen))


def keys(cabinet: Cabinet) -> list[tuple[str, str]]:
    return [(one["parent"], one["key"]) for one in waiting(cabinet)["items"]]


def refs(cabinet: Cabinet, report: str) -> dict[str, str]:
    lines = [line for one in cabinet.documents(report) for line in one["lines"] if line.get("service")]
    return {line["service"]: line["item"]["ref"] for line in lines}


def test_a_link_gives_the_lines_of_a_report_their_item_and_a_dropped_one_takes_it_away(cabinet: Cabinet) -> None:
    report = cabinet.add(week())
    assert set(refs(cabinet, report).values()) == {""}
    before = cabinet.look(report)
    link(cabinet, ("logistics", "s-log"), ("Продвижение и реклама", "s-adv"), (JAM.upper(), "s-jam"))
    found = refs(cabinet, report)
    assert (found[DELIVERY], found[NUMBERED], found[JAM], found["Штраф"]) == ("s-log", "s-adv", "s-jam", "")
    (line,) = [line for one in cabinet.documents(report) for line in one["lines"] if line.get("service") == JAM]
    assert line["item"] == {"ref": "s-jam", "code": "C-s-jam", "article": "", "name": "Подписка", "variant": ""}
    now = cabinet.look(report)
    assert now["digest"] != before["digest"]
    assert [one["id"] for one in now["documents"]] == [one["id"] for one in before["documents"]]
    link(cabinet, ("logistics", None))
    assert refs(cabinet, report)[DELIVERY] == ""


def test_posted_documents_keep_what_they_were_posted_with(cabinet: Cabinet) -> None:
    report = cabinet.add(week())
    cabinet.post(report)
    before = cabinet.documents(report)
    link(cabinet, ("logistics", "s-log"))
    assert cabinet.documents(report) == before


def test_the_day_of_the_document_decides_which_link_holds(cabinet: Cabinet) -> None:
    first, second = cabinet.add(week()), cabinet.add(week("612003418", date(2026, 5, 11)))
    link(cabinet, ("logistics", "s-log"), valid_to=date(2026, 5, 16))
    link(cabinet, ("logistics", "s-adv"), valid_from=date(2026, 5, 17))
    assert (refs(cabinet, first)[DELIVERY], refs(cabinet, second)[DELIVERY]) == ("s-log", "s-adv")


def test_the_commissioner_report_carries_the_item_of_the_commission(cabinet: Cabinet) -> None:
    report = cabinet.add(week())
    link(cabinet, ("commission", "s-fee"))
    (document,) = [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]
    assert document["service_item"]["ref"] == "s-fee"
    cabinet.post(report)
    (posted,) = [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]
    assert posted["service_item"] == document["service_item"]


def test_unlinked_services_hold_a_report_only_where_the_account_says_so(cabinet: Cabinet) -> None:
    report = cabinet.add(week())
    assert cabinet.look(report)["state"] == "ready"
    cabinet.change(settings={"require_services": True})
    held = cabinet.look(report)
    assert (held["state"], problem_codes(held)) == ("held", ["services_unlinked"])
    (problem,) = held["problems"]
    assert "«К клиенту при продаже» на 85.00" in problem["found"]
    assert f"«{NUMBERED}» на 1203.00" in problem["found"]
    link(cabinet, ("logistics", "s-log"), ("promotion", "s-adv"), (JAM, "s-jam"), ("penalty", "Штрафы от ВБ"))
    (problem,) = cabinet.look(report)["problems"]
    assert problem["found"].startswith("2: «Вознаграждение» на ")
    assert "«Штраф» на 50.00" in problem["found"]  # a text that is no item of the ERP is not enough
    link(cabinet, ("commission", "C-s-fee"), ("penalty", "реклама"))
    assert cabinet.look(report)["state"] == "ready"
    assert waiting(cabinet)["items"] == []


def test_what_no_link_answers_for_is_listed_by_kinds_and_names_with_sums(cabinet: Cabinet) -> None:
    posted, open_one = cabinet.add(week()), cabinet.add(week("612003418", date(2026, 5, 11)))
    cabinet.post(posted)
    found = {one["key"]: one for one in waiting(cabinet)["items"]}
    assert set(found) == {"commission", "logistics", DELIVERY, "penalty", "Штраф", "promotion", "subscription", JAM}
    jam, kind = found[JAM], found["subscription"]
    assert (jam["parent"], jam["title"], kind["parent"]) == ("subscription", "Подписки и тарифы", "")
    assert (jam["amount"], kind["amount"], kind["count"]) == ("1980.00", "1980.00", 2)
    assert set(kind["reports"]) == {posted, open_one}
    assert found["promotion"]["amount"] == "2406.00"
    assert MONDAY <= date.fromisoformat(found["logistics"]["oldest"]) <= date(2026, 5, 10)
    assert Decimal(found["commission"]["amount"]) == commission(cabinet, posted) + commission(cabinet, open_one)
    totals = waiting(cabinet)["waiting"]
    listed = [Decimal(one["amount"]) for one in found.values() if not one["parent"]]
    assert (totals["products"], Decimal(totals["amount"]), totals["reports"]) == (8, sum(listed), 2)


def commission(cabinet: Cabinet, report: str) -> Decimal:
    (document,) = [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]
    return Decimal(document["commission_total"])


def test_a_linked_name_leaves_the_rest_of_its_kind_waiting_and_a_linked_kind_nothing(cabinet: Cabinet) -> None:
    cabinet.add(week())
    link(cabinet, (JAM, "s-jam"), ("promotion", "s-adv"), ("Штрафы", "s-adv"))
    assert keys(cabinet) == [("", "commission"), ("", "logistics"), ("logistics", DELIVERY)]


def test_a_link_to_no_item_of_the_erp_is_listed_with_what_it_says(cabinet: Cabinet) -> None:
    cabinet.add(week())
    link(cabinet, ("logistics", "Расходы на доставку"))
    (one,) = waiting(cabinet, key="logistics")["items"]
    assert one["candidates"] == ["Расходы на доставку"]


def test_an_item_that_vanished_from_the_erp_leaves_the_name_of_the_channel(cabinet: Cabinet) -> None:
    report = cabinet.add(week())
    link(cabinet, ("logistics", "s-log"))
    kept = [Item(ref="s-adv", name="Реклама", is_service=True)]
    catalogue.put_items(cabinet.database, kept, WHO, full=True)
    lines = [line for one in cabinet.documents(report) for line in one["lines"] if line.get("service") == DELIVERY]
    assert [(line["item"]["ref"], line["item"]["name"]) for line in lines] == [("", DELIVERY)]
    (one,) = waiting(cabinet, key="logistics")["items"]
    assert one["candidates"] == ["s-log"]


def test_two_keys_that_read_alike_are_listed_as_a_question(cabinet: Cabinet) -> None:
    cabinet.add(week())
    link(cabinet, (JAM.upper(), "s-jam"), (JAM.lower(), "s-adv"))
    (one,) = waiting(cabinet, "ambiguous")["items"]
    assert (one["key"], one["candidates"]) == (JAM, ["s-adv", "s-jam"])
    assert ("subscription", JAM) not in keys(cabinet)


def test_services_of_an_own_treatment_are_listed_by_its_part(cabinet: Cabinet) -> None:
    own = TreatmentInput(kind="deduction", service="ВБ.Продвижение", books="other", valid_from=date(2026, 1, 1))
    put_treatments(cabinet.database, cabinet.settings, "wb", [own], WHO, dry_run=False)
    report = cabinet.add(week())
    part = "deduction:ВБ.Продвижение"
    assert ("deduction", part) in keys(cabinet)
    link(cabinet, (part, "s-adv"))
    assert refs(cabinet, report)[NUMBERED] == "s-adv"
    assert "deduction" not in {key for pair in keys(cabinet) for key in pair}


def test_services_that_the_upd_books_are_not_asked_for(cabinet: Cabinet) -> None:
    cabinet.change(settings={"services": "none", "require_services": True})
    report = cabinet.add(week())
    assert [key for _, key in keys(cabinet)] == ["commission", "penalty", "Штраф"]
    link(cabinet, ("commission", "s-fee"), ("penalty", "s-adv"))
    assert cabinet.look(report)["state"] == "ready"


def test_pages_follow_each_other_and_filters_choose(cabinet: Cabinet) -> None:
    cabinet.add(week())
    seen: list[str] = []
    cursor = None
    while True:
        page = catalogue.list_links(cabinet.database, "wb", "service", "unlinked", 2, cursor)
        seen += [one["key"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["commission", "logistics", DELIVERY, "penalty", "Штраф", "promotion", "subscription", JAM]
    assert [one["key"] for one in waiting(cabinet, search="подписк джем")["items"]] == [JAM]


@pytest.mark.parametrize(
    "more", [{"components": [Component(item="s-log"), Component(item="s-adv")]}, {"multiplier": 2}]
)
def test_a_service_is_no_kit_and_no_pack(cabinet: Cabinet, more: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        link(cabinet, ("logistics", "s-log"), **more)


def test_the_workbook_lists_what_is_to_be_filled_in_and_comes_back(cabinet: Cabinet, tmp_path: Path) -> None:
    report = cabinet.add(week())
    path = tmp_path / "services.xlsx"
    export_workbook(cabinet.database, "wb", "service", path)
    book = load_workbook(path)
    sheet: Any = book.worksheets[0]
    headers = [cell.value for cell in sheet[3]]
    place = {
        name: headers.index(name)
        for name in ("Ключ площадки", "Название у площадки", "Ждёт, ₽", "Услуга или статья затрат")
    }
    rows = {row[place["Ключ площадки"]].value: row for row in sheet.iter_rows(min_row=4)}
    assert list(rows) == ["commission", "logistics", DELIVERY, "penalty", "Штраф", "promotion", "subscription", JAM]
    logistics = rows["logistics"]
    assert (logistics[place["Название у площадки"]].value, logistics[place["Ждёт, ₽"]].value) == ("Логистика", 85)
    for name in ("Название у площадки", "Ждёт, ₽"):
        assert not sheet.column_dimensions[get_column_letter(place[name] + 1)].hidden
    offered = [row[0].value for row in book.worksheets[1].iter_rows(min_row=2)]
    assert offered == ["Вознаграждение комиссионера", "Подписка", "Реклама", "Услуги доставки"]
    logistics[place["Услуга или статья затрат"]].value = "Услуги доставки"
    book.save(path)
    with opened_sheet(path, path.name, Limits()) as returned:
        upload(cabinet.database, returned, "wb", "service", WHO, dry_run=False)
    assert refs(cabinet, report)[DELIVERY] == "s-log"
