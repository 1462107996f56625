"""The rule of the merge: whatever two editors do, no word is lost in silence."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mappings.merge import Change, Current, Merged, merge
from mappings.sheet import NOTHING_SAID, Said, stamp_text
from mappings.sheet_rows import FileRow
from mappings.wishes import FIELDS, GROUPS, written

BASE = Said(item="ref-1", note="было")
SAID = st.builds(
    Said,
    item=st.sampled_from(["ref-1", "ref-2", "ref-3", ""]),
    multiplier=st.integers(1, 3),
    valid_to=st.sampled_from([None, date(2026, 8, 31), date(2026, 12, 31)]),
    note=st.sampled_from(["было", "стало", ""]),
)


def same(_column: str, text: str) -> str:
    """Every text names itself."""
    return text


def row(said: Said, base: Said | None = BASE, key: str = "k", number: int = 4) -> FileRow:
    """A row of a workbook that was exported with ``base`` and now says ``said``; None: the key had no link."""
    cells: dict[str, Any] = {field: written(field, said) for field in FIELDS}
    stamp = stamp_text(key, 1 if base else 0, base or NOTHING_SAID, "")
    return FileRow(row=number, key=key, version=stamp, **cells)


def table(*links: Said, key: str = "k") -> dict[str, dict[date | None, Current]]:
    """The links of one key."""
    return {key: {said.valid_from: Current(said=said) for said in links}}


def after(merged: Merged, theirs: Said | None) -> Said | None:
    """What the table says once the changes are made."""
    return merged.changes[0].after if merged.changes else theirs


@given(SAID, SAID)
def test_two_editors_merge_or_conflict_and_never_lose(first: Said, second: Said) -> None:
    theirs = first if first.linked() else None
    links = table(theirs) if theirs else {}
    merged = merge([row(second)], links, same)
    assert not merged.errors
    if merged.conflicts:
        assert not merged.changes
        told = {conflict.column: (conflict.theirs, conflict.mine) for conflict in merged.conflicts}
        mine = second if second.linked() else None
        assert all(told[field] == (written(field, theirs), written(field, mine)) for field in told)
        return
    result = after(merged, theirs)
    if result is None or theirs is None or not second.linked():
        assert not second.linked() or second == BASE
        return
    for group in GROUPS:
        base, one, two, end = ({f: getattr(s, f) for f in group} for s in (BASE, first, second, result))
        assert end == (two if two != base else one)
        assert base in (one, two) or one == two


@given(SAID.filter(Said.linked))
def test_the_same_upload_twice_changes_nothing_the_second_time(mine: Said) -> None:
    once = after(merge([row(mine)], table(BASE), same), BASE)
    assert once is not None
    again = merge([row(mine)], table(once), same)
    assert (again.changes, again.conflicts, again.errors) == ([], [], [])


@given(SAID)
def test_a_missing_row_says_nothing(theirs: Said) -> None:
    assert merge([], table(theirs), same).changes == []


def check(rows: list[FileRow], links: dict[str, Any], expected: Callable[[Merged], bool]) -> None:
    """Merge and look at what came of it."""
    merged = merge(rows, links, same)
    assert expected(merged), merged


def test_a_link_goes_only_when_its_item_was_emptied() -> None:
    gone = msgspec.structs.replace(BASE, item="")
    check([row(gone)], table(BASE), lambda merged: merged.changes[0].change == "removed")
    check([row(gone)], {}, lambda merged: merged.unchanged == 1)
    check([row(gone)], table(Said(item="ref-9")), lambda merged: {c.theirs for c in merged.conflicts} >= {"ref-9"})


def test_a_link_that_another_removed_is_a_conflict_only_when_this_one_was_touched() -> None:
    check([row(BASE)], {}, lambda merged: merged.unchanged == 1)
    check([row(Said(item="ref-2"))], {}, lambda merged: {c.column for c in merged.conflicts} >= {"item"})


def test_a_key_that_two_people_linked_at_once() -> None:
    mine = Said(item="ref-2")
    check([row(mine, None)], {}, lambda merged: merged.changes[0].change == "new")
    check([row(mine, None)], table(mine), lambda merged: merged.unchanged == 1)
    check([row(mine, None)], table(Said(item="ref-1")), lambda merged: merged.conflicts[0].mine == "ref-2")
    overlapping = Said(item="ref-1", valid_from=date(2026, 1, 1))
    check([row(mine, None)], table(overlapping), lambda merged: merged.conflicts[0].theirs == "ref-1")


def test_words_in_a_row_without_an_item_are_not_dropped() -> None:
    check([row(Said(note="спросить склад"), None)], {}, lambda merged: merged.errors[0].code == "item_missing")


def test_two_rows_for_one_place_are_both_refused() -> None:
    rows = [FileRow(row=2, key="k", item="ref-1"), FileRow(row=3, key="k", item="ref-2")]
    check(rows, {}, lambda merged: [e.row for e in merged.errors] == [2, 3] and not merged.changes)


def test_a_product_linked_meanwhile_takes_what_only_this_row_says_of_it() -> None:
    theirs = Said(item="ref-2")
    merged = merge([row(Said(item="ref-2", note="моя"), None)], table(theirs), same)
    assert merged.conflicts == []
    assert after(merged, theirs) == Said(item="ref-2", note="моя")
    other = merge([row(Said(item="ref-3", note="моя"), None)], table(theirs), same)
    assert [(one.column, one.theirs, one.mine) for one in other.conflicts] == [("item", "ref-2", "ref-3")]
    later = Said(item="ref-2", valid_from=date(2026, 8, 1))
    assert merge([row(Said(item="ref-2"), None)], table(later), same).conflicts


def test_a_link_moved_to_another_first_day_leaves_its_place() -> None:
    moved = msgspec.structs.replace(BASE, valid_from=date(2026, 9, 1))
    (change,) = merge([row(moved)], table(BASE), same).changes
    assert isinstance(change, Change)
    assert change.places() == {("k", None), ("k", date(2026, 9, 1))}
    taken = table(BASE, msgspec.structs.replace(moved, item="ref-7"))
    check([row(moved)], taken, lambda merged: merged.errors[0].code == "link_repeated")
