"""Treatments: what the books do with a kind of line, by channel, tax system, type of report, service and day.

The built-in table is ``treatments.toml``, each row with its source; an account may overrule a row from a day on. A kind
that no row speaks of is nobody's to guess: the report is held with its sum.
"""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal

import msgspec

from reports.kinds import kinds

Treated = Literal[
    "goods",
    "sale",
    "points",
    "commission",
    "service",
    "service_without_vat",
    "other",
    "offset",
    "memo",
    "carried",
    "hold",
]
_CONTRACTS = {"sale": "sale_contract", "service": "services_contract", "service_without_vat": "services_contract"}


class Treatment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row. ``valid_from``: the first day (of documents) it holds for. ``vat``: empty is the account's rule for
    services, else ``none`` or a rate in per cent. ``own``: an account's row, not a built-in one."""

    kind: str
    books: Treated
    valid_from: date = msgspec.field(name="from")
    channel: str = ""
    tax_system: str = ""
    type: str = ""
    service: str = ""
    booked_as: str = ""
    vat: str = ""
    contract: str = ""
    source: str = ""
    own: bool = False

    @property
    def part(self) -> str:
        """What tells documents of this treatment from others: the kind booked, and the service it is only for."""
        if self.booked_as or not self.service:
            return self.booked_as or self.kind
        return f"{self.kind}:{self.service}"

    @property
    def title(self) -> str:
        """What people read: the kind's title, with the service it is only for."""
        named = kinds()[self.booked_as or self.kind].title
        return f"{named}: {self.service}" if self.service and not self.booked_as else named

    @property
    def contract_key(self) -> str:
        """The key of the account's ``erp`` field that names the contract."""
        return self.contract or _CONTRACTS.get(self.books, "commission_contract")


@cache
def builtin() -> tuple[Treatment, ...]:
    """The rows that come with the program. Raises ValueError for a kind that does not exist."""
    rows = msgspec.convert(tomllib.loads(_text())["treatment"], tuple[Treatment, ...])
    for row in rows:
        for name in filter(None, (row.kind, row.booked_as)):
            if name not in kinds():
                raise ValueError(f"treatments.toml: no kind {name!r}")
    return rows


@cache
def builtin_version() -> str:
    """A checksum of the built-in table, for evidence of which one a month was booked by."""
    return sha256(_text().encode()).hexdigest()


def _text() -> str:
    return files("reports").joinpath("treatments.toml").read_text("utf-8")


class Treatments:
    """The table in force for one report: built-in rows and the account's own."""

    def __init__(self, channel: str, tax_system: str, report_type: str, own: Iterable[Treatment] = ()) -> None:
        self._rows: dict[str, list[Treatment]] = {}
        for row in (*builtin(), *own):
            if row.channel in ("", channel) and row.tax_system in ("", tax_system) and row.type in ("", report_type):
                self._rows.setdefault(row.kind, []).append(row)
        self._known: dict[tuple[str, str, str], Treatment | None] = {}

    def of(self, kind: str, service: str, day: str) -> Treatment | None:
        """Return the row for a line of this kind and service in a document of this day; None where there is none."""
        place = kind, service, day
        if place not in self._known:
            self._known[place] = self._find(*place)
        return self._known[place]

    def _find(self, kind: str, service: str, day: str) -> Treatment | None:
        text, on = folded(service), date.fromisoformat(day)
        fitting = [row for row in self._rows.get(kind, ()) if folded(row.service) in text and row.valid_from <= on]
        return max(fitting, key=_rank, default=None)


def _rank(row: Treatment) -> tuple[object, ...]:
    return row.own, bool(row.type), len(row.service), bool(row.channel), bool(row.tax_system), row.valid_from


def folded(text: str) -> str:
    """Return a name of a service as names are compared: small letters, ё as е."""
    return text.casefold().replace("ё", "е").strip()


def in_force(rows: Sequence[Treatment], day: date) -> list[Treatment]:
    """Return the rows that hold on a day: of rows about the same thing only the latest begun."""
    latest: dict[tuple[object, ...], Treatment] = {}
    for row in sorted(rows, key=lambda row: row.valid_from):
        if row.valid_from <= day:
            latest[row.own, row.kind, row.channel, row.tax_system, row.type, row.service] = row
    return list(latest.values())
