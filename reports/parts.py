"""Parts of a report that become documents of their own: calendar month and scheme, where the books tell them apart.

A week that crosses the end of a month is one document dated with its last day (policy ``report_date``) or one a month
by the day of sale (``sale_date``); a row dated outside the report's own days belongs to its nearest day, since the
months around it were reported. FBO and FBS are apart where their contracts differ. Source: docs/accounting.md.
"""

from calendar import monthrange
from datetime import date, timedelta

import msgspec

BEFORE_START = "before_start"


class Part(msgspec.Struct, frozen=True, order=True):
    """One part. ``date``: of its documents. ``month`` and ``scheme`` are empty where the report is not divided by them.

    ``before_start``: these days are not booked at all, the account began later. ``since`` and ``until``: its days, both
    inclusive; the first part is open to the past, the last one to the future and to lines without a day.
    ``others``: the schemes that have parts of their own beside a part of no scheme.
    """

    date: str
    month: str = ""
    scheme: str = ""
    before_start: bool = False
    since: str = ""
    until: str = ""
    others: tuple[str, ...] = ()

    @property
    def undated(self) -> bool:
        """True for the part that lines without a day belong to, where there are several."""
        return bool(self.since) and not self.until

    def named(self, part: str) -> str:
        """Return the name that tells a document of this part from others of its kind."""
        return "|".join(filter(None, (part, self.month, self.scheme, BEFORE_START if self.before_start else "")))


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """How a report is divided. Days as ISO texts; ``start``: the account's first day, or empty."""

    first: str
    last: str
    by_month: bool = False
    start: str = ""
    schemes: frozenset[str] = frozenset()

    @property
    def by_day(self) -> bool:
        """True when the day of a line decides its part, of services too."""
        return self.months or self.crosses_start

    @property
    def crosses_start(self) -> bool:
        """True when the account's first day lies inside the report."""
        return bool(self.first) and self.first < self.start <= self.last

    @property
    def months(self) -> bool:
        """True when the report is divided into the calendar months that it touches."""
        return self.by_month and bool(self.first) and self.first[:7] != self.last[:7]

    def part(self, day: str, scheme: str = "") -> Part:
        """Return the part of a line; a line without a day belongs to the last one."""
        scheme = scheme if scheme in self.schemes else ""
        others = () if scheme else tuple(sorted(self.schemes))
        if not self.by_day:
            return Part(self.last, "", scheme, others=others)
        day = min(max(day or self.last, self.first), self.last)
        begins, ends = (f"{day[:7]}-01", month_end(day)) if self.months else (self.first, self.last)
        if begins < self.start <= ends:
            begins, ends = (begins, day_before(self.start)) if day < self.start else (self.start, ends)
        return Part(
            date=min(month_end(day), self.last) if self.months else self.last,
            month=day[:7] if self.months else "",
            scheme=scheme,
            before_start=day < self.start,
            since=begins if begins > self.first else "",
            until=ends if ends < self.last else "",
            others=others,
        )


def day_before(day: str) -> str:
    """Return the day before a day, as ISO text."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def month_end(day: str) -> str:
    """Return the last day of the month of a day, as ISO text."""
    found = date.fromisoformat(day)
    return found.replace(day=monthrange(found.year, found.month)[1]).isoformat()
