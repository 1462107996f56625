"""A profile's rules with their columns found: what the parser asks of each row of one table.

Compiled once per table, because every row passes here: a sum of fields becomes a function of the row's amounts, which
are read from its cells once.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from reports import expression
from reports.cells import Amount, is_empty, plain_text
from reports.header import normal
from reports.kinds import kinds
from reports.lines import Total
from reports.measures import MEASURED, Measures
from reports.profile import AMOUNT_TYPES, LineRule, Operation, Profile, RowCheck, Scheme
from reports.reading import Cell

Cells = Sequence[Cell]
Amounts = Mapping[int, Amount]  # kopecks by column; a zero is left out
Reader = Callable[[Amounts], Amount]


class Sums:
    """Exact running sums of one kind in one section: kopecks, quantity in thousandths."""

    __slots__ = ("amount", "commission", "count", "quantity")

    def __init__(self) -> None:
        self.amount: Amount = 0
        self.commission: Amount = 0
        self.quantity = 0
        self.count = 0

    def total(self) -> Total:
        """Return the sums as the summary carries them."""
        return Total(str(self.amount), self.quantity, str(self.commission), self.count)


class Place(Protocol):
    """The table that rules are compiled for."""

    @property
    def profile(self) -> Profile: ...

    @property
    def sums(self) -> dict[tuple[str, str], Sums]: ...

    @property
    def measures(self) -> Measures: ...

    def column(self, field: str) -> int | None:
        """Return the index of a field's column, None when the table has none."""

    def header(self, field: str) -> str:
        """Return what the file calls a field."""


def reader(place: Place, text: str) -> Reader:
    """Compile a sum of fields; columns that the table does not have count as zero."""
    for name in expression.names(text):
        assert place.profile.fields[name].type in AMOUNT_TYPES, name
    found: list[tuple[Amount, int]] = [
        (int(factor) if factor == int(factor) else factor, index)
        for factor, name in expression.terms(text)
        if (index := place.column(name)) is not None
    ]
    if len(found) == 1 and found[0][0] == 1:
        only = found[0][1]
        return lambda amounts: amounts.get(only, 0)
    return lambda amounts: _sum(found, amounts)


def _sum(found: Sequence[tuple[Amount, int]], amounts: Amounts) -> Amount:
    total: Amount = 0
    for factor, index in found:
        if index in amounts:
            total += factor * amounts[index]
    return total


class SchemeReader:
    """Tells of a row who kept and sent the goods; see ``reports.profile.Scheme``."""

    def __init__(self, place: Place, scheme: Scheme) -> None:
        self._field, self._task = place.column(scheme.field), place.column(scheme.task)
        self._values = {normal(text): name for text, name in scheme.values.items()}
        self._known: dict[str, str] = {}

    def __call__(self, cells: Cells) -> str:
        """Return FBO or FBS, or nothing where the table has neither column or says what nobody knows."""
        written = plain_text(cells[self._field]) if self._field is not None else ""
        if written:
            if written not in self._known:
                text = normal(written)
                self._known[written] = next(
                    (name for start, name in self._values.items() if text.startswith(start)), ""
                )
            return self._known[written]
        if self._task is None:
            return ""
        return "FBS" if cells[self._task] not in (None, "", 0, "0") else "FBO"


class CompiledLine:
    """A line rule with its columns found."""

    __slots__ = (
        "amount", "commission", "counted", "goods", "kind", "memo", "ordered", "pieces", "present", "price", "quantity",
        "section", "sums",
    )  # fmt: skip

    def __init__(self, place: Place, rule: LineRule) -> None:
        kind = kinds()[rule.kind]
        self.kind = rule.kind
        self.section = rule.section
        self.goods = kind.books in ("goods", "points") and bool(place.profile.key.identify)
        self.memo = kind.books == "memo"
        self.amount = reader(place, rule.amount)
        self.commission = reader(place, rule.commission) if rule.commission else None
        self.price = reader(place, rule.price) if rule.price else None
        self.pieces = rule.quantity
        self.quantity = place.column(rule.quantity)
        self.counted = rule.counted
        self.ordered = rule.section == "return" or rule.undoes
        bound = [index for name in rule.present if (index := place.column(name)) is not None]
        self.present = bound if rule.present else None
        self.sums = place.sums.setdefault((rule.kind, rule.section), Sums())

    def stands(self, cells: Cells) -> bool:
        """True when the row has this line at all."""
        return self.present is None or any(cells[index] not in (None, "", 0) for index in self.present)


class CompiledCheck:
    """A formula of the row with its columns found."""

    __slots__ = ("left", "name", "present", "rights", "tolerance")

    def __init__(self, place: Place, check: RowCheck) -> None:
        self.name = check.name
        self.left = reader(place, check.left)
        self.rights = [reader(place, text) for text in check.right]
        self.tolerance = Decimal(check.tolerance) * 100
        bound = [index for name in check.present if (index := place.column(name)) is not None]
        self.present = bound if check.present else None

    def failed(self, cells: Cells, amounts: Amounts) -> tuple[Amount, Amount] | None:
        """Return (found, expected) in kopecks when the row does not meet the formula."""
        if self.present is not None and all(is_empty(cells[index]) for index in self.present):
            return None
        actual = self.left(amounts)
        for right in self.rights:
            if -self.tolerance <= actual - right(amounts) <= self.tolerance:
                return None
        return actual, self.rights[0](amounts)


class CompiledRule:
    """An operation's rule with its columns found.

    ``sums``: columns whose running sums the row adds to, with the sign of each; ``charges``: columns that make a line
    of their own, with the sign of its amount; ``stray``: money columns that must be empty because nothing here uses
    them; ``positive``: columns where a minus sign is a problem; ``needed``: fields that the operation may not leave
    empty, without a column too; ``rows``: met so far; ``tallies``: where the numbers of some of them are measured;
    ``service``: the columns that name the service, the best first.
    """

    __slots__ = (
        "charged", "charges", "checks", "ignore", "lines", "needed", "positive", "rows", "service", "stray", "sums",
        "tallies",
    )  # fmt: skip

    def __init__(self, place: Place, operation: Operation) -> None:
        profile = place.profile
        self.rows = 0
        self.ignore = operation.ignore
        self.lines = [CompiledLine(place, rule) for rule in operation.lines]
        named = operation.service or profile.service
        self.service = [index for name in named if (index := place.column(name)) is not None]
        self.needed = [
            (name, place.column(name))
            for rule, line in zip(operation.lines, self.lines, strict=True)
            if not rule.present and (name := rule.amount.lstrip("-")) in profile.fields
            if not line.memo or place.column(name) is not None
        ]
        self.checks = [CompiledCheck(place, check) for check in operation.checks]
        kind = self.lines[0].kind if self.lines else ""
        self.tallies = {
            index: place.measures.tally(name, kind, place.header(name))
            for name, field in profile.fields.items()
            if field.type in MEASURED and (index := place.column(name)) is not None
        }
        used = set(operation.uses)
        for rule in operation.lines:
            used |= {name for text in (rule.amount, rule.commission) if text for name in expression.names(text)}
        charges = [charge for charge in profile.charges if charge.field not in used]
        self.charges = [
            (
                index,
                operation.sign if charge.signed else 1,
                CompiledLine(place, LineRule(kind=charge.kind, amount=charge.field)),
            )
            for charge in charges
            if (index := place.column(charge.field)) is not None
        ]
        self.charged = frozenset(index for index, _, _ in self.charges)
        unsigned = {charge.field for charge in charges if not charge.signed}
        columns = [(name, index) for name in profile.columns if (index := place.column(name)) is not None]
        self.sums = {index: (name, 1 if name in unsigned else operation.sign) for name, index in columns}
        used |= {charge.field for charge in profile.charges}
        self.stray = {index: name for name, index in columns if name not in used}
        self.positive = [
            (name, index)
            for name in sorted(used)
            if profile.fields[name].positive and (index := place.column(name)) is not None
        ]

    def missing(self, cells: Cells) -> list[str]:
        """Return the fields that a row of this operation must fill and does not, or has no column for."""
        return [name for name, index in self.needed if index is None or is_empty(cells[index])]


def meaning(profile: Profile, values: dict[str, str]) -> Operation | None:
    """Return the operation that these compared texts mean, None when the profile does not know it."""
    for name, known in profile.vocabulary.items():
        if not any(_fits(values[name], text) for text in known):
            return None
    for operation in profile.operations:
        if all(any(_fits(values[name], text) for text in texts) for name, texts in operation.when.items()):
            return operation
    return None


def _fits(value: str, pattern: str) -> bool:
    wanted = normal(pattern.strip("*"))
    if pattern.startswith("*"):
        return wanted in value if pattern.endswith("*") else value.endswith(wanted)
    return value.startswith(wanted) if pattern.endswith("*") else value == wanted


def per_piece(amount: Amount, quantity: int) -> int:
    """Return the price of one piece, rounded half to even."""
    if amount.__class__ is int and not (amount * 1000) % quantity:
        return amount * 1000 // quantity
    return round(Decimal(amount * 1000) / quantity)
