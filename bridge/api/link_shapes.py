"""What requests about links say and answers hold; as ``shapes``, of which it is the part about tables of links."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from bridge.api.shapes import Counts, Page
from bridge.flows.catalogue import Component
from bridge.flows.link_views import View

Day = date  # a field may be called date

# --- bodies -----------------------------------------------------------------------------------------------------------


class SetOfChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which set of changes of links, as its history names it."""

    set: str


class CopyOfLinks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which account links are to be copied, and of which keys (null: all)."""

    from_account: str
    keys: list[str] | None = None


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which score on (of 100) a suggestion is accepted, where it is the only one that good."""

    score: int


# --- answers ----------------------------------------------------------------------------------------------------------


class LinkCounts(Counts, frozen=True, kw_only=True):
    """What a write of links did: its set in the history, and which posted documents were made by what was changed.

    With ``dry_run``: what it would do; there is no set then.
    """

    set: str
    posted_documents: list[str]


class LinkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a table of links; broken: its item is gone from the ERP. ``listing``: no report waits for it yet.

    ``score``: of 100, of a rule, on the scale of suggestions. Of services: ``title`` of the kind, ``parent`` the code
    of the kind whose link would answer for this name too, ``count`` of lines.
    """

    key: str
    state: Literal["linked", "unlinked", "ambiguous", "broken"]
    item: str | None = None
    multiplier: int = 1
    components: list[Component] = []
    valid_from: Day | None = None
    valid_to: Day | None = None
    found_by: str = ""
    score: int | None = None
    who: str = ""
    changed_at: str = ""
    version: int = 0
    note: str = ""
    target: dict[str, str] | None = None
    candidates: list[Any] = []
    suggestions: list[Any] = []
    reasons: list[str] = []
    marketplace_id: str = ""
    article: str = ""
    barcode: str = ""
    size: str = ""
    name: str = ""
    quantity: Decimal | None = None
    amount: Decimal | None = None
    oldest: Day | None = None
    reports: list[str] = []
    listing: bool = False
    title: str = ""
    parent: str = ""
    count: int | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of all that waits for a link, whatever the page: keys, roubles, the oldest day, how many reports."""

    products: int
    amount: Decimal
    oldest: Day | None
    reports: int


class LinkPage(Page[LinkAnswer], frozen=True, kw_only=True):
    """A page of a table of links; with ``waiting`` where it shows what has no link yet."""

    waiting: Waiting | None = None


class ViewAnswer(View, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A saved view of a table of links. Without ``who``: there is none of that name any more."""

    name: str
    who: str = ""
    changed_at: str = ""


class LinkKindAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One table of links: what its keys stand for, and what its links may hold. ``titles``: in other languages."""

    name: str
    title: str
    target: Literal["item", "text"]
    target_title: str
    titles: dict[str, str]
    target_titles: dict[str, str]
    dated: bool
    multiplier: bool
    components: bool
    aliases: list[str]


class SaidLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a link said before or after a change."""

    item: str
    multiplier: int
    components: list[Component]
    valid_to: Day | None
    found_by: str
    score: int | None
    note: str


class LinkChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one link; null: there was none, or there is none any more."""

    key: str
    valid_from: Day | None
    version: int
    before: SaidLink | None
    after: SaidLink | None


class ChangeSetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that were made as one step. ``undoes``: the set that this one took back or did again.

    ``next``: the cursor for the changes of this set that are not shown here.
    """

    set: str
    at: str
    who: str
    source: Literal["person", "upload", "rule", "copy", "undo", "redo"]
    undoes: str | None
    undone: bool
    count: int
    changes: list[LinkChangeAnswer]
    next: str | None = None


class CopyConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is linked otherwise here; it was left as it is."""

    key: str
    here: list[LinkAnswer]
    there: list[LinkAnswer]


class Copied(LinkCounts, frozen=True, kw_only=True):
    """What a copy did, and the first of the keys that it left."""

    conflicts: list[CopyConflict]
    conflicts_total: int


class Accepted(LinkCounts, frozen=True, kw_only=True):
    """What an acceptance did; ``left``: products with several suggestions that good, or none."""

    left: int


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """What automatic matching found: how many links were written (as which set), how many are left."""

    linked: int
    unlinked: int
    ambiguous: list[dict[str, Any]]
    suggested: int = 0
    set: str = ""


HistoryPage = Page[ChangeSetAnswer]
ChangePage = Page[LinkChangeAnswer]
