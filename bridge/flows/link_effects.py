"""What a change of links touches that is booked already: it is told, before it is made as well, and left as it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from bridge.db import link_changes as history
from bridge.flows.link_checks import LinkChange, Place, StoredLink
from reports.documents import Selector

Span = tuple[date, date]  # both days inclusive
ChangedDays = tuple[str, Span]  # of this key


def posted_documents(connection: Connection, account_id: int, set_id: str) -> list[str]:
    """Return the ids of living posted documents with lines of a key, on a day, that this set of changes speaks of.

    They are found by what their lines were made of. None of them is changed: to book anew is to reverse and post.
    """

    def changed(known: set[str]) -> list[ChangedDays]:
        rows = history.changes_of(connection, account_id, set_id, known)
        return [(row.key, _changed_days(row.valid_from, _link(row.before), _link(row.after))) for row in rows]

    return _touched(connection, account_id, history.changed_keys(connection, account_id, set_id), changed)


def foreseen_documents(
    connection: Connection, account_id: int, kind: str, before: Mapping[Place, StoredLink], steps: Sequence[LinkChange]
) -> list[str]:
    """Return what ``posted_documents`` would name, were these changes made to what the table says now (``before``)."""
    if kind != "product":
        return []

    def changed(known: set[str]) -> list[ChangedDays]:
        mine = [(step, before.get((step.key, step.valid_from))) for step in steps if step.key in known]
        return [
            (step.key, _changed_days(step.valid_from, there, step.after)) for step, there in mine if there or step.after
        ]

    return _touched(connection, account_id, {step.key for step in steps}, changed)


def _touched(
    connection: Connection, account_id: int, keys: Iterable[str], changed: Callable[[set[str]], list[ChangedDays]]
) -> list[str]:
    """``changed``: the days on which links of these keys say something else."""
    booked = list(history.booked_keys(connection, account_id, keys))
    if not booked:
        return []
    spans: dict[str, list[Span]] = {}
    known = {alias for _, _, key in booked for alias in key.aliases()}
    for changed_key, span in changed(known):
        spans.setdefault(changed_key, []).append(span)
    places: dict[int, dict[int, list[Span]]] = {}
    for report_id, no, key in booked:
        places.setdefault(report_id, {})[no] = [span for alias in key.aliases() for span in spans.get(alias, ())]
    found = {
        row.uid: row.id
        for row in history.posted_lines(connection, places)
        if any(_touches(one, row.date, places[row.report_id]) for one in _own(row.selector))
    }
    return sorted(found, key=found.__getitem__)


def _link(said: Any) -> StoredLink | None:
    return None if said is None else msgspec.convert(said, StoredLink)


def _changed_days(start: date, before: StoredLink | None, after: StoredLink | None) -> Span:
    """Return the days on which the link says something else than before; its first day is always the same."""
    known = [link for link in (before, after) if link is not None]
    ends = sorted(link.valid_to for link in known)
    if len(known) == 2 and known[0].says() == known[1].says() and ends[0] < ends[1]:
        return ends[0] + timedelta(days=1), ends[1]
    return start, ends[-1]


def _own(stored: Any) -> list[Selector]:
    """Return what chooses among the rows of the document's own report; other issues have documents of their own."""
    return [one for one in msgspec.convert(stored, Selector).each() if not one.report]


def _touches(selector: Selector, written: date, keys: Mapping[int, list[Span]]) -> bool:
    """``written``: the day of the document, to which lines without a day belong."""
    days = [date.fromisoformat(day) for day in (selector.date_from, selector.date_to) if day]
    if not selector.date_from:
        days.append(written)
    return any(
        start <= max(days) and min(days) <= end for no in selector.keys or () for start, end in keys.get(no, ())
    )  # fmt: skip
