"""Random reports as tables in memory, with what every row amounts to worked out by plain arithmetic beside it.

A report is a function of (kind of report, seed, size), so that any failure can be made again from these three. Cells
are as readers of files give them: float with binary noise, int, text with Russian separators, Decimal, nothing.
Nothing here uses the code under test: what an operation means is written down once more, by hand.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from reports.reading import Cell, Table

ZERO = Decimal(0)
FIRST_DAYS = (
    date(2018, 12, 28), date(2024, 12, 30), date(2025, 8, 25), date(2025, 12, 29), date(2026, 2, 1), date(2026, 4, 27),
)  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product as the channel names it; what it stands for is told in ``random_books``."""

    no: int
    article: str
    barcode: str
    sku: int
    name: str


PRODUCTS = tuple(
    Product(
        no, f"art-{6 if no == 7 else no}", f"46070000{no:05d}", 1000 + no, f"Товар {'второй' if no in (6, 7) else no}"
    )
    for no in range(10)
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line that a row must give. Exact roubles; ``amount`` counts towards its section, never with a sign of it."""

    kind: str
    section: str = ""
    amount: Decimal = ZERO
    quantity: int = 0
    commission: Decimal = ZERO
    product: Product | None = None
    day: str = ""
    service: str = ""
    scheme: str = ""


@dataclass
class Made:
    """One report: the cells, and what they say. ``rows``: row by row the cells, and the lines it must give; ``extra``:
    rows of the table that are no data."""

    channel: str
    profile: str
    first: date
    last: date
    chance: random.Random
    rows: list[tuple[dict[str, Cell], list[Said]]] = field(default_factory=list)
    columns: dict[str, Decimal] = field(default_factory=dict)
    unknown: int = 0
    extra: int = 0
    table: Callable[[Sequence[dict[str, Cell]]], Table] = lambda _: Table(sheet="", form="sheet", rows=lambda: iter([]))

    def said(self) -> list[Said]:
        """Return all lines of the report."""
        return [line for _, lines in self.rows for line in lines]

    def count(self, column: str, amount: Decimal) -> None:
        """Add to the sum of a column."""
        self.columns[column] = self.columns.get(column, ZERO) + amount

    def add(self, cells: dict[str, Cell], *lines: Said) -> None:
        """Keep one row."""
        self.rows.append((cells, list(lines)))

    def day(self) -> str:
        """Draw a day of the period, its ends more often than others."""
        days = (self.last - self.first).days
        return str(self.first + timedelta(days=self.chance.choice((0, days, self.chance.randint(0, days)))))

    def tables(self, *, shuffled: bool = False) -> list[Table]:
        """Return the tables of the report, the rows in their order or in another."""
        cells = [cells for cells, _ in self.rows]
        if shuffled:
            random.Random(len(cells)).shuffle(cells)
        return [self.table(cells)]


def exact(cell: Cell) -> Decimal:
    """Return the number that a person sees in a cell."""
    if isinstance(cell, float):
        return Decimal(repr(cell))
    text = str(cell or 0).replace("\u00a0", "").replace(",", ".")
    return Decimal(text)


def money(chance: random.Random, least: int = 0, most: int = 300_000) -> Cell:
    """Draw an amount as a reader may give it; some have a fraction of a kopeck."""
    kopecks = Decimal(chance.randint(least, most)) / 100
    form = chance.randrange(8)
    if form == 0:
        return int(kopecks)
    if form == 1:
        return f"{kopecks:,.2f}".replace(",", "\u00a0").replace(".", ",")
    if form == 2:
        return kopecks
    if form == 3:
        return float(kopecks) * 1.1  # binary noise, and fractions of a kopeck
    if form == 4:
        return kopecks + Decimal(chance.choice(("0.005", "0.0033", "0.0049", "0.001")))
    if form == 5:
        return float(kopecks) + 0.1 + 0.2
    return float(kopecks)


def signed(chance: random.Random) -> Cell:
    """Draw an amount of either sign."""
    return money(chance, -50_000, 100_000)


def sheet(
    headers: Sequence[Sequence[Cell]], fields: Sequence[str], end: Sequence[Sequence[Cell]] = ()
) -> Callable[..., Table]:
    """Return a maker of sheets: header rows, a row a record, and what stands below."""

    def make(records: Sequence[dict[str, Cell]]) -> Table:
        body = [[record.get(name) for name in fields] for record in records]
        rows = list(enumerate([*map(list, headers), *body], 1))
        return Table(sheet="Лист1", form="sheet", rows=lambda: iter(rows))

    return make


def records(names: dict[str, str], path: str = "", **scalars: str) -> Callable[..., Table]:
    """Return a maker of record tables as JSON gives them: field -> name in the record."""

    def make(found: Sequence[dict[str, Cell]]) -> Table:
        body = [[record.get(name) for name in names] for record in found]
        rows: list[Any] = list(enumerate([list(names.values()), *body]))
        return Table(sheet="", form="records", rows=lambda: iter(rows), scalars=scalars, records_path=path)

    return make
