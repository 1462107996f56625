"""What a report repeats in every row: its number, type, period and currency. Rows must not differ in them.

Where a table has a summary row, rows may leave out what it says of them all.
"""

from collections.abc import Callable, Sequence

from reports.cells import plain_text
from reports.profile import Profile
from reports.reading import Cell


class Constants:
    """The fields of a report that have one value; ``first`` is that value by field, as first met.

    ``totals``: what data rows repeat of the summary row, up to two different texts: a table may have no such row.
    """

    def __init__(self, profile: Profile) -> None:
        said = profile.identity
        sources = (*said.number, *said.type, *said.period, *said.currency)
        self._names = [name for source in sources for name in (source.field, *source.fields) if name]
        self._summary = profile.rows.summary
        self._columns: list[tuple[str, int]] = []
        self._total: int | None = None
        self.first: dict[str, str] = {}
        self.totals: dict[str, None] = {}

    def start(self, column: Callable[[str], int | None]) -> None:
        """Prepare for the rows of one table; ``column`` gives the index of a field's column."""
        self._columns = [(name, index) for name in self._names if (index := column(name)) is not None]
        self._total = column(self._summary)

    def differing(self, cells: Sequence[Cell]) -> list[tuple[str, str, str]]:
        """Take a row; returns where it differs from those before: field, what it says, what they say."""
        found = []
        for name, index in self._columns:
            value = plain_text(cells[index])
            if not value and self._summary:
                continue
            if self.first.setdefault(name, value) != value:
                found.append((name, value, self.first[name]))
        if self._total is not None and len(self.totals) < 2 and (total := plain_text(cells[self._total])):
            self.totals[total] = None
        return found
