"""What of a file the profile does not know, or misses: columns, sheets and operations, each with its rows and sums.

One problem names one thing and is complete only when the whole table has been read, so these problems come last and are
shown first. A column that nobody knows is counted while its rows pass; a table without such columns costs nothing. A
new column that is empty in every row is a problem too, for something has changed at the marketplace, but one that a
person may let pass: there is no money in it. Source: docs/decisions/0012.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from mappings.money import rounded
from reports.cells import Amount, Broken, is_empty, kopecks
from reports.header import Binding
from reports.problems import Problem, problem
from reports.profile import Layout, Profile
from reports.reading import Cell, Table

_NAMED_SUMS = 5  # columns of an unknown sheet, or of an unknown operation, whose sums are told


class Filled:
    """What stands in one column: rows with something in them, and their sum while every one of them is a number."""

    __slots__ = ("first", "numeric", "row", "rows", "total")

    def __init__(self) -> None:
        self.row = 0
        self.rows = 0
        self.first: Cell = None
        self.numeric = True
        self.total: Amount = 0

    def add(self, row: int, cell: Cell) -> None:
        """Count a cell; an empty one, a zero and a «no» hold nothing."""
        try:
            amount = kopecks(cell) if cell.__class__ is not bool else int(bool(cell))
        except Broken:
            amount, self.numeric = 0, self.numeric and is_empty(cell)
            if is_empty(cell):
                return
        else:
            if not amount:
                return
        self.rows += 1
        self.total += amount
        if self.rows == 1:
            self.row, self.first = row, cell

    def told(self) -> str:
        """Return the rows, and for numbers the sum, in words."""
        return f"строк {self.rows}" + (f", сумма {roubles(self.total)}" if self.rows and self.numeric else "")


class Unbound:
    """Counts the columns of one table that no field is bound to: unknown, doubled and without any header."""

    def __init__(self, binding: Binding, width: int) -> None:
        strange = {*binding.unknown, *binding.twice, None}  # None: a column without any header
        bound = set(binding.columns.values())
        self.places = [
            place
            for place in (range(width) if bound else ())
            if place not in bound and binding.headers.get(place) in strange
        ]
        self.columns = {place: Filled() for place in self.places}
        self.width = width

    def count(self, row: int, cells: Sequence[Cell]) -> None:
        """Count one data row."""
        for place in self.places:
            self.columns[place].add(row, cells[place])
        for place in range(self.width, len(cells)):
            if not is_empty(cells[place]):
                self.columns.setdefault(place, Filled()).add(row, cells[place])


class UnknownOperations:
    """Counts the rows of operations that the profile does not know, with what stands in their money columns."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int, str, list[int], dict[str, Amount]]] = {}

    def count(self, name: str, sheet: str, row: int, column: str, amounts: Mapping[str, Amount]) -> None:
        """Count one row; ``amounts``: kopecks by the header of their column."""
        _, _, _, rows, sums = self._seen.setdefault(name, (sheet, row, column, [0], {}))
        rows[0] += 1
        for header, amount in amounts.items():
            sums[header] = sums.get(header, 0) + amount

    def problems(self) -> Iterable[Problem]:
        """Give one problem an operation, placed at its first row."""
        for name, (sheet, row, column, rows, sums) in self._seen.items():
            told = ", ".join([f"строк {rows[0]}", *_sums(sums)])
            yield problem("operation_unknown", sheet=sheet, row=row, column=column, found=name, details=told)


def nearest_layout(profile: Profile, binding: Binding) -> Layout | None:
    """Return the layout that the columns of a table come nearest to, None where the profile has none."""
    if not binding.columns:
        return None
    present = set(binding.columns)
    judged = {name for layout in profile.layouts for name in layout.fields}
    return min(profile.layouts, key=lambda layout: len((present & judged) ^ set(layout.fields)), default=None)


def judge_columns(profile: Profile, table: Table, binding: Binding, unbound: Unbound, rows: int) -> Iterable[Problem]:
    """Give the problems of unknown, doubled, nameless and missing columns of a table of that many data rows."""
    if not binding.columns:
        return
    for place, seen in sorted(unbound.columns.items()):
        header = binding.headers.get(place, "")
        if not header and not seen.rows:
            continue
        code = "column_twice" if header in binding.twice else "column_unknown" if seen.rows else "column_empty"
        row = binding.row if header else seen.row
        name = header or column_letter(place)
        yield problem(code, sheet=table.sheet, row=row, column=name, found=seen.first or name, details=seen.told())
    for name in _required(profile, table, binding):
        if name not in binding.columns:
            label = field_name(profile, name)
            details = f"строк в таблице {rows}"
            yield problem(
                "column_missing", sheet=table.sheet, row=binding.row, column=label, expected=label, details=details
            )


def _required(profile: Profile, table: Table, binding: Binding) -> Iterable[str]:
    required = [name for name, field in profile.fields.items() if field.required in ("always", table.form)]
    layout = nearest_layout(profile, binding)
    if table.form == "sheet" and layout:
        required += layout.fields
    return dict.fromkeys(required)


def field_name(profile: Profile, field: str) -> str:
    """Return what people call a field that a table has no column for: its first header."""
    spec = profile.fields.get(field)
    return (spec.headers or spec.names)[0] if spec else field


def judge_sheets(skipped: Iterable[Table]) -> Iterable[Problem]:
    """Give a problem for every sheet, or list of records, that is no part of the report and holds something."""
    for table in skipped:
        header: list[Cell] = []
        columns: dict[int, Filled] = {}
        rows = 0
        for number, cells in table.rows():
            if all(map(is_empty, cells)):
                continue
            if not header:
                header = list(cells)
                continue
            rows += 1
            for place, cell in enumerate(cells):
                columns.setdefault(place, Filled()).add(number, cell)
        sums = {
            str(header[place]): seen.total
            for place, seen in columns.items()
            if seen.rows and seen.numeric and place < len(header) and not is_empty(header[place])
        }
        told = ", ".join([f"строк под первой {rows}", *_sums(sums)])
        name = table.sheet + (f" ({table.records_path})" if table.records_path else "")
        yield problem("sheet_unknown", sheet=table.sheet, found=name, details=told)


def _sums(sums: Mapping[str, Amount]) -> list[str]:
    told = [f"{header}: {roubles(amount)}" for header, amount in sums.items() if amount]
    return told[:_NAMED_SUMS] + (["…"] if len(told) > _NAMED_SUMS else [])


def column_letter(place: int) -> str:
    """Return the letters of a column as spreadsheets show them, counted from 0: A, B, ..., Z, AA."""
    letters = ""
    while place >= 0:
        place, last = divmod(place, 26)
        letters = chr(ord("A") + last) + letters
        place -= 1
    return letters


def roubles(amount: Amount) -> str:
    """Return kopecks as roubles for people."""
    return f"{rounded(Decimal(amount) / 100):f}"
