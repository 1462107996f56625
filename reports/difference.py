"""What changed between two issues of the same report: rows added, removed and changed, with their sums.

Rows are compared by their mark (what they say), so order does not matter and equal rows count as often as they stand.
An added and a removed row about the same operation and reference are one changed row.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from mappings.money import from_minor

SHOWN = 100  # changes in one answer


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a row as far as comparing goes. Amounts in kopecks, ``quantity`` in thousandths."""

    row: int
    mark: int
    kind: str
    section: str
    operation: str
    ref: str
    quantity: int
    amount: int
    commission: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One line that is not the same in both issues. Amounts in roubles; a missing side is empty."""

    row_before: int | None
    row_after: int | None
    operation: str
    ref: str
    kind: str
    section: str
    before: Decimal | None
    after: Decimal | None
    commission_before: Decimal | None
    commission_after: Decimal | None
    quantity_before: Decimal | None
    quantity_after: Decimal | None


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What the changed lines of a kind and section come to in each issue; all other lines are equal. In roubles."""

    kind: str
    section: str
    before: Decimal
    after: Decimal
    commission_before: Decimal
    commission_after: Decimal


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sums of the changes, the sums by kind too, and the first of the changes."""

    added: int
    removed: int
    changed: int
    amount_before: Decimal
    amount_after: Decimal
    amount_added: Decimal
    amount_removed: Decimal
    sums: list[Sum]
    changes: list[Change]


def difference(before: Sequence[Said], after: Sequence[Said], shown: int | None = SHOWN) -> Difference:
    """Compare two issues of a report; ``shown``: how many changes are told one by one (None: all)."""
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
        amount_added=from_minor(sum(new.amount for old, new in pairs if old is None and new)),
        amount_removed=from_minor(sum(old.amount for old, new in pairs if new is None and old)),
        sums=_sums(gone, come),
        changes=[_change(old, new) for old, new in pairs[:shown]],
    )


def _sums(gone: Sequence[Said], come: Sequence[Said]) -> list[Sum]:
    found: dict[tuple[str, str], list[int]] = {}
    for place, issue in ((0, gone), (1, come)):
        for said in issue:
            sums = found.setdefault((said.kind, said.section), [0, 0, 0, 0])
            sums[place] += said.amount
            sums[place + 2] += said.commission
    return [
        Sum(
            kind=kind, section=section, before=from_minor(sums[0]), after=from_minor(sums[1]),
            commission_before=from_minor(sums[2]), commission_after=from_minor(sums[3]),
        )
        for (kind, section), sums in sorted(found.items())
    ]  # fmt: skip


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
        section=said.section,
        before=from_minor(old.amount) if old else None,
        after=from_minor(new.amount) if new else None,
        commission_before=from_minor(old.commission) if old else None,
        commission_after=from_minor(new.commission) if new else None,
        quantity_before=_pieces(old),
        quantity_after=_pieces(new),
    )


def _pieces(said: Said | None) -> Decimal | None:
    return Decimal(said.quantity) / 1000 if said else None
