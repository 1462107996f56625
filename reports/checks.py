"""Checks: expected = actual, to the kopeck, each with both numbers and their difference.

The profile lists them; the amounts come from the summary of the report (sums of lines by kind, column sums, totals
written in the file) and from facts that other reports of the account state. A check whose facts are not known yet is
left out and named as pending; nothing else is ever left out.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from mappings.money import ZERO, rounded
from reports import expression
from reports.kinds import kinds
from reports.lines import Summary
from reports.problems import Problem, problem
from reports.profile import Check, Profile


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One finished check. Amounts in roubles."""

    code: str
    title: str
    expected: Decimal
    actual: Decimal
    difference: Decimal
    ok: bool


class Amounts:
    """The named amounts of one report, in exact roubles, as profile expressions use them."""

    def __init__(
        self, summary: Summary, facts: Mapping[str, Mapping[str, Decimal]] | None = None,
        effects: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        self._summary = summary
        self._facts = facts or {}
        self._effects = effects or {}

    def __call__(self, name: str) -> Decimal:
        """Return the amount of a name; KeyError when it is not known."""
        head, _, tail = name.partition(".")
        if head == "column":
            return Decimal(self._summary.columns[tail]) / 100
        if head == "footer":
            return Decimal(self._summary.footers[tail]) / 100
        if head == "fact":
            source, _, fact = tail.partition(".")
            return self._facts[source][fact]
        if name == "payout":
            return self.payout()
        return self.kind(head, tail)

    def kind(self, kind: str, section: str = "") -> Decimal:
        """Return the sum of a kind: net of returns, or of one section alone."""
        if section:
            return self._part(kind, section)
        sign = 1 if kind in ("sale", "return") else -1
        return self._part(kind, "") + self._part(kind, "sale") + sign * self._part(kind, "return")

    def booked(self, kind: str) -> Decimal:
        """Return the net sum of a kind as documents carry it: each section rounded once to the kopeck.

        Commission with a product and without one are rounded apart: only the former is divided over lines of goods.
        """
        sign = 1 if kind in ("sale", "return") else -1
        loose, sold, returned = (
            sum((rounded(amount) for amount in self._summands(kind, section)), ZERO)
            for section in ("", "sale", "return")
        )
        return loose + sold + sign * returned

    def _part(self, kind: str, section: str) -> Decimal:
        return sum(self._summands(kind, section), Decimal(0))

    def _summands(self, kind: str, section: str) -> tuple[Decimal, ...]:
        """Return what lines of the kind amount to, and of the commission what lines of goods carry of it besides."""
        totals = self._summary.totals
        own = totals.get(f"{kind}.{section}" if section else kind)
        amount = Decimal(own.amount) / 100 if own else Decimal(0)
        if kind != "commission":
            return (amount,)
        carried = (Decimal(one.commission) for name, one in totals.items() if name.partition(".")[2] == section)
        return amount, sum(carried, Decimal(0)) / 100

    def quantity(self, kind: str) -> Decimal:
        """Return pieces of a kind."""
        found = [total.quantity for name, total in self._summary.totals.items() if name.partition(".")[0] == kind]
        return Decimal(sum(found)) / 1000

    def payout(self) -> Decimal:
        """Return what the channel owes for this report by the effects of all kinds."""
        return sum(
            (self._effects.get(name, spec.effect) * self.kind(name) for name, spec in kinds().items()), Decimal(0)
        )

    def paid(self) -> Decimal:
        """Return the payout as documents carry it: of sums of kinds and sections, each rounded once."""
        return sum((self._effects.get(name, spec.effect) * self.booked(name) for name, spec in kinds().items()), ZERO)


def run_checks(profile: Profile, amounts: Amounts, summary: Summary) -> tuple[list[CheckResult], list[str]]:
    """Return the finished checks and the titles of those that wait for another report."""
    results = [_rows_check(summary)]
    pending: list[str] = []
    for check in (*profile.checks, *_sum_row_checks(profile, summary)):
        if check.layouts and summary.layout not in check.layouts:
            continue
        try:
            results.append(_run(check, amounts))
        except KeyError as unknown:
            if str(unknown.args[0]) in {source.name for source in profile.fact_sources}:
                pending.append(check.title)
    return results, pending


def _run(check: Check, amounts: Amounts) -> CheckResult:
    expected = rounded(expression.evaluate(check.expected, amounts))
    actual = expression.evaluate(check.actual, amounts)
    if check.floor:
        actual = max(actual, expression.evaluate(check.floor, amounts))
    return result(check.code, check.title, expected, rounded(actual))


def result(code: str, title: str, expected: Decimal, actual: Decimal) -> CheckResult:
    """Compare two rounded amounts."""
    difference = actual - expected
    return CheckResult(
        code=code, title=title, expected=expected, actual=actual, difference=difference, ok=difference == 0
    )


def _rows_check(summary: Summary) -> CheckResult:
    accounted = summary.rows_used + sum(summary.rows_ignored.values())
    return result("rows", "Строк прочитано = учтено", Decimal(summary.rows_total), Decimal(accounted))


def _sum_row_checks(profile: Profile, summary: Summary) -> Iterable[Check]:
    for name in profile.columns:
        if f"sum_{name}" in summary.footers:
            field = profile.fields[name]
            title = ": ".join(filter(None, (*field.group[:1], (field.headers or field.names)[0])))
            yield Check(f"sum_row_{name}", f"Строка сумм: {title}", f"footer.sum_{name}", f"column.{name}")


def check_problems(results: Iterable[CheckResult]) -> list[Problem]:
    """Return a problem for every check that fails, naming it and the difference."""
    return [
        problem(
            "check_failed",
            column=check.title,
            found=f"{check.difference:f} (в отчёте {check.expected:f}, по строкам {check.actual:f})",
            expected=f"{check.expected:f}",
        )
        for check in results
        if not check.ok
    ]  # fmt: skip
