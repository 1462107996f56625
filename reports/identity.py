"""What makes a report this report: its number, period, date, type and currency, found where the profile says.

What the user states at upload comes first, then the file itself, then its name, then what the rows allow. A number or
period that cannot be found is a problem only where the profile's identity needs it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

import msgspec

from mappings.codes import damaged
from reports.cells import Broken, iso_date
from reports.header import header_currency
from reports.lines import Summary
from reports.match import Matched
from reports.parse import Parser
from reports.problems import Refused, problem
from reports.profile import Source


class Stated(Protocol):
    """What the user said beside the file."""

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def date(self) -> str: ...
    @property
    def period_from(self) -> str: ...
    @property
    def period_to(self) -> str: ...


def identify(stated: Stated, matched: Matched, parser: Parser, footers: dict[str, str]) -> Summary:
    """Return the summary of a parsed report with its identity; reports what is missing to the parser."""
    identity = matched.profile.identity
    period = _period(stated, matched, parser)
    number = stated.number or _first(identity.number, stated, matched, parser)
    kind = _first(identity.type, stated, matched, parser)
    if not all(period) and identity.period:
        parser.report(problem("report_period_missing"))
    if not number and identity.basis == "number":
        parser.report(problem("report_number_missing"))
    if not stated.number and matched.tables[0][0].form == "sheet" and damaged(number):
        parser.report(problem("report_number_damaged", found=number))
    day = stated.date or _as_date(_first(identity.date, stated, matched, parser)) or period[1]
    kind = identity.types.get(kind, kind)
    currency = _first(identity.currency, stated, matched, parser) or _in_headers(matched)
    parties = {name: _first(sources, stated, matched, parser) for name, sources in identity.parties.items()}
    if not parser.rows_used and not parser.rows_unknown and kind not in identity.empty_types:
        parser.report(problem("report_empty"))
    return msgspec.structs.replace(
        parser.summary(),
        number=number,
        date=day,
        period_from=period[0],
        period_to=period[1],
        type=kind,
        currency=identity.currencies.get(currency, currency) or matched.profile.currency,
        currency_named=bool(currency),
        parties={name: said for name, said in parties.items() if said},
        issue=_first(identity.issue, stated, matched, parser),
    )


def _period(stated: Stated, matched: Matched, parser: Parser) -> tuple[str, str]:
    if stated.period_from and stated.period_to:
        return stated.period_from, stated.period_to
    for source in matched.profile.identity.period:
        found = [_as_date(text) for text in _texts(source, stated, matched, parser)]
        if len(found) >= 2 and all(found[:2]):
            return found[0], found[1]
        if source.span and parser.dates[1]:
            return span(source.span, *parser.dates)
    return "", ""


def span(kind: str, first: str, last: str) -> tuple[str, str]:
    """Return the week (Monday to Sunday) or month of the last day, or the days themselves."""
    end = date.fromisoformat(last)
    if kind == "week":
        monday = end - timedelta(days=end.weekday())
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    if kind == "month":
        after = (end.replace(day=28) + timedelta(days=4)).replace(day=1)
        return end.replace(day=1).isoformat(), (after - timedelta(days=1)).isoformat()
    return first, last


def _first(sources: Iterable[Source], stated: Stated, matched: Matched, parser: Parser) -> str:
    for source in sources:
        for text in _texts(source, stated, matched, parser):
            if text:
                return text
    return ""


def _texts(source: Source, stated: Stated, matched: Matched, parser: Parser) -> Sequence[str]:
    """Return what one source says: the groups of a pattern, or the values of paths and fields."""
    if source.file:
        names = (stated.name, *(table.file for table, _, _ in matched.tables))
        return next(filter(None, (_groups(source.file, name) for name in names)), [])
    if source.cell:
        return next(filter(None, (_in_cells(source.cell, matched, index) for index in range(len(matched.tables)))), [])
    if source.scalar:
        scalars = matched.tables[0][0].scalars
        return [scalars.get(path, "") for path in source.scalar]
    if source.fields:
        return [parser.constants.first.get(name, "") for name in source.fields]
    return [parser.constants.first.get(source.field, "")] if source.field else []


def _in_headers(matched: Matched) -> str:
    return header_currency(header for _, binding, _ in matched.tables for header in binding.headers.values())


def _groups(pattern: str, text: str) -> Sequence[str]:
    found = re.search(pattern, text)
    return [group for group in found.groups() if group] if found else []


def require_one_report(matched: Matched) -> None:
    """Refuse a file whose parts name different reports, in their names or in themselves: each is one of its own."""
    named = {_named(matched, index) for index in range(len(matched.tables))}
    if len(named) > 1:
        raise Refused(problem("reports_several", found=", ".join(sorted(filter(None, named)))))


def _named(matched: Matched, index: int) -> str:
    """Return the number that one table states outside its rows, without one the period."""
    table = matched.tables[index][0]
    for source in (*matched.profile.identity.number, *matched.profile.identity.period):
        found = [
            *(_groups(source.file, table.file) if source.file else ()),
            *(_in_cells(source.cell, matched, index) if source.cell else ()),
            *(table.scalars.get(path, "") for path in source.scalar),
        ]
        if any(found):
            return "–".join(filter(None, found))
    return ""


def _in_cells(pattern: str, matched: Matched, index: int) -> Sequence[str]:
    _, binding, head = matched.tables[index]
    for number, cells in head:
        if number > binding.row:
            break
        for cell in cells:
            if isinstance(cell, str) and (groups := _groups(pattern, cell)):
                return groups
    return []


def _as_date(text: str) -> str:
    try:
        return iso_date(text)
    except Broken:
        return ""
