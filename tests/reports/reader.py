"""Reading a file in a test: everything ``extract`` says, gathered, and what it amounts to in the expected shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from mappings.items import ProductKey
from reports import expression
from reports.checks import Amounts, CheckResult, run_checks
from reports.extract import Request, extract
from reports.lines import Batch, End, Line, Refusal, RowFacts, Summary
from reports.problems import Problem
from reports.profile import profiles
from tests.samples.ledger import money, plain

Facts = Mapping[str, Mapping[str, Decimal]]


@dataclass
class Read:
    """What reading one file gave."""

    summary: Summary | None = None
    lines: list[Line] = field(default_factory=list)
    keys: list[ProductKey] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    facts: list[RowFacts] = field(default_factory=list)
    refused: bool = False

    def checks(self, facts: Facts | None = None) -> tuple[list[CheckResult], list[str]]:
        """Run the checks of the profile."""
        assert self.summary
        profile = profiles()[self.summary.profile]
        return run_checks(profile, Amounts(self.summary, facts), self.summary)

    def codes(self) -> list[str]:
        """The codes of all problems, in order."""
        return [problem.code for problem in self.problems]


def read(path: Path, channel: str = "", **given: Any) -> Read:
    """Read a file to its end, whatever comes."""
    name = given.pop("name", path.name)
    found = Read()
    for message in extract(Request(path=str(path), name=name, channel=channel or channel_of(path), **given)):
        msgspec.msgpack.encode(message)  # it must survive the way between two processes
        if isinstance(message, Batch):
            found.lines += message.lines
            found.keys += message.keys
            found.problems += message.problems
            found.facts += message.facts
        elif isinstance(message, Refusal):
            found.problems += message.problems
            found.refused = True
        elif isinstance(message, End):
            found.summary = message.summary
            found.problems = message.problems + found.problems
    return found


def channel_of(path: Path) -> str:
    """The channel of a sample is the name of its folder."""
    return path.parent.parent.name


def content(found: Read) -> dict[str, Any]:
    """Return what was read in the shape of an expected file; every difference of a check must be zero."""
    summary = found.summary
    assert summary is not None, found.problems
    assert set(found.codes()) <= ({"layout_incomplete"} if summary.layout == "short" else set()), found.problems
    results, _ = found.checks()
    wrong = [f"{check.title}: {check.difference}" for check in results if not check.ok]
    assert not wrong, wrong
    return {
        "profile": summary.profile,
        "layout": summary.layout,
        "number": summary.number,
        "date": summary.date,
        "period": [summary.period_from, summary.period_to],
        "type": summary.type,
        "currency": summary.currency,
        "rows": {
            "total": summary.rows_total,
            "used": summary.rows_used,
            "ignored": summary.rows_ignored,
            "unknown": summary.rows_unknown,
        },
        "totals": {
            name: {
                "amount": plain(Decimal(total.amount) / 100),
                "quantity": plain(Decimal(total.quantity) / 1000),
                "commission": plain(Decimal(total.commission) / 100),
                "count": str(total.count),
            }
            for name, total in sorted(summary.totals.items())
        },
        "checks": {check.code: f"{money(check.expected):f}" for check in sorted(results, key=lambda check: check.code)},
        "payout": plain(Amounts(summary).payout()),
    }


def stated_facts(found: Read) -> dict[str, Decimal]:
    """Return the facts that a report states for its whole period."""
    assert found.summary
    facts = profiles()[found.summary.profile].facts
    assert facts
    amounts = Amounts(found.summary)
    return {name: expression.evaluate(text, amounts) for name, text in facts.values.items()}


def row_facts(found: Read, number: str) -> dict[str, Decimal]:
    """Return the facts that a control report states about the report with that number."""
    values = next(facts.values for facts in found.facts if facts.number == number)
    return {name: Decimal(value) / 100 for name, value in values.items()}
