"""The journal: which entries (Дт/Кт) a document means in the chart of accounts. The table itself is ``postings.toml``.

Each entry has one amount for both sides, so every document balances by construction. What is proved here is more: the
entries say of the settlements with the marketplace exactly what the totals of the document say.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from mappings.money import ZERO
from mappings.vat import TaxSystem
from reports.documents import SETTLEMENT, Document, DocumentKind, payout_effect

Role = Literal["settlement", "services"]
Side = tuple[str, Role | Literal[""]]
Configuration = Literal["bp30", "ut11", "ka2", "unf"]
SettlementAccount = Literal["62.01", "76.09"]
ServicesAccount = Literal["60.01", "76.09"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a kind of document; ``amount`` is a name of ``amounts``."""

    kind: DocumentKind
    meaning: str
    debit: str
    credit: str
    amount: str


class Chart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entries of a configuration; ``like``: those of another one. ``note``: what a reader must know of them."""

    title: str
    note: str = ""
    like: str = ""
    entries: tuple[Rule, ...] = ()


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """By which accounts a cabinet's documents are told: configuration, tax system, accounts of settlements."""

    configuration: Configuration = "bp30"
    tax_system: TaxSystem = "general"
    settlement: SettlementAccount = "62.01"
    services: ServicesAccount = "60.01"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, roubles; negative is red (storno). The roles tell settlements apart that share one account: with the
    commissioner for goods (``settlement``), and for its reward and services (``services``)."""

    no: int
    meaning: str
    debit: str
    credit: str
    amount: Decimal
    debit_role: Role | Literal[""] = ""
    credit_role: Role | Literal[""] = ""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a document adds to what the marketplace owes for goods, and takes away by what is owed to it (roubles)."""

    settlement: Decimal
    services: Decimal


@cache
def charts() -> dict[str, Chart]:
    """The entries of every configuration by its name."""
    table = tomllib.loads(files("reports").joinpath("postings.toml").read_text("utf-8"))
    found = msgspec.convert(table, dict[str, Chart])
    return {
        name: msgspec.structs.replace(chart, entries=found[chart.like].entries) if chart.like else chart
        for name, chart in found.items()
    }


def journal(document: Document, accounts: Accounts) -> list[Entry]:
    """Return the entries of a document. Asserts that they move the settlements by what the document totals to."""
    found = amounts(document, accounts.tax_system)
    roles: dict[str, Side] = {
        "@settlement": (accounts.settlement, "settlement"),
        "@services": (accounts.services, "services"),
    }
    entries: list[Entry] = []
    for rule in charts()[accounts.configuration].entries:
        if rule.kind == document.kind and found[rule.amount]:
            debit, debit_role = roles.get(rule.debit, (rule.debit, ""))
            credit, credit_role = roles.get(rule.credit, (rule.credit, ""))
            entries.append(
                Entry(
                    no=len(entries) + 1, meaning=rule.meaning, debit=debit, credit=credit, amount=found[rule.amount],
                    debit_role=debit_role, credit_role=credit_role,
                )
            )  # fmt: skip
    told = settled(document)
    assert (moved(entries, "settlement"), moved(entries, "services")) == (told.settlement, told.services), document.id
    return entries


def amounts(document: Document, tax_system: TaxSystem) -> dict[str, Decimal]:
    """Return every amount that a rule may name, in roubles. Asserts that lines and totals of sales agree."""
    sums = _sums(document)
    deductible = tax_system == "general"
    commission_vat = document.commission_vat if deductible else ZERO
    vat = document.vat_total if deductible else ZERO
    if document.kind in ("commission_report", "sale"):
        assert sums["sales"] + sums["returns"] == document.total, document.id
        assert sums["sales_vat"] + sums["returns_vat"] == document.vat_total, document.id
    if document.kind == "debt_offset":
        assert sums["offset"] + sums["settlement"] == document.total, document.id
    return sums | {
        "commission": document.commission_total,
        "commission_cost": document.commission_total - commission_vat,
        "commission_input_vat": commission_vat,
        "total": document.total,
        "vat": document.vat_total,
        "cost": document.total - vat,
        "input_vat": vat,
    }


def _sums(document: Document) -> dict[str, Decimal]:
    found = dict.fromkeys(("sales", "sales_vat", "returns", "returns_vat", "offset", "settlement"), ZERO)
    for line in document.lines:
        if line.section == "returns":
            found["returns"] -= line.amount
            found["returns_vat"] -= line.vat_amount
        elif document.kind == "debt_offset":
            found["settlement" if line.section == SETTLEMENT else "offset"] += line.amount
        else:
            found["sales"] += line.amount
            found["sales_vat"] += line.vat_amount
    return found


def settled(document: Document) -> Settled:
    """Return what a document does to the settlements, by its totals alone (an offset by its lines' sections)."""
    effect = payout_effect(document)
    if document.kind == "service_receipt":
        return Settled(settlement=ZERO, services=effect)
    if document.kind == "debt_offset":
        offset = document.total + effect
        return Settled(settlement=effect - offset, services=offset)
    return Settled(settlement=effect, services=ZERO)


def moved(entries: Iterable[Entry], role: Role) -> Decimal:
    """Return by how much entries change the balance (Дт − Кт) of the settlements of a role."""
    change = ZERO
    for entry in entries:
        change += entry.amount if entry.debit_role == role else ZERO
        change -= entry.amount if entry.credit_role == role else ZERO
    return change


def turnover(entries: Sequence[Entry]) -> Mapping[str, Decimal]:
    """Return the change (Дт − Кт) of every account, in the order of accounts."""
    change: dict[str, Decimal] = {}
    for entry in entries:
        change[entry.debit] = change.get(entry.debit, ZERO) + entry.amount
        change[entry.credit] = change.get(entry.credit, ZERO) - entry.amount
    return dict(sorted(change.items()))
