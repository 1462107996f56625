"""Who sold and who bought: whether a document of the channel was made out to this organization by its commissioner.

The commissioner's INN is what the account says (``erp.commissioner_inn``), else the dated fact of the channel in
``commissioners.toml``, else unknown; nothing is guessed.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from reports.problems import Problem, problem


class CommissionerInn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The INN a channel pays and invoices under since a day."""

    channel: str
    inn: str
    since: date
    source: str


@cache
def commissioner_inns() -> tuple[CommissionerInn, ...]:
    """Every proven INN, the newest first."""
    table = tomllib.loads(files("reports").joinpath("commissioners.toml").read_text("utf-8"))
    return tuple(sorted(msgspec.convert(table["inn"], list[CommissionerInn]), key=lambda one: one.since, reverse=True))


def commissioner_inn(channel: str, erp: Mapping[str, str], day: str) -> str:
    """Return the commissioner's INN of an account on a day (``YYYY-MM-DD``), or nothing where nobody knows it."""
    if said := erp.get("commissioner_inn", "").strip():
        return said
    known = (one.inn for one in commissioner_inns() if one.channel == channel and one.since.isoformat() <= day)
    return next(known, "")


def party_problems(parties: Mapping[str, str], organization_inn: str, commissioner: str) -> list[Problem]:
    """Return what is wrong with the parties of a document; ``commissioner`` is empty where its INN is not known."""
    found = []
    buyer, seller = parties.get("buyer_inn", ""), parties.get("seller_inn", "")
    if buyer != organization_inn:
        shown = f"покупатель {buyer or 'не указан'} {parties.get('buyer_name', '')}".strip()
        found.append(problem("party_differs", found=shown, expected=f"ИНН организации {organization_inn}"))
    if commissioner and seller != commissioner:
        shown = f"продавец {seller or 'не указан'} {parties.get('seller_name', '')}".strip()
        found.append(problem("party_differs", found=shown, expected=f"ИНН комиссионера {commissioner}"))
    return found
