"""How large the numbers of each column usually are, and of which sign: what the next report is compared with.

Of each operation the first rows are measured, all of them, and then enough to go on knowing them: what is rare is
measured whole. A size is the number of binary
digits of a value in hundredths: its mean is the logarithm of the typical value, which one huge row does not move and
which adds up in whole numbers, so that the same file always measures the same.
"""

from collections.abc import Iterable, Mapping

from reports.cells import Amount, Broken, kopecks
from reports.lines import Stat
from reports.reading import Cell

MEASURED = ("money", "number", "quantity", "percent")  # types of fields
_ALL = 2_000  # rows of an operation that are measured one by one
_EACH = 32  # and then every such row: three per cent are plenty for a typical value
Tally = list[int]  # values that are not zero, negative ones among them, their binary digits, their sum in hundredths


def measured(row: int) -> bool:
    """True for a row to be measured, counted from 1 within its operation."""
    return row <= _ALL or not row % _EACH


def measure(tallies: Mapping[int, Tally], amounts: Mapping[int, Amount]) -> None:
    """Count the amounts of one row by column; those of other columns are left out."""
    for index, amount in amounts.items():
        if index in tallies:
            tally, whole = tallies[index], int(amount)
            tally[0] += 1
            tally[1] += amount < 0
            tally[2] += whole.bit_length()
            tally[3] += whole


def hundredths(cells: list[Cell], columns: Iterable[int]) -> dict[int, Amount]:
    """Read the numbers of a row in hundredths; what is no number is left out, since nothing is computed from it."""
    found: dict[int, Amount] = {}
    for index in columns:
        try:
            if amount := kopecks(cells[index]):
                found[index] = amount
        except Broken:
            pass
    return found


class Measures:
    """The tallies of a whole report, by field and by the kind of the rows it stands in."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], tuple[str, Tally]] = {}

    def tally(self, field: str, kind: str, header: str) -> Tally:
        """Return where a field is counted in rows of that kind; ``header`` names it as the file does."""
        return self._tallies.setdefault((field, kind), (header, [0, 0, 0, 0]))[1]

    def stats(self) -> tuple[Stat, ...]:
        """Return what was measured, in a fixed order; what no row holds is left out."""
        return tuple(
            Stat(field, kind, header, *tally)
            for (field, kind), (header, tally) in sorted(self._tallies.items())
            if tally[0]
        )
