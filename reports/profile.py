"""Profiles as data: what a report looks like and what its rows mean, one TOML file each under ``profiles/``.

The vocabulary is closed: an unknown key, type, kind or name is an error when the profiles are loaded, and they are
loaded whole at start. docs/profiles.md explains every key and the order of evaluation.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec

from reports import expression
from reports.kinds import Section, kinds
from reports.problems import texts

FieldType = Literal["text", "code", "money", "quantity", "number", "percent", "date"]
AMOUNT_TYPES = ("money", "number")  # the types of fields that amounts are read from


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column. ``headers`` are its names in sheets (below ``group`` where two header rows exist), ``names`` its
    paths in JSON or XML. ``required``: a report without it is held. ``positive``: a minus sign is a problem."""

    type: FieldType = "text"
    headers: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    required: Literal["", "always", "sheet", "records"] = ""
    positive: bool = False


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place where the number, a date or the period may be written. Exactly one key is set."""

    cell: str = ""
    file: str = ""
    scalar: tuple[str, ...] = ()
    field: str = ""
    fields: tuple[str, ...] = ()
    span: Literal["", "week", "month", "days"] = ""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the report this report. ``basis`` number: the number in the file; period: there is one such report a
    period; content: the number may be absent from the file, so documents are identified by what the rows say.
    ``within``: what a number is unique within, where it is not for ever: numbers that begin anew each year, or that
    every seller gives on his own. ``parties``: seller and buyer, as ``seller_inn``. ``issue``: the number of a
    correction. ``currencies``: the file's words for currencies."""

    basis: Literal["number", "period", "content"]
    number: tuple[Source, ...] = ()
    date: tuple[Source, ...] = ()
    period: tuple[Source, ...] = ()
    type: tuple[Source, ...] = ()
    currency: tuple[Source, ...] = ()
    types: dict[str, str] = {}
    empty_types: tuple[str, ...] = ()
    within: tuple[Literal["date", "seller_inn"], ...] = ()
    parties: dict[str, tuple[Source, ...]] = {}
    issue: tuple[Source, ...] = ()
    currencies: dict[str, str] = {}


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One generation of the report: the fields it must have. The nearest layout by present fields is the one judged.

    ``incomplete``: why a report of this layout cannot be booked, and holds.
    """

    name: str
    fields: tuple[str, ...]
    incomplete: str = ""


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the table stands. ``counter``: data rows have a number in that field and end at the first without.

    ``one_sheet``: only the first visible sheet that holds the table is read. ``row_id``: the field by which the API
    names a row for ever, so that a row met again on an overlapping page counts once. ``free``: paths of records (a star
    stands for any ending) that a standard describes and that hold no amount of the report. ``summary``: the field by
    which a row in the table, no data itself, is known to speak of the whole report: its number, dates, currency, total.
    """

    anchors: tuple[str, ...]
    within: int = 15
    paths: tuple[str, ...] = ()
    grouped: bool = False
    counter: str = ""
    end: tuple[str, ...] = ()
    sum_row: bool = False
    empty: tuple[str, ...] = ()
    one_sheet: bool = False
    row_id: str = ""
    free: tuple[str, ...] = ()
    summary: str = ""


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which fields name the product, and which of them a link is written for, the best first."""

    identify: tuple[Literal["marketplace_id", "article", "barcode", "name"], ...] = ()
    marketplace_id: str = ""
    article: str = ""
    barcode: str = ""
    size: str = ""
    name: str = ""


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who kept and sent the goods of a row. ``field`` begins with one of the texts of ``values``, which name FBO or
    FBS; where it is empty, a row with a ``task`` (an assembly task of the seller) is FBS and any other FBO."""

    field: str = ""
    values: dict[str, Literal["FBO", "FBS"]] = {}
    task: str = ""


class LineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line that a row gives. ``present``: only when one of these fields is not zero or empty.

    ``counted``: where there is an amount there are pieces, more than none. ``undoes``: a sale that undoes a return.
    """

    kind: str
    amount: str
    section: Section = ""
    quantity: str = ""
    commission: str = ""
    price: str = ""
    present: tuple[str, ...] = ()
    counted: bool = False
    undoes: bool = False


class RowCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A formula that every row of the rule must meet: ``left`` equals one of ``right`` within ``tolerance`` roubles."""

    name: str
    left: str
    right: tuple[str, ...]
    tolerance: str = "0"
    present: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What rows of some operations mean. ``when``: field -> texts (a star at an end stands for anything there); without
    it, all rows. ``sign`` is that of the row in the column sums: -1 for returns. ``service``: the fields that name the
    service of such rows, where those of the profile do not."""

    lines: tuple[LineRule, ...] = ()
    when: dict[str, tuple[str, ...]] = {}
    sign: Literal[1, -1] = 1
    service: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    checks: tuple[RowCheck, ...] = ()
    ignore: str = ""


class Charge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A money column that makes a line of its kind wherever it is not zero. ``signed``: the row's sign applies."""

    field: str
    kind: str
    signed: bool = False


class Footer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A total below the table or in its summary row (``labels``), or beside it in JSON (``scalar``)."""

    code: str
    labels: tuple[str, ...] = ()
    scalar: tuple[str, ...] = ()
    required: Literal["", "sheet", "records"] = ""
    layouts: tuple[str, ...] = ()


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two numbers that must be equal to the kopeck. ``floor``: the actual is never below it. Names: kinds (net),
    ``kind.section``, ``column.FIELD``, ``footer.CODE``, ``fact.SOURCE.NAME``. A name not known yet leaves it out.
    ``layouts``: only for these."""

    code: str
    title: str
    expected: str
    actual: str
    floor: str = ""
    layouts: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers this report offers to others, under its own number (``per_row``: each row under that field's value) or
    its period."""

    scope: Literal["number", "period"]
    values: dict[str, str]
    per_row: str = ""
    type: str = ""
    period: tuple[str, ...] = ()


class FactSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another profile whose facts this report is checked against. ``identify``: facts that find a missing number."""

    name: str
    profile: str
    scope: Literal["number", "period"]
    identify: dict[str, str] = {}


class Documents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is booked from this report. ``skip``: kinds that another report books. ``points_floor``: the share of the
    commission that discount points cannot pay. ``by_item``: a row has only a part of what was paid for a piece, so
    that lines are never told apart by price or row. ``goods_vat`` none: goods are sold under another country's tax."""

    make: bool = True
    skip: tuple[str, ...] = ()
    points_floor: str = "0"
    by_item: bool = False
    goods_vat: Literal["item", "none"] = "item"


class Stranger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that comes from the same place and is something else: known by a lone value whose path ends so (a star
    stands for any ending), or by ``headers`` that stand in one row. It is refused with the words of ``problem``, about
    the value or what it is ``called``, whatever profile it would fit. ``aside``: beside other files in an archive it is
    passed over, for it has no sums."""

    problem: str
    aside: bool = False
    ends: str = ""
    values: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    called: str = ""


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often there is such a report, and ``after`` how many days from the end of its period it can be had.

    ``types``: one of each is expected. ``listed_by``: the profile whose facts tell which others there are.
    ``optional``: shown where it was received, never missed."""

    period: Literal["week", "month"]
    after: int
    types: tuple[str, ...] = ("",)
    listed_by: str = ""
    optional: bool = False


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One report layout family of one channel. ``columns``: the money columns whose sums are kept and which a row may
    fill only where a rule uses them. ``vocabulary``: closed lists of texts beyond what operations list.
    ``ordered``: the day the buyer ordered, before which a returned piece was not sold. ``channel``: whose accounts may
    load it, ``*`` for all. See docs/profiles.md."""

    name: str
    title: str
    channel: str
    source: str
    checked: date
    rows: Rows
    identity: Identity
    fields: dict[str, Field]
    operations: tuple[Operation, ...]
    columns: tuple[str, ...] = ()
    vocabulary: dict[str, tuple[str, ...]] = {}
    date: str = ""
    ref: str = ""
    service: tuple[str, ...] = ()
    key: Key = Key()
    ordered: str = ""
    scheme: Scheme | None = None
    layouts: tuple[Layout, ...] = ()
    charges: tuple[Charge, ...] = ()
    footers: tuple[Footer, ...] = ()
    checks: tuple[Check, ...] = ()
    facts: Facts | None = None
    fact_sources: tuple[FactSource, ...] = ()
    documents: Documents = Documents()
    calendar: Calendar | None = None
    strangers: tuple[Stranger, ...] = ()
    currency: str = "RUB"


@cache
def profiles() -> dict[str, Profile]:
    """Every built-in profile by name, checked. Raises ValueError that names the file and the mistake."""
    found = [load(path.read_text("utf-8"), str(path)) for path in _toml_files(files("reports").joinpath("profiles"))]
    return {profile.name: profile for profile in sorted(found, key=lambda profile: profile.name)}


@cache
def record_paths() -> frozenset[str]:
    """The paths at which built-in profiles expect the records of an XML or JSON file."""
    return frozenset(path for profile in profiles().values() for path in profile.rows.paths)


def load(text: str, place: str) -> Profile:
    """Read one profile from TOML and check that every name in it means something."""
    try:
        profile = msgspec.convert(tomllib.loads(text), Profile)
        for mistake in mistakes(profile):
            raise ValueError(mistake)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError, re.error) as error:
        raise ValueError(f"{place}: {error}") from error
    return profile


def mistakes(profile: Profile) -> Iterable[str]:
    """Give what is wrong with a profile beyond its shape: names of fields, kinds and patterns that do not exist."""
    yield from (f"no field {name!r}" for name in _fields_used(profile) if name and name not in profile.fields)
    yield from (f"no kind {kind!r}" for kind in _kinds_used(profile) if kind not in kinds())
    yield from (f"no problem {one.problem!r}" for one in profile.strangers if one.problem not in texts())
    for name, field in profile.fields.items():
        if not field.headers and not field.names:
            yield f"field {name!r} has neither headers nor names"
    for source in (*profile.identity.number, *profile.identity.period, *profile.identity.date):
        for pattern in filter(None, (source.cell, source.file)):
            if not re.compile(pattern).groups:
                yield f"the pattern {pattern!r} captures nothing"
    for name in dict.fromkeys(_amount_fields(profile)):
        if name in profile.fields and profile.fields[name].type not in AMOUNT_TYPES:
            yield f"field {name!r} is used as an amount but its type is {profile.fields[name].type}"
    layouts = {layout.name for layout in profile.layouts}
    named: list[Footer | Check] = [*profile.footers, *profile.checks]
    for name in dict.fromkeys(name for each in named for name in each.layouts):
        if name not in layouts:
            yield f"no layout {name!r}"
    for check in profile.checks:
        for text in filter(None, (check.expected, check.actual, check.floor)):
            yield from _bad_names(profile, check.code, expression.names(text))


def _bad_names(profile: Profile, code: str, names: Iterable[str]) -> Iterable[str]:
    sources = {source.name for source in profile.fact_sources}
    footers = {footer.code for footer in profile.footers}
    for name in names:
        head, _, tail = name.partition(".")
        good = (
            (head in kinds() and tail in ("", "sale", "return"))
            or (head == "column" and tail in profile.columns)
            or (head == "footer" and tail in footers)
            or (head == "fact" and tail.partition(".")[0] in sources)
            or name == "payout"
        )
        if not good:
            yield f"check {code!r} uses an unknown amount {name!r}"


def _fields_used(profile: Profile) -> Iterable[str]:
    yield from profile.rows.anchors
    rows, key, scheme = profile.rows, profile.key, profile.scheme
    yield from (rows.counter, rows.row_id, rows.summary, profile.date, profile.ref, profile.ordered)
    yield from (*profile.service, *profile.columns, *profile.vocabulary)
    yield from (key.marketplace_id, key.article, key.barcode, key.size, key.name)
    yield from (scheme.field, scheme.task) if scheme else ()
    yield from (field for layout in profile.layouts for field in layout.fields)
    yield from (charge.field for charge in profile.charges)
    for operation in profile.operations:
        yield from (*operation.when, *operation.uses, *operation.service)
        for line in operation.lines:
            yield from (line.quantity, *line.present)
            for text in filter(None, (line.amount, line.commission, line.price)):
                yield from expression.names(text)
        for check in operation.checks:
            yield from check.present
            for text in (check.left, *check.right):
                yield from expression.names(text)


def _amount_fields(profile: Profile) -> Iterable[str]:
    """Give the fields that amounts are computed from: those of lines, charges, row formulas and facts by row."""
    lines = [line for operation in profile.operations for line in operation.lines]
    checks = [check for operation in profile.operations for check in operation.checks]
    texts = [text for line in lines for text in (line.amount, line.commission, line.price) if text]
    texts += [text for check in checks for text in (check.left, *check.right)]
    texts += [charge.field for charge in profile.charges]
    texts += profile.facts.values.values() if profile.facts and profile.facts.per_row else ()
    for text in texts:
        yield from expression.names(text)


def _kinds_used(profile: Profile) -> Iterable[str]:
    yield from (line.kind for operation in profile.operations for line in operation.lines)
    yield from (charge.kind for charge in profile.charges)
    yield from profile.documents.skip


def _toml_files(folder: Traversable) -> Iterable[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _toml_files(entry)
        elif entry.name.endswith(".toml"):
            yield entry
