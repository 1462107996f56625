"""The calendar of completeness: which reports an account should have by now, and which of them it has.

What is to be expected is data of the profiles (``[calendar]``): one report a week or a month, of which types, and how
many days after the period's end it can be had. Where another report lists what there is (the register of Wildberries
names every report of its weeks), those are expected too, by their numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from reports.profile import Calendar, Profile

State = Literal["missing", "held", "ready", "posted", "delivered", "confirmed", "reversed", "not_due"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was received, as far as a calendar needs it. ``days``: first and last; ``payout``: none where it
    makes no documents."""

    id: str
    number: str
    type: str
    state: State
    days: tuple[date, date]
    problems: int
    payout: Decimal | None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A report that another one says there is."""

    number: str
    type: str
    days: tuple[date, date]


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One expected report of one period, and what became of it. ``due``: the day it can be had from."""

    profile: str
    title: str
    period: Literal["week", "month"]
    period_from: date
    period_to: date
    due: date
    type: str
    state: State
    report: str | None = None
    number: str = ""
    problems: int = 0
    payout: Decimal | None = None


def slots(
    profile: Profile, known: Sequence[Known], listed: Sequence[Listed], first: date, last: date, today: date
) -> Iterator[Slot]:  # fmt: skip
    """Give the slots of a profile for the periods from the one with ``first`` to the one with ``last``, in order."""
    chosen = profile.calendar
    if chosen is None:
        return
    for begins, ends in periods(chosen.period, first, last):
        mine = [one for one in known if _touches(one.days, begins, ends)]
        told = [one for one in listed if _touches(one.days, begins, ends)]
        due = ends + timedelta(days=chosen.after)
        for kind, number, found in _matched(_wanted(chosen, told), mine):
            yield Slot(
                profile=profile.name, title=profile.title, period=chosen.period, period_from=begins, period_to=ends,
                due=due, type=kind, state=found.state if found else "not_due" if today < due else "missing",
                report=found.id if found else None, number=found.number if found else number,
                problems=found.problems if found else 0, payout=found.payout if found else None,
            )  # fmt: skip


def periods(kind: Literal["week", "month"], first: date, last: date) -> Iterator[tuple[date, date]]:
    """Give the first and last days of every week (Monday to Sunday) or month that has a day between the two."""
    begins = first - timedelta(days=first.weekday()) if kind == "week" else first.replace(day=1)
    while begins <= last:
        after = begins + timedelta(days=7) if kind == "week" else (begins + timedelta(days=31)).replace(day=1)
        yield begins, after - timedelta(days=1)
        begins = after


def _touches(days: tuple[date, date], begins: date, ends: date) -> bool:
    return days[0] <= ends and days[1] >= begins


def _wanted(chosen: Calendar, listed: Iterable[Listed]) -> list[tuple[str, str]]:
    """Return type and number of what is expected: what is listed, and one of every usual type that is not."""
    named = sorted({(one.type, one.number) for one in listed})
    usual = [(kind, "") for kind in chosen.types if kind not in {kind for kind, _ in named}]
    return ([] if chosen.optional else usual) + named


def _matched(wanted: Iterable[tuple[str, str]], known: Iterable[Known]) -> Iterator[tuple[str, str, Known | None]]:
    """Give what is expected with what there is, then what nobody expected. A reversed report counts last."""
    left = sorted(known, key=lambda one: (one.state == "reversed", one.number, one.id))
    for kind, number in wanted:
        found = next((one for one in left if number and one.number == number), None) or next(
            (one for one in left if (kind in ("", one.type) or not one.type) and not (number and one.number)), None
        )
        if found is not None:
            left = [one for one in left if one.id != found.id]
            left = [one for one in left if one.state != "reversed" or one.number != found.number]
        yield kind, number, found
    for one in left:
        yield one.type, one.number, one
