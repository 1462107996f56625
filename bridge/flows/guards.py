"""Alarms that only other reports can raise: another unit or sign, fewer rows, the same days or the same rows twice.

And the findings that a person looked at and let pass: each holds only while it says exactly the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import earlier
from bridge.db.earlier import Neighbour
from bridge.db.reports import OPEN_STATES
from reports.lines import Summary
from reports.problems import Problem, problem, texts
from reports.profile import Profile
from reports.scale import LOOKED_AT, Period, scale_problems


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that a person let pass: what it said, who took the responsibility, when and why."""

    code: str
    message: str
    found: str
    who: str
    at: str
    reason: str


def alarms(connection: Connection, report: Row[Any], profile: Profile, summary: Summary) -> list[Problem]:
    """Return what the account's other reports say against this one. ``summary``: as it is known now."""
    others = earlier.neighbours(connection, report)
    found = scale_problems(profile, summary, _periods_before(connection, report, summary, others))
    found += _fewer_rows(connection, report, summary)
    if profile.documents.make:
        strange = [each for each in others if each.uid != report.corrects]
        found += _same_days(connection, profile, _neighbour(report, summary), strange)
    return found


def told_elsewhere(connection: Connection, report: Row[Any], profile: Profile, summary: Summary) -> str:
    """Return a sentence about rows that another account has already, empty where there is none.

    One of the two cabinets may be the wrong one, which only a person knows: it holds nothing.
    """
    account = earlier.elsewhere(connection, report) if profile.documents.make and summary.rows_used else ""
    return f"Те же строки уже загружены в учётную запись «{account}»: проверьте, чей это кабинет." if account else ""


def confirmations(report: Row[Any]) -> list[Confirmation]:
    """Return what was let pass of a report."""
    return msgspec.convert(report.confirmed or [], list[Confirmation])


def standing(report: Row[Any], problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that nobody let pass."""
    stored = report.confirmed or []
    return [each for each in problems if not _is_confirmed(stored, each)]


def _is_confirmed(stored: Iterable[dict[str, str]], found: Problem) -> bool:
    known = texts().get(found.code)
    return bool(known and known.confirmable) and any(
        (each["code"], each["message"]) == (found.code, found.message) for each in stored
    )


# --- the periods before -----------------------------------------------------------------------------------------------


def _periods_before(
    connection: Connection, report: Row[Any], summary: Summary, others: Sequence[Neighbour]
) -> list[Period]:
    """Return the reports of the same type about earlier days, the oldest first."""
    mine = (summary.period_to, report.id)
    before = sorted(
        (each for each in others if (each.period_to, each.id) < mine and not _other_type(each.type, summary.type)),
        key=lambda each: (each.period_to, each.id),
    )[-LOOKED_AT:]
    known = earlier.summaries(connection, [each.id for each in before])
    return [
        Period(
            summary=known[each.id],
            trusted=each.state not in OPEN_STATES,
            confirmed=lambda found, each=each: _is_confirmed(each.confirmed, found),  # type: ignore[misc]
        )
        for each in before
    ]


def _other_type(one: str, other: str) -> bool:
    """True when both types are known and differ."""
    return bool(one and other and one != other)


# --- earlier issues ---------------------------------------------------------------------------------------------------


def _fewer_rows(connection: Connection, report: Row[Any], summary: Summary) -> list[Problem]:
    """Hold an issue with fewer rows than an earlier issue of the same report had."""
    issues = earlier.earlier_issues(connection, report)
    before = max((_rows(msgspec.convert(row.summary, Summary)) for row in issues), default=0)
    now = _rows(summary)
    if now >= before:
        return []
    told = f"было {before}, стало {now}"
    return [problem("rows_fewer", found=now, expected=str(before), details=told)]


def _rows(summary: Summary) -> int:
    return summary.rows_used + summary.rows_unknown


# --- the same days ----------------------------------------------------------------------------------------------------


def _neighbour(report: Row[Any], summary: Summary) -> Neighbour:
    return Neighbour(
        id=report.id, uid=report.uid, number=summary.number, state=report.state, confirmed=report.confirmed or [],
        period_from=summary.period_from, period_to=summary.period_to, type=summary.type,
        currency=report.summary["currency"],  # as it is stored of its neighbours too, whatever the cabinet's is
        rows=summary.rows_used,
    )  # fmt: skip


def _same_days(
    connection: Connection, profile: Profile, mine: Neighbour, others: Iterable[Neighbour]
) -> Iterable[Problem]:
    """Hold the later of two reports that cover the same days, or the one that a person did not choose."""
    for other in others:
        if not _days(mine, other) or other.currency != mine.currency or not _clash(connection, profile, mine, other):
            continue
        if other.state not in OPEN_STATES or (
            other.id > mine.id and _is_confirmed(other.confirmed, _told(other, mine))
        ):
            yield problem("days_taken", found=f"{_called(other)}, дни {_days(mine, other)}")
        elif other.id < mine.id:
            yield _told(mine, other)


def _told(mine: Neighbour, other: Neighbour) -> Problem:
    return problem("periods_overlap", found=f"{_called(other)}, дни {_days(mine, other)}")


def _clash(connection: Connection, profile: Profile, mine: Neighbour, other: Neighbour) -> bool:
    """True when two reports with common days cannot both be booked.

    Reports with a number of the marketplace, and those of one per period, cover their days alone. Where one week may
    have several reports (types, countries), they clash when one lies inside the other, or when a row is in both.
    A table without references of the channel may hold equal rows by chance: it clashes when all of the shorter one
    stands in the longer.
    """
    if profile.identity.basis != "content":
        return True
    if _other_type(mine.type, other.type):
        return False
    if profile.ref and _inside(mine, other):
        return True
    small, large = sorted((mine, other), key=lambda each: each.rows)
    if profile.ref:  # where a number is missing, the rows are compared whatever the days: see rows_overlap
        return bool(mine.number and other.number) and bool(
            earlier.shared_rows(connection, small.id, large.id, named=True)
        )
    return 0 < small.rows == earlier.shared_rows(connection, small.id, large.id, named=False)


def _inside(one: Neighbour, other: Neighbour) -> bool:
    """True when one period lies inside the other and is shorter."""
    a, b = (one.period_from, one.period_to), (other.period_from, other.period_to)
    return a != b and ((a[0] >= b[0] and a[1] <= b[1]) or (b[0] >= a[0] and b[1] <= a[1]))


def _days(one: Neighbour, other: Neighbour) -> str:
    """Return the days that both reports cover, nothing when there are none."""
    first, last = max(one.period_from, other.period_from), min(one.period_to, other.period_to)
    known = one.period_from and other.period_from
    return f"{first}..{last}" if known and first <= last else ""


def _called(other: Neighbour) -> str:
    return f"отчёт {other.number or 'без номера'} за {other.period_from}..{other.period_to}"
