"""Automatic links over the whole catalogue: written for what is certain, never over what a person decided."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from bridge.db.session import Database
from bridge.db.tables import link_changes
from bridge.flows import catalogue
from bridge.flows.accounts import existing_account
from bridge.flows.catalogue import LinkInput
from bridge.flows.link_checks import LinkChange, StoredLink
from bridge.flows.link_queue import missing_products
from bridge.flows.links import apply_changes
from mappings import names
from mappings.items import Item, ProductKey
from tests.flows.catalogue.shop import WHO, add_report, counted

SOLD = [(0, "2026-10-01", 1000, 100, "")]
EAN = "4601234567893"
SMALL = Item(ref="r-small", article="DRESS-1", name="Платье", variant="Белый, S", barcodes=(EAN,))
LARGE = Item(ref="r-large", article="DRESS-1", name="Платье", variant="Белый, L")
LAMP = Item(ref="r-lamp", article="ЛАМПА 7", name="Лампа настольная зелёная", barcodes=("4601234567909",))


@pytest.fixture
def stocked(shop: Database) -> Database:
    """The shop with a dress in two sizes and a lamp."""
    catalogue.put_items(shop, [SMALL, LARGE, LAMP], WHO)
    return shop


def key(**parts: str) -> ProductKey:
    return ProductKey(key=next(iter(parts.values())), **parts)


def run(database: Database) -> dict[str, Any]:
    return catalogue.match_links(database, "shop", "product", WHO)


def links(database: Database) -> dict[str, tuple[str, str]]:
    rows = catalogue.list_links(database, "shop", "product")["items"]
    return {row["key"]: (row["item"], row["found_by"]) for row in rows}


def put(database: Database, *wanted: LinkInput) -> dict[str, Any]:
    return catalogue.put_links(database, "shop", "product", wanted, WHO)


def test_dirty_codes_of_every_report_are_linked_by_their_most_exact_code(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=f"0{EAN}", article="x")], SOLD, state="posted")
    add_report(stocked, "shop", [key(article="dress 1", size="L"), key(article="лaмпa-7")], SOLD, state="reversed")
    add_report(stocked, "shop", [key(article="DRESS-1/S")], SOLD)
    assert run(stocked)["linked"] == 4
    assert links(stocked) == {
        f"0{EAN}": ("r-small", "barcode"),
        "dress 1/L": ("r-large", "article_size"),
        "лaмпa-7": ("r-lamp", "article"),
        "DRESS-1/S": ("r-small", "article_size"),
    }
    assert missing_products(stocked, "shop") == []


def test_reports_that_never_finished_are_not_known(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=EAN)], SOLD, state="receiving", identity=None)
    assert run(stocked)["linked"] == 0


def test_running_again_changes_nothing(stocked: Database, request: pytest.FixtureRequest) -> None:
    add_report(stocked, "shop", [key(barcode=EAN), key(article="DRESS-1"), key(article="лaмпa-7")], SOLD)
    first = run(stocked)
    unchanged = request.getfixturevalue("unchanged")
    again = run(stocked)
    assert (first["linked"], again["linked"], again["set"]) == (2, 0, "")
    assert again["ambiguous"] == first["ambiguous"]
    unchanged()


def test_two_runs_at_once_link_once(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=EAN), key(article="лaмпa-7")], SOLD)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: run(stocked), range(4)))
    assert sorted(answer["linked"] for answer in answers) == [0, 0, 0, 2]


def test_what_a_person_linked_is_left_alone_whatever_its_code(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=EAN, article="DRESS-1"), key(article="лaмпa-7")], SOLD)
    put(stocked, LinkInput(key="DRESS-1", item="r-large"), LinkInput(key="лaмпa-7", item="r-mug"))
    before = links(stocked)
    assert run(stocked)["linked"] == 0
    assert links(stocked) == before


def test_what_a_person_removed_is_not_linked_again(stocked: Database) -> None:
    add_report(stocked, "shop", [key(article="лaмпa-7"), key(barcode=EAN)], SOLD)
    assert run(stocked)["linked"] == 2
    put(stocked, LinkInput(key="лaмпa-7", item=None))
    answer = run(stocked)
    assert (answer["linked"], answer["unlinked"], answer["suggested"]) == (0, 1, 1)
    assert links(stocked) == {EAN: ("r-small", "barcode")}
    (left,) = missing_products(stocked, "shop")
    assert left["key"] == "лaмпa-7"


def test_a_person_may_link_anew_what_was_removed(stocked: Database) -> None:
    add_report(stocked, "shop", [key(article="лaмпa-7")], SOLD)
    run(stocked)
    put(stocked, LinkInput(key="лaмпa-7", item=None))
    put(stocked, LinkInput(key="лaмпa-7", item="r-lamp"))
    assert run(stocked)["linked"] == 0
    assert links(stocked) == {"лaмпa-7": ("r-lamp", "person")}


def test_a_run_taken_back_stays_back_but_a_persons_own_slip_does_not_count(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=EAN), key(article="лaмпa-7")], SOLD)
    slip = put(stocked, LinkInput(key="лaмпa-7", item="r-mug"))
    take_back(stocked, slip["set"])
    assert run(stocked)["linked"] == 2
    take_back(stocked, last_set(stocked))
    assert (run(stocked)["linked"], links(stocked)) == (0, {})


def last_set(database: Database) -> str:
    with database.read() as connection:
        query = select(link_changes.c.set_id).order_by(link_changes.c.id.desc()).limit(1)
        return str(connection.execute(query).scalar_one())


def take_back(database: Database, set_id: str) -> None:
    """Remove what a set made, as undoing does."""
    with database.write() as connection:
        keys = connection.execute(select(link_changes.c.key).where(link_changes.c.set_id == set_id)).scalars().all()
        owner = existing_account(connection, "shop")
        gone = [LinkChange(key=key, after=None) for key in keys]
        apply_changes(connection, owner, "product", gone, WHO, "undo", set_id)


def test_codes_that_contradict_go_to_a_person_with_both_candidates(stocked: Database) -> None:
    add_report(
        stocked, "shop", [key(barcode=EAN, article="ЛАМПА 7"), key(article="dress1")], [*SOLD, (1, *SOLD[0][1:])]
    )
    answer = run(stocked)
    assert (answer["linked"], answer["unlinked"]) == (0, 0)
    assert [(one["key"], one["candidates"]) for one in answer["ambiguous"]] == [
        (EAN, ["r-lamp", "r-small"]),
        ("dress1", ["r-large", "r-small"]),
    ]
    offered = answer["ambiguous"][0]["suggestions"]
    assert {one["ref"] for one in offered} == {"r-lamp", "r-small"}
    assert all(one["reasons"] and one["score"] < 100 and one["name"] for one in offered)
    (waiting,) = catalogue.list_links(stocked, "shop", "product", state="ambiguous")["items"]
    assert (waiting["key"], waiting["candidates"], waiting["amount"]) == ("dress1", ["r-large", "r-small"], "1.00")
    assert catalogue.list_links(stocked, "shop", "product", state="unlinked")["items"] == []


@pytest.mark.skipif(not names.AVAILABLE, reason="needs the extra [match]")
def test_a_like_name_is_offered_and_counted_never_linked(stocked: Database) -> None:
    add_report(stocked, "shop", [ProductKey(key="nm1", name="Настольная лампа, зелёная")], SOLD)
    answer = run(stocked)
    assert (answer["linked"], answer["unlinked"], answer["suggested"]) == (0, 1, 1)
    (waiting,) = catalogue.list_links(stocked, "shop", "product", state="unlinked")["items"]
    assert (waiting["candidates"], waiting["suggestions"][0]["ref"]) == ([], "r-lamp")
    assert waiting["suggestions"][0]["score"] > 80


def test_a_damaged_code_is_no_key_of_a_link(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode="4.60E+12", article="ЛАМПА-7")], SOLD)
    assert run(stocked)["linked"] == 1
    assert links(stocked) == {"ЛАМПА-7": ("r-lamp", "article")}


def test_a_link_that_would_catch_another_product_is_not_written(stocked: Database) -> None:
    only = Item(ref="r-only", article="COAT", name="Пальто", variant="Серый, M")
    catalogue.put_items(stocked, [only], WHO)
    add_report(stocked, "shop", [key(article="COAT"), ProductKey(key="COAT/L", article="COAT", size="L")], SOLD)
    assert run(stocked)["linked"] == 0
    assert links(stocked) == {}


def test_a_better_code_is_linked_beside_an_automatic_link_of_a_worse_one(stocked: Database) -> None:
    add_report(stocked, "shop", [key(article="лaмпa-7")], SOLD)
    run(stocked)
    catalogue.put_items(stocked, [Item(ref="r-lamp-2", article="ЛАМПА 7", variant="Синий", barcodes=("777",))], WHO)
    add_report(stocked, "shop", [key(barcode="777", article="лaмпa-7")], SOLD)
    run(stocked)
    assert links(stocked) == {"лaмпa-7": ("r-lamp", "article"), "777": ("r-lamp-2", "barcode")}


def test_a_code_that_has_a_link_of_other_days_keeps_it(stocked: Database) -> None:
    add_report(stocked, "shop", [key(barcode=EAN)], SOLD)
    with stocked.write() as connection:
        owner = existing_account(connection, "shop")
        old = StoredLink(item="r-large", found_by="barcode", score=1000)
        apply_changes(connection, owner, "product", [LinkChange(key=EAN, after=old)], WHO, "rule")
    before = counted(stocked)
    assert run(stocked)["linked"] == 0
    assert counted(stocked) == before
