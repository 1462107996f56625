"""Months that are closed: what is dated in one moves to the first open day or waits; a closed month never changes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from reports.documents import Document, content_hash
from reports.problems import Problem, problem

Late = Literal["hold", "open_month"]


def is_month_end(day: date) -> bool:
    """True for the last day of a month: only whole months are closed."""
    return (day + timedelta(days=1)).day == 1


def open_day(day: date, closed_through: date | None) -> date:
    """Return the day itself, or the first open one when its month is closed (None: nothing is closed)."""
    if closed_through is None or day > closed_through:
        return day
    return closed_through + timedelta(days=1)


def in_open_months(
    documents: Sequence[Document], closed_through: date | None, late: Late
) -> tuple[list[Document], list[Problem]]:
    """Return the documents dated in open months: those of a closed one on the first open day, or a problem instead."""
    days = [open_day(date.fromisoformat(document.date), closed_through).isoformat() for document in documents]
    closed = sorted({document.date for document, day in zip(documents, days, strict=True) if document.date != day})
    if closed and late == "hold":
        opens = open_day(date.fromisoformat(closed[0]), closed_through)
        return list(documents), [problem("month_closed", found=", ".join(closed), expected=f"Дата с {opens}")]
    return [redated(document, day) for document, day in zip(documents, days, strict=True)], []


def redated(document: Document, day: str) -> Document:
    """Return the document with another date (YYYY-MM-DD), everything else as it was."""
    if document.date == day:
        return document
    moved = msgspec.structs.replace(document, date=day)
    return msgspec.structs.replace(moved, content_hash=content_hash(moved))
