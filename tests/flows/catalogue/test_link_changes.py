"""Every write of links is one set in the history, and the database itself refuses what contradicts."""

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.db.catalogue import FAR_FUTURE, FAR_PAST, find_account
from bridge.db.session import Database
from bridge.db.tables import link_changes, links
from bridge.errors import BadInput
from bridge.flows.links import ChangeSet, LinkChange, Source, StoredLink, apply_changes
from tests.flows.catalogue.shop import WHO, counted, events_of


def change(shop: Database, *changes: LinkChange, source: Source = "person", kind: str = "product") -> ChangeSet:
    with shop.write() as connection:
        return apply_changes(connection, find_account(connection, "shop"), kind, changes, WHO, source)  # type: ignore[arg-type]


def rows(shop: Database, table: Any) -> list[Any]:
    with shop.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def raw(shop: Database, key: str, item: str, start: date, end: date, **values: Any) -> None:
    with shop.write() as connection:
        account = find_account(connection, "shop")
        assert account is not None
        row = {
            "account_id": account.id, "kind": "product", "key": key, "item": item, "multiplier": 1, "components": [],
            "valid_from": start, "valid_to": end, "found_by": "person", "who": WHO, "changed_at": func.now(),
            "version": 1, "note": "", **values,
        }  # fmt: skip
        connection.execute(insert(links).values(row))


MUG = StoredLink(item="r-mug")
SHIRT = StoredLink(item="r-shirt")


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2026, 7, 1), FAR_FUTURE), (FAR_PAST, date(2026, 7, 1)), (date(2026, 2, 1), date(2026, 2, 1))],
)
def test_the_database_refuses_two_items_for_one_key_on_one_day(shop: Database, start: date, end: date) -> None:
    raw(shop, "nm1", "r-mug", date(2026, 1, 1), date(2026, 7, 1))
    with pytest.raises(IntegrityError, match="different things"):
        raw(shop, "nm1", "r-shirt", start, end)
    with pytest.raises(IntegrityError, match="different things"):
        raw(shop, "nm1", "r-mug", start, end, multiplier=2)
    raw(shop, "nm2", "r-shirt", start, end)
    raw(shop, "nm1", "r-shirt", date(2026, 7, 2), FAR_FUTURE)


def test_the_database_refuses_an_update_that_makes_two_links_meet(shop: Database) -> None:
    raw(shop, "nm1", "r-mug", date(2026, 1, 1), date(2026, 6, 30))
    raw(shop, "nm1", "r-shirt", date(2026, 7, 1), FAR_FUTURE)
    with pytest.raises(IntegrityError, match="different things"), shop.write() as connection:
        connection.execute(update(links).where(links.c.item == "r-mug").values(valid_to=FAR_FUTURE))
    with shop.write() as connection:
        connection.execute(update(links).where(links.c.item == "r-mug").values(valid_to=date(2026, 5, 31)))


def test_a_kit_contradicts_its_own_item_alone(shop: Database) -> None:
    raw(shop, "nm1", "r-mug", date(2026, 1, 1), FAR_FUTURE)
    with pytest.raises(IntegrityError, match="different things"):
        raw(shop, "nm1", "r-mug", FAR_PAST, FAR_FUTURE, components=[{"item": "r-shirt", "multiplier": 1}])


def test_of_two_who_write_at_once_one_is_refused(shop: Database) -> None:
    together, refused = threading.Barrier(2), []

    def write(item: str) -> None:
        together.wait()
        try:
            raw(shop, "nm1", item, FAR_PAST, FAR_FUTURE, valid_from=date(2026, 1, 1 if item == "r-mug" else 2))
        except IntegrityError:
            refused.append(item)

    threads = [threading.Thread(target=write, args=(item,)) for item in ("r-mug", "r-shirt")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [row.item for row in rows(shop, links)] == [item for item in ("r-mug", "r-shirt") if item not in refused]


def test_a_set_is_written_with_its_history(shop: Database) -> None:
    done = change(shop, LinkChange(key=" nm1 ", after=MUG), LinkChange(key="nm2", after=SHIRT))
    assert (done.created, done.changed, done.removed, done.unchanged) == (2, 0, 0, 0)
    first, second = rows(shop, link_changes)
    assert (first.set_id, second.set_id, first.key, first.source, first.who) == (done.id, done.id, "nm1", "person", WHO)
    assert (first.before, first.version, first.undoes) == (None, 1, None)
    assert (first.after["item"], first.after["valid_to"], second.after["item"]) == ("r-mug", "9999-12-31", "r-shirt")
    link = rows(shop, links)[0]
    assert (link.who, link.version, link.note, link.score) == (WHO, 1, "", None)
    assert events_of(shop, "links_changed")[0][:2] == (WHO, "shop/product")


def test_each_change_of_a_link_raises_its_version_by_one_even_over_its_removal(shop: Database) -> None:
    change(shop, LinkChange(key="nm1", after=MUG))
    change(shop, LinkChange(key="nm1", after=SHIRT), source="upload")
    change(shop, LinkChange(key="nm1", after=None))
    change(shop, LinkChange(key="nm1", after=MUG))
    assert [row.version for row in rows(shop, link_changes)] == [1, 2, 3, 4]
    assert [row.version for row in rows(shop, links)] == [4]
    assert [(row.before or {}).get("item") for row in rows(shop, link_changes)] == [None, "r-mug", "r-shirt", None]


def test_a_change_that_changes_nothing_leaves_no_trace(shop: Database) -> None:
    change(shop, LinkChange(key="nm1", after=StoredLink(item="r-mug", found_by="barcode", score=1000)), source="rule")
    before = counted(shop), rows(shop, links), rows(shop, link_changes)
    done = change(shop, LinkChange(key="nm1", after=MUG), LinkChange(key="nm9", after=None))
    assert (done.id, done.unchanged) == ("", 2)
    assert (counted(shop), rows(shop, links), rows(shop, link_changes)) == before


def test_a_changed_link_keeps_its_place_in_the_table_and_its_note(shop: Database) -> None:
    change(shop, LinkChange(key="nm1", after=StoredLink(item="r-mug", note="спросить Анну")))
    change(shop, LinkChange(key="nm2", after=MUG))
    (first, _) = rows(shop, links)
    change(shop, LinkChange(key="nm1", after=SHIRT))
    changed = rows(shop, links)[0]
    assert (changed.id, changed.item, changed.note) == (first.id, "r-shirt", "спросить Анну")


def test_two_links_may_trade_their_days_in_one_set(shop: Database) -> None:
    july = date(2026, 7, 1)
    change(
        shop,
        LinkChange(key="nm1", after=StoredLink(item="r-mug", valid_to=date(2026, 6, 30))),
        LinkChange(key="nm1", valid_from=july, after=SHIRT),
    )
    done = change(
        shop, LinkChange(key="nm1", after=SHIRT), LinkChange(key="nm1", valid_from=july, after=SHIRT)
    )  # fmt: skip
    assert (done.changed, done.unchanged) == (1, 1)


def test_a_wrong_change_refuses_the_whole_set(shop: Database) -> None:
    with pytest.raises(BadInput) as caught:
        change(shop, LinkChange(key="nm1", after=MUG), LinkChange(key="nm2", after=StoredLink(item="r-nothing")))
    assert [(problem.code, problem.row) for problem in caught.value.problems] == [("item_unknown", 2)]
    assert rows(shop, links) == rows(shop, link_changes) == []


def test_links_that_are_not_neighbours_can_overlap_too(shop: Database) -> None:
    change(
        shop,
        LinkChange(key="nm1", after=MUG),
        LinkChange(key="nm1", valid_from=date(2026, 1, 1), after=StoredLink(item="r-mug", valid_to=date(2026, 1, 31))),
    )
    with pytest.raises(BadInput, match="«r-mug» и «r-shirt»"):
        change(shop, LinkChange(key="nm1", valid_from=date(2026, 5, 1), after=SHIRT))


def test_the_same_set_on_another_installation_has_the_same_id(shop: Database) -> None:
    done = change(shop, LinkChange(key="nm1", after=MUG))
    assert done.id == "85b77de4-ae74-564f-8647-f88fa30baa7b"
