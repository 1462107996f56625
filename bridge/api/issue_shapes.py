"""What is said and answered about issues of a report and about closed months, as types."""

from datetime import date

import msgspec

from reports.difference import Difference

Day = date


class ReportDiff(Difference, frozen=True, kw_only=True):
    """What a report changes against the issue it corrects or replaced; ``next`` is the cursor of further changes."""

    report: str
    against: str
    next: str | None


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Through which day the books are closed (the last one of a month; null: all is open), and why they are opened."""

    through: Day | None
    reason: str = ""


class ClosedMonths(msgspec.Struct, frozen=True, kw_only=True):
    """Through which day the books of an organization are closed, and the first open day."""

    organization: str
    through: Day | None
    opens: Day | None
