"""Queries of the catalogue: what product keys can match is loaded, and only that; any number of codes at once."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select

from bridge.db import catalogue as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.tables import accounts, basis, events, items, organizations
from mappings.items import Item, ProductKey
from mappings.links import Catalogue

DAY = date(2026, 10, 1)
SHIRT = Item(ref="r-shirt", article="SHIRT", name="Рубашка", barcodes=("4600000000017", "4600000000024"), vat_rate="20")
TWIN = Item(ref="r-twin", article="SHIRT", name="Рубашка 2", barcodes=("4600000000031",), vat_rate="20")
MUG = Item(ref="r-mug", article="MUG", name="Кружка", vat_rate="20")


@pytest.fixture
def account(database: Database) -> int:
    """An account's row id, with three items in the catalogue."""
    with database.write() as connection:
        organization = connection.execute(
            insert(organizations).returning(organizations.c.id),
            {"name": "o", "title": "О", "inn": "", "kpp": "", "tax_system": "general", "prefix": ""},
        ).scalar_one()
        row = {"name": "a", "organization_id": organization, "channel": "generic", "title": "", "erp": {}}
        account_id = connection.execute(insert(accounts).returning(accounts.c.id), {**row, "settings": {}}).scalar_one()
        queries.add_items(connection, [SHIRT, TWIN, MUG])
    return int(account_id)


def link(database: Database, account: int, key: str, item: str, kind: str = "product") -> None:
    row = {
        "key": key, "item": item, "multiplier": 1, "components": [], "valid_from": queries.FAR_PAST,
        "valid_to": queries.FAR_FUTURE, "found_by": "person", "score": None, "who": "", "changed_at": datetime.now(UTC),
        "version": 1, "note": "",
    }  # fmt: skip
    with database.write() as connection:
        queries.add_links(connection, account, kind, [row])


def load(database: Database, account: int, *keys: ProductKey) -> Catalogue:
    with database.read() as connection:
        return queries.load_catalogue(connection, account, keys)


def test_only_what_the_keys_can_match_is_loaded(database: Database, account: int) -> None:
    found = load(database, account, ProductKey(key="MUG", article="MUG"))
    assert found.items == {"r-mug": MUG}


def test_no_keys_load_nothing(database: Database, account: int) -> None:
    assert load(database, account).items == {}


def test_an_item_is_found_by_each_of_its_barcodes(database: Database, account: int) -> None:
    keys = [ProductKey(key=code, barcode=code) for code in SHIRT.barcodes]
    found = load(database, account, *keys)
    assert [found.resolve(key, DAY).item for key in keys] == [SHIRT, SHIRT]


def test_every_item_with_an_article_is_a_candidate(database: Database, account: int) -> None:
    key = ProductKey(key="SHIRT", article="SHIRT")
    found = load(database, account, key).resolve(key, DAY)
    assert (found.state, found.candidates) == ("ambiguous", ("r-shirt", "r-twin"))


@pytest.mark.parametrize("code", ["key", "460", "AR/L", "AR", "nm1"])
def test_a_link_for_any_code_of_the_product_is_loaded_with_its_item(
    database: Database, account: int, code: str
) -> None:
    link(database, account, code, "r-mug")
    key = ProductKey(key="key", barcode="460", article="AR", size="L", marketplace_id="nm1")
    found = load(database, account, key).resolve(key, DAY)
    assert (found.item, found.found_by) == (MUG, "link")


def test_links_of_other_accounts_and_other_tables_do_not_count(database: Database, account: int) -> None:
    link(database, account, "nm1", "r-mug", kind="category")
    key = ProductKey(key="nm1")
    assert load(database, account, key).resolve(key, DAY).state == "unlinked"
    link(database, account, "nm1", "r-mug")
    assert load(database, account + 1, key).resolve(key, DAY).state == "unlinked"


def test_open_ends_of_a_link_come_back_as_none(database: Database, account: int) -> None:
    link(database, account, "nm1", "r-mug")
    with database.read() as connection:
        (row,) = queries.find_links(connection, account, "product", ["nm1"])
    found = queries.link_of(row)
    assert (found.valid_from, found.valid_to) == (None, None)


def test_fifty_thousand_keys_are_one_question(database: Database, account: int) -> None:
    many = [Item(ref=f"r-{n}", article=f"A-{n}", barcodes=(f"47{n:011}",), vat_rate="20") for n in range(50_000)]
    with database.write() as connection:
        queries.add_items(connection, many)
    keys = [ProductKey(key=f"nm{n}", article=f"x{n}", barcode=f"47{n:011}") for n in range(50_000)]
    found = load(database, account, *keys)
    assert len(found.items) == 50_000
    assert found.resolve(keys[-1], DAY).item == many[-1]


def test_strange_texts_are_only_texts(database: Database, account: int) -> None:
    strange = ["it's", 'say "so"', "100%", "?", "%s", "a\\b", "[1]", "ёж\n", "🦔"]
    with database.write() as connection:
        queries.add_items(connection, [Item(ref=text, article=text, barcodes=(text,)) for text in strange])
    with database.read() as connection:
        assert {item.ref for item in queries.items_of(connection, strange).values()} == set(strange)


def test_changing_items_replaces_their_barcodes(database: Database, account: int) -> None:
    changed = Item(ref="r-shirt", article="S-2", name="Рубашка", barcodes=("999",), vat_rate="10")
    with database.write() as connection:
        (item_id,) = queries.items_of(connection, ["r-shirt"])
        queries.change_items(connection, {item_id: changed})
    with database.read() as connection:
        assert list(queries.items_of(connection, ["r-shirt"]).values()) == [changed]
        assert len(queries.find_items(connection, items.c.article == "SHIRT")) == 1


def test_each_bump_counts_one(database: Database) -> None:
    with database.write() as connection:
        queries.bump(connection)
        queries.bump(connection)
        assert connection.execute(select(basis.c.count)).scalar_one() == 2


def test_an_event_goes_away_with_the_change_it_tells_of(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        record(connection, "user:anna", "items_put", "items", {"created": 1})
        raise RuntimeError
    with database.write() as connection:
        record(connection, "user:anna", "items_put", "items", {"created": 2})
    with database.read() as connection:
        (event,) = connection.execute(select(events))
    assert (event.who, event.what, event.subject, event.detail) == ("user:anna", "items_put", "items", {"created": 2})
    assert event.at is not None
