"""Every change is told with its author and what was before; a set is taken back and done again as one step."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some
from sqlalchemy import delete

from bridge.db.session import Database
from bridge.db.tables import link_changes, links
from bridge.errors import BadInput, Conflict, NotFound
from bridge.flows import catalogue
from bridge.flows.catalogue import Component, LinkInput
from bridge.flows.link_history import list_changes, list_history, redo, undo
from tests.flows.catalogue.shop import WHO, counted

JULY = date(2026, 7, 1)
UNDO_WHO = "user:boris"
_MARKS = ("version", "who", "changed_at")


def put(database: Database, *wanted: LinkInput) -> str:
    done: str = catalogue.put_links(database, "shop", "product", wanted, WHO)["set"]
    return done


def state(database: Database) -> list[dict[str, Any]]:
    """What the table says, but for the marks of who wrote it last."""
    shown = catalogue.list_links(database, "shop", "product")["items"]
    plain = [{name: value for name, value in one.items() if name not in _MARKS} for one in shown]
    return sorted(plain, key=lambda one: (one["key"], one["valid_from"] or ""))


def sets(database: Database, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list_history(database, "shop", "product", **asked)["items"]
    return found


def take_back(database: Database, set_id: str) -> dict[str, Any]:
    return undo(database, "shop", "product", set_id, UNDO_WHO)


def test_history_tells_who_changed_what_from_what(shop: Database) -> None:
    first = put(shop, LinkInput(key="nm1", item="r-mug"), LinkInput(key="nm2", item="r-mug"))
    second = put(shop, LinkInput(key="nm1", item="r-shirt", multiplier=2, valid_to=JULY))
    newest, oldest = sets(shop)
    assert (newest["set"], newest["who"], newest["source"], newest["count"]) == (second, WHO, "person", 1)
    assert newest["at"].endswith("+00:00")
    (change,) = newest["changes"]
    assert (change["key"], change["valid_from"], change["version"]) == ("nm1", None, 2)
    assert (change["before"]["item"], change["before"]["valid_to"]) == ("r-mug", None)
    assert (change["after"]["item"], change["after"]["multiplier"], change["after"]["valid_to"]) == (
        "r-shirt", 2, "2026-07-01",
    )  # fmt: skip
    assert (oldest["set"], oldest["count"], oldest["changes"][1]["before"]) == (first, 2, None)


def test_history_of_one_key_shows_only_its_changes(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"), LinkInput(key="nm2", item="r-mug"))
    put(shop, LinkInput(key="nm2", item="r-shirt"))
    (only,) = sets(shop, key="nm1")
    assert (only["count"], [change["key"] for change in only["changes"]]) == (1, ["nm1"])


def test_history_comes_in_pages_and_long_sets_are_cut(shop: Database) -> None:
    made = [put(shop, LinkInput(key=f"nm{n}", item="r-mug")) for n in range(5)]
    first = list_history(shop, "shop", "product", limit=3)
    second = list_history(shop, "shop", "product", limit=3, cursor=first["next"])
    assert [one["set"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    put(shop, *(LinkInput(key=f"long{n}", item="r-mug") for n in range(120)))
    (newest, *_) = sets(shop)
    assert (newest["count"], len(newest["changes"])) == (120, 100)


def test_all_changes_of_a_long_set_are_shown_page_by_page(shop: Database) -> None:
    keys = [f"long{n:03}" for n in range(120)]
    done = put(shop, *(LinkInput(key=key, item="r-mug") for key in keys))
    put(shop, LinkInput(key="long000", item="r-shirt"))
    short, long = sets(shop)
    assert short["next"] is None
    rest = list_changes(shop, "shop", "product", done, 100, long["next"])
    assert long["changes"] + rest["items"] == list_changes(shop, "shop", "product", done, 1000, None)["items"]
    assert [one["key"] for one in long["changes"] + rest["items"]] == keys
    assert rest["next"] is None
    paged, cursor = list[str](), None
    for _ in range(3):
        page = list_changes(shop, "shop", "product", done, 50, cursor)
        paged += [one["key"] for one in page["items"]]
        cursor = page["next"]
    assert (paged, cursor) == (keys, None)
    (only,) = list_changes(shop, "shop", "product", done, 50, None, key="long119")["items"]
    assert (only["key"], only["after"]["item"]) == ("long119", "r-mug")
    assert list_changes(shop, "shop", "product", done, 50, None, key="elsewhere")["items"] == []


def test_changes_of_what_is_no_set_of_this_table_are_not_found(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    for kind, name in (("warehouse", done), ("product", "nothing")):
        with pytest.raises(NotFound, match="нет набора"):
            list_changes(shop, "shop", kind, name, 10, None)
    with pytest.raises(BadInput, match="cursor"):
        list_changes(shop, "shop", "product", done, 10, "x")


def test_undo_brings_back_the_state_before_and_redo_the_state_after(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug", note="старая"), LinkInput(key="gone", item="r-mug"))
    before = state(shop)
    done = put(
        shop,
        LinkInput(key="nm1", item="r-mug", valid_to=date(2026, 6, 30), note="новая"),
        LinkInput(key="nm1", item="r-shirt", valid_from=JULY, multiplier=2),
        LinkInput(key="gone", item=None),
        LinkInput(key="kit", item=None, components=[Component(item="r-mug", share="1")]),
    )
    after = state(shop)
    counts = take_back(shop, done)
    assert (counts["created"], counts["changed"], counts["unchanged"]) == (1, 3, 0)
    assert state(shop) == before
    assert redo(shop, "shop", "product", done, WHO)["changed"] == 2
    assert state(shop) == after
    assert [(one["source"], one["undoes"], one["undone"]) for one in sets(shop)] == [
        ("redo", done, False), ("undo", done, False), ("person", None, False), ("person", None, False),
    ]  # fmt: skip


def test_an_undo_is_a_change_with_an_author_of_its_own(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    before = counted(shop)
    take_back(shop, done)
    assert counted(shop) == before + 1
    newest, oldest = sets(shop)
    assert (newest["who"], newest["source"], newest["undoes"], oldest["undone"]) == (UNDO_WHO, "undo", done, True)


def test_what_was_changed_since_is_not_taken_back_unless_that_is_taken_back_first(shop: Database) -> None:
    first = put(shop, LinkInput(key="nm1", item="r-mug"), LinkInput(key="nm2", item="r-mug"))
    second = put(shop, LinkInput(key="nm1", item="r-shirt"))
    after = state(shop)
    with pytest.raises(Conflict) as caught:
        take_back(shop, first)
    assert caught.value.extra == {"conflicts": ["nm1"]}
    assert [(one.code, one.found) for one in caught.value.problems] == [("link_changed_since", "nm1")]
    assert second in caught.value.problems[0].message
    assert state(shop) == after
    take_back(shop, second)
    take_back(shop, first)
    assert state(shop) == []


def test_a_later_change_counts_even_when_it_says_the_same_again(shop: Database) -> None:
    first = put(shop, LinkInput(key="nm1", item="r-mug"))
    put(shop, LinkInput(key="nm1", item="r-shirt"))
    put(shop, LinkInput(key="nm1", item="r-mug"))
    with pytest.raises(Conflict, match="меняли после"):
        take_back(shop, first)


def test_nothing_is_taken_back_or_done_again_twice(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    with pytest.raises(Conflict, match="не отменён"):
        redo(shop, "shop", "product", done, WHO)
    take_back(shop, done)
    with pytest.raises(Conflict, match="уже отменён"):
        take_back(shop, done)
    redo(shop, "shop", "product", done, WHO)
    with pytest.raises(Conflict, match="не отменён"):
        redo(shop, "shop", "product", done, WHO)


def test_what_was_taken_back_cannot_be_done_again_over_a_later_change(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    take_back(shop, done)
    put(shop, LinkInput(key="nm1", item="r-shirt"))
    with pytest.raises(Conflict, match="меняли после"):
        redo(shop, "shop", "product", done, WHO)


def test_to_take_an_undo_back_is_to_redo(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    after = state(shop)
    back = take_back(shop, done)["set"]
    again = take_back(shop, back)["set"]
    assert state(shop) == after
    assert sets(shop)[0]["source"] == "redo"
    take_back(shop, again)
    assert state(shop) == []


def test_sets_are_redone_in_the_order_in_which_they_were_made(shop: Database) -> None:
    first, second = (put(shop, LinkInput(key="nm1", item=item)) for item in ("r-mug", "r-shirt"))
    after = state(shop)
    take_back(shop, second)
    take_back(shop, first)
    with pytest.raises(Conflict):
        redo(shop, "shop", "product", second, WHO)
    redo(shop, "shop", "product", first, WHO)
    redo(shop, "shop", "product", second, WHO)
    assert state(shop) == after


def test_a_link_that_came_beside_is_in_the_way_too(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    done = put(shop, LinkInput(key="nm1", item="r-mug", valid_to=date(2026, 6, 30)))
    put(shop, LinkInput(key="nm1", item="r-shirt", valid_from=JULY))
    with pytest.raises(Conflict, match="действуют одновременно") as caught:
        take_back(shop, done)
    assert [one.code for one in caught.value.problems] == ["links_overlap"]


def test_sets_of_other_tables_and_accounts_are_not_found(shop: Database) -> None:
    done = put(shop, LinkInput(key="nm1", item="r-mug"))
    with pytest.raises(NotFound, match="нет набора"):
        undo(shop, "shop", "warehouse", done, WHO)
    with pytest.raises(NotFound, match="нет набора"):
        take_back(shop, "nothing")
    with pytest.raises(NotFound, match="Таблицы"):
        list_history(shop, "shop", "colour")


wanted = some.lists(
    some.builds(
        LinkInput,
        key=some.sampled_from(["a", "b", "ключ \u2028"]),
        item=some.sampled_from(["r-mug", "r-shirt", None]),
        multiplier=some.integers(1, 2),
        components=some.lists(
            some.builds(Component, item=some.just("r-mug"), multiplier=some.integers(1, 2)), max_size=1
        ),
        valid_from=some.sampled_from([None, date(2026, 1, 1), JULY]),
        valid_to=some.sampled_from([None, date(2026, 1, 31), date(2026, 12, 31)]),
        note=some.sampled_from([None, "", "проверить"]),
    ),
    max_size=4,
)


@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(wanted, max_size=6))
def test_whatever_is_applied_and_undone_leaves_the_states_before(shop: Database, steps: list[list[LinkInput]]) -> None:
    with shop.write() as connection:
        connection.execute(delete(links))
        connection.execute(delete(link_changes))
    states, made = [state(shop)], []
    for step in steps:
        with suppress(BadInput):
            done = put(shop, *step)
            if done:
                made.append(done)
                states.append(state(shop))
    for number, done in reversed(list(enumerate(made))):
        take_back(shop, done)
        assert state(shop) == states[number]
    for number, done in enumerate(made, 1):
        redo(shop, "shop", "product", done, WHO)
        assert state(shop) == states[number]
