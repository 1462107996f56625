"""Rows become lines, or problems; none disappears. The rules come from the profile, compiled once per table.

Evaluation order for a row: blank -> ignored; end of table; operation -> rule; every used column is read (a broken
number or date holds the row); lines of the rule; lines of charge columns; a money column that no rule uses must be
zero; formulas of the row. A row with a problem gives no line and counts as unknown. docs/profiles.md tells it whole.
"""

from collections.abc import Iterable
from hashlib import blake2b
from operator import itemgetter

import msgspec

from reports.cells import Amount, Broken, iso_date, kopecks, likely_date, plain_text, thousandths
from reports.constants import Constants
from reports.drift import Unbound, UnknownOperations, field_name, roubles
from reports.header import Binding, normal
from reports.keys import Keys
from reports.limits import Limits
from reports.lines import Batch, Line, RowFacts, Summary
from reports.measures import Measures, hundredths, measure, measured
from reports.problems import Problem, problem
from reports.profile import AMOUNT_TYPES, Profile
from reports.reading import Cell, Table
from reports.rules import Amounts, CompiledLine, CompiledRule, SchemeReader, Sums, meaning, per_piece, reader

CONTENTS = 1 << 128
_packed = msgspec.msgpack.Encoder().encode  # the same bytes for the same values, faster than repr


class _Held(Exception):
    """The row cannot be booked: it gives problems instead of lines."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*[found.message for found in problems])
        self.problems = problems


class Parser:
    """Turns the data rows of the tables of one report into lines. One per report; ``start`` it on each table."""

    def __init__(self, profile: Profile, limits: Limits) -> None:
        self.profile = profile
        self.limits = limits
        self.batch = Batch()
        self.sums: dict[tuple[str, str], Sums] = {}
        self.columns: dict[str, Amount] = dict.fromkeys(profile.columns, 0)
        self.rows_total = self.rows_used = self.rows_unknown = self.problems_total = 0
        self.ignored: dict[str, int] = {}
        self.sheets: list[str] = []
        self.dates = ("9999-12-31", "")
        self.constants = Constants(profile)
        self.operations = UnknownOperations()
        self.measures = Measures()
        self._form = ""
        self._fields: dict[str, None] = {}
        self.content = 0
        self._ids: dict[str, list[Cell]] = {}
        self._earlier, self._marks = set[int](), set[int]()
        self.several, self.overlaps = False, dict[str, int]()  # rows by sheet that another sheet has too
        self.keys = Keys(profile)

    def start(self, table: Table, binding: Binding) -> None:
        """Prepare for the rows of one table whose columns are bound."""
        self._sheet = table.sheet
        self._binding = binding
        self._form = table.form
        self._fields |= dict.fromkeys(binding.columns)
        self._width = max(binding.headers, default=-1) + 1
        self.unbound = Unbound(binding, self._width)
        self.sheets.append(table.sheet)
        self._earlier |= self._marks
        self._marks = set()
        self._row_id = self.column(self.profile.rows.row_id) if table.form == "records" else None
        fields, profile = self.profile.fields, self.profile
        self._rules: dict[tuple[str, ...], CompiledRule | None] = {}
        self._whens = [self.column(name) for name in self._when_fields()]
        self._date, self._ref = self.column(profile.date), self.column(profile.ref)
        self._ordered = self.column(profile.ordered)
        self._scheme = SchemeReader(self, profile.scheme) if profile.scheme else None
        key = profile.key
        self._key_columns = [
            self.column(name) for name in (key.marketplace_id, key.article, key.barcode, key.size, key.name)
        ]
        numbers = [(name, index, fields[name].type) for name, index in binding.columns.items()]
        self._money = [(name, index) for name, index, kind in numbers if kind in AMOUNT_TYPES]
        self._quantities = [(name, index) for name, index, kind in numbers if kind == "quantity"]
        self._sampled = [index for _, index, kind in numbers if kind in ("quantity", "percent")]
        dates = [(name, index) for name, index in binding.columns.items() if fields[name].type == "date"]
        self._more_dates = [(name, index) for name, index in dates if name != profile.date]
        self.constants.start(self.column)

    def _when_fields(self) -> list[str]:
        return list(
            dict.fromkeys([name for one in self.profile.operations for name in one.when] + [*self.profile.vocabulary])
        )

    def column(self, field: str) -> int | None:
        """Return the index of a field's column in this table, None when it has none."""
        return self._binding.columns.get(field) if field else None

    def feed(self, number: int, cells: list[Cell]) -> None:
        """Take one data row. Rows are counted here and nowhere else."""
        self.rows_total += 1
        if len(cells) < self._width:
            cells = cells + [None] * (self._width - len(cells))
        if self.unbound.places or len(cells) > self._width:
            self.unbound.count(number, cells)
        if self._row_id is not None and self._met_again(number, cells):
            return
        try:
            self._take(number, cells)
        except _Held as held:
            self.rows_unknown += 1
            for found in held.problems:
                self.report(found)

    def _met_again(self, number: int, cells: list[Cell]) -> bool:
        """Ignore a row whose id was read before, as pages of an API may overlap; the same id must say the same."""
        name = plain_text(cells[self._row_id]) if self._row_id is not None else ""
        first = self._ids.setdefault(name, cells) if name else cells
        if first is cells:
            return False
        if first == cells:
            self.ignored["повтор строки"] = self.ignored.get("повтор строки", 0) + 1
        else:
            self.rows_unknown += 1
            self.report(self._problem("rows_differ", number, self.profile.rows.row_id, found=name))
        return True

    def state(self, number: int, cells: list[Cell]) -> RowFacts | None:
        """Return what a row of a control report states about the report it names."""
        facts = self.profile.facts
        if facts is None or not facts.per_row:
            return None

        def text(field: str) -> str:
            index = self.column(field)
            return plain_text(cells[index]) if index is not None else ""

        amounts = self._amounts(number, cells)
        values = {name: str(reader(self, amount)(amounts)) for name, amount in facts.values.items()}
        kind = self.profile.identity.types.get(text(facts.type), text(facts.type))
        period = [iso_date(text(name)) for name in facts.period] or ["", ""]
        self.dates = (min(self.dates[0], period[0] or self.dates[0]), self.dates[1])
        return RowFacts(text(facts.per_row), number, values, kind, *period)

    def ignore(self, reason: str) -> None:
        """Count a row that is no data, with the reason."""
        self.rows_total += 1
        self.ignored[reason] = self.ignored.get(reason, 0) + 1

    def summarize(self, number: int, cells: list[Cell]) -> None:
        """Take a row that speaks of the whole report; two that say different things are a problem."""
        self.ignore("сводная строка")
        list(map(self.report, self._differing(number, cells + [None] * (self._width - len(cells)))))

    def hold(self, number: int, code: str, field: str, found: Cell) -> None:
        """Count a row that looks like data but cannot be read as such, with its problem."""
        self.rows_total += 1
        self.rows_unknown += 1
        self.report(self._problem(code, number, field, found=found))

    def report(self, found: Problem) -> None:
        """Keep a problem; past the limit they are only counted."""
        self.problems_total += 1
        if self.problems_total <= self.limits.problems:
            self.batch.problems.append(found)

    def _take(self, number: int, cells: list[Cell]) -> None:
        texts = tuple([plain_text(cells[index]) if index is not None else "" for index in self._whens])
        amounts = self._amounts(number, cells)
        rule = self._rule(number, texts, amounts)
        for index, amount in amounts.items():
            if index in rule.sums:
                name, sign = rule.sums[index]
                self.columns[name] += sign * amount
        rule.rows += 1
        if measured(rule.rows):
            measure(rule.tallies, {**amounts, **hundredths(cells, self._sampled)})
        day = self._day(number, cells)
        self._check_row(rule, number, cells, amounts)
        if rule.ignore:
            self.ignored[rule.ignore] = self.ignored.get(rule.ignore, 0) + 1
            return
        if not self._emit(rule, number, cells, amounts, texts[0] if texts else "", day):
            self.ignored["нет сумм"] = self.ignored.get("нет сумм", 0) + 1
            return
        self.rows_used += 1

    def _amounts(self, number: int, cells: list[Cell]) -> Amounts:
        """Return the row's amounts in kopecks by column, zeros left out: each cell is read once, most hold nothing."""
        try:
            for _, index in self._quantities:
                thousandths(cells[index])
            return {
                index: amount
                for _, index in self._money
                if ((cell := cells[index]) or cell.__class__ is not int) and (amount := kopecks(cell))
            }
        except Broken:
            raise _Held(*self._broken(number, cells)) from None

    def _rule(self, number: int, texts: tuple[str, ...], amounts: Amounts) -> CompiledRule:
        try:
            rule = self._rules[texts]
        except KeyError:
            rule = self._rules[texts] = self._find_rule(texts)
        if rule is None:
            self._hold_operation(number, texts, amounts)
            raise _Held
        return rule

    def _hold_operation(self, number: int, texts: tuple[str, ...], amounts: Amounts) -> None:
        """Count a row that nobody knows; its money stays in the column sums, so that the checks show it is missing."""
        found = " / ".join(text for text in texts if text) or "(пусто)"
        for name in self.profile.columns:
            self.columns[name] += amounts.get(self._binding.columns.get(name, -1), 0)
        said = {self.header(name): amounts[index] for name, index in self._money if index in amounts}
        self.operations.count(found, self._sheet, number, self.header(self._when_fields()[0]), said)

    def _find_rule(self, texts: tuple[str, ...]) -> CompiledRule | None:
        operation = meaning(self.profile, dict(zip(self._when_fields(), map(normal, texts), strict=True)))
        return CompiledRule(self, operation) if operation else None

    def _day(self, number: int, cells: list[Cell]) -> str:
        if self._date is None:
            return ""
        try:
            day = iso_date(cells[self._date])
        except Broken:
            held = self._problem("date_broken", number, self.profile.date, found=cells[self._date])
            raise _Held(held) from None
        if day and not self.dates[0] <= day <= self.dates[1]:
            self.dates = (min(self.dates[0], day), max(self.dates[1], day))
        return day

    def _check_row(self, rule: CompiledRule, number: int, cells: list[Cell], amounts: Amounts) -> None:
        problems = [
            self._problem("amount_unexpected", number, name, found=cells[index], expected="0")
            for index, name in rule.stray.items()
            if index in amounts
        ]
        problems += [
            self._problem("amount_negative", number, name, found=cells[index])
            for name, index in rule.positive
            if amounts.get(index, 0) < 0
        ]
        problems += [self._problem("number_missing", number, name) for name in rule.missing(cells)]
        problems += self._wrong_pieces(rule, number, cells, amounts)
        for name, index in self._more_dates:
            try:
                iso_date(cells[index])
            except Broken:
                problems.append(self._problem("date_broken", number, name, found=cells[index]))
        problems += self._differing(number, cells)
        for check in rule.checks:
            if failed := check.failed(cells, amounts):
                found, expected = (roubles(amount) for amount in failed)
                problems.append(self._problem("row_formula", number, column=check.name, found=found, expected=expected))
        if problems:
            raise _Held(*problems)

    def _differing(self, number: int, cells: list[Cell]) -> Iterable[Problem]:
        for name, value, first in self.constants.differing(cells):
            yield self._problem("rows_differ", number, name, found=value, expected=first)

    def _wrong_pieces(self, rule: CompiledRule, number: int, cells: list[Cell], amounts: Amounts) -> Iterable[Problem]:
        """Give the lines whose pieces are negative, or none although there is an amount."""
        for line in rule.lines:
            if line.quantity is None or not line.stands(cells):
                continue
            pieces = thousandths(cells[line.quantity])
            if pieces < 0:
                yield self._problem("amount_negative", number, line.pieces, found=cells[line.quantity])
            elif line.counted and not pieces and line.amount(amounts):
                yield self._problem("number_missing", number, line.pieces, found=cells[line.quantity])

    def _emit(
        self, rule: CompiledRule, number: int, cells: list[Cell], amounts: Amounts, operation: str, day: str
    ) -> bool:
        """Write the lines of a row; False when it has none."""
        found: list[tuple[CompiledLine, int]] = [(line, 1) for line in rule.lines if line.stands(cells)]
        if not rule.charged.isdisjoint(amounts):
            found += [(line, sign) for index, sign, line in rule.charges if index in amounts]
        if not found:
            return False
        service, key = operation, None
        for index in rule.service:
            if text := plain_text(cells[index]):
                service = text
                break
        ref = plain_text(cells[self._ref]) if self._ref is not None else ""
        if any([line.goods for line, _ in found]):  # noqa: C419 a list is faster than a generator for one or two
            key = self.keys.number(self._key_columns, cells)
            if key is None:
                raise _Held(self._problem("product_missing", number))
        values = [self._values(line, sign, cells, amounts) for line, sign in found]
        product = self.keys.codes[key] if key is not None else ""
        mark = self._mark(found, values, operation, day, ref, product)
        if self.several and ref and mark:
            if mark in self._earlier:
                self.overlaps[self._sheet] = self.overlaps.get(self._sheet, 0) + 1
            self._marks.add(mark)
        scheme = self._scheme(cells) if self._scheme and key is not None else ""
        for (line, _), (quantity, amount, commission, price, rest) in zip(found, values, strict=True):
            self.batch.lines.append(
                Line(
                    len(self.sheets) - 1, number, line.kind, line.section, operation, service,
                    key if line.goods else None, day, quantity, amount, commission, price, rest, ref, mark,
                    likely_date(cells[self._ordered]) if self._ordered is not None and line.ordered else "",
                    scheme if line.goods else "",
                )
            )  # fmt: skip
        return True

    def _values(
        self, line: CompiledLine, sign: int, cells: list[Cell], amounts: Amounts
    ) -> tuple[int, int, int, int, str]:
        """Return quantity, amount, commission, price and the exact rest of a line, and add them to the sums."""
        quantity = thousandths(cells[line.quantity]) if line.quantity is not None else 0
        amount = sign * line.amount(amounts)
        commission = line.commission(amounts) if line.commission else 0
        sums = line.sums
        sums.amount += amount
        sums.commission += commission
        sums.quantity += quantity
        sums.count += 1
        price = round(line.price(amounts)) if line.price else per_piece(amount, quantity) if quantity else 0
        if amount.__class__ is int and commission.__class__ is int:
            return quantity, amount, commission, price, ""
        whole, part = int(amount), int(commission)
        return quantity, whole, part, price, f"{amount - whole} {commission - part}"

    def _mark(
        self,
        found: list[tuple[CompiledLine, int]],
        values: list[tuple[int, int, int, int, str]],
        operation: str,
        day: str,
        ref: str,
        product: str,
    ) -> int:
        """Return a number that two rows share only when they say the same; memo lines do not count."""
        pairs = zip(found, values, strict=True)
        said = [(line.kind, line.section, *value[:3]) for (line, _), value in pairs if not line.memo]
        if not said:
            return 0
        text = _packed((operation, day, ref, product, said))
        mark = int.from_bytes(blake2b(text, digest_size=16).digest(), "big")
        self.content = (self.content + mark) % CONTENTS
        return mark >> 65

    def _broken(self, number: int, cells: list[Cell]) -> Iterable[Problem]:
        numbers = [(*column, kopecks) for column in self._money]
        numbers += [(*column, thousandths) for column in self._quantities]
        found = []
        for name, index, read in sorted(numbers, key=itemgetter(1)):
            try:
                read(cells[index])
            except Broken:
                found.append(self._problem("number_broken", number, name, found=cells[index]))
        return found

    def _problem(
        self, code: str, row: int, field: str = "", *, column: str = "", found: object = "", expected: str = ""
    ) -> Problem:
        """Make a problem of this row; the column is named by the header that the file itself has for the field."""
        header = column or self.header(field)
        return problem(code, sheet=self._sheet, row=row, column=header, found=found, expected=expected)

    def header(self, field: str) -> str:
        """Return what the file calls a field."""
        index = self.column(field)
        return self._binding.headers.get(index, field) if index is not None else field_name(self.profile, field)

    def summary(self) -> Summary:
        """Return the counts and sums of all tables fed so far; identity and footers are the caller's."""
        assert self.rows_used + sum(self.ignored.values()) + self.rows_unknown == self.rows_total
        return Summary(
            profile=self.profile.name,
            content=f"{self.content:032x}",
            rows_total=self.rows_total,
            rows_used=self.rows_used,
            rows_ignored=dict(sorted(self.ignored.items())),
            rows_unknown=self.rows_unknown,
            problems_total=self.problems_total,
            totals={
                f"{kind}.{section}" if section else kind: sums.total()
                for (kind, section), sums in self.sums.items()
                if sums.count
            },
            columns={name: str(value) for name, value in self.columns.items()},
            sheets=tuple(self.sheets),
            form=self._form,
            fields=tuple(self._fields),
            stats=self.measures.stats(),
        )
