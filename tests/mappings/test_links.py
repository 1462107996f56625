"""A product key stands for one item, for none, or for several: never for a guess."""

from datetime import date

from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Link

DAY = date(2026, 2, 10)
PLAID = Item(ref="1", article="00012045", barcodes=("2044000000019",))
MUG = Item(ref="2", article="SU-KRUZHKA-01", barcodes=("2044000000033", "2044000000040"))
TWIN = Item(ref="3", article="SU-KRUZHKA-01", barcodes=("2044000000040",))
SERVICE = Item(ref="4", article="00012045", is_service=True)
ITEMS = (PLAID, MUG, TWIN, SERVICE)


def key(**parts: str) -> ProductKey:
    return ProductKey(key=next(iter(parts.values()), "x"), **parts)


def test_a_unique_barcode_finds_its_item() -> None:
    found = Catalogue(ITEMS, []).resolve(key(barcode="2044000000033", article="SU-KRUZHKA-01"), DAY)
    assert (found.state, found.item, found.found_by) == ("linked", MUG, "barcode")


def test_a_unique_article_finds_its_item_and_services_do_not_count() -> None:
    found = Catalogue(ITEMS, []).resolve(key(article="00012045"), DAY)
    assert (found.state, found.item, found.found_by) == ("linked", PLAID, "article")


def test_two_candidates_are_named_and_none_is_taken() -> None:
    for parts in ({"barcode": "2044000000040"}, {"article": "SU-KRUZHKA-01"}):
        found = Catalogue(ITEMS, []).resolve(key(**parts), DAY)
        assert (found.state, found.item, found.candidates) == ("ambiguous", None, ("2", "3"))


def test_an_article_is_compared_exactly() -> None:
    for article in ("12045", "0012045", "00012045 ", "su-kruzhka-01"):
        assert Catalogue(ITEMS, []).resolve(key(article=article), DAY).state == "unlinked"


def test_a_link_comes_before_any_match() -> None:
    link = Link(key="00012045", item="2", multiplier=3)
    found = Catalogue(ITEMS, [link]).resolve(key(article="00012045", barcode="2044000000019"), DAY)
    assert (found.item, found.multiplier, found.found_by) == (MUG, 3, "link")


def test_a_link_holds_on_its_days_both_ends_included() -> None:
    link = Link(key="x", item="1", valid_from=date(2026, 2, 1), valid_to=date(2026, 2, 28))
    catalogue = Catalogue(ITEMS, [link])
    for day, state in (
        ("2026-01-31", "unlinked"),
        ("2026-02-01", "linked"),
        ("2026-02-28", "linked"),
        ("2026-03-01", "unlinked"),
    ):
        assert catalogue.resolve(ProductKey(key="x"), date.fromisoformat(day)).state == state
    assert catalogue.dates_matter(ProductKey(key="x"))
    assert not catalogue.dates_matter(ProductKey(key="y"))


def test_the_most_exact_link_wins() -> None:
    links = [Link(key="SU", item="1"), Link(key="SU/L", item="2")]
    found = Catalogue(ITEMS, links).resolve(ProductKey(key="777", article="SU", size="L"), DAY)
    assert found.item == MUG


def test_two_links_on_one_day_to_two_items_are_ambiguous() -> None:
    links = [Link(key="x", item="1"), Link(key="x", item="2")]
    found = Catalogue(ITEMS, links).resolve(ProductKey(key="x"), DAY)
    assert (found.state, found.candidates) == ("ambiguous", ("1", "2"))


def test_a_link_to_an_item_that_is_gone_links_nothing() -> None:
    found = Catalogue(ITEMS, [Link(key="00012045", item="99")]).resolve(key(article="00012045"), DAY)
    assert (found.state, found.item) == ("unlinked", None)


def test_aliases_go_from_exact_to_general_without_repeats() -> None:
    named = ProductKey(key="B", marketplace_id="7", article="A", barcode="B", size="L")
    assert named.aliases() == ("B", "A/L", "A", "7")
