"""Matching links what is certain, asks a person for the rest, and is never wrong on a labelled catalogue."""

from collections import Counter
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import names
from mappings.items import Item, ProductKey
from mappings.matching import MOST_CANDIDATES, Match, Matcher, match
from tests.mappings.labelled import Labelled, LabelledKey, labelled

EAN, OTHER_EAN = "4601234567893", "4601234567909"
SHIRT_M = Item(ref="m", article="SHIRT-1", name="Рубашка", variant="Белый, M", barcodes=(EAN,))
SHIRT_L = Item(ref="l", article="SHIRT-1", name="Рубашка", variant="Белый, L", barcodes=(OTHER_EAN,))
MUG = Item(ref="mug", article="КРУЖКА-42", name="Кружка большая синяя", barcodes=("0012345678905",))
SERVICE = Item(ref="s", article="SERVICE", name="Доставка", barcodes=("4609999999996",), is_service=True)
ITEMS = (SHIRT_M, SHIRT_L, MUG, SERVICE)


def find(*items: Item, **parts: str) -> Match:
    (found,) = match([ProductKey(key="k", **parts)], items or ITEMS)
    return found


def linked(found: Match) -> tuple[str, str | None, str]:
    return found.state, found.item, found.how


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ({"barcode": EAN}, ("m", "barcode")),
        ({"barcode": f"0{EAN}", "article": "shirt 1", "size": "M"}, ("m", "barcode")),
        ({"barcode": "012345678905"}, ("mug", "barcode")),
        ({"barcode": "2000000000015", "article": "КРУЖКА-42"}, ("mug", "article")),
        ({"article": "кpужкa 42"}, ("mug", "article")),
        ({"article": "SHIRT-1", "size": "M"}, ("m", "article_size")),
        ({"article": "SHIRT-1", "size": "м"}, ("m", "article_size")),
        ({"article": "shirt1/L"}, ("l", "article_size")),
        ({"article": "Shirt_1 размер L", "size": "L"}, ("l", "article_size")),
        ({"article": "КРУЖКА-42-XL", "size": "XL"}, ("mug", "article_size")),
        ({"barcode": "OZN955086816", "article": "КРУЖКА-42"}, ("mug", "article")),
    ],
)
def test_one_item_without_a_doubt_is_linked(parts: dict[str, str], answer: tuple[str, str]) -> None:
    found = find(**parts)
    assert linked(found) == ("linked", *answer)
    assert found.score >= 90
    assert found.reasons
    assert not found.candidates


@pytest.mark.parametrize(
    ("parts", "candidates"),
    [
        ({"article": "SHIRT-1"}, {"m", "l"}),
        ({"article": "SHIRT-1", "size": "XL"}, {"m", "l"}),
        ({"article": "SHIRT-1", "size": "46"}, {"m", "l"}),
        ({"barcode": EAN, "article": "КРУЖКА-42"}, {"m", "mug"}),
        ({"barcode": EAN, "article": "SHIRT-1", "size": "L"}, {"m", "l"}),
        ({"barcode": EAN, "article": "SHIRT-1", "name": "Рубашка белая L"}, {"m", "l"}),
        ({"barcode": f"{EAN},{OTHER_EAN}"}, {"m", "l"}),
        ({"barcode": f"{EAN}.0", "article": "КРУЖКА-42"}, {"m", "mug"}),
    ],
)
def test_codes_that_contradict_or_leave_several_go_to_a_person(parts: dict[str, str], candidates: set[str]) -> None:
    found = find(**parts)
    assert (found.state, found.item, found.how) == ("ambiguous", None, "")
    assert {candidate.ref for candidate in found.candidates} == candidates
    assert all(candidate.reasons and 0 < candidate.score < 100 for candidate in found.candidates)
    assert found.score == found.candidates[0].score >= found.candidates[1].score


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"article": "A", "size": "L"}, "Размер L расходится"),
        ({"article": "A", "name": "Рубашка XL"}, "Размер в названии расходится"),
        ({"barcode": "461", "name": "Рубашка размер XL"}, "Размер в названии расходится"),
        ({"article": "A", "name": "Рубашка черная"}, "Слова названия расходятся"),
        ({"article": "A", "size": "M"}, "размер называет не всю"),
    ],
)
def test_a_lone_item_that_something_speaks_against_is_only_suggested(parts: dict[str, str], said: str) -> None:
    one = Item(ref="1", article="A", name="Рубашка", variant="Белая, M", barcodes=("461",))
    black = Item(ref="2", article="B", name="Брюки", variant="Чёрный, L")
    others = [Item(ref="3", article="A", name="Рубашка", variant="Синяя, S")] if parts.get("size") == "M" else []
    found = find(one, black, *others, **parts)
    assert (found.state, found.item) == ("suggested", None)
    assert found.candidates[0].ref == "1"
    assert any(said in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("parts", "ref", "said"),
    [
        ({"barcode": f"{EAN}.0"}, "m", "восстановить"),
        ({"barcode": "12345678905"}, "mug", "восстановить"),
        ({"article": "1234.5"}, "number", "разделителями"),
        ({"article": "12345"}, "number", "нулями"),
    ],
)
def test_damaged_codes_only_suggest(parts: dict[str, str], ref: str, said: str) -> None:
    number = Item(ref="number", article="012345" if parts.get("article") == "12345" else "12345")
    found = find(*ITEMS, number, **parts)
    assert (found.state, found.item, found.candidates[0].ref) == ("suggested", None, ref)
    assert any(said in reason for reason in found.candidates[0].reasons)


def test_names_whose_numbers_contradict_are_not_as_good_as_the_rest_of_them_says() -> None:
    other, same = Item(ref="82", name="Радиатор охлаждения МТЗ-82"), Item(ref="80", name="Радиатор для МТЗ-80, медный")
    found = {one.ref: one for one in find(other, same, name="Радиатор охлаждения МТЗ-80").candidates}
    assert found["82"].score <= 80
    assert "Числа в названии другие" in found["82"].reasons
    assert "Числа в названии другие" not in found["80"].reasons
    assert not names.numbers_differ("Чайник 1.7 л", "Чайник")


def test_a_repaired_code_comes_before_names_and_with_a_like_name_first_of_all() -> None:
    zeros = Item(ref="zeros", article="310360", name="Радиатор охлаждения МТЗ-80")
    alike = Item(ref="alike", article="7", name="Радиатор охлаждения МТЗ-82")
    said = {"article": "0310360", "name": "Радиатор охлаждения МТЗ-80"}
    found = find(zeros, alike, **said)
    assert [one.ref for one in found.candidates] == ["zeros", "alike"]
    assert found.candidates[0].score > 90 > 65 > found.candidates[1].score
    assert [word for word in ("нулями", "похоже") if word in " ".join(found.candidates[0].reasons)] == [
        "нулями", "похоже",
    ]  # fmt: skip
    called = Item(ref="zeros", article="310360", name="Деталь")
    assert [one.ref for one in find(called, alike, **said).candidates] == ["zeros", "alike"]


@pytest.mark.parametrize(
    "parts", [{"barcode": "4609999999996"}, {"article": "SERVICE"}, {"article": "service", "name": "Доставка"}]
)
def test_services_never_match(parts: dict[str, str]) -> None:
    assert find(**parts).state == "unlinked"


@pytest.mark.parametrize("nothing", ["-", "нет", "0", "000", "б/н", " "])
def test_what_is_written_for_no_code_links_nothing(nothing: str) -> None:
    item = Item(ref="1", article=nothing, name="Ваза", barcodes=(nothing,))
    assert find(item, barcode=nothing, article=nothing).state == "unlinked"


def test_nothing_known_is_said_and_damage_is_named() -> None:
    found = find(barcode="4.60E+12", article="2.19E+03")
    assert (found.state, found.candidates) == ("unlinked", ())
    assert [word for word in ("не найдены", "4.60E+12", "2.19E+03") if word in " ".join(found.reasons)] == [
        "не найдены", "4.60E+12", "2.19E+03",
    ]  # fmt: skip


@pytest.mark.skipif(not names.AVAILABLE, reason="needs the extra [match]")
def test_a_name_alone_is_suggested_never_linked() -> None:
    found = find(name="Кружка синяя большая")
    assert (found.state, found.item, found.candidates[0].ref) == ("suggested", None, "mug")
    assert "Название похоже на" in found.candidates[0].reasons[0]
    sized = find(name="Рубашка белая", size="L")
    assert [candidate.ref for candidate in sized.candidates] == ["l", "m"]
    assert find(name="Холодильник двухкамерный").state == "unlinked"


def test_without_rapidfuzz_there_are_no_suggestions_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "AVAILABLE", False)
    found = find(name="Кружка синяя большая")
    assert found.state == "unlinked"
    assert any("komitent[match]" in reason for reason in found.reasons)
    assert linked(find(barcode=EAN)) == ("linked", "m", "barcode")


def test_suggestions_are_made_only_when_asked_for() -> None:
    (found,) = match([ProductKey(key="k", name="Кружка синяя большая")], ITEMS, suggestions=False)
    assert (found.state, found.candidates) == ("unlinked", ())


def test_many_candidates_are_cut_and_counted() -> None:
    items = [Item(ref=f"{n:02d}", article="A", variant=f"Вид {n}") for n in range(30)]
    found = find(*items, article="A")
    assert len(found.candidates) == MOST_CANDIDATES
    assert any("30" in reason for reason in found.reasons)


# --- the labelled catalogue -------------------------------------------------------------------------------------------


@cache
def ten_thousand(seed: int) -> tuple[Labelled, list[Match]]:
    made = labelled(10_000, seed)
    return made, match([each.key for each in made.keys], made.items, suggestions=False)


@pytest.mark.parametrize("seed", [1, 5, 20])
def test_no_automatic_link_of_ten_thousand_is_wrong(seed: int) -> None:
    made, found = ten_thousand(seed)
    pairs = list(zip(made.keys, found, strict=True))
    assert [(each, one) for each, one in pairs if one.state == "linked" and one.item != each.truth] == []
    assert len({each.dirt for each, _one in pairs}) == 10


@pytest.mark.parametrize("seed", [1, 5, 20])
def test_known_codes_are_linked(seed: int) -> None:
    made, found = ten_thousand(seed)
    known = [one.state == "linked" for each, one in zip(made.keys, found, strict=True) if made.knows(each)]
    single = [one.state == "linked" for each, one in zip(made.keys, found, strict=True) if made.singles_out(each)]
    assert len(known) > 7_500
    assert sum(known) / len(known) >= 0.95  # among them articles of several items, and barcodes of a sibling
    assert sum(single) / len(single) >= 0.99


def test_what_is_not_linked_goes_to_a_person_with_reasons() -> None:
    made, found = ten_thousand(1)
    asked = [(each, one) for each, one in zip(made.keys, found, strict=True) if one.state == "ambiguous"]
    assert all(len(one.candidates) > 1 and one.item is None for _each, one in asked)
    assert all(candidate.reasons for _each, one in asked for candidate in one.candidates)
    named = [(each, one) for each, one in asked if each.truth and each.dirt == "article_dirt"]
    best = sum(one.candidates[0].ref == each.truth for each, one in named)
    assert best / len(named) > 0.9  # the name says which colour it is


@pytest.mark.skipif(not names.AVAILABLE, reason="needs the extra [match]")
def test_names_suggest_the_right_item() -> None:
    made, _found = ten_thousand(1)
    matcher = Matcher(made.items)
    asked = [each for each in made.keys if each.dirt == "name_only" and each.truth]
    found = {each.truth: matcher.match(each.key) for each in asked}
    assert {one.state for one in found.values()} <= {"suggested", "unlinked"}
    among = sum(truth in {candidate.ref for candidate in one.candidates} for truth, one in found.items())
    assert among / len(found) > 0.9


def test_the_labelled_catalogue_is_the_same_each_time() -> None:
    assert labelled(500, 3) == labelled(500, 3)
    assert labelled(500, 3) != labelled(500, 4)
    assert Counter(each.dirt for each in labelled(5_000).keys)["clean"] > 2_500


_SMALL = labelled(300, 9)


@given(st.randoms(use_true_random=False), st.integers(1, 300))
@settings(max_examples=20, deadline=None)
def test_the_order_of_keys_and_items_does_not_matter(random: Random, few: int) -> None:
    keys: list[LabelledKey] = random.sample(_SMALL.keys, 60)
    items = random.sample(_SMALL.items, min(few, len(_SMALL.items)))
    first = match([each.key for each in keys], items)
    shuffled = random.sample(keys, len(keys))
    second = match([each.key for each in shuffled], random.sample(items, len(items)))
    assert {one.key: one for one in first} == {one.key: one for one in second}
