"""What changed between two issues of the same report: rows added, removed and changed, with their sums.

Rows are compared by their mark (what they say), so order does not matter and equal rows count as often as they stand.
An added and a removed row about the same operation and reference are one changed row.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from mappings.money import from_minor

_SHOWN = 100


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a row as far as comparing goes. ``amount`` in kopecks."""

    row: int
    mark: int
    kind: str
    section: str
    operation: str
    ref: str
    amount: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line that is not the same in both issues. Amounts in roubles; a missing side is empty."""

    row_before: int | None
    row_after: int | None
    operation: str
    ref: str
    kind: str
    before: Decimal | None
    after: Decimal | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sums of the changes, and the first of them."""

    added: int
    removed: int
    changed: int
    amount_before: Decimal
    amount_after: Decimal
    changes: list[Change]


def difference(before: Sequence[Said], after: Sequence[Said]) -> Difference:
    """Compare two issues of a report."""
    same = Counter(_name(said) for said in before) & Counter(_name(said) for said in after)
    gone, come = _unmatched(before, same), _unmatched(after, same)
    pairs: list[tuple[Said | None, Said | None]] = []
    waiting: dict[tuple[str, str, str, str], list[Said]] = {}
    for said in gone:
        waiting.setdefault(_about(said), []).append(said)
    for said in come:
        old = waiting.get(_about(said))
        pairs.append((old.pop(0) if old else None, said))
    pairs += [(said, None) for rest in waiting.values() for said in rest]
    return Difference(
        added=sum(old is None for old, _ in pairs),
        removed=sum(new is None for _, new in pairs),
        changed=sum(old is not None and new is not None for old, new in pairs),
        amount_before=from_minor(sum(said.amount for said in gone)),
        amount_after=from_minor(sum(said.amount for said in come)),
        changes=[_change(old, new) for old, new in pairs[:_SHOWN]],
    )


def _name(said: Said) -> tuple[int, str, str]:
    return said.mark, said.kind, said.section


def _about(said: Said) -> tuple[str, str, str, str]:
    return said.operation, said.ref, said.kind, said.section


def _unmatched(issue: Iterable[Said], same: Counter[tuple[int, str, str]]) -> list[Said]:
    left = Counter(same)
    found = []
    for said in issue:
        name = _name(said)
        if left[name] > 0:
            left[name] -= 1
        else:
            found.append(said)
    return found


def _change(old: Said | None, new: Said | None) -> Change:
    said = new or old
    assert said is not None
    return Change(
        row_before=old.row if old else None,
        row_after=new.row if new else None,
        operation=said.operation,
        ref=said.ref,
        kind=said.kind,
        before=from_minor(old.amount) if old else None,
        after=from_minor(new.amount) if new else None,
    )
