"""What a change of links touches that is booked already: it is told, and left as it is."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import link_changes as history
from bridge.flows.link_checks import StoredLink
from reports.documents import Selector

Span = tuple[date, date]  # both days inclusive


def posted_documents(connection: Connection, account_id: int, set_id: str) -> list[str]:
    """Return the ids of living posted documents with lines of a key, on a day, that this set of changes speaks of.

    They are found by what their lines were made of. None of them is changed: to book anew is to reverse and post.
    """
    named = history.changed_keys(connection, account_id, set_id)
    booked = list(history.booked_keys(connection, account_id, named))
    if not booked:
        return []
    spans: dict[str, list[Span]] = {}
    known = {alias for _, _, key in booked for alias in key.aliases()}
    for row in history.changes_of(connection, account_id, set_id, known):
        spans.setdefault(row.key, []).append(_changed_days(row))
    keys: dict[int, dict[int, list[Span]]] = {}
    for report_id, no, key in booked:
        keys.setdefault(report_id, {})[no] = [span for alias in key.aliases() for span in spans.get(alias, ())]
    found = {
        row.uid: row.id
        for row in history.posted_lines(connection, keys)
        if any(_touches(one, row.date, keys[row.report_id]) for one in _own(row.selector))
    }
    return sorted(found, key=found.__getitem__)


def _changed_days(row: Row[Any]) -> Span:
    """Return the days on which the link says something else than before; its first day is always the same."""
    known = [msgspec.convert(said, StoredLink) for said in (row.before, row.after) if said is not None]
    ends = sorted(link.valid_to for link in known)
    if len(known) == 2 and known[0].says() == known[1].says() and ends[0] < ends[1]:
        return ends[0] + timedelta(days=1), ends[1]
    return row.valid_from, ends[-1]


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
