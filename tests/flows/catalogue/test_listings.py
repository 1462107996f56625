"""A price list of the channel is matched before any report comes; what a newer list lacks has vanished."""

from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput, NotFound
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, LinkInput
from bridge.flows.listings import import_listings, list_listings
from bridge.flows.workbook_file import opened_sheet
from bridge.settings import Settings
from mappings.items import Item, ProductKey
from reports.limits import Limits
from tests.flows.catalogue.shop import WHO, add_report, counted, events_of

HEADER = "Артикул продавца;SKU;Баркод;Название;Цена\n"
LIST = HEADER + "MUG-1;11;461;Кружка;100\nCAP;12;999;Кепка;200,50\n"


def take(database: Database, folder: Path, text: str, account: str = "shop", **said: bool) -> dict[str, int]:
    path = folder / "прайс.csv"
    path.write_text(text, "utf-8")
    with opened_sheet(path, path.name, Limits(), "listings") as sheet:
        return import_listings(database, sheet, account, WHO, **said)


def shown(database: Database, **chosen: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list_listings(database, "shop", **chosen)["items"]
    return found


def waiting(database: Database, state: str = "unlinked") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = catalogue.list_links(database, "shop", "product", state=state)["items"]
    return found


def test_a_price_list_is_kept_and_the_same_again_changes_nothing(shop: Database, tmp_path: Path) -> None:
    assert take(shop, tmp_path, LIST) == {"created": 2, "changed": 0, "unchanged": 0, "vanished": 0}
    found = shown(shop)[1]
    assert found.pop("seen_at").endswith("+00:00")
    assert found == {
        "key": "CAP", "marketplace_id": "12", "article": "CAP", "size": "", "barcodes": ["999"], "name": "Кепка",
        "price": "200.50", "state": "seen", "mapping": "unlinked", "item": None,
    }  # fmt: skip
    before = (counted(shop), events_of(shop, "listings_put"))
    assert take(shop, tmp_path, LIST) == {"created": 0, "changed": 0, "unchanged": 2, "vanished": 0}
    assert (counted(shop), events_of(shop, "listings_put")) == before


def test_what_a_newer_list_lacks_has_vanished_and_may_come_back(shop: Database, tmp_path: Path) -> None:
    take(shop, tmp_path, LIST)
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="CAP", item="r-mug")], WHO)
    newer = HEADER + "MUG-1;11;461;Кружка большая;100\nHAT;13;;Шляпа;\n"
    assert take(shop, tmp_path, newer) == {"created": 1, "changed": 1, "unchanged": 0, "vanished": 1}
    assert [(one["key"], one["state"]) for one in shown(shop)] == [
        ("MUG-1", "seen"), ("CAP", "vanished"), ("HAT", "seen"),
    ]  # fmt: skip
    (gone,) = shown(shop, state="vanished")
    assert (gone["key"], gone["mapping"], gone["item"]) == ("CAP", "linked", "r-mug")
    assert take(shop, tmp_path, newer) == {"created": 0, "changed": 0, "unchanged": 2, "vanished": 0}
    assert take(shop, tmp_path, LIST) == {"created": 0, "changed": 2, "unchanged": 0, "vanished": 1}
    assert [one["key"] for one in shown(shop, state="seen")] == ["MUG-1", "CAP"]


def test_pages_go_through_all_listings(shop: Database, tmp_path: Path) -> None:
    take(shop, tmp_path, LIST)
    first = list_listings(shop, "shop", limit=1)
    second = list_listings(shop, "shop", limit=1, cursor=first["next"])
    assert [one["key"] for one in (*first["items"], *second["items"])] == ["MUG-1", "CAP"]
    assert second["next"] is None


def test_listings_without_a_link_wait_without_money_or_reports(shop: Database, tmp_path: Path) -> None:
    take(shop, tmp_path, LIST)
    (cap,) = waiting(shop)
    told = {name: cap[name] for name in ("key", "barcode", "listing", "quantity", "amount", "reports", "oldest")}
    assert told == {
        "key": "CAP", "barcode": "999", "listing": True, "quantity": "0", "amount": "0.00", "reports": [],
        "oldest": None,
    }  # fmt: skip
    add_report(
        shop, "shop", [ProductKey(key="CAP", article="CAP", barcode="999")], [(0, "2026-10-01", 1000, 10000, "")]
    )
    (cap,) = waiting(shop)
    assert (cap["amount"], cap["reports"], "listing" in cap) == ("100.00", ["report-0"], False)


def test_a_vanished_or_linked_listing_waits_no_more(shop: Database, tmp_path: Path) -> None:
    take(shop, tmp_path, LIST)
    take(shop, tmp_path, HEADER + "HAT;13;;Шляпа;\n")
    assert [one["key"] for one in waiting(shop)] == ["HAT"]
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="HAT", item="r-mug")], WHO)
    assert waiting(shop) == []


def test_matching_links_a_listing_before_its_first_report(shop: Database, tmp_path: Path) -> None:
    catalogue.put_items(shop, [Item(ref="r-cap", article="cap", name="Кепка")], WHO)
    take(shop, tmp_path, LIST)
    assert [one["key"] for one in waiting(shop)] == ["CAP"]
    done = catalogue.match_links(shop, "shop", "product", WHO)
    assert (done["linked"], done["unlinked"]) == (2, 0)
    links = {one["key"]: one["item"] for one in catalogue.list_links(shop, "shop", "product")["items"]}
    assert links == {"461": "r-mug", "999": "r-cap"}
    assert [one["mapping"] for one in shown(shop)] == ["linked", "linked"]
    report = ProductKey(key="CAP", article="CAP", barcode="999", marketplace_id="12")
    add_report(shop, "shop", [report], [(0, "2026-10-01", 1000, 10000, "")])
    assert waiting(shop) == []


def test_two_items_of_one_barcode_leave_a_listing_ambiguous(shop: Database, tmp_path: Path) -> None:
    catalogue.put_items(shop, [Item(ref="r-twin", barcodes=("461",))], WHO)
    take(shop, tmp_path, LIST)
    (mug,) = waiting(shop, "ambiguous")
    assert (mug["key"], mug["candidates"], mug["listing"]) == ("MUG-1", ["r-mug", "r-twin"], True)
    assert catalogue.match_links(shop, "shop", "product", WHO)["linked"] == 0


def test_a_channel_that_is_linked_by_barcode_waits_for_every_barcode(
    shop: Database, settings: Settings, tmp_path: Path
) -> None:
    account = AccountInput(organization="romashka", channel="wildberries")
    catalogue.put_account(shop, settings, "wb", account, WHO)
    take(shop, tmp_path, HEADER + "TEE;101;201;Майка;1\nTEE;101;202;Майка;1\n", "wb")
    found = catalogue.list_links(shop, "wb", "product", state="unlinked")["items"]
    assert [(one["key"], one["article"]) for one in found] == [("201", "TEE"), ("202", "TEE")]
    assert waiting(shop) == []


def test_a_wrong_cell_refuses_the_whole_list(shop: Database, tmp_path: Path) -> None:
    before = counted(shop)
    text = HEADER + f"A;1;4,6E+12;x;1\nB;2;;{'я' * 2001};1\nC;3;{'7' * 65};x;дорого\n"
    with pytest.raises(BadInput, match="Файл не принят") as caught:
        take(shop, tmp_path, text)
    assert [(one.row, one.column) for one in caught.value.problems] == [
        (2, "Баркод"), (3, "Название"), (4, "Цена"), (4, "Баркод"),
    ]  # fmt: skip
    with pytest.raises(BadInput, match="ни одной заполненной строки"):
        take(shop, tmp_path, HEADER)
    with pytest.raises(NotFound):
        take(shop, tmp_path, LIST, "nobody")
    assert (counted(shop), shown(shop)) == (before, [])


def test_a_trial_writes_nothing(shop: Database, tmp_path: Path) -> None:
    before = counted(shop)
    assert take(shop, tmp_path, LIST, dry_run=True)["created"] == 2
    assert (counted(shop), shown(shop)) == (before, [])
